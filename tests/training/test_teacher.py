from dataclasses import replace
from typing import Any

import pytest

from data.errors import InputError, SchemeError
from models.prediction import Tagger
from training.teacher import teach

Row = dict[str, Any]


def row(title: str, who: str, domain: str | None = None, split: str = "train", **more: object) -> Row:
    return {"title": title, "addressed": who, "date": "2020-01-01", "split": split, "domain": domain} | more


@pytest.fixture
def labelled() -> list[Row]:
    """The fake tagger tells the domain of no title here; the minister does."""
    train = [row(f"Vraag {number}", ("A. Geld", "B. Weg")[number % 2], DOMAINS[number % 2]) for number in range(40)]
    dev = [row(f"Dev {n}", ("A. Geld", "B. Weg")[n % 2], DOMAINS[n % 2], "dev", group=f"dev{n}") for n in range(10)]
    return train + dev


DOMAINS = ("financien", "verkeer")


class UnsureTagger:
    """Takes every title for one of the first domain, but hardly."""

    def __init__(self, inner: Tagger) -> None:
        self.scheme = inner.scheme
        self.inner = inner

    def predict(self, questions):
        chances = (0.06, *(0.94 / (len(self.scheme.domains) - 1) for _ in self.scheme.domains[1:]))
        return [replace(each, domain_probabilities=chances) for each in self.inner.predict(questions)]


def test_addressees_teach_what_the_text_does_not_say(tagger: Tagger, labelled: list[Row]) -> None:
    unlabelled = [
        row("Iets nieuws", "A. Geld"),
        row("Iets anders", "B. Weg, C. Nieuw"),
        row("Dev", "B. Weg", group="dev3"),
    ]
    taught = teach(UnsureTagger(tagger), labelled, unlabelled, "addressed", 0.05)

    assert [each["domain"] for each in taught.rows] == ["financien", "verkeer"]  # the third is a dev row's own document
    assert all(each["split"] == "train" and 0.05 <= each["probability"] <= 1 for each in taught.rows)
    assert taught.rows[0]["title"] == "Iets nieuws"
    assert (taught.dev, taught.tagger_accuracy, taught.accuracy) == (10, 0.0, 1.0)
    assert taught.weight > 0


def test_a_title_that_says_all_needs_no_addressee(tagger: Tagger, labelled: list[Row]) -> None:
    # These addressees say nothing: each has as many questions of one domain as of the other.
    mixed = [each | {"addressed": f"X, {number % 3}"} for number, each in enumerate(labelled)]
    told = [each | {"title": {"financien": "Financiën", "verkeer": "Verkeer"}[each["domain"]]} for each in mixed]
    taught = teach(tagger, told, [row("Verkeer", "X")], "addressed", 0.5)

    assert (taught.weight, taught.tagger_accuracy) == (0.0, 1.0)
    assert [each["domain"] for each in taught.rows] == ["verkeer"]


def test_what_the_teacher_is_not_sure_of_is_left_out(tagger: Tagger, labelled: list[Row]) -> None:
    taught = teach(tagger, labelled, [row("Iets", "D. Onbekend")], "addressed", 0.95)

    assert taught.rows == []
    assert taught.sure == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            {"split": "train"}, "expected labelled rows with split dev and others, found 0 and 50", id="no dev"
        ),
        pytest.param({"addressed": ""}, "expected names in column addressed, each with 5 questions", id="no names"),
    ],
)
def test_rows_that_cannot_teach_are_refused(tagger: Tagger, labelled: list[Row], change: Row, message: str) -> None:
    with pytest.raises(InputError, match=message):
        teach(tagger, [each | change for each in labelled], [], "addressed", 0.5)


def test_an_unknown_label_is_refused(tagger: Tagger, labelled: list[Row]) -> None:
    with pytest.raises(SchemeError, match="sport"):
        teach(tagger, [*labelled, row("Bal", "A. Geld", "sport")], [], "addressed", 0.5)
