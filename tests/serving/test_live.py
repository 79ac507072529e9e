"""The started service, as its users and their enemies meet it."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

URL = "/v1/classificaties"
BODY = {"vragen": [{"tekst": "Waarom rijdt de trein niet?"}]}


@pytest.fixture(scope="module")
def service(run_server: Any, tiny_artefact: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Start the service with the tiny model and some settings, for as long as a block lasts."""
    command = [sys.executable, "-c", "from kamervraag import main; main()", "serve", "--model", tiny_artefact, "--port"]

    def start(stderr: Any = subprocess.DEVNULL, **settings: str) -> Any:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KAMERVRAAG_")}
        given = {"HOME": str(tmp_path_factory.mktemp("home"))} | settings
        env = kept | {f"KAMERVRAAG_{name}": value for name, value in given.items()}
        return run_server(*command, env=env, stderr=stderr)

    return start


def wait_until_answered(port: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if httpx.post(f"http://127.0.0.1:{port}{URL}", json=BODY, timeout=seconds).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(f"the service did not answer in {seconds} s")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the service of `port` writes on stderr."""
    return tmp_path_factory.mktemp("log") / "stderr"


@pytest.fixture(scope="module")
def port(service: Any, log: Path) -> Iterator[int]:
    with log.open("wb") as stderr, service(stderr, BODY_SECONDS="1", READING_SECONDS="5") as (_, port):
        yield port


def raw(port: int, content: bytes) -> bytes:
    """What a service answers to bytes on a new connection; the start of it."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(content)
        try:
            return connection.recv(65_536)
        except ConnectionResetError:
            return b""


HEAD = f"POST {URL} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n".encode()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00" + b"\x00" * 100 + b"\r\n\r\n", id="TLS"),
        pytest.param(b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", id="NUL in the path"),
        pytest.param(HEAD + b"Content-Length: -1\r\n\r\n", id="negative length"),
        pytest.param(HEAD + b"Content-Length: 1e9\r\n\r\n{}", id="length that is no number"),
        pytest.param(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", id="two lengths"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", id="broken chunk"),
        pytest.param(HEAD + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n", id="long header"),
        pytest.param(HEAD + b"".join(b"X-%d: a\r\n" % n for n in range(5_000)) + b"\r\n", id="5,000 headers"),
        pytest.param(HEAD + b"Content-Length: 100\r\n\r\n{", id="body that does not come"),
        pytest.param(HEAD + b"Accept: " + b",;" * 5_000 + b"\r\nContent-Length: 2\r\n\r\n{}", id="empty media ranges"),
        pytest.param(HEAD + b"Authorization: \xff\xfe \x80\r\nContent-Length: 2\r\n\r\n{}", id="header in no encoding"),
    ],
)
def test_nonsense_is_refused_and_the_service_goes_on(port: int, content: bytes) -> None:
    answer = raw(port, content)

    assert answer == b"" or 400 <= int(answer.split(b" ")[1]) < 500
    assert httpx.post(f"http://127.0.0.1:{port}{URL}", json=BODY).status_code == 200


@pytest.mark.parametrize("path", ["/", "/schema.json", "/docs.json", "/static_content/index.html", "/assets/"])
def test_the_framework_answers_the_platform_alone(port: int, path: str) -> None:
    response = httpx.get(f"http://127.0.0.1:{port}{path}")

    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert httpx.get(f"http://127.0.0.1:{port}/livez").is_success


def test_head_has_no_body(port: int) -> None:
    answer = raw(port, b"HEAD /v1/labels HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\n")


def test_a_caller_cannot_choose_its_address(port: int, log: Path) -> None:
    httpx.get(f"http://127.0.0.1:{port}/forged", headers={"X-Forwarded-For": "192.0.2.7"})
    end = time.monotonic() + 10
    while "/forged" not in log.read_text():
        assert time.monotonic() < end, "the request is not in the log"
        time.sleep(0.1)
    [line] = [line for line in log.read_text().splitlines() if "/forged" in line]

    assert json.loads(line)["origin"] == "127.0.0.1"


def zip_bomb(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr(name, b"<a>" * 100_000_000)
    return buffer.getvalue()


BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb">'
    + "".join(f'<!ENTITY b{n} "{f"&b{n - 1 if n else str()};" * 10}">' for n in range(10))
    + "]><officiele-publicatie>&b9;</officiele-publicatie>"
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.docx", zip_bomb("word/document.xml"), id="zip bomb"),
        pytest.param("a.xml", BILLION_LAUGHS.encode(), id="entities in entities"),
        pytest.param("a.xml", b"<officiele-publicatie>" + b"<a>" * 1_000_000, id="deep XML"),
        pytest.param("a.html", b"<html>" + b"<div class='vraag'>" * 300_000, id="deep HTML"),
        pytest.param(
            "a.pdf", b"%PDF-1.7\n" + b"1 0 obj<</Kids[1 0 R]/Type/Pages>>endobj " * 100_000, id="PDF of loops"
        ),
        pytest.param("a.txt", b"Vraag 1\n" * 1_000_000, id="a million headings"),
        pytest.param("a.txt", b"(" * 9_000_000, id="nine million brackets"),
        pytest.param("../../etc/passwd", b"Waarom?", id="name with a path"),
        pytest.param("a\x00b", b"\x00" * 1000, id="NULs"),
    ],
)
def test_a_hostile_document_is_answered_in_time(port: int, name: str, content: bytes) -> None:
    answer = httpx.post(f"http://127.0.0.1:{port}/v1/documenten", files={"bestand": (name, content)}, timeout=10)

    assert answer.status_code in (200, 400), answer.text


def test_each_service_has_metrics_of_its_own(
    service: Any, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counts(port: int) -> bool:
        return f'kamervraag_requests_total{{resource="{URL}"' in httpx.get(f"http://127.0.0.1:{port}/metrics").text

    wait_until_answered(port, 60)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with service() as (_, other):
        assert (counts(port), counts(other)) == (True, False)
        assert list(tmp_path.glob("kamervraag-*"))
    assert not list(tmp_path.glob("kamervraag-*"))


def test_a_killed_worker_is_replaced(service: Any) -> None:
    with service() as (process, port):
        [worker] = [
            each
            for each in psutil.Process(process.pid).children(recursive=True)
            if "worker" in " ".join(each.cmdline())
        ]
        worker.kill()
        wait_until_answered(port, 60)


def test_a_request_that_came_in_is_answered_before_the_end(service: Any) -> None:
    body = json.dumps(BODY).encode()
    with service() as (process, port):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:10])
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            connection.sendall(body[10:])
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        assert process.wait(30) == 0
