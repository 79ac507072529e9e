"""Read labelled questions."""

from pathlib import Path
from typing import Any

from data.errors import InputError, SchemeError
from data.labels import LABELS_TOML, LabelScheme, load_scheme
from data.question import LabelledQuestion
from data.tables import COLUMNS, read_rows, row_to_question, to_date
from data.text import letters

CORPUS = Path(__file__).with_name("corpus")
CORPUS_TRAIN = CORPUS / "train.jsonl"
CORPUS_DOCUMENTS = CORPUS / "documents.jsonl"
CORPUS_HELD_OUT = CORPUS / "heldout.jsonl"
CORPUS_DOCUMENTS_HELD_OUT = CORPUS / "documents-heldout.jsonl"
CORPUS_ANNOTATIONS = CORPUS / "annotations.csv"


def corpus(scheme: LabelScheme) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """The written corpus, what to train on and what is held out, for who names no files.

    Raises:
        InputError: it is labelled by another scheme.
    """
    if scheme.domain_ids != load_scheme(LABELS_TOML).domain_ids:
        raise InputError(
            f"expected files with labels of {scheme.name}, which the written corpus has not: name files of your own"
        )
    return (CORPUS_TRAIN, CORPUS_DOCUMENTS), (CORPUS_HELD_OUT, CORPUS_DOCUMENTS_HELD_OUT)


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
            questions.append(to_labelled(row, path.stem, scheme))
        except (InputError, SchemeError) as error:
            raise type(error)(f"{path}, row {number}: {error}") from error
    if not questions:
        raise InputError(f"{path}: expected questions with a column domain, found none; see the README for the columns")
    return questions


def read_unseen(path: Path, scheme: LabelScheme) -> list[LabelledQuestion]:
    """The questions of a table that are not marked as training data.

    Raises:
        InputError: as `read_labelled`, or all of them are. SchemeError: a label is not in the scheme.
    """
    questions = [each for each in read_labelled(path, scheme) if each.split != "train"]
    if not questions:
        raise InputError(f"{path}: expected questions whose split is not train, found none; give another table")
    return questions


def to_labelled(row: dict[str, Any], source: str, scheme: LabelScheme) -> LabelledQuestion:
    """Take a labelled question from the columns of a row.

    Raises:
        InputError: a value cannot be used. SchemeError: a label is not in the scheme.
    """
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
        group=str(row.get("group") or letters(question.title or question.text)),
        source=source,
        split=row.get("split") or None,
    )
