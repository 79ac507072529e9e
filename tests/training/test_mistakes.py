import numpy as np
import pytest

from data.errors import InputError
from data.question import LabelledQuestion, Question
from models.prediction import Tagger
from training.mistakes import MIN_QUESTIONS, confident_mistakes, label_errors

SUBJECTS = {"zorg": "ziekenhuis dokter patiënt", "verkeer": "trein spoor station"}


def _labelled(text: str, domain: str, also: tuple[str, ...] = ()) -> LabelledQuestion:
    return LabelledQuestion(question=Question(text=text), domain=domain, also=also, group=text, source="own")


def test_mistakes_are_the_unacceptable_answers(tagger: Tagger) -> None:
    """The fake answers by the first word of a label, with a probability of 0.8."""
    wrong = _labelled("Wat doet Defensie?", "zorg")
    questions = [
        _labelled("Wat doet Defensie?", "defensie"),
        wrong,
        _labelled("Wat kost Defensie?", "zorg", ("defensie",)),
    ]
    [found] = confident_mistakes(tagger, questions)

    assert (found.labelled, found.found, found.probability) == (wrong, "defensie", 0.8)
    assert found.label_probability == pytest.approx(0.2 / 19)


def _set() -> list[LabelledQuestion]:
    """Of 20 questions a domain 4 have words of both; numbers at random, so that none is nearly another."""
    numbers = np.random.default_rng(0)
    both = " ".join(SUBJECTS.values())
    return [
        _labelled(f"{words if place % 5 else both} {' '.join(map(str, numbers.integers(1000, 9999, 8)))}", domain)
        for domain, words in SUBJECTS.items()
        for place in range(20)
    ]


def test_a_wrong_label_is_found() -> None:
    planted = _labelled("Hoe lang wacht een patiënt in het ziekenhuis op de dokter?", "verkeer")
    found = label_errors([*_set(), planted])

    assert (found[0].labelled, found[0].found) == (planted, "zorg")
    assert found[0].probability > 0.5 > found[0].label_probability
    assert len(found) <= 2


def test_an_acceptable_domain_is_not_held_against_a_label() -> None:
    also = _labelled("Hoe lang wacht een patiënt in het ziekenhuis op de dokter?", "verkeer", ("zorg",))
    assert also not in [each.labelled for each in label_errors([*_set(), also])]


def test_rare_domains_are_not_judged() -> None:
    rare = [_labelled(f"patiënt {number} in het ziekenhuis", "recht") for number in range(MIN_QUESTIONS - 1)]
    assert not any(each.labelled in rare for each in label_errors([*_set(), *rare]))
    with pytest.raises(InputError, match=f"expected two domains with {MIN_QUESTIONS} questions each .* found 0"):
        label_errors(rare)
