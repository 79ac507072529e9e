"""One small run from labelled file to promoted model, and what it leaves behind."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from data.errors import ArtefactError, InputError, SchemeError
from data.labels import LabelScheme
from data.question import LabelledQuestion, Question
from models.artefact import FILES, default_folder, open_artefact
from models.engine import OnnxTagger
from models.prediction import softmax
from training.config import TrainConfig
from training.promote import promote
from training.tracking import CHAMPION, tracking_client
from training.train import TrainResult, _thresholds, train

KILLED = """
import os, signal, sys
from pathlib import Path
from transformers import TrainerCallback
from training.config import TrainConfig
import training.train

class Die(training.train._TrackSteps):
    def on_save(self, args, state, control, **kwargs):
        os.kill(os.getpid(), signal.SIGKILL)

training.train._TrackSteps = Die
config = TrainConfig(base=sys.argv[1], epochs=1, max_length_tokens=64, batch_size=8, ngram_buckets=1024)
training.train.train(config, [Path(sys.argv[2])], [], progress=False)
"""
"""A run in a process of its own that dies as soon as it has a checkpoint."""
SUBJECTS = {"zorg": "het ziekenhuis", "verkeer": "de trein", "migratie": "de IND", "onderwijs": "de school"}
ASKS = {
    "laag": "Hoeveel kost",
    "middel": "Kunt u vóór het debat zeggen wat er speelt bij",
    "hoog": "Wilt u vandaag nog ingrijpen bij",
}


def own_words(number: int, domain: str) -> str:
    """Words of one document alone: documents that are nearly the same count as one."""
    return " ".join(f"{domain}{number}{letter}" for letter in "abcdefgh")


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """72 questions, 4 domains, 3 levels, each its own document."""
    path = tmp_path / "questions.jsonl"
    rows = [
        {
            "title": f"Bericht {number} over {subject}",
            "question": f"{ask} {subject} {own_words(number, domain)}?",
            "domain": domain,
            "urgency": urgency,
        }
        for number in range(6)
        for domain, subject in SUBJECTS.items()
        for urgency, ask in ASKS.items()
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def config(tiny_encoder: Path) -> TrainConfig:
    return TrainConfig(base=str(tiny_encoder), epochs=1, max_length_tokens=64, batch_size=8, ngram_buckets=1024)


@pytest.fixture
def result(config: TrainConfig, labelled: Path) -> TrainResult:
    return train(config, [labelled], [], progress=False)


def test_a_run_leaves_an_artefact_a_run_and_a_version(result: TrainResult, labelled: Path, config: TrainConfig) -> None:
    folder = result.folder
    assert {path.name for path in folder.iterdir()} == {
        FILES.manifest,
        FILES.encoder_config,
        FILES.weights,
        FILES.tokenizer,
        FILES.golden,
        FILES.onnx,
        FILES.labels,
        FILES.metrics,
        FILES.card,
        FILES.register,
    }
    assert open_artefact(folder).manifest.base == config.base
    quantised = open_artefact(folder).manifest.precision == "int8"
    card = (folder / FILES.card).read_text(encoding="utf-8")
    assert "questions.jsonl" in card
    assert "$" not in card
    assert f"Weights of `model.onnx`: {'int8; int8 was kept' if quantised else 'fp32; int8 was refused'}" in card
    entry = json.loads((folder / FILES.register).read_text(encoding="utf-8"))
    assert entry["standard_version"] == "1.0"
    # The register's own limits.
    assert len(entry["name"]) < 100
    assert len(entry["description_short"]) < 350
    assert entry["organization"] is None

    client = tracking_client()
    run = client.get_run(result.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["seed"] == "42"
    assert len(run.data.params["data_questions"]) == 64
    assert (
        run.data.metrics["questions_dev/tagger/domain_macro_f1"]
        == result.reports["questions dev"]["tagger"].domain.macro_f1
    )
    scores = [name for name in run.data.metrics if name.startswith("questions_dev/baseline/domain_f1/")]
    assert len(scores) == len(result.reports["questions dev"]["baseline"].domain.classes)
    assert client.get_metric_history(result.run_id, "eval_domain_macro_f1")
    names = _artefact_names(client, result.run_id)
    assert "confusion/questions_dev/tagger_domain.png" in names
    assert {"comparison.png", "environment.txt", "artefact/model.onnx", "baseline/domain.skops"} <= names
    assert client.get_model_version(config.name, result.registered_version).run_id == result.run_id

    assert not any((result.folder.parents[1] / "unfinished").iterdir())

    # The same seed gives the same result.
    again = train(config, [labelled], [], progress=False)
    assert again.reports == result.reports
    assert (again.folder / FILES.onnx).read_bytes() == (result.folder / FILES.onnx).read_bytes()
    assert again.registered_version == "2"

    # Promotion makes the version the champion, and serving finds it.
    manifest = promote(config.name, result.registered_version, reason="a test of the way")
    champion = client.get_model_version_by_alias(config.name, CHAMPION)
    assert str(champion.version) == result.registered_version
    assert champion.tags["forced"] == "a test of the way"
    assert "behaviour: plain cases" in champion.tags["objections"]
    served = OnnxTagger.open(default_folder())
    assert served.version == manifest.version == open_artefact(result.folder).manifest.version
    question = Question(text="Hoeveel kost de trein?")
    assert served.predict([question]) == OnnxTagger.open(result.folder).predict([question])
    promote(config.name, again.registered_version, reason="another")
    assert OnnxTagger.open(default_folder()).version == open_artefact(again.folder).manifest.version

    with pytest.raises(InputError, match=r"expected a version that may serve, found \d+ objections: behaviour: plain"):
        promote(config.name, result.registered_version)
    assert OnnxTagger.open(default_folder()).version == open_artefact(again.folder).manifest.version

    with pytest.raises(InputError, match=r"expected a registered version of 'kamervraag' \(.*\), found no '7'"):
        promote(config.name, "7")


def _artefact_names(client: MlflowClient, run_id: str, path: str | None = None) -> set[str]:
    names = set()
    for entry in client.list_artifacts(run_id, path):
        names |= _artefact_names(client, run_id, entry.path) if entry.is_dir else {entry.path}
    return names


def test_refuses_an_unknown_label_with_its_row(config: TrainConfig, labelled: Path) -> None:
    with labelled.open("a") as file:
        file.write('{"question": "Waarom?", "domain": "visserij"}\n')

    with pytest.raises(
        SchemeError, match=r"questions\.jsonl, row 73: unknown domain 'visserij': expected one of bestuur"
    ):
        train(config, [labelled], [], progress=False)


def test_refuses_two_files_of_one_name(config: TrainConfig, labelled: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    twin = tmp_path / "other" / labelled.name
    twin.write_bytes(labelled.read_bytes())

    with pytest.raises(InputError, match="expected files of different names"):
        train(config, [labelled, twin], [], progress=False)


@pytest.mark.parametrize(("split", "lacking"), [("train", "dev"), ("dev", "train")])
def test_refuses_data_of_one_split(config: TrainConfig, labelled: Path, split: str, lacking: str) -> None:
    rows = [json.loads(line) | {"split": split} for line in labelled.read_text(encoding="utf-8").splitlines()]
    labelled.write_text("".join(json.dumps(row) + "\n" for row in rows))

    with pytest.raises(InputError, match=f"expected questions to {lacking} on, found none"):
        train(config, [labelled], [], progress=False)


def test_a_base_that_is_none_leaves_no_run(labelled: Path, tmp_path: Path, own_home: Path) -> None:
    with pytest.raises(ArtefactError, match="expected a RoBERTa checkpoint"):
        train(TrainConfig(base=str(tmp_path)), [labelled], [], progress=False)

    assert not own_home.exists()


def test_a_killed_run_goes_on_to_the_same_weights(config: TrainConfig, labelled: Path, own_home: Path) -> None:
    whole = train(config, [labelled], [], progress=False)
    command = [sys.executable, "-c", KILLED, config.base, str(labelled)]
    killed = subprocess.run(command, check=False, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    [work] = (own_home / "unfinished").iterdir()
    assert [path.name for path in work.glob("checkpoint-*")] == ["checkpoint-1"]

    resumed = train(config, [labelled], [], progress=False)

    assert not work.exists()
    assert resumed.reports == whole.reports


@pytest.mark.parametrize(
    ("field", "value"),
    [("epochs", 0), ("batch_size", 0), ("learning_rate", 2.0), ("max_length_tokens", 8), ("promised_error", 1.5)],
)
def test_settings_out_of_range_are_refused(field: str, value: float) -> None:
    with pytest.raises(InputError, match=f"expected {field} from .* found {value}"):
        TrainConfig(**{field: value})


def test_thresholds_are_chosen_where_other_domains_are_accepted(scheme: LabelScheme) -> None:
    question = Question(text="Waarom?")
    strict = LabelledQuestion(question=question, domain="werk", group="1", source="themes")
    lenient = LabelledQuestion(question=question, domain="werk", also=("zorg",), group="2", source="guide")
    logits = np.zeros((2, len(scheme.domains)), dtype=np.float32)
    logits[:, scheme.domain_index("zorg")] = (5, 4)  # wrong by the theme, accepted by the guide
    probability = float(softmax(logits)[1].max())

    both = _thresholds(logits, [strict, lenient], scheme, TrainConfig())
    # One question is too few to promise a set by.
    assert both == {"review_below": pytest.approx(probability), "set_from": 0.0}
    assert _thresholds(logits[:1], [strict], scheme, TrainConfig())["review_below"] > 1


def test_a_small_set_is_gone_through_more_often() -> None:
    assert TrainConfig().epochs_for(907) == pytest.approx(1400 / 57)
    assert TrainConfig().epochs_for(35_000) == 4
    assert TrainConfig(epochs=2).epochs_for(907) == 2
    # Steps are whole, and there is a limit.
    assert TrainConfig().epochs_for(17) == 700
    assert TrainConfig(batch_size=256).epochs_for(300) == 700
    assert TrainConfig().epochs_for(3) == 1000
