"""Read files of questions: documents into records, tables into rows."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from data.dates import parse_date
from data.documents import is_listing, make_records, parse_listing, parse_plain
from data.errors import ExtraError, InputError
from data.question import Question, QuestionRecord
from data.text import clean

MAX_DOCUMENT_BYTES = 50_000_000
"""Listings and plain text are read whole; a year of Kamervragen with answers has about 30 MB."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "text": ("tekst", "text", "question"),
    "title": ("titel", "title", "document.title"),
    "context": ("context",),
    "date": ("datum", "date", "document.date"),
    "id": ("id",),
}
"""Column names of each part of a question: the API's, this package's own, and those of `kamervraag read`."""

Row = dict[str, Any]


def is_table(path: Path) -> bool:
    """Whether the ending names a table: .jsonl, .csv or .parquet."""
    return path.suffix.lower() in _READERS


def read_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a table as they stand, numbered from 1; in JSON Lines by the line.

    Raises:
        InputError: the file is missing, of another format than its ending says, or broken at some row.
        ExtraError: Parquet without pyarrow.
    """
    _need_file(path)
    if not is_table(path):
        raise InputError(f"{path}: expected a name that ends in {', '.join(sorted(_READERS))}; convert or rename it")
    try:
        yield from _READERS[path.suffix.lower()](path)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: expected UTF-8 text, found other bytes; convert it to UTF-8") from error


def _need_file(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{path}: expected a file, found {'a folder' if path.is_dir() else 'nothing'}; check the name")


def _jsonl_rows(path: Path) -> Iterator[tuple[int, Row]]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line, parse_constant=_refuse_constant)
                if "\\u" in line:
                    json.dumps(row, ensure_ascii=False).encode()  # half a surrogate pair cannot be written again
            except (ValueError, RecursionError) as error:
                raise InputError(
                    f"{path}, line {number}: expected a JSON object, found broken JSON ({error}); mend the line"
                ) from error
            if not isinstance(row, dict):
                raise InputError(
                    f"{path}, line {number}: expected a JSON object, found {type(row).__name__}; mend the line"
                )
            yield number, row


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _csv_rows(path: Path) -> Iterator[tuple[int, Row]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        head = file.readline()
        if "\0" in head:
            raise InputError(f"{path}: expected CSV, found binary data; check the file")
        # Dutch spreadsheets write semicolons. The head line decides; a one-column file has no delimiter at all.
        delimiter = max(";,\t\x1f", key=lambda mark: (head.count(mark), mark == "\x1f"))
        file.seek(0)
        rows = csv.DictReader(file, delimiter=delimiter, strict=True)
        try:
            names = list(rows.fieldnames or ())
            if len(set(names)) < len(names):
                raise InputError(f"{path}: expected columns of different names, found {', '.join(names)}; rename one")
            for number, row in enumerate(rows, start=1):
                if None in row or None in row.values():
                    raise InputError(f"{path}, row {number}: expected as many fields as in the head; mend it")
                yield number, row
        except csv.Error as error:
            raise InputError(f"{path}, row {rows.line_num}: expected CSV ({error}); mend the row") from error


def _parquet_rows(path: Path) -> Iterator[tuple[int, Row]]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ExtraError("pyarrow", "batch") from error
    try:
        with pq.ParquetFile(path) as file:
            batches = file.iter_batches(batch_size=1024)
            yield from enumerate((row for batch in batches for row in batch.to_pylist()), start=1)
    except (pa.ArrowException, OSError, OverflowError, KeyError) as error:  # KeyError: an unknown time zone
        raise InputError(f"{path}: expected a Parquet file ({error}); check the file") from error


_READERS = {".jsonl": _jsonl_rows, ".csv": _csv_rows, ".parquet": _parquet_rows}


def row_to_question(row: Row) -> Question:
    """Take a question from the columns of a row; `COLUMNS` lists their names, only the text is a must.

    Raises:
        InputError: the text column is missing or empty, or a value has the wrong type or is too long.
    """
    flat = _flat(row)
    values = {
        part: next((flat[name] for name in names if flat.get(name) not in (None, "")), None)
        for part, names in COLUMNS.items()
    }
    if values["text"] is None:
        found = ", ".join(map(str, row)) or "none"
        raise InputError(f"expected a text in column {' or '.join(COLUMNS['text'])}, found columns {found}; fill it")
    for part in ("text", "title", "context"):
        if not isinstance(values[part], str | None):
            raise InputError(f"expected {COLUMNS[part][0]} to be text, found {type(values[part]).__name__}: quote it")
    text, title, context = (clean(values[part] or "") for part in ("text", "title", "context"))
    return Question(
        text=text,
        title=title,
        context=context,
        date=to_date(values["date"], COLUMNS["date"][0]),
        id="" if values["id"] is None else str(values["id"]),
    )


def _flat(row: Row) -> Row:
    document = row.get("document")
    return row | {f"document.{key}": value for key, value in document.items()} if isinstance(document, dict) else row


def to_date(value: object, column: str) -> date | None:
    """Take a date from a cell: a date of a Parquet file, or Dutch text with a year; None if it is empty."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    day = parse_date(value[:100]) if isinstance(value, str) else None
    if day is None:
        raise InputError(
            f"expected a date such as 2025-06-30 in column {column}, found {str(value)[:40]!r}: mend or empty it"
        )
    return day


