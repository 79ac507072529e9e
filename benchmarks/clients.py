"""Closed loop of clients against a service: each sends its next question when it has the last answer."""

import asyncio
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
def running(command: Sequence[str]) -> Iterator[str]:
    """A service in a process of its own; gives its address once it is ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(  # noqa: S603
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ)
    )
    try:
        deadline = time.monotonic() + START_S
        while not _ready(address):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"expected a service at {address}, found none: run {' '.join(command)} by hand")
            time.sleep(0.2)
        yield address
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


def measure(service: str, address: str, questions: Sequence[Question], clients: int, requests: int) -> Load:
    """Send so many requests of one question each."""
    latencies, failed, seconds = asyncio.run(_send(address, questions, clients, requests))
    p50, p95, p99 = np.percentile(latencies, [50, 95, 99])
    return Load(
        service=service,
        clients=clients,
        requests=requests,
        failed=failed,
        p50=p50,
        p95=p95,
        p99=p99,
        per_second=requests / seconds,
    )


async def _send(
    address: str, questions: Sequence[Question], clients: int, requests: int
) -> tuple[list[float], int, float]:
    latencies: list[float] = []
    failed = 0
    bodies = [{"vragen": [{"tekst": each.text, "titel": each.title, "context": each.context}]} for each in questions]
    places = iter(range(requests))

    async def work(client: httpx.AsyncClient) -> None:
        nonlocal failed
        for place in places:
            started = time.perf_counter()
            answer = await client.post("/v1/classificaties", json=bodies[place % len(bodies)])
            latencies.append(1000 * (time.perf_counter() - started))
            failed += answer.is_error

    async with httpx.AsyncClient(base_url=address, timeout=60, limits=httpx.Limits(max_connections=clients)) as client:
        for body in bodies[:5]:  # to warm up
            await client.post("/v1/classificaties", json=body)
        started = time.perf_counter()
        await asyncio.gather(*(work(client) for _ in range(clients)))
        return latencies, failed, time.perf_counter() - started
