"""Read files of questions in any format into the same records."""

import codecs
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from data.documents import is_listing, make_records, parse_listing, parse_paragraphs, parse_plain
from data.errors import InputError
from data.formats import TABLES, Format, detect
from data.question import Question, QuestionRecord
from data.readers.official import read_html, read_xml
from data.readers.pdf import read_pdf
from data.readers.word import read_word
from data.tables import Row, file_format, flatten, read_rows, row_to_question

MAX_DOCUMENT_BYTES = 50_000_000
"""Documents are read whole; a year of Kamervragen with answers has about 30 MB."""


def read_documents(path: Path) -> Iterator[list[QuestionRecord]]:
    """Yield the questions of each document of a file, in order, repeats included.

    A listing holds many documents, a table one for each run of rows with one title, every other file one. The format
    is recognised by the content.

    Raises:
        InputError: the file is missing, too large, of a format that is not read, or no question was found in it.
        ExtraError: Parquet without pyarrow.
    """
    if file_format(path) in TABLES:
        documents = _table_documents(path)
        if (first := next(documents, None)) is None:
            raise InputError(f"{path}: expected rows with questions, found none; check the file")
        yield first
        yield from documents
        return
    if (size := path.stat().st_size) > MAX_DOCUMENT_BYTES:
        raise InputError(f"{path}: has {size} bytes, at most {MAX_DOCUMENT_BYTES} are read; split it")
    try:
        parsed = parse_documents(path.read_bytes(), path.name)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    if not any(parsed):
        raise InputError(f"{path}: expected written questions, found none; check that the file holds questions")
    yield from parsed


def parse_documents(content: bytes, name: str) -> list[list[QuestionRecord]]:
    """The questions of each document in the bytes of a file that is no table: Word, PDF, XML, HTML, listing or text.

    Args:
        content: the whole file.
        name: its name; its ending is a hint where the content leaves a doubt.

    Returns:
        One list a document, empty where it has no questions (a notice of postponement, say).

    Raises:
        InputError: the file cannot be read; does not name it.
    """
    found = detect(io.BytesIO(content), name)
    if found in TABLES:
        raise InputError(f"expected a document, found a table ({found}); read it as a table", "table")
    return _PARSERS[found](content)


def _parse_text(content: bytes) -> list[list[QuestionRecord]]:
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("expected UTF-8 text, found other bytes; convert it to UTF-8") from error
    if "\0" in text:
        raise InputError("expected text, found binary data; see the README for the formats that are read")
    return list(parse_listing(text)) if is_listing(text) else [parse_plain(text)]


_PARSERS: dict[Format, Callable[[bytes], list[list[QuestionRecord]]]] = {
    "docx": lambda content: [parse_paragraphs(read_word(content))],
    "pdf": lambda content: [parse_paragraphs(read_pdf(content))],
    "xml": lambda content: [read_xml(content)],
    "html": lambda content: [read_html(content)],
    "text": _parse_text,
}


def _table_documents(path: Path) -> Iterator[list[QuestionRecord]]:
    def key(entry: tuple[int, Row, Question]) -> tuple[object, ...]:
        number, row, question = entry
        # Rows without a title or a document's id have nothing that holds them together.
        own = flatten(row).get("document.id") or (None if question.title else number)
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
    people = flatten(row).get(f"document.{column}") or flatten(row).get(column) or ()
    return tuple(map(str, people)) if isinstance(people, list) else (str(people),) if people else ()


def expand(name: str) -> list[Path]:
    """The files that a name stands for, sorted: a file, a folder (hidden files left out), a pattern such as *.pdf.

    Raises:
        InputError: there is no such file, or no file in the folder or of the pattern.
    """
    if not name:
        raise InputError("expected a file, a folder with files or a pattern, found an empty name; give one")
    path = Path(name)
    if path.is_dir():
        inside = (file.relative_to(path) for file in path.rglob("*") if file.is_file())
        files = [path / file for file in inside if not any(part.startswith(".") for part in file.parts)]
    elif path.is_file():
        return [path]
    elif path.exists():
        raise InputError(
            f"{name}: expected a file, a folder or a pattern, found a pipe or device; make it a file first"
        )
    else:
        try:
            files = [file for file in Path(path.anchor).glob(str(path.relative_to(path.anchor))) if file.is_file()]
        except (ValueError, IndexError) as error:
            raise InputError(f"{name!r}: expected a file, a folder or a pattern ({error}); check the name") from error
    if not files:
        found = "an empty folder" if path.is_dir() else "nothing"
        raise InputError(f"{name}: expected a file, a folder with files or a pattern, found {found}; check the name")
    return sorted(files)


def unique(documents: Iterable[list[QuestionRecord]]) -> Iterator[list[QuestionRecord]]:
    """Leave out documents whose content has come by before."""
    seen: set[str] = set()
    for records in documents:
        if records and records[0].document.id not in seen:
            seen.add(records[0].document.id)
            yield records
