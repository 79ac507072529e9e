import json
import subprocess
import sys
from pathlib import Path

TRAINING = ("torch", "transformers", "mlflow", "sklearn", "matplotlib", "ray")

ANSWER = f"""
import json, sys
from pathlib import Path

import data.reading
import models.engine
import serving.service
from serving.batch.local import local_engine
from serving.batch.run import plan, score
from serving.schema import model_info

tagger = models.engine.OnnxTagger.open(Path(sys.argv[1]))
job = plan(sys.argv[2:3], sys.argv[3], model_info(tagger), Path(sys.argv[1]))
rows = score(job, local_engine(tagger), tagger.scheme).rows
serving.service.Kamervraag.inner()
print(json.dumps([rows, [name for name in {TRAINING!r} if name in sys.modules]]))
"""


def test_serving_answers_without_the_packages_of_training(tiny_artefact: Path, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "in.csv").write_text("tekst\nKunt u deze vragen vóór 3 juni 2025 beantwoorden?\n", encoding="utf-8")
    monkeypatch.setenv("KAMERVRAAG_MODEL", str(tiny_artefact))
    monkeypatch.setenv("KAMERVRAAG_WITHOUT_KEYS", "true")
    arguments = [str(tiny_artefact), str(tmp_path / "in.csv"), str(tmp_path / "out.parquet")]
    run = subprocess.run([sys.executable, "-c", ANSWER, *arguments], capture_output=True, text=True, timeout=60)

    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == [1, []]


def test_the_packages_of_training_are_installed_here() -> None:
    """Else the test above could not fail."""
    from importlib.util import find_spec

    assert all(find_spec(name) for name in TRAINING)
