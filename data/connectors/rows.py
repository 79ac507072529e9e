"""The columns of a harvest, and how a document becomes rows of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Self

from data.errors import InputError
from data.question import QuestionRecord

Parse = Callable[[bytes, str], list[list[QuestionRecord]]]
"""Reads the questions of each document in a file (content, name); raises InputError if it cannot."""
Row = dict[str, Any]

DATES = ("date", "date_put", "date_due", "date_answered", "published")


@dataclass(frozen=True, slots=True)
class Problem:
    """A document that is left out, or kept without a part, and why."""

    document: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the sources say of a document beside its text; empty or None where they say nothing."""

    key: str
    """Names the document in this harvest."""
    document: str | None
    """KOOP's identifier."""
    vraagnummer: str | None
    title: str
    official: tuple[str, ...]
    domains: tuple[str, ...]
    """Domains of the official labels, in their order."""
    askers: tuple[str, ...]
    addressees: tuple[str, ...]
    put: date | None
    due: date | None
    answered: date | None
    published: date
    """Day that the harvest was bounded by; names the file of the month."""
    status: str
    """answered, postponed, withdrawn or open."""
    postponed: bool
    """Whether there is a notice of delay, also if the answer came since."""
    session: str | None
    url: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvested:
    """One document as it was read: its rows, without `group`, and what could not be used."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready values, dates in ISO form."""
        return {
            "rows": [{name: _iso(value) for name, value in row.items()} for row in self.rows],
            "problems": [asdict(problem) for problem in self.problems],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        rows = [
            row | {name: date.fromisoformat(row[name]) if row[name] else None for name in DATES}
            for row in values["rows"]
        ]
        return cls(rows=rows, problems=[Problem(**each) for each in values["problems"]])


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def schema() -> Any:
    """The pyarrow schema of every file: explicit, so that a column without values has its type too."""
    import pyarrow as pa

    text, texts, day = pa.string(), pa.list_(pa.string()), pa.date32()
    return pa.schema(
        [
            ("id", text),
            ("title", text),
            ("context", text),
            ("question", text),
            ("answer", text),
            ("domain", text),
            ("also", texts),
            ("official", texts),
            ("date", day),
            ("group", text),
            ("document", text),
            ("number", pa.int32()),
            ("vraagnummer", text),
            ("askers", texts),
            ("addressees", texts),
            ("date_put", day),
            ("date_due", day),
            ("date_answered", day),
            ("published", day),
            ("status", text),
            ("postponed", pa.bool_()),
            ("session", text),
            ("url", text),
            ("source", text),
        ]
    )


def make_rows(facts: Facts, documents: Iterable[Iterable[QuestionRecord]]) -> Harvested:
    """One row a question. A question that is too long to use is a problem, as is a document without any."""
    records = [record for document in documents for record in document]
    if not records:
        return Harvested(problems=[Problem(facts.key, "expected written questions, found none; left out")])
    harvested = Harvested()
    for number, record in enumerate(records, start=1):
        try:
            record.question()
        except InputError as error:
            harvested.problems.append(Problem(f"{facts.key}-{number}", f"{error}; left out"))
            continue
        harvested.rows.append(_row(facts, number, record))
    return harvested


def _row(facts: Facts, number: int, record: QuestionRecord) -> Row:
    put = facts.put or record.document.date
    first, *others = facts.domains or (None,)
    return {
        "id": f"{facts.key}-{number}",
        "title": facts.title or record.document.title or None,
        "context": record.context or None,
        "question": record.text,
        "answer": record.answer or None,
        "domain": first,
        "also": others,
        "official": list(facts.official),
        "date": record.document.date or put,
        "document": facts.document,
        "number": number,
        "vraagnummer": facts.vraagnummer,
        "askers": list(facts.askers or record.document.askers),
        "addressees": list(facts.addressees or record.document.addressees),
        "date_put": put,
        "date_due": facts.due,
        "date_answered": facts.answered,
        "published": facts.published,
        "status": facts.status,
        "postponed": facts.postponed,
        "session": facts.session,
        "url": facts.url,
        "source": facts.source,
    }
