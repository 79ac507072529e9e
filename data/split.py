"""Split labelled questions into train and dev so that no document is on both sides."""

import warnings
from collections import Counter
from collections.abc import Sequence
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

    Questions of one document stay together, and so do documents that are nearly the same: rows without a split take
    that of their document.

    Args:
        questions: labelled, dated where `newest` is asked.
        seed: of the random choice.
        newest: take the newest documents as dev, as they are when a model is in use. Else a random tenth in which the
            domains keep their shares (scikit-learn's StratifiedGroupKFold).

    Raises:
        InputError: fewer than ten documents, or `newest` where one has no date.
    """
    if all(question.split for question in questions):
        return [question.split or "train" for question in questions]
    groups = merge_documents(questions)
    # A document with rows of both sides counts as train.
    fixed: dict[int, Split] = {}
    for question, group in zip(questions, groups, strict=True):
        if question.split and fixed.get(group) != "train":
            fixed[group] = question.split
    places = [place for place, group in enumerate(groups) if group not in fixed]
    free, free_groups = [questions[place] for place in places], [groups[place] for place in places]
    dev: set[int] = set()
    if free:
        if len(set(free_groups)) < 1 / DEV_SHARE:
            raise InputError(
                f"expected at least 10 documents to split into train and dev, found {len(set(free_groups))}: add data"
            )
        dev = _newest(free, free_groups) if newest else _stratified(free, free_groups, seed)
    chosen: list[Split] = []
    for question, group in zip(questions, groups, strict=True):
        chosen.append(question.split or fixed.get(group) or ("dev" if group in dev else "train"))
    return chosen


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
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    domains = [question.domain for question in questions]
    count = round(1 / DEV_SHARE)
    # Where no domain has a question for each fold there is nothing to keep the shares of.
    kind = StratifiedGroupKFold if max(Counter(domains).values()) >= count else GroupKFold
    with warnings.catch_warnings():
        # A rare domain cannot have a question in each fold, and need not: one fold is taken.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        _, dev = next(kind(n_splits=count, shuffle=True, random_state=seed).split(questions, domains, groups))
    return {groups[each] for each in dev}


def _newest(questions: list[LabelledQuestion], groups: list[int]) -> set[int]:
    latest: dict[int, date] = {}
    for question, group in zip(questions, groups, strict=True):
        if question.question.date is None:
            raise InputError(
                f"expected dates to find the newest by, found none for {question.question.text[:60]!r}: add it"
            )
        latest[group] = max(latest.get(group, date.min), question.question.date)
    sizes = Counter(groups)
    chosen: set[int] = set()
    taken = 0
    for group in sorted(latest, key=lambda each: (latest[each], each), reverse=True):
        if taken >= DEV_SHARE * len(groups):
            break
        chosen.add(group)
        taken += sizes[group]
    return chosen
