import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.documents import parse_listing
from data.errors import InputError
from data.reading import MAX_DOCUMENT_BYTES, expand, read_documents, unique

Write = Callable[[str, str | bytes], Path]


def _parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_a_listing_is_known_by_its_content(write: Write, listing: str) -> None:
    assert list(read_documents(write("a.txt", "\ufeff" + listing))) == list(parse_listing(listing))


def test_plain_text_is_one_document(write: Write) -> None:
    (document,) = read_documents(write("a.md", "\ufeffDe brug\n\n1. Klopt het?\n2. Hoelang nog?\n"))
    assert [(record.document.title, record.text) for record in document] == [
        ("De brug", "Klopt het?"),
        ("De brug", "Hoelang nog?"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"Klopt h\xe9t?\n", "expected UTF-8 text, found other bytes; convert it to UTF-8", id="Latin-1"),
        pytest.param(
            b"\x00\x01\x02",
            r"expected text, found binary data; see the README",
            id="binary",
        ),
        pytest.param(b"De brug is dicht.\n", "expected written questions, found none; check", id="no questions"),
        pytest.param(b"", "expected written questions, found none", id="empty"),
    ],
)
def test_a_document_that_cannot_be_read(write: Write, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=rf"a\.txt: {message}"):
        list(read_documents(write("a.txt", content)))


def test_a_document_has_a_largest_size(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(MAX_DOCUMENT_BYTES + 1)
    with pytest.raises(
        InputError, match=f"has {MAX_DOCUMENT_BYTES + 1} bytes, at most {MAX_DOCUMENT_BYTES} are read; split it"
    ):
        list(read_documents(path))


@pytest.mark.parametrize(
    ("name", "content"),
    [pytest.param("a.csv", "tekst\n", id="head only"), pytest.param("a.jsonl", "", id="empty file")],
)
def test_a_table_without_rows_is_refused(write: Write, name: str, content: str) -> None:
    with pytest.raises(InputError, match="expected"):
        list(read_documents(write(name, content)))


def _titles(path: Path) -> list[tuple[str, list[str]]]:
    return [(records[0].document.title, [record.text for record in records]) for records in read_documents(path)]


@pytest.mark.parametrize(
    ("content", "documents"),
    [
        pytest.param(
            "tekst;titel\nA?;Brug\nB?;Brug\nC?;Sluis\n", [("Brug", ["A?", "B?"]), ("Sluis", ["C?"])], id="run of titles"
        ),
        pytest.param(
            "tekst;titel\nA?;Brug\nB?;Sluis\nC?;Brug\n",
            [("Brug", ["A?"]), ("Sluis", ["B?"]), ("Brug", ["C?"])],
            id="runs apart",
        ),
        pytest.param("tekst\nA?\nB?\n", [("", ["A?"]), ("", ["B?"])], id="no titles"),
        pytest.param(
            "tekst;titel;datum\nA?;Brug;2024-03-03\nB?;Brug;2024-03-04\n",
            [("Brug", ["A?"]), ("Brug", ["B?"])],
            id="other date",
        ),
        pytest.param(
            "tekst;titel;askers\nA?;Brug;X\nB?;Brug;Y\n", [("Brug", ["A?"]), ("Brug", ["B?"])], id="other askers"
        ),
    ],
)
def test_a_table_holds_a_document_for_each_run_of_one_title(
    write: Write, content: str, documents: list[tuple[str, list[str]]]
) -> None:
    assert _titles(write("a.csv", content)) == documents


def test_records_survive_parquet(tmp_path: Path, listing: str) -> None:
    documents = list(parse_listing(listing))
    path = _parquet(tmp_path / "a.parquet", [record.to_dict() for document in documents for record in document])
    assert list(read_documents(path)) == documents


def test_documents_of_one_title_stay_apart_by_their_id(tmp_path: Path, listing: str) -> None:
    other = listing.replace("Klopt het dat", "Is het waar dat")
    documents = [next(iter(reversed(list(parse_listing(text))))) for text in (listing, other)]
    path = _parquet(tmp_path / "a.parquet", [record.to_dict() for document in documents for record in document])
    assert list(read_documents(path)) == documents


def test_unique_keeps_the_first_of_each_document_in_order(listing: str) -> None:
    first, second = parse_listing(listing)
    assert list(unique([second, [], first, second, first])) == [second, first]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("De brug\n\nKlopt het?\n", id="text"),
        pytest.param(
            '<?xml version="1.0" encoding="UTF-16"?><officiele-publicatie><kamervragen><vraag><al>Klopt het?</al>'
            "</vraag></kamervragen></officiele-publicatie>",
            id="XML",
        ),
    ],
)
def test_utf_16_with_its_mark_is_read(write: Write, content: str) -> None:
    (document,) = read_documents(write("a.txt", content.encode("utf-16")))
    assert [record.text for record in document] == ["Klopt het?"]


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pijp")
    with pytest.raises(InputError, match=r"pijp: expected a file, .*, found a pipe or device; make it a file first"):
        expand(str(tmp_path / "pijp"))
