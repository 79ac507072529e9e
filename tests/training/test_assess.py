from datetime import date

import pytest

from data.question import LabelledQuestion, Question
from models.prediction import Tagger
from training.assess import MIN_SLICE, assess


def _question(place: int, domain: str, *, title: str = "", year: int | None = None) -> LabelledQuestion:
    question = Question(text="Wat doet Defensie?", title=title, date=date(year, 1, 1) if year else None)
    return LabelledQuestion(question=question, domain=domain, group=f"{place}", source="own", urgency="laag")


def test_slices_add_up_and_small_ones_are_left_out(tagger: Tagger) -> None:
    """The fake is right on every question of `defensie` and wrong on the others."""
    questions = [
        *(_question(place, "defensie", title="Titel", year=2023) for place in range(MIN_SLICE)),
        *(_question(100 + place, "zorg", year=2024) for place in range(MIN_SLICE)),
        *(_question(200 + place, "zorg", year=2025) for place in range(3)),
    ]
    found, figures = assess({"fake": tagger}, {"own": questions})
    assessment = found["own"]["fake"]

    slices = {each.name: (each.questions, each.accuracy) for each in assessment.slices}
    assert slices == {
        "with title": (MIN_SLICE, 1.0),
        "without title": (MIN_SLICE + 3, 0.0),
        "2023": (MIN_SLICE, 1.0),
        "2024": (MIN_SLICE, 0.0),
    }
    assert assessment.accuracy.low < assessment.report.domain.accuracy < assessment.accuracy.high
    assert assessment.report.domain.accuracy == pytest.approx(MIN_SLICE / len(questions))
    assert assessment.against_first is None
    assert [name for name, _ in figures] == ["own reliability", "own risk-coverage", "own confusion"]


def test_every_other_tagger_is_compared_with_the_first(tagger: Tagger) -> None:
    questions = [_question(place, "defensie") for place in range(30)]
    found, _ = assess({"one": tagger, "same": tagger}, {"a": questions, "b": questions[:25]})
    for by_tagger in found.values():
        pair = by_tagger["same"].against_first
        assert pair is not None
        assert (pair.only_first_right, pair.only_other_right, pair.p_value) == (0, 0, 1)
