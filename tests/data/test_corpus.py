"""The corpus that is shipped with the product: that it is what its card says."""

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from data.check import agreement, check
from data.dates import find_deadline
from data.labelled import CORPUS, CORPUS_ANNOTATIONS, CORPUS_HELD_OUT, CORPUS_TRAIN
from data.labels import LabelScheme
from data.question import LabelledQuestion

CARD = (CORPUS.parent / "README.md").read_text(encoding="utf-8")
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
def checked(scheme: LabelScheme) -> dict[str, list[LabelledQuestion]]:
    """As `kamervraag data check` reads it: no broken rows, no unknown labels, no near repeats, no leaks."""
    found = check([CORPUS_TRAIN, CORPUS_HELD_OUT], scheme)
    assert list(map(str, found.findings)) == []
    return found.questions


def test_nothing_is_wrong_with_a_row(checked: dict[str, list[LabelledQuestion]], corpus: Rows) -> None:
    assert sorted(CORPUS.glob("*.jsonl")) == [CORPUS_HELD_OUT, CORPUS_TRAIN]
    assert sum(map(len, checked.values())) == len(corpus)


def test_every_row_has_every_field(corpus: Rows) -> None:
    fields = ["id", "title", "context", "question", "domain", "also", "urgency", "deadline", "date", "hard", "batch"]
    assert {tuple(row) for row in corpus} == {tuple(fields)}
    assert len({row["id"] for row in corpus}) == len(corpus)
    assert [row["id"] for row in corpus if not (row["title"] and row["date"] and row["urgency"])] == []
    assert {row["hard"] for row in corpus} == HARD


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


def test_who_wrote_the_held_out_part_wrote_nothing_else(train: Rows, held_out: Rows) -> None:
    assert {row["batch"] for row in train} & {row["batch"] for row in held_out} == set()


def test_deadlines_are_what_the_rules_find(corpus: Rows, checked: dict[str, list[LabelledQuestion]]) -> None:
    questions = [each for part in checked.values() for each in part]
    assert [row["id"] for row in corpus if row["deadline"] and row["deadline"] < row["date"]] == []
    pairs = [(each.deadline, find_deadline(each.question.text, each.question.date)) for each in questions]
    labelled = [(label, found) for label, found in pairs if label]
    found = [(label, found) for label, found in pairs if found]
    assert sum(label == day for label, day in labelled) / len(labelled) >= 0.8
    assert sum(label == day for label, day in found) / len(found) >= 0.8


def test_every_item_was_labelled_twice(corpus: Rows) -> None:
    with CORPUS_ANNOTATIONS.open(encoding="utf-8", newline="") as file:
        annotations = {row["id"]: row for row in csv.DictReader(file)}
    kept = {row["id"] for row in annotations.values() if row["outcome"] != "dropped"}
    assert kept == {row["id"] for row in corpus}
    for row in corpus:
        both = annotations[row["id"]]
        if both["outcome"] == "agreed":
            assert (row["domain"], row["urgency"]) == (both["domain_1"], both["urgency_1"])
            assert (row["domain"], row["urgency"]) == (both["domain_2"], both["urgency_2"])


def test_the_card_has_these_numbers(train: Rows, held_out: Rows, corpus: Rows) -> None:
    for name, rows in (("train", train), ("heldout", held_out)):
        assert f"| `corpus/{name}.jsonl` | {len(rows):,} | {len({row['batch'] for row in rows})} |" in CARD
    for head in agreement(CORPUS_ANNOTATIONS):
        assert f"| {head.head} | {head.items:,} | {head.share:.1%} | {head.kappa:.3f} |" in CARD
    urgency = Counter(row["urgency"] for row in corpus)
    total = len(corpus)
    shares = ", ".join(f"{urgency[level] / total:.1%} `{level}`" for level in ("laag", "middel", "hoog"))
    hard = Counter(row["hard"] for row in corpus if row["hard"])
    for line in (
        f"Urgency: {shares}.",
        f"{sum(bool(row['context']) for row in corpus) / total:.1%} with a context",
        f"{sum(bool(row['also']) for row in corpus) / total:.1%} with other acceptable domains",
        f"{sum(bool(row['deadline']) for row in corpus)} with a deadline",
        f"{hard.total() / total:.1%} hard cases",
        *(f"{count} `{kind}`" for kind, count in hard.items()),
    ):
        assert line in " ".join(CARD.split()), line


def test_every_number_of_a_domain_is_in_the_card(train: Rows, held_out: Rows, scheme: LabelScheme) -> None:
    for domain in scheme.domain_ids:
        counts = [sum(row["domain"] == domain for row in rows) for rows in (train, held_out)]
        assert re.search(rf"\| {domain} \| {counts[0]} \| {counts[1]} \|", CARD), domain
