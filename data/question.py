"""The types that travel: documents, the questions in them, and labelled questions."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any, Literal

from data.errors import InputError

Split = Literal["train", "dev"]

MAX_TEXT_CHARACTERS = 20_000
"""Longest question or context that is taken. The longest of 21,000 Flemish and Belgian questions has 9,000."""
MAX_TITLE_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is classified: one question with what stands around it in its document.

    Raises InputError if the text is empty or a part is longer than the limits above.
    """

    text: str
    title: str = ""
    context: str = ""
    """The question before it in the same document."""
    date: dt.date | None = None
    """Date of the document; resolves "2 juni a.s."."""
    id: str = ""

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise InputError("expected the text of a question, found an empty one: fill it or leave the row out")
        for name, limit in (
            ("text", MAX_TEXT_CHARACTERS),
            ("context", MAX_TEXT_CHARACTERS),
            ("title", MAX_TITLE_CHARACTERS),
        ):
            if (length := len(getattr(self, name))) > limit:
                raise InputError(
                    f"{name} has {length} characters, at most {limit} are taken: split or shorten it", "too_long"
                )

    @property
    def characters(self) -> int:
        """Length of title, context and text together."""
        return len(self.title) + len(self.context) + len(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledQuestion:
    """A question with its labels."""

    question: Question
    domain: str
    """Empty where it teaches urgency alone."""
    also: tuple[str, ...] = ()
    """Other domains that a careful reader accepts."""
    urgency: str | None = None
    """None where nobody judged it."""
    deadline: dt.date | None = None
    group: str
    """Questions of one group share a document or its text, and stay on one side of a split."""
    source: str
    """Stem of the file that it came from."""
    split: Split | None = None
    """Where the file gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The head of a document with written questions."""

    id: str
    """The first 16 hexadecimal digits of a SHA-256 of its content."""
    title: str
    askers: tuple[str, ...] = ()
    addressees: tuple[str, ...] = ()
    date: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRecord:
    """A question as it was read from a document."""

    document: Document
    number: int
    """Place among the questions of the document, from 1."""
    text: str
    context: str
    """The question before it, empty for the first."""
    answer: str
    """The minister's answer, its paragraphs joined by newlines; empty where there is none."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready values, the date in ISO form."""
        values = asdict(self)
        values["document"]["date"] = self.document.date.isoformat() if self.document.date else None
        return values

    def question(self) -> Question:
        """The question to classify."""
        return Question(
            text=self.text,
            title=self.document.title,
            context=self.context,
            date=self.document.date,
            id=f"{self.document.id}-{self.number}",
        )
