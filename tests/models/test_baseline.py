from pathlib import Path

import pytest

from data.errors import ArtefactError, InputError
from data.labels import LabelScheme
from data.question import LabelledQuestion, Question
from models.baseline import BaselineTagger

TEXTS = {
    ("verkeer", "laag"): "Hoeveel treinen vielen uit op het spoor",
    ("zorg", "hoog"): "Wilt u vandaag nog zeggen waar de patiënten van het ziekenhuis heen moeten",
    ("onderwijs", "laag"): "Hoeveel leraren komen scholen in het onderwijs tekort",
}


def _questions(copies: int = 6) -> list[LabelledQuestion]:
    return [
        LabelledQuestion(
            question=Question(text=f"{text} in week {copy}?"),
            domain=domain,
            urgency=urgency,
            group=str(copy),
            source="x",
        )
        for (domain, urgency), text in TEXTS.items()
        for copy in range(copies)
    ]


@pytest.fixture(scope="module")
def baseline(scheme: LabelScheme) -> BaselineTagger:
    return BaselineTagger.fit(_questions(), scheme)


def test_learns_what_is_plain(baseline: BaselineTagger, scheme: LabelScheme) -> None:
    predictions = baseline.predict([Question(text=text) for text in TEXTS.values()])
    found = [(scheme.domain_ids[each.domain_index], scheme.urgency_ids[each.urgency_index]) for each in predictions]

    assert found == list(TEXTS)


def test_labels_that_training_lacked_get_no_probability(baseline: BaselineTagger, scheme: LabelScheme) -> None:
    [prediction] = baseline.predict([Question(text="Hoeveel treinen?")])

    assert sum(prediction.domain_probabilities) == pytest.approx(1)
    assert prediction.domain_probabilities[scheme.domain_index("cultuur")] == 0


def test_saved_and_loaded_it_answers_the_same(baseline: BaselineTagger, scheme: LabelScheme, tmp_path: Path) -> None:
    baseline.save(tmp_path)
    question = Question(text="Waar moeten de leraren heen?")

    assert BaselineTagger.load(tmp_path, scheme).predict([question]) == baseline.predict([question])
    assert {path.suffix for path in tmp_path.iterdir()} == {".skops"}


def test_refuses_a_folder_without_a_baseline(tmp_path: Path, scheme: LabelScheme) -> None:
    with pytest.raises(ArtefactError, match="expected a saved baseline"):
        BaselineTagger.load(tmp_path, scheme)


def test_refuses_too_few_questions(scheme: LabelScheme) -> None:
    with pytest.raises(
        InputError, match="expected at least two labels of domain with 3 questions each to train on, found 2 of"
    ):
        BaselineTagger.fit(_questions(copies=2), scheme)
