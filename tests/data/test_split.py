from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from data.errors import InputError
from data.question import LabelledQuestion, Question
from data.split import assign, merge_documents, split


def _questions(documents: int, **values: Any) -> list[LabelledQuestion]:
    """Three questions for each document, half of the documents on each domain."""
    return [
        LabelledQuestion(
            question=Question(text=f"Vraag {document}-{number}?", title=f"Brief a{document} b{document}"),
            domain=("zorg", "werk")[document % 2],
            group=f"brief {document}",
            source="own",
            **values,
        )
        for document in range(documents)
        for number in range(3)
    ]


def test_a_split_keeps_documents_whole_and_loses_nothing() -> None:
    questions = _questions(60)
    parts = split(questions, seed=1)

    assert parts.keys() == {"train", "dev"}
    assert {each.group for each in parts["train"]} & {each.group for each in parts["dev"]} == set()
    assert Counter(parts["train"] + parts["dev"]) == Counter(questions)
    assert len(parts["dev"]) == 18  # a tenth
    assert Counter(each.domain for each in parts["dev"]) == {"zorg": 9, "werk": 9}


def test_the_seed_decides_the_split() -> None:
    questions = _questions(60)
    assert split(questions, seed=1) == split(questions, seed=1)
    assert split(questions, seed=1) != split(questions, seed=2)


def test_a_split_that_a_file_gives_is_kept() -> None:
    train, dev, free = _questions(4, split="train"), _questions(30, split="dev")[-6:], _questions(70)[-120:]
    parts = split(train + dev + free, seed=1)

    assert [each for each in parts["train"] if each.split] == train
    assert [each for each in parts["dev"] if each.split] == dev
    assert Counter(parts["train"] + parts["dev"]) == Counter(train + dev + free)


def test_given_splits_need_no_ten_documents() -> None:
    train, dev = _questions(2, split="train")[:3], _questions(2, split="dev")[3:]
    assert split(train + dev, seed=1) == {"train": train, "dev": dev}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param([replace(each, split="dev", source="other") for each in _questions(1)], id="given as dev"),
        pytest.param(_questions(40), id="free"),
    ],
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_document_that_is_in_train_is_never_in_dev(other: list[LabelledQuestion], seed: int) -> None:
    parts = split(_questions(4, split="train") + other, seed=seed)
    assert {each.group for each in parts["train"]} & {each.group for each in parts["dev"]} == set()


def test_too_few_documents_are_refused() -> None:
    with pytest.raises(
        InputError, match="expected at least 10 documents to split into train and dev, found 9: add data"
    ):
        split(_questions(9), seed=1)


def test_nearly_the_same_documents_are_one() -> None:
    questions = _questions(20)
    same = "Deelt u de mening dat de brug bij Zwartsluis veel te lang dicht is voor het verkeer en de scheepvaart"
    for place, minister in ((0, "verkeer"), (40, "economie"), (50, "financiën")):
        questions[place] = replace(
            questions[place], group=minister, question=Question(text=f"{same}, minister van {minister}?")
        )
    merged = merge_documents(questions)
    assert merged[0] == merged[40] == merged[50]
    assert len(set(merged)) == 21  # the 20 whose other questions are left, and the one put three times
    for seed in range(5):
        sides = assign(questions, seed)
        assert sides[0] == sides[40] == sides[50]


def _dated(documents: int) -> list[LabelledQuestion]:
    first = date(2020, 1, 1)
    return [
        replace(each, question=replace(each.question, date=first + timedelta(days=place // 3)))
        for place, each in enumerate(_questions(documents))
    ]


def test_the_newest_documents_may_be_dev() -> None:
    questions = _dated(40)
    sides = assign(questions[::-1], seed=1, newest=True)
    assert sides == ["dev"] * 12 + ["train"] * 108


def test_the_newest_need_dates() -> None:
    with pytest.raises(InputError, match="expected dates to find the newest by, found none for 'Vraag 0-0"):
        assign(_questions(20), seed=1, newest=True)


def test_rows_without_a_split_take_that_of_their_document() -> None:
    questions = _questions(40)
    questions[0] = replace(questions[0], split="dev")
    questions[3] = replace(questions[3], split="train")
    for seed in range(5):
        sides = assign(questions, seed)
        assert sides[:6] == ["dev"] * 3 + ["train"] * 3


def test_domains_of_few_questions_can_be_split() -> None:
    questions = _questions(12)[::3]
    assert assign(questions, seed=1).count("dev") >= 1


def test_a_rare_domain_is_no_warning() -> None:
    questions = _questions(60)
    questions[0] = replace(questions[0], domain="recht")
    assert Counter(assign(questions, seed=1)) == {"train": 162, "dev": 18}
