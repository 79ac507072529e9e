"""The same run on Ray: two workers on this machine, in a process of its own that starts and stops them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import ExtraError
from models.engine import OnnxTagger
from serving.batch.ray_engine import ray_engine

RUN = """
import sys
from dataclasses import replace
from pathlib import Path
from models.engine import OnnxTagger
from serving.batch.ray_engine import ray_engine
from serving.batch.run import plan, score
from serving.schema import model_info

folder, *sources, target = sys.argv[1:]
tagger = OnnxTagger.open(Path(folder))
job = replace(plan(sources, target, model_info(tagger), Path(folder)), window_rows=20)
score(job, ray_engine(Path(folder), workers=2), tagger.scheme)
"""


@pytest.fixture
def sources(tmp_path: Path, listing: str) -> list[Path]:
    (tmp_path / "a.txt").write_text(listing, encoding="utf-8")
    with (tmp_path / "b.jsonl").open("w") as file:
        for number in range(150):
            text = "" if number % 40 == 7 else f"Rijdt trein {number}? " * (1 + number % 7)
            file.write(json.dumps({"tekst": text, "nummer": number if number % 3 else str(number)}) + "\n")
        file.write('{"tekst": ')
    return [tmp_path / "a.txt", tmp_path / "b.jsonl"]


def test_two_workers_write_the_rows_of_one_process(
    score_file, tiny_artefact: Path, sources: list[Path], tmp_path: Path
) -> None:
    tagger = OnnxTagger.open(tiny_artefact)
    job = type(score_file)(window_rows=20)
    totals = job(tagger, sources, tmp_path / "local.parquet")
    target = f"file://{tmp_path}/ray.parquet"  # through fsspec, as an object store is
    command = [sys.executable, "-c", RUN, tiny_artefact, *sources, target]
    run = subprocess.run(command, capture_output=True, text=True, timeout=240)

    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
    assert totals.rows == 5 + 146
    for name in ("parquet", "parquet.errors.jsonl"):
        assert (tmp_path / f"ray.{name}").read_bytes() == (tmp_path / f"local.{name}").read_bytes()
    assert not list(tmp_path.glob("*.parts"))


def test_without_ray_the_extra_is_named(tiny_artefact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ExtraError, match=r"'ray', which is not installed: pip install 'kamervraag\[ray\]'"):
        ray_engine(tiny_artefact)
