"""How the service holds under load: failures, waits and throughput of many clients against one, and memory over time.

Run by `make bench-load`; takes eight minutes.
"""

import asyncio
import itertools
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import httpx
import psutil
from rich.console import Console
from rich.progress import track

from data.tables import read_rows

CORPUS = Path(__file__).parents[1] / "data" / "corpus" / "train.jsonl"


@contextmanager
def service() -> Iterator[tuple[str, psutil.Process]]:
    """The service with the shipped classifier: its address, and the process that answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from kamervraag import main; main()", "serve", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    address = f"http://127.0.0.1:{port}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KAMERVRAAG_")}
    with subprocess.Popen(command, env=kept | {"KAMERVRAAG_HOME": "/nonexistent"}, **quiet) as process:  # type: ignore[call-overload]  # noqa: S603
        try:
            while True:
                try:
                    httpx.get(f"{address}/readyz").raise_for_status()
                    break
                except httpx.HTTPError:
                    if process.poll() is not None:
                        raise click.ClickException("expected the service to start, it ended") from None
                    time.sleep(0.2)
            family = psutil.Process(process.pid).children(recursive=True)
            [worker] = [each for each in family if "worker" in " ".join(each.cmdline())]
            yield f"{address}/v1/classificaties", worker
        finally:
            process.terminate()


def bodies() -> Iterator[bytes]:
    """Requests with one question of the corpus each, in a random order, for ever."""
    rows = [row for _, row in read_rows(CORPUS)]
    names = {"titel": "title", "context": "context", "tekst": "question"}
    questions = [{name: row[column] for name, column in names.items() if row.get(column)} for row in rows]
    random.Random(0).shuffle(questions)  # noqa: S311
    return itertools.cycle([json.dumps({"vragen": [question]}).encode() for question in questions])


async def ask(
    address: str, clients: int, requests: Iterator[bytes], *, seconds: float = 0, number: int = 0
) -> tuple[list[float], int]:
    """Let clients ask one question after another, for so many seconds or requests.

    Returns:
        The seconds of each request, and how many were not answered with 200.
    """
    waits: list[float] = []
    failures = 0
    end = time.monotonic() + seconds if seconds else float("inf")

    async def one(client: httpx.AsyncClient) -> None:
        nonlocal failures
        while time.monotonic() < end and (not number or len(waits) < number):
            start = time.monotonic()
            waits.append(0)
            place = len(waits) - 1
            try:
                answer = await client.post(address, content=next(requests))
                failures += answer.status_code != 200
            except httpx.HTTPError:
                failures += 1
            waits[place] = time.monotonic() - start

    headers = {"content-type": "application/json"}
    async with httpx.AsyncClient(headers=headers, timeout=60, limits=httpx.Limits(max_connections=clients)) as client:
        await asyncio.gather(*(one(client) for _ in range(clients)))
    return waits, failures


@click.command()
@click.option("--clients", default=16, show_default=True)
@click.option("--seconds", default=120.0, show_default=True, help="Of the load.")
@click.option("--requests", "total", default=100_000, show_default=True, help="After which memory is compared.")
def main(clients: int, seconds: float, total: int) -> None:
    """Measure the service under load with the shipped classifier."""
    console = Console(soft_wrap=True)
    requests = bodies()
    with service() as (address, worker):
        asyncio.run(ask(address, 1, requests, number=200))
        found = {}
        for number, duration in ((1, seconds / 4), (clients, seconds)):
            waits, failures = asyncio.run(ask(address, number, requests, seconds=duration))
            p95 = statistics.quantiles(waits, n=20)[-1]
            found[number] = (p95, len(waits) / duration)
            console.print(
                f"{number} clients, {duration:.0f} s: {len(waits)} requests, {failures} failures, "
                f"{len(waits) / duration:.0f} a second, p50 {1000 * statistics.median(waits):.1f} ms, "
                f"p95 {1000 * p95:.1f} ms"
            )
        (p95_one, speed_one), (p95_many, speed_many) = found.values()
        console.print(
            f"p95 is {p95_many / p95_one:.1f} times, throughput {speed_many / speed_one:.2f} times one client's"
        )
        memory = []
        for _ in track(range(10), "memory", console=console, transient=True):
            asyncio.run(ask(address, clients, requests, number=total // 10))
            memory.append(worker.memory_info().rss / 1e6)
        console.print(
            f"memory after {total // 10:,} more requests {memory[0]:.0f} MB, after {total:,} {memory[-1]:.0f} MB: "
            f"{memory[-1] / memory[0] - 1:+.1%}"
        )


if __name__ == "__main__":
    main()
