"""Score files: tables or documents in, the same rows with answers out. Streams, so memory does not grow."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from data.errors import ExtraError, InputError
from data.output import whole_path
from data.question import Question
from data.reading import read_documents, unique
from data.tables import Row, is_table, read_rows, row_to_question
from models.prediction import Tagger
from serving.schema import Resultaat, classify

CHUNK_ROWS = 512
"""Rows that are read, answered and written together; enough to batch questions of like length."""

Writer = Callable[[list[Row], list[Resultaat]], None]


def score_file(tagger: Tagger, source: Path, target: Path, advance: Callable[[int], None] = lambda rows: None) -> int:
    """Answer every question of a file.

    Args:
        tagger: answers the questions.
        source: a table with a column `tekst`, or a document; see `data.reading`.
        target: .jsonl (answers nested), .csv or .parquet (answers flattened with dots). Appears whole or not at all.
        advance: called with the number of rows after each chunk.

    Returns:
        The number of rows.

    Raises:
        InputError: a file has the wrong format, or a row cannot be used; names the row.
    """
    writers: dict[str, Callable[[Path], AbstractContextManager[Writer]]] = {
        ".jsonl": _jsonl_writer,
        ".csv": _csv_writer,
        ".parquet": _parquet_writer,
    }
    open_writer = writers.get(target.suffix.lower())
    if open_writer is None:
        raise InputError(f"{target}: expected a name that ends in {', '.join(sorted(writers))}; rename it")
    total = 0
    with whole_path(target) as unfinished, open_writer(unfinished) as write:
        rows = iter(_rows(source))
        while chunk := list(islice(rows, CHUNK_ROWS)):
            questions = [_question(row, source, number) for number, row in chunk]
            write([row for _, row in chunk], classify(tagger, questions))
            total += len(chunk)
            advance(len(chunk))
        if not total:
            raise InputError(f"{source}: expected at least one question, found none; check the file")
    return total


def _rows(source: Path) -> Iterable[tuple[int, Row]]:
    if is_table(source):
        return read_rows(source)
    records = (record for document in unique(read_documents(source)) for record in document)
    return enumerate((_document_row(record.question()) for record in records), start=1)


def _document_row(question: Question) -> Row:
    return {
        "id": question.id,
        "titel": question.title,
        "context": question.context,
        "tekst": question.text,
        "datum": question.date.isoformat() if question.date else None,
    }


def _question(row: Row, source: Path, number: int) -> Question:
    try:
        question = row_to_question(row)
    except InputError as error:
        raise InputError(f"{source}, row {number}: {error}") from error
    return question if question.id else replace(question, id=str(number))


def _join(row: Row, answer: Row) -> Row:
    """The row with the answer's columns; refuses a row that has such a column already, so that nothing is lost."""
    if taken := [column for column in answer if column in row and column != "id"]:
        raise InputError(f"expected no column {', '.join(taken)}, which the answers need; rename it in the input")
    return row | answer


def _nested(row: Row, result: Resultaat) -> Row:
    return _join(row, result.model_dump(mode="json"))


def _flat(row: Row, result: Resultaat) -> Row:
    """The answers as columns `domein.id`, `urgentie.kansen.hoog`, …; lists as JSON text."""
    values = result.model_dump(mode="json")
    domein, urgentie = values.pop("domein"), values.pop("urgentie")
    domein |= {key: json.dumps(domein[key], ensure_ascii=False) for key in ("alternatieven", "mogelijk")}
    urgentie |= {f"kansen.{level}": kans for level, kans in urgentie.pop("kansen").items()}
    return _join(
        row,
        {"id": values.pop("id")}
        | {f"domein.{key}": value for key, value in domein.items()}
        | {f"urgentie.{key}": value for key, value in urgentie.items()}
        | values,
    )


def _json(value: Any) -> str:
    """JSON text; what JSON has no form for (dates of a Parquet file, say) becomes a string."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError as error:
        raise InputError(f"expected values that JSON can hold ({error}); write .parquet instead") from error


@contextmanager
def _jsonl_writer(path: Path) -> Iterator[Writer]:
    with path.open("w", encoding="utf-8") as file:

        def write(rows: list[Row], results: list[Resultaat]) -> None:
            for row, result in zip(rows, results, strict=True):
                file.write(_json(_nested(row, result)) + "\n")

        yield write


@contextmanager
def _csv_writer(path: Path) -> Iterator[Writer]:
    with path.open("w", encoding="utf-8", newline="") as file:
        table: csv.DictWriter[str] | None = None

        def write(rows: list[Row], results: list[Resultaat]) -> None:
            nonlocal table
            flat = [
                {key: _json(value) if isinstance(value, list | dict) else value for key, value in _flat(*pair).items()}
                for pair in zip(rows, results, strict=True)
            ]
            if table is None:
                table = csv.DictWriter(file, list(flat[0]))
                table.writeheader()
            try:
                table.writerows(flat)
            except ValueError as error:
                raise InputError(f"expected rows of like columns for CSV ({error}); write .jsonl instead") from error

        yield write


@contextmanager
def _parquet_writer(path: Path) -> Iterator[Writer]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ExtraError("pyarrow", "batch") from error
    parquet: Any = None

    def write(rows: list[Row], results: list[Resultaat]) -> None:
        nonlocal parquet
        flat = [_flat(row, result) for row, result in zip(rows, results, strict=True)]
        try:
            if parquet is None:
                columns = dict.fromkeys(column for row in flat for column in row)
                table = pa.Table.from_pylist([dict.fromkeys(columns) | row for row in flat])
                # A column that is empty in the first rows has no type yet; text holds what may follow.
                fields = [
                    field.with_type(pa.string()) if pa.types.is_null(field.type) else field for field in table.schema
                ]
                table = table.cast(pa.schema(fields))
                parquet = pq.ParquetWriter(path, table.schema)
            else:
                table = pa.Table.from_pylist(flat, schema=parquet.schema)
                if later := {column for row in flat for column in row} - set(parquet.schema.names):
                    raise TypeError(f"column {', '.join(sorted(later))} is not in the first {CHUNK_ROWS} rows")
            parquet.write_table(table)
        except (pa.ArrowException, TypeError, OverflowError) as error:
            raise InputError(f"expected rows of like types for Parquet ({error}); write .jsonl instead") from error

    try:
        yield write
    finally:
        if parquet is not None:
            parquet.close()
