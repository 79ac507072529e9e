"""The corpus that is shipped with the product: that it is what its card says."""

import csv
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from data.check import agreement, check
from data.dates import find_deadline
from data.labelled import (
    CORPUS,
    CORPUS_ANNOTATIONS,
    CORPUS_DOCUMENTS,
    CORPUS_DOCUMENTS_HELD_OUT,
    CORPUS_HELD_OUT,
    CORPUS_TRAIN,
)
from data.labels import LabelScheme
from data.question import LabelledQuestion

CARD = (CORPUS.parent / "README.md").read_text(encoding="utf-8")
FILES = (CORPUS_TRAIN, CORPUS_HELD_OUT, CORPUS_DOCUMENTS, CORPUS_DOCUMENTS_HELD_OUT)
HARD = {None, "ministry", "two", "keyword", "followup", "procedural", "urgency"}

Rows = list[dict[str, Any]]


def _rows(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def train() -> Rows:
    return _rows(CORPUS_TRAIN)


@pytest.fixture(scope="module")
def held_out() -> Rows:
    return _rows(CORPUS_HELD_OUT)


@pytest.fixture(scope="module")
def corpus(train: Rows, held_out: Rows) -> Rows:
    return train + held_out


@pytest.fixture(scope="module")
def documents() -> Rows:
    return _rows(CORPUS_DOCUMENTS)


@pytest.fixture(scope="module")
def documents_held_out() -> Rows:
    return _rows(CORPUS_DOCUMENTS_HELD_OUT)


@pytest.fixture(scope="module")
def everything(corpus: Rows, documents: Rows, documents_held_out: Rows) -> Rows:
    return corpus + documents + documents_held_out


@pytest.fixture(scope="module")
def checked(scheme: LabelScheme) -> dict[str, list[LabelledQuestion]]:
    """As `kamervraag data check` reads it: no broken rows, no unknown labels, no near repeats, no leaks."""
    found = check(FILES, scheme)
    assert list(map(str, found.findings)) == []
    return found.questions


def test_nothing_is_wrong_with_a_row(checked: dict[str, list[LabelledQuestion]], everything: Rows) -> None:
    assert set(CORPUS.glob("*.jsonl")) == set(FILES)
    assert sum(map(len, checked.values())) == len(everything)


def test_every_row_has_every_field(everything: Rows) -> None:
    fields = ["id", "title", "context", "question", "domain", "also", "urgency", "deadline", "date", "hard", "batch"]
    assert {tuple(row) for row in everything} == {tuple(fields)}
    assert len({row["id"] for row in everything}) == len(everything)
    assert [row["id"] for row in everything if not (row["title"] and row["date"] and row["urgency"])] == []
    assert {row["hard"] for row in everything} == HARD


def test_questions_of_a_document_follow_on_each_other(documents: Rows, documents_held_out: Rows) -> None:
    for rows in (documents, documents_held_out):
        for before, row in pairwise(rows):
            # A dropped question is still the context of the next.
            goes_on = before["title"] == row["title"] and int(before["id"][-2:]) + 1 == int(row["id"][-2:])
            assert not goes_on or row["context"] == before["question"], row["id"]
    by_document = Counter(row["id"][:-3] for row in documents)
    assert min(by_document.values()) >= 3
    assert {row["domain"] for row in documents} == {row["domain"] for row in documents_held_out}


def test_there_are_enough_of_every_domain(corpus: Rows, held_out: Rows, scheme: LabelScheme) -> None:
    counts = Counter(row["domain"] for row in corpus)
    assert len(corpus) >= 4_000
    assert {domain: counts[domain] for domain in scheme.domain_ids if counts[domain] < 200} == {}
    assert len(held_out) / len(corpus) == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize(("level", "share"), [("laag", 0.55), ("middel", 0.25), ("hoog", 0.20)])
def test_urgency_is_balanced(corpus: Rows, level: str, share: float) -> None:
    assert sum(row["urgency"] == level for row in corpus) / len(corpus) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("part", ["train", "held_out"])
def test_every_domain_has_every_urgency(part: str, scheme: LabelScheme, request: pytest.FixtureRequest) -> None:
    found = {(row["domain"], row["urgency"]) for row in request.getfixturevalue(part)}
    assert {(domain, urgency) for domain in scheme.domain_ids for urgency in scheme.urgency_ids} - found == set()


def test_one_in_four_has_a_context_and_a_third_is_hard(corpus: Rows) -> None:
    assert sum(bool(row["context"]) for row in corpus) / len(corpus) == pytest.approx(0.25, abs=0.03)
    assert sum(row["hard"] is not None for row in corpus) / len(corpus) >= 1 / 3


def test_who_wrote_a_held_out_part_wrote_nothing_else(
    train: Rows, held_out: Rows, documents: Rows, documents_held_out: Rows
) -> None:
    assert {row["batch"] for row in train + documents} & {
        row["batch"] for row in held_out + documents_held_out
    } == set()


def test_deadlines_are_what_the_rules_find(everything: Rows, checked: dict[str, list[LabelledQuestion]]) -> None:
    questions = [each for part in checked.values() for each in part]
    assert [row["id"] for row in everything if row["deadline"] and row["deadline"] < row["date"]] == []
    pairs = [(each.deadline, find_deadline(each.question.text, each.question.date)) for each in questions]
    labelled = [(label, found) for label, found in pairs if label]
    found = [(label, found) for label, found in pairs if found]
    assert sum(label == day for label, day in labelled) / len(labelled) >= 0.8
    assert sum(label == day for label, day in found) / len(found) >= 0.8


def test_every_item_was_labelled_twice(everything: Rows) -> None:
    with CORPUS_ANNOTATIONS.open(encoding="utf-8", newline="") as file:
        annotations = {row["id"]: row for row in csv.DictReader(file)}
    kept = {row["id"] for row in annotations.values() if row["outcome"] != "dropped"}
    assert kept == {row["id"] for row in everything}
    for row in everything:
        both = annotations[row["id"]]
        if both["outcome"] == "agreed":
            assert (row["domain"], row["urgency"]) == (both["domain_1"], both["urgency_1"])
            assert (row["domain"], row["urgency"]) == (both["domain_2"], both["urgency_2"])


def test_the_card_has_these_numbers(corpus: Rows, documents: Rows, documents_held_out: Rows) -> None:
    for path in FILES:
        name, rows = path.stem, _rows(path)
        assert f"| `corpus/{name}.jsonl` | {len(rows):,} | {len({row['batch'] for row in rows})} |" in CARD
    for head in agreement(CORPUS_ANNOTATIONS):
        assert f"| {head.head} | {head.items:,} | {head.share:.1%} | {head.kappa:.3f} |" in CARD
    card = " ".join(CARD.split())
    hard = Counter(row["hard"] for row in corpus if row["hard"])
    written = documents + documents_held_out
    for line in (
        f"{hard.total() / len(corpus):.1%} hard cases",
        *(f"{count} `{kind}`" for kind, count in hard.items()),
        f"{len({row['id'][:-3] for row in written})} documents",
        *_facts(corpus),
        *_facts(written),
    ):
        assert line in card, line


def _facts(rows: Rows) -> list[str]:
    total = len(rows)
    urgency = Counter(row["urgency"] for row in rows)
    return [
        "Urgency: " + ", ".join(f"{urgency[level] / total:.1%} `{level}`" for level in ("laag", "middel", "hoog")),
        f"{sum(bool(row['context']) for row in rows) / total:.1%} with a context",
        f"{sum(bool(row['also']) for row in rows) / total:.1%} with other acceptable domains",
        f"{sum(bool(row['deadline']) for row in rows)} with a deadline",
    ]


def test_every_number_of_a_domain_is_in_the_card(scheme: LabelScheme) -> None:
    parts = [_rows(path) for path in FILES]
    for domain in scheme.domain_ids:
        counts = " | ".join(str(sum(row["domain"] == domain for row in rows)) for rows in parts)
        assert f"| {domain} | {counts} |" in CARD, domain
