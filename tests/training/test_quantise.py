import shutil
from pathlib import Path

import pytest

from data.labels import LabelScheme
from data.question import LabelledQuestion, Question
from models.artefact import FILES, Artefact, open_artefact
from models.engine import OnnxTagger
from training.quantise import Change, quantise

TEXTS = (
    "Hoeveel asielzoekers wachten?",
    "Kunt u dit vóór 3 juni laten weten?",
    "Wat doet de Belastingdienst? " * 20,
    "Waarom is de subsidie geschrapt?",
)


@pytest.fixture
def artefact(tiny_artefact: Path, tmp_path: Path) -> Artefact:
    return open_artefact(shutil.copytree(tiny_artefact, tmp_path / "copy"))


def labelled_as_answered(artefact: Artefact) -> list[LabelledQuestion]:
    """Questions whose labels are the model's own answers."""
    scheme = artefact.scheme
    questions = [Question(text=text) for text in TEXTS]
    return [
        LabelledQuestion(
            question=question,
            domain=scheme.domain_ids[answer.domain_index],
            urgency=scheme.urgency_ids[answer.urgency_index],
            group=question.text,
            source="s",
        )
        for question, answer in zip(questions, OnnxTagger(artefact).predict(questions), strict=True)
    ]


def test_a_model_that_answers_the_same_takes_its_place(artefact: Artefact) -> None:
    path = artefact.path(FILES.onnx)
    dev = labelled_as_answered(artefact)
    questions = [each.question for each in dev]
    before, size = OnnxTagger(artefact).predict(questions), path.stat().st_size
    change = quantise(artefact, dev, dev)
    after = OnnxTagger(artefact).predict(questions)

    assert change == Change(questions=4, same=(1, 1), lost=(0, 0))
    assert "kept: 100.00% of 4 dev questions stay in their domain" in str(change)
    assert path.stat().st_size < size
    for old, new in zip(before, after, strict=True):
        assert old.domain_probabilities != new.domain_probabilities
        assert old.domain_probabilities == pytest.approx(new.domain_probabilities, abs=0.02)
    assert not (artefact.folder / "full.onnx").exists()


def test_an_answer_does_not_depend_on_its_neighbours(artefact: Artefact) -> None:
    dev = labelled_as_answered(artefact)
    quantise(artefact, dev, dev)
    tagger = OnnxTagger(artefact)
    together = tagger.predict([each.question for each in dev])

    for each, answer in zip(dev, together, strict=True):
        [alone] = tagger.predict([each.question])
        assert alone.domain_probabilities == pytest.approx(answer.domain_probabilities, abs=1e-5)


def test_a_model_that_answers_otherwise_is_refused(artefact: Artefact, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = artefact.path(FILES.onnx).read_bytes()
    # No share is as high.
    monkeypatch.setattr("training.quantise.LEAST_SAME", 1.01)
    dev = labelled_as_answered(artefact)
    change = quantise(artefact, dev, dev)

    assert not change.allowed
    assert str(change).startswith("refused: ")
    assert artefact.path(FILES.onnx).read_bytes() == whole
    assert not (artefact.folder / "full.onnx").exists()


@pytest.mark.parametrize(
    ("same", "lost", "allowed"),
    [
        pytest.param((1, 1), (0, 0), True, id="nothing"),
        pytest.param((0.99, 0.99), (0.005, 0.005), True, id="as much as may"),
        pytest.param((0.989, 1), (0, 0), False, id="domains"),
        pytest.param((1, 0.989), (0, 0), False, id="urgencies"),
        pytest.param((1, 1), (0.006, -1), False, id="F1 of the domain"),
        pytest.param((1, 1), (-1, 0.006), False, id="F1 of the urgency"),
    ],
)
def test_what_may_change(same: tuple[float, float], lost: tuple[float, float], allowed: bool) -> None:
    assert Change(questions=100, same=same, lost=lost).allowed is allowed


def test_urgency_that_nobody_judged_is_not_counted(artefact: Artefact, scheme: LabelScheme) -> None:
    dev = [
        LabelledQuestion(question=Question(text=text), domain=scheme.domain_ids[0], group=text, source="s")
        for text in TEXTS
    ]

    assert quantise(artefact, dev, dev).lost[1] == 0
