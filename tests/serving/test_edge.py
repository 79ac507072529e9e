import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from serving.api import create_app
from serving.edge import HEADERS
from serving.keys import Key, Role, new_key
from serving.settings import Settings

Receive = Callable[[], Awaitable[dict[str, Any]]]
Start = Callable[..., TestClient]
URL = "/v1/classificaties"
JSON = {"content-type": "application/json"}
BODY = {"vragen": [{"tekst": "Waarom?"}]}
LIMIT = Settings().max_body_bytes


def problem(response: Any, status: int) -> str:
    """The detail of an error."""
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status
    return str(response.json()["detail"])


async def run(
    edge: Any, receive: Receive, headers: dict[str, str] | None = None, method: str = "POST", path: str = URL
) -> Any:
    """A call of the application; gives the messages that it sent."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(name.encode(), value.encode()) for name, value in (JSON | (headers or {})).items()]
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}

    await edge(scope | {"headers": pairs, "client": ("192.0.2.1", 1)}, receive, send)
    return sent


def status_of(receive: Receive, headers: dict[str, str]) -> int:
    """The status of a POST whose body comes from `receive`, which a client library would send whole."""
    edge, _ = create_app(Settings())
    return asyncio.run(run(edge, receive, headers))[0]["status"]


def test_a_body_over_the_limit_is_refused(client: TestClient) -> None:
    body = b" " * (LIMIT + 1)

    assert str(LIMIT) in problem(client.post(URL, content=body, headers=JSON), 413)


def test_a_length_over_the_limit_is_refused_before_the_body_is_read() -> None:
    async def receive() -> dict[str, Any]:
        raise AssertionError("the body is read although its length is too large")

    assert status_of(receive, {"content-length": str(LIMIT + 1)}) == 413


def test_a_body_at_the_limit_is_read(client: TestClient) -> None:
    body = json.dumps({"vragen": [{"tekst": "Waarom?"}]}).encode().ljust(LIMIT)

    assert client.post(URL, content=body, headers=JSON).status_code == 200


def test_a_body_in_chunks_over_the_limit_is_refused(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(6):
            yield b" " * 1_000_000

    response = client.post(URL, content=chunks(), headers=JSON)

    assert "content-length" not in response.request.headers
    problem(response, 413)


def test_a_body_in_chunks_is_answered(client: TestClient) -> None:
    response = client.post(URL, content=iter([b'{"vragen": [{"te', b'kst": "Economie?"}]}']), headers=JSON)

    assert response.json()["resultaten"][0]["domein"]["id"] == "economie"


def test_an_endless_body_is_not_read_to_its_end() -> None:
    chunk = b" " * 1_000_000
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += len(chunk)
        assert read <= 2 * LIMIT, "the body is read on although it is too large"
        return {"type": "http.request", "body": chunk, "more_body": True}

    assert status_of(receive, {"transfer-encoding": "chunked"}) == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_is_refused(client: TestClient, method: str) -> None:
    response = client.request(method, URL)

    assert problem(response, 405) == "Deze methode wordt hier niet ondersteund."
    assert response.headers["allow"] == "POST"


def test_head_is_get_without_its_body(start: Start, tiny_artefact: Path, caplog: pytest.LogCaptureFixture) -> None:
    client = start(artefact=tiny_artefact)
    caplog.set_level(logging.INFO)
    for path in ("/v1/labels", "/v1/openapi.json", "/metrics"):
        head, get = client.head(path), client.get(path)

        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == get.headers["content-type"]
        assert get.content
    assert [line["action"] for line in log_lines(caplog)] == ["HEAD", "GET"] * 3
    assert client.head(URL).status_code == 405
    assert client.post("/v1/labels").headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/v1", "/v2/classificaties", "/docs"])
def test_another_address_is_not_found(client: TestClient, path: str) -> None:
    assert problem(client.get(path), 404) == "Dit adres bestaat niet."


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", URL, 200), ("GET", "/v1/openapi.json", 200), ("GET", "/nergens", 404), ("GET", URL, 405)],
)
def test_every_answer_has_the_headers(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path, json=BODY)

    assert response.status_code == status
    assert {name: response.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "", "multipart/form-data; boundary=x"])
def test_another_media_type_is_refused(client: TestClient, media_type: str) -> None:
    body = json.dumps(BODY).encode()

    assert "application/json" in problem(client.post(URL, content=body, headers={"content-type": media_type}), 415)


def test_a_compressed_body_is_refused(client: TestClient) -> None:
    problem(client.post(URL, content=b"", headers=JSON | {"content-encoding": "gzip"}), 415)


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 200),
        ("", 200),
        ("text/html, application/*;q=0.5", 200),
        ("application/json; q=1.000", 200),
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("application/json;q=0.000, text/plain", 406),
        ("application/json;q=0, */*", 406),
        ("*/*, application/*;q=0", 406),
        ("*/*;q=0, application/json", 200),
        ("application/*;q=0, application/json;q=0.1, */*;q=0", 200),
        ("application/json;q=0, application/json", 200),
    ],
)
def test_the_answer_is_json_or_nothing(client: TestClient, accept: str, status: int) -> None:
    assert client.post(URL, json=BODY, headers={"accept": accept}).status_code == status


KEYS: dict[Role, tuple[Key, str]] = {
    "classify": new_key("post", "classify"),
    "correct": new_key("lezer", "correct"),
    "admin": new_key("beheer", "admin"),
}


@pytest.fixture
def guarded(start: Start) -> TestClient:
    return start(keys=tuple(key for key, _ in KEYS.values()))


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def test_a_key_opens(guarded: TestClient) -> None:
    for _, secret in KEYS.values():
        assert guarded.post(URL, json=BODY, headers=bearer(secret)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="none"),
        pytest.param(bearer("geraden"), id="wrong key"),
        pytest.param(bearer(""), id="empty key"),
        pytest.param({"authorization": f"Basic {KEYS['admin'][1]}"}, id="wrong scheme"),
        pytest.param(bearer(KEYS["admin"][0].sha256), id="hash for key"),
    ],
)
def test_nothing_else_opens(guarded: TestClient, headers: dict[str, str]) -> None:
    response = guarded.post(URL, json=BODY, headers=headers)

    problem(response, 401)
    assert response.headers["www-authenticate"] == "Bearer"


def test_a_key_opens_what_its_role_may(guarded: TestClient) -> None:
    statuses = [guarded.get("/metrics", headers=bearer(secret)).status_code for _, secret in KEYS.values()]

    assert statuses == [403, 403, 200]


def test_the_specification_is_for_everybody(guarded: TestClient) -> None:
    assert guarded.get("/v1/openapi.json").status_code == 200


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    edge, _ = create_app(Settings(body_seconds=0.05))

    async def never() -> dict[str, Any]:
        await asyncio.sleep(10)
        raise AssertionError("waited for a body that does not come")

    sent = asyncio.run(run(edge, never))
    assert sent[0]["status"] == 408
    assert b"retry-after" in dict(sent[0]["headers"])


def test_a_caller_who_leaves_is_not_waited_for() -> None:
    """The server wants an answer before it stops, though nobody hears it."""
    edge, _ = create_app(Settings())

    async def leave() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    assert asyncio.run(run(edge, leave))[0]["status"] == 400


def test_a_body_that_nobody_asked_for_is_not_read() -> None:
    edge, _ = create_app(Settings(max_in_flight=1))

    async def never() -> dict[str, Any]:
        raise AssertionError("the body of a GET is read")

    assert asyncio.run(run(edge, never, {"content-length": "5"}, "GET", "/v1/openapi.json"))[0]["status"] == 200


@pytest.mark.parametrize(("limit", "status"), [("max_in_flight", 503), ("max_in_flight_per_client", 429)])
def test_one_request_too_many_is_asked_to_come_back(limit: str, status: int) -> None:
    edge, _ = create_app(Settings(**{limit: 1}))
    first_arrived = asyncio.Event()

    async def both() -> Any:
        async def wait() -> dict[str, Any]:
            first_arrived.set()
            await asyncio.sleep(10)
            return {}

        first = asyncio.create_task(run(edge, wait))
        await first_arrived.wait()
        sent = await run(edge, wait)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        # The place of the one that ended is free again: the next one is waited for.
        third = asyncio.create_task(run(edge, wait))
        await asyncio.sleep(0.05)
        assert not third.done()
        third.cancel()
        await asyncio.gather(third, return_exceptions=True)
        return sent

    sent = asyncio.run(both())
    assert sent[0]["status"] == status
    assert b"retry-after" in dict(sent[0]["headers"])


def test_bodies_together_are_bounded() -> None:
    edge, _ = create_app(Settings(max_bytes_in_flight=1_000))

    async def first_and_others() -> list[int]:
        held = asyncio.Event()

        async def hold() -> dict[str, Any]:
            if held.is_set():
                await asyncio.sleep(10)
            held.set()
            return {"type": "http.request", "body": b" " * 900, "more_body": True}

        async def small() -> dict[str, Any]:
            return {"type": "http.request", "body": b" " * 101, "more_body": False}

        first = asyncio.create_task(run(edge, hold))
        await held.wait()
        beside = await run(edge, small)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        after = await run(edge, small)
        return [beside[0]["status"], after[0]["status"]]

    # White space is read, and then is no JSON.
    assert asyncio.run(first_and_others()) == [503, 400]


def log_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(record.getMessage()) for record in caplog.records if record.name == "kamervraag.access"]


def test_the_log_says_who_did_what(guarded: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    guarded.post(URL, json=BODY, headers=bearer(KEYS["classify"][1]))
    guarded.get("/v1/labels")

    first, second = log_lines(caplog)
    assert (first["action"], first["object"], first["result"], first["actor"]) == ("POST", URL, 200, "post")
    assert (second["result"], second["actor"], second["origin"]) == (401, None, "testclient")
    assert "Waarom" not in caplog.text
    assert KEYS["classify"][1] not in caplog.text


def test_the_log_shows_bodies_when_asked(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    start(log_bodies=True).post(URL, json=BODY)

    [line] = log_lines(caplog)
    assert json.loads(line["body"]) == BODY


def test_unknown_addresses_are_counted_as_one(client: TestClient) -> None:
    for number in range(3):
        client.get(f"/geraden/{number}")

    assert "geraden" not in client.get("/metrics").text
    assert 'resource="other",status="404"' in client.get("/metrics").text
