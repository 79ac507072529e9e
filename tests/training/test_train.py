"""One small run from labelled file to promoted model, and what it leaves behind."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mlflow import MlflowClient

from data.errors import ArtefactError, InputError, SchemeError
from data.labels import LabelScheme
from data.question import LabelledQuestion, Question
from models.artefact import FILES, default_folder, open_artefact
from models.base import load_base
from models.encode import QuestionEncoder
from models.engine import OnnxTagger
from models.prediction import softmax
from training.config import TrainConfig
from training.promote import promote
from training.tracking import CHAMPION, tracking_client
from training.train import TrainResult, _fit, _review_below, train

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
    return TrainConfig(base=str(tiny_encoder), epochs=1, max_length_tokens=64, batch_size=8)


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
        FILES.onnx,
        FILES.labels,
        FILES.metrics,
        FILES.card,
    }
    assert open_artefact(folder).manifest.base == config.base
    card = (folder / FILES.card).read_text(encoding="utf-8")
    assert "questions.jsonl" in card
    assert "$" not in card

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

    # The same seed gives the same result.
    again = train(config, [labelled], [], progress=False)
    assert again.reports == result.reports
    assert (again.folder / FILES.onnx).read_bytes() == (result.folder / FILES.onnx).read_bytes()
    assert again.registered_version == "2"

    # Promotion makes the version the champion, and serving finds it.
    manifest = promote(config.name, result.registered_version)
    assert str(client.get_model_version_by_alias(config.name, CHAMPION).version) == result.registered_version
    served = OnnxTagger.open(default_folder())
    assert served.version == manifest.version == open_artefact(result.folder).manifest.version
    question = Question(text="Hoeveel kost de trein?")
    assert served.predict([question]) == OnnxTagger.open(result.folder).predict([question])
    promote(config.name, again.registered_version)
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


class _NoTracker:
    def metrics(self, numbers: dict[str, float], step: int | None = None) -> None:
        """Takes the numbers and forgets them."""


def test_predictions_come_in_the_order_of_the_questions(config: TrainConfig, scheme: LabelScheme) -> None:
    """Grouping by length in training must not shuffle them: the review threshold is chosen on them."""
    questions = [
        LabelledQuestion(
            question=Question(text="trein " * (place * 7 % 23 + 1)), domain="zorg", group=f"{place}", source="own"
        )
        for place in range(40)
    ]
    base = load_base(config.base, scheme)
    encoder = QuestionEncoder(base.tokenizer, 64)
    logits = _fit(base.model, encoder, questions, questions, scheme, config, _NoTracker(), progress=False)  # type: ignore[arg-type]
    base.model.eval()
    for place in (0, 5, 17, 39):
        ids, mask = map(torch.from_numpy, encoder.pad(encoder.encode([questions[place].question])))
        with torch.inference_mode():
            alone = base.model(ids, mask)["domain_logits"][0].numpy()
        assert logits[place] == pytest.approx(alone, abs=1e-4)


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


@pytest.mark.parametrize(
    ("field", "value"),
    [("epochs", 0), ("batch_size", 0), ("learning_rate", 2.0), ("max_length_tokens", 8), ("promised_error", 1.5)],
)
def test_settings_out_of_range_are_refused(field: str, value: float) -> None:
    with pytest.raises(InputError, match=f"expected {field} from .* found {value}"):
        TrainConfig(**{field: value})


def test_the_review_threshold_is_chosen_where_other_domains_are_accepted(scheme: LabelScheme) -> None:
    question = Question(text="Waarom?")
    strict = LabelledQuestion(question=question, domain="werk", group="1", source="themes")
    lenient = LabelledQuestion(question=question, domain="werk", also=("zorg",), group="2", source="guide")
    logits = np.zeros((2, len(scheme.domains)), dtype=np.float32)
    logits[:, scheme.domain_index("zorg")] = (5, 4)  # wrong by the theme, accepted by the guide
    probability = float(softmax(logits)[1].max())

    assert _review_below(logits, [strict, lenient], scheme, 0.05) == pytest.approx(probability)
    assert _review_below(logits[:1], [strict], scheme, 0.05) == 1.0


def test_a_small_set_is_gone_through_more_often() -> None:
    assert TrainConfig().epochs_for(907) == pytest.approx(24.7, abs=0.01)
    assert TrainConfig().epochs_for(35_000) == 4
    assert TrainConfig(epochs=2).epochs_for(907) == 2
