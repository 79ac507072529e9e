"""The corpus that is shipped with the product, as `train` reads it."""

import re
from collections import Counter

import pytest

from data.dates import find_deadline
from data.labelled import CORPUS, CORPUS_HELD_OUT, CORPUS_TRAIN, read_labelled
from data.labels import LabelScheme
from data.question import LabelledQuestion


def _normal(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


@pytest.fixture(scope="module")
def train(scheme: LabelScheme) -> list[LabelledQuestion]:
    return read_labelled(CORPUS_TRAIN, scheme)


@pytest.fixture(scope="module")
def held_out(scheme: LabelScheme) -> list[LabelledQuestion]:
    return read_labelled(CORPUS_HELD_OUT, scheme)


@pytest.fixture(scope="module")
def corpus(train: list[LabelledQuestion], held_out: list[LabelledQuestion]) -> list[LabelledQuestion]:
    return train + held_out


def test_every_line_is_a_labelled_question(corpus: list[LabelledQuestion]) -> None:
    files = sorted(CORPUS.glob("*.jsonl"))
    assert files == [CORPUS_HELD_OUT, CORPUS_TRAIN]
    assert len(corpus) == sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
    assert [each.question.text for each in corpus if not each.urgency or not each.question.date] == []


def test_every_domain_has_enough_to_learn_from(train: list[LabelledQuestion], scheme: LabelScheme) -> None:
    counts = Counter(each.domain for each in train)
    assert {domain: counts[domain] for domain in scheme.domain_ids if counts[domain] < 40} == {}


@pytest.mark.parametrize("part", ["train", "held_out"])
def test_every_domain_has_every_urgency(part: str, scheme: LabelScheme, request: pytest.FixtureRequest) -> None:
    found = {(each.domain, each.urgency) for each in request.getfixturevalue(part)}
    assert {(domain, urgency) for domain in scheme.domain_ids for urgency in scheme.urgency_ids} - found == set()


def test_no_other_domain_repeats_one_that_is_given(corpus: list[LabelledQuestion]) -> None:
    repeats = [each.question.text for each in corpus if len({each.domain, *each.also}) != 1 + len(each.also)]
    assert repeats == []


def test_what_the_tagger_sees_is_never_the_same(corpus: list[LabelledQuestion]) -> None:
    parts = Counter(
        (_normal(each.question.title), _normal(each.question.context), _normal(each.question.text)) for each in corpus
    )
    assert [part for part, count in parts.items() if count > 1] == []


def test_no_two_questions_are_equal(corpus: list[LabelledQuestion]) -> None:
    texts = Counter(_normal(each.question.text) for each in corpus)
    assert [text for text, count in texts.items() if count > 1] == []


def test_no_question_is_in_both_parts(train: list[LabelledQuestion], held_out: list[LabelledQuestion]) -> None:
    assert {_normal(each.question.text) for each in train} & {_normal(each.question.text) for each in held_out} == set()


def test_no_title_is_in_both_parts(train: list[LabelledQuestion], held_out: list[LabelledQuestion]) -> None:
    assert {each.group for each in train} & {each.group for each in held_out} == set()


def test_no_deadline_is_before_the_date(corpus: list[LabelledQuestion]) -> None:
    dated = [each for each in corpus if each.deadline and each.question.date]
    assert dated
    assert [each.question.text for each in dated if each.deadline < each.question.date] == []  # type: ignore[operator]


def test_find_deadline_agrees_with_the_labels(corpus: list[LabelledQuestion]) -> None:
    pairs = [(each.deadline, find_deadline(each.question.text, each.question.date)) for each in corpus]
    labelled = [(label, found) for label, found in pairs if label]
    found = [(label, found) for label, found in pairs if found]
    # Measured: 120 of 126 labelled ones found, 120 of 122 found ones right.
    assert sum(label == day for label, day in labelled) / len(labelled) >= 0.9
    assert sum(label == day for label, day in found) / len(found) >= 0.9
