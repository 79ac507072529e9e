"""Closed loop of clients against a service: each sends its next question when it has the last answer."""

import asyncio
import itertools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np

from data.question import Question

START_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What clients saw; latencies in milliseconds."""

    service: str
    clients: int
    requests: int
    failed: int
    p50: float
    p95: float
    p99: float
    per_second: float


@contextmanager
def running(command: Sequence[str]) -> Iterator[tuple[str, int]]:
    """A service in a process of its own, with no settings of ours; gives its address once it is ready, and its id."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KAMERVRAAG_")}
    process = subprocess.Popen(  # noqa: S603
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=kept
    )
    try:
        deadline = time.monotonic() + START_S
        while not _ready(address):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"expected a service at {address}, found none: run {' '.join(command)} by hand")
            time.sleep(0.2)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait()


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def ours(artefact: Path) -> list[str]:
    """The command of our service."""
    return [str(Path(sys.executable).with_name("kamervraag")), "serve", "--model", str(artefact)]


def plain(peer: Path, threads: int) -> list[str]:
    """The command of the plain service."""
    return [sys.executable, "-m", "benchmarks.plain", str(peer), "--threads", str(threads)]


def bodies(questions: Sequence[Question]) -> Iterator[bytes]:
    """Requests of one question each, over and over."""
    vragen = ({"tekst": each.text, "titel": each.title, "context": each.context} for each in questions)
    return itertools.cycle([json.dumps({"vragen": [vraag]}).encode() for vraag in vragen])


def measure(
    service: str,
    address: str,
    asked: Iterator[bytes],
    clients: int,
    requests: int | None = None,
    seconds: float = float("inf"),
) -> Load:
    """Send requests until there were so many or the time is over."""
    latencies, failed, took = asyncio.run(_send(address, asked, clients, requests, seconds))
    p50, p95, p99 = np.percentile(latencies, [50, 95, 99])
    return Load(
        service=service,
        clients=clients,
        requests=len(latencies),
        failed=failed,
        p50=p50,
        p95=p95,
        p99=p99,
        per_second=len(latencies) / took,
    )


async def _send(
    address: str, asked: Iterator[bytes], clients: int, requests: int | None, seconds: float
) -> tuple[list[float], int, float]:
    latencies: list[float] = []
    failed = 0

    async def ask(client: httpx.AsyncClient, body: bytes) -> bool:
        try:
            return (await client.post("/v1/classificaties", content=body)).is_success
        except httpx.HTTPError:
            return False

    async with httpx.AsyncClient(
        base_url=address,
        headers={"content-type": "application/json"},
        timeout=60,
        limits=httpx.Limits(max_connections=clients),
    ) as client:
        for body in itertools.islice(asked, 5):  # to warm up
            await ask(client, body)
        begun = time.perf_counter()
        turns = itertools.islice(asked, requests)

        async def work() -> None:
            nonlocal failed
            for body in turns:
                started = time.perf_counter()
                failed += not await ask(client, body)
                latencies.append(1000 * (time.perf_counter() - started))
                if time.perf_counter() - begun >= seconds:
                    return

        await asyncio.gather(*(work() for _ in range(clients)))
        return latencies, failed, time.perf_counter() - begun
