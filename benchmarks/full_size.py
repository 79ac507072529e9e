"""The whole recipe at the size of RobBERT-2023-base: trains, is killed, goes on, exports, calibrates, serves; its cost.

Random weights: what it learns says nothing, what it costs does. Run by `make bench-full-size`.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import click
import httpx
from rich.console import Console

from benchmarks.clients import bodies, measure, ours, running
from benchmarks.engines import random_encoder
from benchmarks.memory import peak_mb
from data.labelled import CORPUS_TRAIN, read_labelled
from data.labels import load_scheme


def _start(command: list[str], home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, env={**os.environ, "KAMERVRAAG_HOME": str(home)})  # noqa: S603


def _saved(home: Path) -> int:
    """Steps of the last whole checkpoint, 0 if there is none."""
    found = home.glob("unfinished/*/checkpoint-*/trainer_state.json")
    return max((int(each.parent.name.split("-")[1]) for each in found), default=0)


@click.command()
@click.option("--questions", default=240, show_default=True, help="To train on, once, and to keep aside.")
def main(questions: int) -> None:
    """Train, kill, resume and serve a tagger of full size."""
    console = Console(soft_wrap=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = CORPUS_TRAIN.read_text(encoding="utf-8").splitlines()
        table = folder / "questions.jsonl"
        table.write_text("\n".join(rows[:: len(rows) // questions]), encoding="utf-8")
        home = folder / "home"
        program = [sys.executable, "-c", "from kamervraag import main; main()"]
        command = [*program, "train", str(table), "--base", str(random_encoder(folder / "encoder"))]
        command += ["--epochs", "1", "--micro-batch", "4", "--learning-rate", "3e-5", "--no-progress"]
        process = _start(command, home)
        while not _saved(home):
            if process.poll() is not None:
                raise click.ClickException("expected a run with checkpoints, found none; run the command above by hand")
            time.sleep(0.5)
        process.send_signal(signal.SIGKILL)
        process.wait()
        console.print(f"killed after step {_saved(home)}")
        peak, moments = 0.0, [(time.monotonic(), _saved(home))]
        process = _start(command, home)
        while process.poll() is None:
            peak = max(peak, peak_mb(process.pid))
            if (step := _saved(home)) > moments[-1][1]:
                moments.append((time.monotonic(), step))
            time.sleep(0.5)
        if process.returncode:
            raise click.ClickException("expected the run to go on, it failed; see its message above")
        # The first one has the start of the program in it.
        seconds = [(b[0] - a[0]) / (b[1] - a[1]) for a, b in pairwise(moments[1:])]
        console.print(
            f"went on and ended; peak {peak / 1000:.1f} GB; {statistics.median(seconds):.1f} s a step of 16 questions, "
            f"{statistics.median(seconds) / 16 * 1000 / 60:.1f} minutes per 1,000"
        )
        [artefact] = (home / "runs").iterdir()
        size = (artefact / "model.onnx").stat().st_size / 1e6
        precision = json.loads((artefact / "artefact.json").read_text())["precision"]
        asked = [each.question for each in read_labelled(CORPUS_TRAIN, load_scheme())[:100]]
        with running(ours(artefact)) as (address, _):
            answer = httpx.post(f"{address}/v1/classificaties", json={"vragen": [{"tekst": asked[0].text}]}, timeout=60)
            answer.raise_for_status()
            load = measure("ours", address, bodies(asked), clients=1, requests=50)
        console.print(
            f"serves in {precision}, {size:.0f} MB; one client: p50 {load.p50:.0f} ms, p95 {load.p95:.0f} ms, "
            f"{load.failed} failures"
        )


if __name__ == "__main__":
    main()
