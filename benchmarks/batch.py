"""What batch scoring costs beside the model: peak memory by rows, and speed against the engine's own `predict`.

Run by `make bench-batch`. Speed is measured in turns, so that other work on the machine weighs on both alike.
"""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console

from benchmarks.memory import peak_mb
from data.tables import read_rows, row_to_question
from models.artefact import SHIPPED
from models.engine import OnnxTagger
from serving.batch.local import local_engine
from serving.batch.run import plan, score
from serving.batch.windows import WINDOW_ROWS
from serving.schema import model_info

CORPUS = Path(__file__).parents[1] / "data" / "corpus" / "train.jsonl"
SMALL = 10_000
"""Rows that the memory of more is compared with."""
SIZES = (128, 512, 2048, 8192)
"""Rows at once whose cost is compared."""
MODEL = SHIPPED / "tagger"


def _write(path: Path, rows: int, seed: int = 0) -> None:
    """Questions of the corpus with the second halves of others, so that no two thousand are alike."""
    questions = [row for _, row in read_rows(CORPUS)]
    chance = random.Random(seed)  # noqa: S311
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            one, other = chance.choice(questions), chance.choice(questions)
            words, more = one["question"].split(), other["question"].split()
            text = " ".join(words[: len(words) // 2] + more[len(more) // 2 :])
            day = f"20{chance.randint(10, 25)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            row = {"nummer": number, "titel": one["title"], "tekst": text, "datum": day}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _peak(source: Path, target: Path) -> tuple[float, str]:
    """Peak memory in MB of a run in a process of its own, and what it said last."""
    command = [sys.executable, "-c", "from kamervraag import main; main()", "score", str(source), str(target)]
    peak = 0.0
    with tempfile.TemporaryFile("w+") as said:
        with subprocess.Popen([*command, "--model", str(MODEL)], stderr=said) as process:  # noqa: S603
            while process.poll() is None:
                peak = max(peak, peak_mb(process.pid))
                time.sleep(0.05)
        said.seek(0)
        lines = said.read().strip().splitlines()
    if process.returncode:
        raise click.ClickException("\n".join(lines))
    return peak, lines[-1]


def _turns(folder: Path, rounds: int, windows: int) -> Iterator[tuple[float, float, float]]:
    """Rows a second of the engine alone and of a whole run on the same questions, and the run's share of more work."""
    tagger = OnnxTagger.open(MODEL)
    for number in range(rounds):
        source = folder / f"turn-{number}.jsonl"
        _write(source, windows * WINDOW_ROWS, seed=number + 1)
        questions = [row_to_question(row) for _, row in read_rows(source)]
        job = plan([str(source)], str(folder / "turn.parquet"), model_info(tagger), MODEL)
        started, worked = time.perf_counter(), time.process_time()
        for start in range(0, len(questions), WINDOW_ROWS):
            tagger.predict(questions[start : start + WINDOW_ROWS])
        between, worked_between = time.perf_counter(), time.process_time()
        score(job, local_engine(tagger), tagger.scheme, force=True)
        ended, worked_ended = time.perf_counter(), time.process_time()
        more = (worked_ended - worked_between) / (worked_between - worked) - 1
        yield len(questions) / (between - started), len(questions) / (ended - between), more


def _sizes(folder: Path) -> Iterator[tuple[int, float]]:
    """CPU milliseconds a row of the engine's `predict` by the number of rows that it sorts by length."""
    tagger = OnnxTagger.open(MODEL)
    source = folder / "sizes.jsonl"
    _write(source, max(SIZES), seed=-1)
    questions = [row_to_question(row) for _, row in read_rows(source)]
    for size in SIZES:
        worked = time.process_time()
        for start in range(0, len(questions), size):
            tagger.predict(questions[start : start + size])
        yield size, (time.process_time() - worked) / len(questions) * 1000


@click.command()
@click.option("--rows", default=1_000_000, show_default=True, help="Rows of the large run.")
@click.option("--rounds", default=5, show_default=True, help="Turns of engine and batch.")
@click.option("--windows", default=3, show_default=True, help="Windows of a turn.")
def main(rows: int, rounds: int, windows: int) -> None:
    """Measure batch scoring with the shipped classifier."""
    console = Console(soft_wrap=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size, cost in _sizes(folder):
            console.print(f"predict on {size:,} rows at once: {cost:.2f} ms CPU a row")
        turns = []
        for alone, batch, more in _turns(folder, rounds, windows):
            turns.append((batch / alone, more))
            console.print(
                f"predict {alone:.0f} rows/s, batch {batch:.0f} rows/s, {batch / alone:.3f} of it; CPU {more:+.1%}"
            )
        speed, more = (statistics.median(values) for values in zip(*turns, strict=True))
        console.print(
            f"batch has {speed:.3f} of predict's speed and {more:+.1%} CPU time, the medians of {rounds} turns"
        )
        peaks = []
        for number in (SMALL, rows):
            _write(folder / "in.jsonl", number)
            peak, said = _peak(folder / "in.jsonl", folder / f"out-{number}.parquet")
            peaks.append(peak)
            console.print(f"{number:,} rows: peak {peak:.0f} MB; {said.split('; ')[-1]}")
        console.print(f"peak of {rows:,} rows is {peaks[1] / peaks[0]:.2f} times that of {SMALL:,}")


if __name__ == "__main__":
    main()
