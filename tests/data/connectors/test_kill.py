"""Runs that are killed (SIGKILL) at random moments and started again give what one run gives."""

import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

RUN = """
import re, sys
from datetime import date
from pathlib import Path
from data.connectors.http import Client, Pace
from data.connectors.ingest import harvest
from data.connectors.koop_source import Koop
from data.connectors.work import Pages
from data.documents import make_records
from data.labels import load_scheme

def parse(content, name):
    pairs = [(text, "Ja.") for text in re.findall("[a-h]{40}", content.decode())]
    return [make_records(name, (), (), date(2024, 1, 1), pairs)]

base, folder = sys.argv[1:]
with Client(Pace(requests=1000, seconds=1)) as client:
    harvest(
        Path(folder),
        {"source": "koop", "since": "2024-01-01", "until": "2024-03-31"},
        lambda work: Koop(
            sru=Pages(client, work.pages), sru_base=f"{base}/sru", documents=client, documents_base=f"{base}/docs",
            odata=Pages(client, work.pages), odata_base=f"{base}/odata", since=date(2024, 1, 1),
            until=date(2024, 3, 31), parse=parse, scheme=load_scheme(),
        ),
        today=date(2024, 5, 1),
    )
"""
BY_REQUEST = 6


@pytest.fixture
def published(official):
    chance = random.Random(1)  # noqa: S311
    for place in range(60):
        number = f"2024Z{place:05}"
        texts = tuple(("".join(chance.choices("abcdefgh", k=40)), "") for _ in range(3))
        day = f"2024-{1 + place % 3:02}-{1 + place % 28:02}"
        pdf = {"manifestations": ("pdf",)} if place % 5 == 0 else {}
        official.publish(f"ah-{place}", available=day, vraagnummer=number, questions=texts, subject=f"S {place}", **pdf)
        official.put(number)
    official.largest_page = 7
    return official


def _start(official, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", RUN, official.base, str(folder)], stderr=subprocess.PIPE)


def _finish(official, folder: Path) -> dict[str, bytes]:
    process = _start(official, folder)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 0, error.decode()
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _kill_at_request(official, folder: Path, place: int, delay_s: float) -> int:
    """Kill a moment after a request comes in: before its answer, while it is read or kept, or in the next."""
    process = _start(official, folder)
    count = 0

    def on_request() -> None:
        nonlocal count
        count += 1
        if count == place:
            threading.Timer(delay_s, process.kill).start()

    official.on_request = on_request
    process.communicate(timeout=60)
    official.on_request = lambda: None
    return process.returncode


def _kill_at_file(official, folder: Path, pattern: str, delay_s: float) -> int:
    """Kill a moment after a file appears."""
    process = _start(official, folder)
    while process.poll() is None and not any(folder.glob(pattern)):
        time.sleep(0.0005)
    time.sleep(delay_s)
    process.kill()
    process.communicate(timeout=60)
    return process.returncode


@pytest.mark.parametrize("seed", [1])
def test_a_run_that_is_killed_again_and_again_gives_what_one_run_gives(published, tmp_path, seed: int) -> None:
    expected = _finish(published, tmp_path / "once")
    requests = len(published.requests)
    assert len(expected) == 5
    published.requests.clear()

    chance = random.Random(seed)  # noqa: S311
    folder = tmp_path / "killed"
    codes = []
    for _ in range(BY_REQUEST):
        codes.append(_kill_at_request(published, folder, chance.randint(1, requests // 8), chance.random() * 0.01))
    assert codes == [-signal.SIGKILL] * BY_REQUEST
    assert not (folder / "manifest.json").exists()
    for pattern in (".work/out", "*.parquet", "manifest.json"):
        _kill_at_file(published, folder, pattern, chance.random() * 0.01)

    assert _finish(published, folder) == expected
    assert len(published.requests) <= requests + BY_REQUEST  # a request is repeated for each kill at most
