"""A run that is killed (SIGKILL) at random moments and given again writes what one run writes."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

RUN = """
import sys, time
from pathlib import Path
from data.labels import load_scheme
from models.prediction import Prediction
from serving.batch.local import local_engine
from serving.batch.parts import Job
from serving.batch.run import score
from serving.schema import model_info

class Fake:
    name, version, scheme = "fake", "1", load_scheme()

    def predict(self, questions):
        time.sleep(0.02)
        return [self._one(len(question.text) % 20) for question in questions]

    def _one(self, place):
        chances = tuple(0.81 if each == place else 0.01 for each in range(20))
        return Prediction(
            domain_probabilities=chances, urgency_probabilities=(place / 40, 0.5, 0.5 - place / 40), deadline=None,
            likely=(place,), review=place < 5, tokens=place,
        )

source, target = sys.argv[1:]
job = Job(files=(source,), target=target, model=model_info(Fake()), model_sha256="0", window_rows=100)
score(job, local_engine(Fake()), Fake.scheme, report=Path(target + ".html"))
"""
DONE = "expected a name that is free"
WINDOW_ROWS = 100


def _start(source: Path, target: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", RUN, source, target], stderr=subprocess.PIPE, text=True)


def _finish(source: Path, target: Path) -> None:
    process = _start(source, target)
    _, said = process.communicate(timeout=300)
    # Killed between the last removal and the end of the process, a run is done.
    assert process.returncode == 0 or DONE in said, said


def _files(target: Path) -> dict[str, bytes]:
    assert not target.with_name(f"{target.name}.parts").exists()
    names = ("", ".errors.jsonl", ".html")
    return {name: target.with_name(target.name + name).read_bytes() for name in names}


def _kill_when(process: subprocess.Popen[str], folder: Path, pattern: str, new: int, delay_s: float) -> int:
    """Kill a moment after some new files are there, or at once if the run is done before."""
    seen = len(list(folder.glob(pattern)))
    while process.poll() is None and len(list(folder.glob(pattern))) < seen + new:
        time.sleep(0.0005)
    time.sleep(delay_s)
    process.kill()
    process.communicate(timeout=60)
    return process.returncode


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_killed_again_and_again(tmp_path: Path, request: pytest.FixtureRequest, ending: str) -> None:
    kills, rows = request.config.getoption("--kills", 5), request.config.getoption("--rows", 2000)
    chance = random.Random(rows)  # noqa: S311
    source = tmp_path / "in.jsonl"
    with source.open("w") as file:
        for number in range(rows):
            text = "" if number % 97 == 5 else f"Vraag {number} {'x' * chance.randint(0, 40)}?"
            file.write(json.dumps({"tekst": text, "nummer": number}) + "\n")
    (tmp_path / "once").mkdir()
    (tmp_path / "killed").mkdir()
    once, killed = tmp_path / "once" / f"out{ending}", tmp_path / "killed" / f"out{ending}"
    _finish(source, once)

    # At moments between the start and the next few files of parts, so few that the run is not done before the last.
    most = rows // WINDOW_ROWS // (kills + 1)
    for _ in range(kills - 1):
        process = _start(source, killed)
        code = _kill_when(process, killed.parent, "*.parts/part-*", chance.randint(0, 2 * most), chance.random() * 0.03)
        assert code == -signal.SIGKILL
        assert not killed.exists()
    # The last one while the output is made.
    _kill_when(_start(source, killed), killed.parent, "*.parts/output", 1, chance.random() * 0.02)
    _finish(source, killed)

    assert _files(killed) == _files(once)
