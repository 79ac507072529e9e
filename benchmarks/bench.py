"""Latency, throughput and HTTP of ours and of the usual ways, on equal weights and threads, in one run."""

import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import numpy as np
import onnxruntime as ort
import torch
from matplotlib.figure import Figure
from onnx import TensorProto, helper, numpy_helper
from rich.console import Console
from rich.progress import track
from rich.table import Table
from transformers.utils import logging as transformers_logging

from benchmarks.clients import Load, bodies, measure, ours, plain, running
from benchmarks.engines import PEER, Engines, build
from data.labelled import CORPUS_TRAIN, read_labelled
from data.labels import load_scheme
from data.question import Question
from models.engine import usable_cores

CLIENTS = (1, 4, 16, 64)
OURS = "ours, int8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One engine; medians over the repeats, in milliseconds a question."""

    engine: str
    single: float
    single_cpu: float
    """CPU time of all threads: what stays comparable on a machine with other work."""
    batch: float
    batch_cpu: float
    gflops: float
    """Of the batch, by CPU second."""


def questions(count: int) -> list[Question]:
    """Questions of the corpus as they are; every tenth has the ten before it as its context."""
    found = [each.question for each in read_labelled(CORPUS_TRAIN, load_scheme())]
    found = [found[place] for place in np.random.default_rng(0).permutation(len(found))]
    mixed = found[:count]
    for place in range(10, count, 10):
        mixed[place] = replace(mixed[place], context=" ".join(each.text for each in found[place - 10 : place]))
    return mixed


def time_engines(engines: Engines, mixed: Sequence[Question], singles: int, repeats: int) -> list[Timing]:
    """Interleaved repeats: each engine once, then each again."""
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in engines.by_name}
    for engine in engines.by_name.values():
        engine(mixed[:4])
    turns = [each for _ in range(repeats) for each in engines.by_name.items()]
    for name, engine in track(turns, "timing", console=Console(stderr=True)):
        one = [_timed(partial(engine, [each])) for each in mixed[:singles]]
        wall, cpu = _timed(partial(engine, mixed))
        medians = [statistics.median(each) for each in zip(*one, strict=True)]
        found[name].append((*medians, wall / len(mixed), cpu / len(mixed)))
    work = _flops(engines, mixed) / len(mixed)
    timings = []
    for name, rows in found.items():
        single, single_cpu, batch, batch_cpu = (statistics.median(each) for each in zip(*rows, strict=True))
        timings.append(
            Timing(
                engine=name,
                single=single,
                single_cpu=single_cpu,
                batch=batch,
                batch_cpu=batch_cpu,
                gflops=work / batch_cpu / 1e6,
            )
        )
    return timings


