"""How the service holds under load: failures, waits and throughput of many clients against one, and memory over time.

Run by `make bench-load`; takes eight minutes.
"""

import random

import click
import psutil
from rich.console import Console
from rich.progress import track

from benchmarks.clients import bodies, measure, ours, running
from data.labelled import CORPUS_TRAIN, read_labelled
from data.labels import load_scheme
from models.artefact import SHIPPED


@click.command()
@click.option("--clients", default=16, show_default=True)
@click.option("--seconds", default=120.0, show_default=True, help="Of the load.")
@click.option("--requests", "total", default=100_000, show_default=True, help="After which memory is compared.")
def main(clients: int, seconds: float, total: int) -> None:
    """Measure the service under load with the shipped classifier."""
    console = Console(soft_wrap=True)
    questions = [each.question for each in read_labelled(CORPUS_TRAIN, load_scheme())]
    random.Random(0).shuffle(questions)  # noqa: S311
    asked = bodies(questions)
    with running(ours(SHIPPED / "tagger")) as (address, process):
        family = psutil.Process(process).children(recursive=True)
        [worker] = [each for each in family if "worker" in " ".join(each.cmdline())]
        measure("ours", address, asked, clients=1, requests=200)  # to warm up
        one, many = (
            measure("ours", address, asked, clients=number, seconds=duration)
            for number, duration in ((1, seconds / 4), (clients, seconds))
        )
        for load in (one, many):
            console.print(
                f"{load.clients} clients: {load.requests} requests, {load.failed} failures, "
                f"{load.per_second:.0f} a second, p50 {load.p50:.1f} ms, p95 {load.p95:.1f} ms"
            )
        console.print(
            f"p95 is {many.p95 / one.p95:.1f} times, "
            f"throughput {many.per_second / one.per_second:.2f} times one client's"
        )
        memory = []
        for _ in track(range(10), "memory", console=console, transient=True):
            measure("ours", address, asked, clients=clients, requests=total // 10)
            memory.append(worker.memory_info().rss / 1e6)
        console.print(
            f"memory after {total // 10:,} more requests {memory[0]:.0f} MB, after {total:,} {memory[-1]:.0f} MB: "
            f"{memory[-1] / memory[0] - 1:+.1%}"
        )


if __name__ == "__main__":
    main()
