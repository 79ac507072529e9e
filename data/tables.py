"""Read tables of questions: JSON Lines, CSV, Excel and Parquet, row by row."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from data.dates import parse_date
from data.errors import ExtraError, InputError
from data.formats import TABLES, Format, detect
from data.question import Question
from data.readers.package import check_package
from data.text import clean

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "text": ("tekst", "text", "question"),
    "title": ("titel", "title", "document.title"),
    "context": ("context",),
    "date": ("datum", "date", "document.date"),
    "id": ("id",),
}
"""Column names of each part of a question: the API's, this package's own, and those of `kamervraag read`."""

Row = dict[str, Any]

_MAX_CELL_CHARACTERS = 10_000_000
"""Of CSV. The rest of a longer cell would be taken for rows of its own; Python's limit of 131,072 is less than a long
document has."""
_BYTES_KEPT = "surrogateescape"
"""Bytes that are no UTF-8 are found in the row that has them, and not in all that was read ahead with it."""


def is_table(path: Path) -> bool:
    """Whether a file is a table, by its content.

    Raises:
        InputError: the file is missing or of a format that is not read.
    """
    return file_format(path) in TABLES


def file_format(path: Path) -> Format:
    """The format of a file.

    Raises:
        InputError: the file is missing or of a format that is not read; names it.
    """
    if not path.is_file():
        raise InputError(f"{path}: expected a file, found {'a folder' if path.is_dir() else 'nothing'}; check the name")
    with path.open("rb") as file:
        try:
            return detect(file, path.name)
        except InputError as error:
            raise InputError(f"{path}: {error}") from error


def read_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a table as they stand, numbered from 1; in JSON Lines by the line, in Excel as the sheet does.

    Raises:
        InputError: the file is missing, no table, or broken at some row.
        ExtraError: Parquet without pyarrow.
    """
    for number, row in scan_rows(path):
        if isinstance(row, InputError):
            raise row
        yield number, row


def scan_rows(path: Path) -> Iterator[tuple[int, Row | InputError]]:
    """As `read_rows`, but a broken row of JSON Lines or CSV comes as its error, and the rows after it follow."""
    found = file_format(path)
    if found not in TABLES:
        raise InputError(f"{path}: expected a table (JSON Lines, CSV, Excel or Parquet), found {found}; convert it")
    yield from _READERS[found](path)


def _jsonl_rows(path: Path) -> Iterator[tuple[int, Row | InputError]]:
    with path.open(encoding="utf-8-sig", errors=_BYTES_KEPT) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield number, _json_row(line, f"{path}, line {number}")


def _json_row(line: str, place: str) -> Row | InputError:
    if not _is_utf8(line):
        return _other_bytes(place)
    try:
        row = json.loads(line, parse_constant=_refuse_constant)
        if "\\u" in line:
            json.dumps(row, ensure_ascii=False).encode()  # half a surrogate pair cannot be written again
    except (ValueError, RecursionError) as error:
        return InputError(f"{place}: expected a JSON object, found broken JSON ({error}); mend the line")
    if not isinstance(row, dict):
        return InputError(f"{place}: expected a JSON object, found {type(row).__name__}; mend the line")
    return row


def _is_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:  # a byte that was kept
        return False
    return True


def _other_bytes(place: str) -> InputError:
    return InputError(f"{place}: expected UTF-8 text, found other bytes; convert it to UTF-8")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _csv_rows(path: Path) -> Iterator[tuple[int, Row | InputError]]:
    with path.open(encoding="utf-8-sig", errors=_BYTES_KEPT, newline="") as file:
        head = file.readline()
        if "\0" in head:
            raise InputError(f"{path}: expected CSV, found binary data; check the file")
        if not _is_utf8(head):
            raise _other_bytes(f"{path}")
        # Dutch spreadsheets write semicolons. The head line decides; a one-column file has no delimiter at all.
        delimiter = max(";,\t\x1f", key=lambda mark: (head.count(mark), mark == "\x1f"))
        file.seek(0)
        csv.field_size_limit(_MAX_CELL_CHARACTERS)
        rows = csv.DictReader(file, delimiter=delimiter, strict=True)
        try:
            names = list(rows.fieldnames or ())
        except csv.Error as error:
            raise InputError(f"{path}, row {rows.line_num}: expected CSV ({error}); mend the row") from error
        try:
            _need_different(names)
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        for number in count(1):
            try:
                row = next(rows, None)
            except csv.Error as error:
                yield number, InputError(f"{path}, row {number}: expected CSV ({error}); mend the row")
                continue
            if row is None:
                return
            if None in row or None in row.values():
                yield number, InputError(f"{path}, row {number}: expected as many fields as in the head; mend it")
            elif not _is_utf8("".join(row.values())):
                yield number, _other_bytes(f"{path}, row {number}")
            elif any(row.values()):  # spreadsheets write rows of delimiters alone
                yield number, row


def _need_different(names: Sequence[str]) -> None:
    """Raise InputError if two columns have one name: a row would keep the last of them alone."""
    if len(set(names)) < len(names):
        raise InputError(f"expected columns of different names, found {', '.join(names)}; rename one")


def _parquet_rows(path: Path) -> Iterator[tuple[int, Row]]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ExtraError("pyarrow", "batch") from error
    try:
        with pq.ParquetFile(path) as file:
            _need_different(file.schema_arrow.names)
            batches = file.iter_batches(batch_size=1024)
            yield from enumerate((row for batch in batches for row in batch.to_pylist()), start=1)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    # ValueError: names or text that are no UTF-8, nanoseconds without pandas; KeyError: an unknown time zone.
    except (pa.ArrowException, ValueError, OSError, OverflowError, KeyError) as error:
        raise InputError(f"{path}: expected a Parquet file ({error}); check the file") from error


def _excel_rows(path: Path) -> Iterator[tuple[int, Row]]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with path.open("rb") as file:
            check_package(file)
            sheet = openpyxl.load_workbook(file, read_only=True, data_only=True).worksheets[0]
            sheet.reset_dimensions()  # the size that a file gives may be too small, or a million rows
            rows = enumerate(sheet.iter_rows(values_only=True), start=1)
            filled = ((number, row) for number, row in rows if any(cell is not None for cell in row))
            _, head = next(filled, (0, ()))
            names = ["" if cell is None else str(cell).strip() for cell in head]
            _need_different([name for name in names if name])
            for number, row in filled:
                cells = (*row, *[None] * (len(names) - len(row)))  # a row ends at its last filled cell
                yield number, {name: cell for name, cell in zip(names, cells, strict=False) if name}
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except (
        InvalidFileException,
        SyntaxError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        OSError,
        EOFError,
    ) as error:
        # openpyxl checks little: a broken part shows as whatever its code trips over (SyntaxError: broken XML).
        raise InputError(f"{path}: expected an Excel file ({error}); open it in Excel and save it again") from error


_READERS: dict[Format, Callable[[Path], Iterator[tuple[int, Row | InputError]]]] = {
    "jsonl": _jsonl_rows,
    "csv": _csv_rows,
    "xlsx": _excel_rows,
    "parquet": _parquet_rows,
}


def row_to_question(row: Row) -> Question:
    """Take a question from the columns of a row; `COLUMNS` lists their names, only the text is a must.

    Raises:
        InputError: the text column is missing or empty, or a value has the wrong type or is too long.
    """
    flat = flatten(row)
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


def flatten(row: Row) -> Row:
    """A row with a nested document, as `kamervraag read` writes it, with columns such as `document.title` beside."""
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
