import pytest

from data.labels import LabelScheme
from data.question import Question
from models.explain import Part, explain, parts, without
from models.prediction import Tagger

QUESTION = Question(text="Wat gebeurt er met spoed in de zorg?", title="De zorg", context="Ja.")


def test_every_word_is_a_part() -> None:
    assert [part.words(QUESTION) for part in parts(QUESTION)] == [
        *("De", "zorg", "Ja"),
        *("Wat", "gebeurt", "er", "met", "spoed", "in", "de", "zorg"),
    ]


@pytest.mark.parametrize("limit", [3, 4, 10, 60])
def test_a_long_question_is_taken_apart_in_runs(limit: int) -> None:
    question = Question(text="woord " * 300, title="een titel")
    found = parts(question, limit)
    # A run does not cross from one field to the next.
    assert len(found) <= limit
    assert sum(len(part.words(question).split()) for part in found) == 302


def test_what_is_taken_out_is_gone_and_nothing_else() -> None:
    taken = [Part("text", 0, 3), Part("text", 19, 24), Part("title", 3, 7)]
    changed = without(QUESTION, taken)
    assert (changed.text, changed.title, changed.context) == (" gebeurt er met  in de zorg?", "De ", "Ja.")
    assert without(Question(text="Hoe"), [Part("text", 0, 3)]).text == "?"


def test_the_words_that_carry_the_answer_are_named(tagger: Tagger, scheme: LabelScheme) -> None:
    """The fake goes by the first word of a domain's label, and by "spoed"."""
    question = Question(text="Is er met spoed iets te doen aan Defensie?")
    [prediction] = tagger.predict([question])
    found = explain(tagger, question, prediction)
    assert [reason.words for reason in found.domain] == ["Defensie"]
    assert found.domain[0].weight == pytest.approx(0.8 - 0.2 / 19)
    assert [reason.words for reason in found.urgency] == ["spoed"]
    assert found.urgency[0].weight == pytest.approx(0.68)
