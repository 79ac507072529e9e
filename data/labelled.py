"""Labelled questions: reading them, and splitting them so that no document is on both sides."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from data.errors import InputError, SchemeError
from data.labels import LabelScheme
from data.question import LabelledQuestion
from data.tables import COLUMNS, read_rows, row_to_question, to_date

CORPUS = Path(__file__).with_name("corpus")
CORPUS_TRAIN = CORPUS / "train.jsonl"
CORPUS_HELD_OUT = CORPUS / "heldout.jsonl"

Split = Literal["train", "dev"]


def read_labelled(path: Path, scheme: LabelScheme) -> list[LabelledQuestion]:
    """Read a table with the columns of a question and `domain`, and `also`, `urgency`, `deadline`, `group`, `split`.

    A row without a text but with a title is a title to classify. A row without a domain is left out: some sources have
    themes that no single domain covers.

    Raises:
        InputError: a row cannot be read, or the file has no labelled question.
        SchemeError: a label is not in the scheme.
    """
    questions = []
    for number, row in read_rows(path):
        if not row.get("domain"):
            continue
        try:
            questions.append(_labelled(row, path.stem, scheme))
        except (InputError, SchemeError) as error:
            raise type(error)(f"{path}, row {number}: {error}") from error
    if not questions:
        raise InputError(f"{path}: expected questions with a column domain, found none; see the README for the columns")
    return questions


def _labelled(row: dict[str, Any], source: str, scheme: LabelScheme) -> LabelledQuestion:
    if not any(row.get(name) for name in COLUMNS["text"]):
        title = next((row[name] for name in COLUMNS["title"] if row.get(name)), "")
        row = row | dict.fromkeys(COLUMNS["title"], "") | {"document": None, "text": title}
    question = row_to_question(row)
    also = row.get("also") or []
    also = also.replace(";", " ").split() if isinstance(also, str) else also
    if not isinstance(also, list):
        raise InputError(f"expected also to be a list of domains, found {also!r}: mend or empty it")
    urgency = row.get("urgency") or None
    if row.get("split") not in (None, "", "train", "dev"):
        raise InputError(f"expected split to be train or dev, found {row['split']!r}: mend or empty it")
    for domain in (row["domain"], *also):
        scheme.domain_index(domain)
    if urgency is not None:
        scheme.urgency_index(urgency)
    return LabelledQuestion(
        question=question,
        domain=row["domain"],
        also=tuple(also),
        urgency=urgency,
        deadline=to_date(row.get("deadline"), "deadline"),
        group=str(row.get("group") or _group(question.title or question.text)),
        source=source,
        split=row.get("split") or None,
    )


def _group(text: str) -> str:
    """The letters and digits of a title, so that one document put to several ministers is one group."""
    return re.sub(r"\W+", " ", text.casefold()).strip()


def split(questions: Sequence[LabelledQuestion], seed: int) -> dict[Split, list[LabelledQuestion]]:
    """Divide questions into train and dev; those that carry a split keep it, of the rest a tenth becomes dev.

    Questions of one group stay together, and the domains keep their shares (scikit-learn's StratifiedGroupKFold).
    """
    from sklearn.model_selection import StratifiedGroupKFold

    fixed = [question for question in questions if question.split]
    free = [question for question in questions if not question.split]
    parts: dict[Split, list[LabelledQuestion]] = {
        "train": [question for question in fixed if question.split == "train"],
        "dev": [question for question in fixed if question.split == "dev"],
    }
    groups = [question.group for question in free]
    if free and len(set(groups)) < 10:
        raise InputError(
            f"expected at least 10 documents to split into train and dev, found {len(set(groups))}: add data"
        )
    if free:
        folds = StratifiedGroupKFold(n_splits=10, shuffle=True, random_state=seed)
        train, dev = next(folds.split(free, [question.domain for question in free], groups))
        parts["train"] += [free[place] for place in train]
        parts["dev"] += [free[place] for place in dev]
    # A document that has rows of both splits counts as train.
    train_groups = {question.group for question in parts["train"]}
    parts["dev"] = [question for question in parts["dev"] if question.group not in train_groups]
    return parts
