"""Split labelled questions into train and dev so that no document is on both sides."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from data.errors import InputError
from data.question import LabelledQuestion, Split
from data.similar import near_duplicates

NEAR = 0.7
"""Least resemblance of two documents that are one: questions put to several ministers differ in a few words."""
DEV_SHARE = 0.1


def assign(questions: Sequence[LabelledQuestion], seed: int, *, newest: bool = False) -> list[Split]:
    """The side of each question, in order: those that carry a split keep it, of the rest a tenth becomes dev.

    Questions of one document stay together, and so do documents that are nearly the same.

    Args:
        questions: labelled, dated where `newest` is asked.
        seed: of the random choice.
        newest: take the newest documents as dev, as they are when a model is in use. Else a random tenth in which the
            domains keep their shares (scikit-learn's StratifiedGroupKFold).

    Raises:
        InputError: fewer than ten documents, or `newest` where one has no date.
    """
    free = [question for question in questions if question.split is None]
    sides: Iterator[Split] = iter(())
    if free:
        groups = merge_documents(free)
        if len(set(groups)) < 1 / DEV_SHARE:
            raise InputError(
                f"expected at least 10 documents to split into train and dev, found {len(set(groups))}: add data"
            )
        dev = _newest(free, groups) if newest else _stratified(free, groups, seed)
        sides = iter("dev" if group in dev else "train" for group in groups)
    return [next(sides) if question.split is None else question.split for question in questions]


def split(questions: Sequence[LabelledQuestion], seed: int) -> dict[Split, list[LabelledQuestion]]:
    """Divide questions as `assign` does; of a document with rows of both sides, those of dev are left out."""
    parts: dict[Split, list[LabelledQuestion]] = {"train": [], "dev": []}
    for question, side in zip(questions, assign(questions, seed), strict=True):
        parts[side].append(question)
    train_groups = {question.group for question in parts["train"]}
    parts["dev"] = [question for question in parts["dev"] if question.group not in train_groups]
    return parts


def merge_documents(questions: Sequence[LabelledQuestion]) -> list[int]:
    """A number for each question, equal for those of one document and of documents that are nearly the same."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    names = list(dict.fromkeys(question.group for question in questions))
    place = {name: number for number, name in enumerate(names)}
    texts = [""] * len(names)
    for question in questions:
        texts[place[question.group]] += f" {question.question.title} {question.question.text}"
    pairs = np.array([(first, second) for first, second, _ in near_duplicates(texts, NEAR)], dtype=int).reshape(-1, 2)
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(names), len(names)))
    _, merged = connected_components(links, directed=False)
    return [int(merged[place[question.group]]) for question in questions]


def _stratified(questions: list[LabelledQuestion], groups: list[int], seed: int) -> set[int]:
    from sklearn.model_selection import StratifiedGroupKFold

    folds = StratifiedGroupKFold(n_splits=round(1 / DEV_SHARE), shuffle=True, random_state=seed)
    _, dev = next(folds.split(questions, [question.domain for question in questions], groups))
    return {groups[each] for each in dev}


def _newest(questions: list[LabelledQuestion], groups: list[int]) -> set[int]:
    latest: dict[int, date] = {}
    for question, group in zip(questions, groups, strict=True):
        if question.question.date is None:
            raise InputError(
                f"expected dates to find the newest by, found none for {question.question.text[:60]!r}: add it"
            )
        latest[group] = max(latest.get(group, date.min), question.question.date)
    chosen: set[int] = set()
    for group in sorted(latest, key=lambda each: (latest[each], each), reverse=True):
        if sum(each in chosen for each in groups) >= DEV_SHARE * len(groups):
            break
        chosen.add(group)
    return chosen