def _timed(call: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU time in milliseconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


def _flops(engines: Engines, mixed: Sequence[Question]) -> float:
    """Of the matrix products that the texts need, without padding: two for each weight and token, and attention."""
    config = engines.config
    layer = 4 * config.hidden_size**2 + 2 * config.hidden_size * config.intermediate_size
    lengths = np.array([len(each.ids) for each in engines.encoder.encode(mixed)], dtype=np.float64)
    return float(config.num_hidden_layers * (2 * layer * lengths + 4 * config.hidden_size * lengths**2).sum())


def ceiling(config: Any, threads: int) -> dict[str, float]:
    """GFLOP by CPU second of one large matrix product of the model's width: torch in fp32, onnxruntime in int8."""
    rows, width, inner = 512, config.hidden_size, config.intermediate_size
    a, b = torch.rand(rows, width), torch.rand(width, inner)
    rng = np.random.default_rng(0)
    given = rng.integers(0, 255, (rows, width), dtype=np.uint8)
    weights = numpy_helper.from_array(rng.integers(-127, 127, (width, inner), dtype=np.int8), "b")
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b"], ["c"])],
        "ceiling",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, [rows, width])],
        [helper.make_tensor_value_info("c", TensorProto.INT32, [rows, inner])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(model.SerializeToString(), options)
    calls = {"fp32": lambda: torch.mm(a, b), "int8": lambda: session.run(None, {"a": given})}
    work = 2e-6 * rows * width * inner
    return {name: max(work / _timed(call)[1] for _ in range(30)) for name, call in calls.items()}


def http(engines: Engines, mixed: Sequence[Question], requests: int, threads: int) -> list[Load]:
    """Our service and the plain one, at each number of clients."""
    found = []
    for name, command in ("ours", ours(engines.artefact)), ("FastAPI and pipeline", plain(engines.peer, threads)):
        with running(command) as (address, _):
            found += [measure(name, address, bodies(mixed), clients, requests) for clients in CLIENTS]
    return found


def picture(timings: Sequence[Timing], path: Path, title: str) -> None:
    """Bars of CPU and wall time."""
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    for axes, name in zip(figure.subplots(1, 2, sharey=True), ("single", "batch"), strict=True):
        places = np.arange(len(timings))
        axes.barh(places - 0.2, [getattr(each, name) for each in timings], 0.4, label="wall clock")
        axes.barh(places + 0.2, [getattr(each, f"{name}_cpu") for each in timings], 0.4, label="CPU")
        axes.set_yticks(places, [each.engine for each in timings])
        axes.set_xlabel(f"ms a question, {name}")
        axes.invert_yaxis()
    axes.legend()
    figure.suptitle(title)
    figure.savefig(path, dpi=120)


@click.command()
@click.option("--shape", "shapes", multiple=True, type=click.Choice(["shipped", "base"]), help="Both if not given.")
@click.option("--threads", type=click.IntRange(1), help="Of each engine; the cores that may be used if not given.")
@click.option("--quick", is_flag=True, help="Fewer questions and repeats.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("bench.work"), show_default=True)
def main(shapes: tuple[str, ...], threads: int | None, quick: bool, output: Path) -> None:
    """Measure, print tables, and write bench.json and pictures to a folder."""
    os.environ |= {"TOKENIZERS_PARALLELISM": "true", "RAYON_NUM_THREADS": str(threads or usable_cores())}
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    threads = threads or usable_cores()
    output.mkdir(parents=True, exist_ok=True)
    console = Console()
    results: dict[str, Any] = {"machine": machine(threads)}
    console.print(results["machine"])
    for shape in shapes or ("shipped", "base"):
        count = (512 if shape == "shipped" else 64) // (2 if quick else 1)
        mixed = questions(count)
        with tempfile.TemporaryDirectory() as temporary:
            engines = build(shape, Path(temporary), threads)
            timings = time_engines(engines, mixed, singles=count // 8, repeats=3 if quick else 5)
            top = ceiling(engines.config, threads)
            loads = http(engines, mixed, max(count, 64), threads) if shape == "shipped" or not quick else []
        own = next(each for each in timings if each.engine == OURS)
        share = 1 - own.single / loads[0].p50 if loads else None
        results[shape] = {
            "questions": len(mixed),
            "timings": [asdict(each) for each in timings],
            "ceiling_gflops_by_cpu_second": top,
            "http": [asdict(each) for each in loads],
            "http_share_one_client": share,
        }
        show(console, shape, timings, top, loads, share)
        picture(timings, output / f"bench-{shape}.png", f"{shape}, {threads} threads")
        (output / "bench.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def show(
    console: Console,
    shape: str,
    timings: Sequence[Timing],
    top: dict[str, float],
    loads: Sequence[Load],
    share: float | None,
) -> None:
    """Print one shape."""
    peer = next(each for each in timings if each.engine == PEER)
    columns = {"single": "single", "single_cpu": "CPU", "batch": "batch", "batch_cpu": "CPU"}
    table = Table(title=f"{shape}: ms a question (times as fast as the pipeline)")
    table.add_column("engine")
    for column in (*columns.values(), "GFLOP/s", "ceiling"):
        table.add_column(column, justify="right")
    for each in timings:
        cells = [f"{getattr(each, name):.2f} ({getattr(peer, name) / getattr(each, name):.1f})" for name in columns]
        limit = top["int8" if each.engine == OURS else "fp32"]
        table.add_row(each.engine, *cells, f"{each.gflops:.0f}", f"{each.gflops / limit:.0%}")
    console.print(
        table, f"GFLOP by CPU second of one large matrix product: fp32 {top['fp32']:.0f}, int8 {top['int8']:.0f}"
    )
    if not loads:
        return
    table = Table(title=f"{shape}: HTTP, one question a request, ms")
    for column in ("service", "clients", "p50", "p95", "p99", "requests a second", "failed"):
        table.add_column(column, justify="left" if column == "service" else "right")
    for load in loads:
        latencies = (f"{each:.1f}" for each in (load.p50, load.p95, load.p99))
        table.add_row(load.service, str(load.clients), *latencies, f"{load.per_second:.1f}", str(load.failed))
    console.print(table, f"share of HTTP in one client's time: {share:.0%}")


def machine(threads: int) -> dict[str, Any]:
    """CPU, cores, load and versions."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "cpu": names[0].partition(":")[2].strip() if names else platform.processor(),
        "cores": usable_cores(),
        "threads": threads,
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        **{name: version(name) for name in ("onnxruntime", "torch", "transformers", "tokenizers", "numpy")},
    }


if __name__ == "__main__":
    main()