def read_documents(path: Path) -> Iterator[list[QuestionRecord]]:
    """Yield the questions of each document of a file, in order, repeats included.

    A listing holds many documents, plain text one, a table one for each run of rows with one title.

    Raises:
        InputError: the file is missing, too large, not text, or no question was found in it.
    """
    if is_table(path):
        documents = _table_documents(path)
        if (first := next(documents, None)) is None:
            raise InputError(f"{path}: expected rows with questions, found none; check the file")
        yield first
        yield from documents
        return
    _need_file(path)
    if (size := path.stat().st_size) > MAX_DOCUMENT_BYTES:
        raise InputError(f"{path}: has {size} bytes, at most {MAX_DOCUMENT_BYTES} are read; split it")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: expected UTF-8 text, found other bytes; convert it to UTF-8") from error
    if "\0" in text:
        raise InputError(
            f"{path}: expected text, found binary data; give a listing, plain text, .jsonl, .csv or .parquet"
        )
    parsed = list(parse_listing(text)) if is_listing(text) else [parse_plain(text)]
    if not any(parsed):
        raise InputError(f"{path}: expected written questions, found none; check that the file holds questions")
    yield from parsed


def _table_documents(path: Path) -> Iterator[list[QuestionRecord]]:
    def key(entry: tuple[int, Row, Question]) -> tuple[object, ...]:
        number, row, question = entry
        # Rows without a title or a document's id have nothing that holds them together.
        own = _flat(row).get("document.id") or (None if question.title else number)
        return question.title, question.date, _people(row, "askers"), _people(row, "addressees"), own

    for _, entries in groupby(_numbered_questions(path), key=key):
        rows = list(entries)
        _, row, first = rows[0]
        pairs = [(question.text, str(row.get("answer") or "")) for _, row, question in rows]
        contexts = [question.context for _, _, question in rows]
        people = _people(row, "askers"), _people(row, "addressees")
        yield make_records(first.title, *people, first.date, pairs, contexts)


def _numbered_questions(path: Path) -> Iterator[tuple[int, Row, Question]]:
    for number, row in read_rows(path):
        try:
            yield number, row, row_to_question(row)
        except InputError as error:
            raise InputError(f"{path}, row {number}: {error}") from error


def _people(row: Row, column: str) -> tuple[str, ...]:
    people = _flat(row).get(f"document.{column}") or _flat(row).get(column) or ()
    return tuple(map(str, people)) if isinstance(people, list) else (str(people),) if people else ()


def unique(documents: Iterable[list[QuestionRecord]]) -> Iterator[list[QuestionRecord]]:
    """Leave out documents whose content has come by before."""
    seen: set[str] = set()
    for records in documents:
        if records and records[0].document.id not in seen:
            seen.add(records[0].document.id)
            yield records
