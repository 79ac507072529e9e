"""Which documents belong together, so that no question stands on both sides of a split."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data.text import letters


@dataclass(frozen=True, slots=True)
class Head:
    """What tells whether two documents belong together."""

    key: str
    vraagnummer: str | None
    title: str
    digest: str
    """Of the letters and digits of all questions."""
    answered: bool
    """Whether any question has an answer."""


def make_head(key: str, vraagnummer: str | None, title: str, questions: Iterable[str], *, answered: bool) -> Head:
    """The head of a document with these questions."""
    digest = hashlib.sha256("\n".join(map(letters, questions)).encode()).hexdigest()
    return Head(key, vraagnummer, letters(title), digest, answered)


def group_names(heads: Sequence[Head]) -> dict[str, str]:
    """The group of each document by its key: documents that share vraagnummer, title or all questions have the same.

    One set of questions that was put to several ministers has a vraagnummer for each, and mostly one title. A group is
    called after the title of its first document, as `read_labelled` does for tables without groups, so that groups
    agree between harvests too.
    """
    above: dict[str, str] = {}

    def root(name: str) -> str:
        while (parent := above.get(name, name)) != name:
            above[name] = above.get(parent, parent)
            name = parent
        return name

    for head in heads:
        marks = (f"vraagnummer {head.vraagnummer or head.key}", f"title {head.title}", f"questions {head.digest}")
        first, *others = [mark for mark in marks if mark != "title "]
        for other in others:
            above[root(other)] = root(first)
    names: dict[str, str] = {}
    for head in heads:
        names.setdefault(root(f"vraagnummer {head.vraagnummer or head.key}"), head.title or head.key)
    return {head.key: names[root(f"vraagnummer {head.vraagnummer or head.key}")] for head in heads}


def without_answers(heads: Sequence[Head]) -> dict[str, str]:
    """The documents without any answer whose questions another document answers, mostly notices, and that document."""
    answers = {head.vraagnummer: head.key for head in reversed(heads) if head.vraagnummer and head.answered}
    return {head.key: answers[head.vraagnummer] for head in heads if not head.answered and head.vraagnummer in answers}
