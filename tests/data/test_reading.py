import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.documents import parse_listing
from data.errors import ExtraError, InputError
from data.question import Question
from data.reading import MAX_DOCUMENT_BYTES, is_table, read_documents, read_rows, row_to_question, unique

Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file with exactly these characters or bytes."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def _parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


ROWS = [
    {"tekst": "Klopt het, of\nniet; zeg het?", "titel": 'De "brug"'},
    {"tekst": "Hoelang nog?", "titel": "Één, twee"},
]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param(
            "a.jsonl",
            '{"tekst": "Klopt het, of\\nniet; zeg het?", "titel": "De \\"brug\\""}\n'
            '{"tekst": "Hoelang nog?", "titel": "Één, twee"}\n',
            id="JSON Lines",
        ),
        pytest.param(
            "a.JSONL",
            '\ufeff{"tekst": "Klopt het, of\\nniet; zeg het?", "titel": "De \\u0022brug\\u0022"}\r\n'
            '{"tekst": "Hoelang nog?", "titel": "\\u00c9\\u00e9n, twee"}',
            id="JSON Lines with BOM, capitals and no last line end",
        ),
        pytest.param(
            "a.csv",
            'tekst,titel\n"Klopt het, of\nniet; zeg het?","De ""brug"""\nHoelang nog?,"Één, twee"\n',
            id="comma",
        ),
        pytest.param(
            "a.csv",
            '\ufefftekst;titel\n"Klopt het, of\nniet; zeg het?";"De ""brug"""\nHoelang nog?;Één, twee\n',
            id="semicolon and BOM",
        ),
        pytest.param(
            "a.csv",
            'tekst\ttitel\n"Klopt het, of\nniet; zeg het?"\t"De ""brug"""\nHoelang nog?\tÉén, twee\n',
            id="tab",
        ),
    ],
)
def test_rows_of_text_tables(write: Write, name: str, content: str) -> None:
    assert list(read_rows(write(name, content))) == list(enumerate(ROWS, start=1))


def test_rows_of_parquet(tmp_path: Path) -> None:
    rows = ROWS * 600  # more than the 1,024 rows that are read at a time
    assert list(read_rows(_parquet(tmp_path / "a.parquet", rows))) == list(enumerate(rows, start=1))


@pytest.mark.parametrize(
    "field",
    [
        pytest.param("Klopt het, of niet?", id="comma"),
        pytest.param(
            "Klopt het; of niet?",
            id="semicolon",
        ),
    ],
)
def test_a_csv_of_one_column(write: Write, field: str) -> None:
    quoted = f'"{field}"' if "," in field else field
    assert list(read_rows(write("a.csv", f"tekst\n{quoted}\n"))) == [(1, {"tekst": field})]


def test_line_ends_of_windows_are_no_part_of_a_field(write: Write) -> None:
    assert [row for _, row in read_rows(write("a.csv", "tekst;titel\r\nKlopt het?;De brug\r\n"))] == [
        {"tekst": "Klopt het?", "titel": "De brug"}
    ]


@pytest.mark.parametrize(
    ("name", "expected"), [("a.jsonl", True), ("a.CSV", True), ("a.parquet", True), ("a.txt", False), ("jsonl", False)]
)
def test_is_table(name: str, expected: bool) -> None:
    assert is_table(Path(name)) == expected


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param(
            "a.jsonl",
            '{"tekst": "Klopt het?"}\n{"tekst": "Kl',
            r"a\.jsonl, line 2: expected a JSON object, found broken JSON \(Unterminated.*\); mend the line",
            id="truncated JSON",
        ),
        pytest.param("a.jsonl", "[1]\n", "line 1: expected a JSON object, found list; mend", id="JSON list"),
        pytest.param("a.jsonl", "null\n", "line 1: expected a JSON object, found NoneType; mend", id="JSON null"),
        pytest.param("a.jsonl", "[" * 100_000, "line 1: expected a JSON object, found broken JSON", id="nested JSON"),
        pytest.param("a.jsonl", b"\x80\x00\x01", r"a\.jsonl: expected UTF-8 text, found other bytes", id="binary"),
        pytest.param(
            "a.csv",
            b"tekst\nKlopt h\xe9t?\n",
            r"a\.csv: expected UTF-8 text, found other bytes; convert",
            id="Latin-1",
        ),
        pytest.param(
            "a.csv", b"PK\x03\x04\x00\x00", r"a\.csv: expected CSV, found binary data; check", id="binary CSV"
        ),
        pytest.param(
            "a.csv",
            "tekst;titel\nKlopt het?;De brug\nHoelang?;De brug;x\n",
            r"a\.csv, row 2: expected as many fields as in the head; mend",
            id="CSV row too long",
        ),
        pytest.param(
            "a.csv",
            "tekst,titel\nKlopt het?\n",
            r"a\.csv, row 1: expected as many fields as in",
            id="CSV row too short",
        ),
        pytest.param(
            "a.csv",
            'tekst,titel\n"Klopt het?,De brug\n',
            r"a\.csv, row \d: expected CSV \(.*\); mend",
            id="CSV open quote",
        ),
        pytest.param(
            "a.parquet", b"PAR1 and no more", r"a\.parquet: expected a Parquet file \(.*\); check", id="broken Parquet"
        ),
        pytest.param("a.parquet", b"", r"a\.parquet: expected a Parquet file", id="empty Parquet"),
        pytest.param(
            "a.xlsx",
            b"PK",
            r"a\.xlsx: expected a name that ends in \.csv, \.jsonl, \.parquet; convert or rename",
            id="other ending",
        ),
    ],
)
def test_a_table_that_cannot_be_read(write: Write, name: str, content: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        list(read_rows(write(name, content)))
    assert "\n" not in str(caught.value)


def test_a_parquet_file_that_was_cut_off(tmp_path: Path) -> None:
    path = _parquet(tmp_path / "a.parquet", ROWS)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"a\.parquet: expected a Parquet file"):
        list(read_rows(path))


def test_rows_before_the_broken_one_are_read(write: Write) -> None:
    rows = read_rows(write("a.jsonl", '{"tekst": "Klopt het?"}\n{'))
    assert next(rows) == (1, {"tekst": "Klopt het?"})
    with pytest.raises(InputError, match="line 2"):
        next(rows)


@pytest.mark.parametrize("read", [read_rows, read_documents])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_a_file_must_exist_and_be_no_folder(tmp_path: Path, read: Callable[[Path], Any], name: str) -> None:
    with pytest.raises(InputError, match=f"{name}: expected a file, found nothing; check the name"):
        list(read(tmp_path / name))
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=f"{name}: expected a file, found a folder; check the name"):
        list(read(tmp_path / name))


def test_parquet_without_pyarrow_names_the_extra(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExtraError, match=r"'pyarrow', which is not installed: pip install 'kamervraag\[batch\]'"):
        list(read_rows(write("a.parquet", b"")))


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(
            {"tekst": "Klopt het?", "titel": "De brug", "context": "Ja?", "datum": "2024-03-03", "id": "7"}, id="API"
        ),
        pytest.param(
            {"text": "Klopt het?", "title": "De brug", "context": "Ja?", "date": date(2024, 3, 3), "id": 7}, id="own"
        ),
        pytest.param(
            {"question": "Klopt het?", "title": "De brug", "context": "Ja?", "date": "3 maart 2024", "id": 7},
            id="corpus",
        ),
        pytest.param(
            {
                "text": "Klopt het?",
                "context": "Ja?",
                "id": 7,
                "document": {"title": "De brug", "date": "2024-03-03", "askers": []},
            },
            id="record",
        ),
        pytest.param(
            {
                "text": "Klopt het?",
                "document.title": "De brug",
                "context": "Ja?",
                "document.date": datetime(2024, 3, 3, 12),
                "id": "7",
            },
            id="flat record",
        ),
        pytest.param(
            {"tekst": "", "text": "Klopt het?", "title": "De brug", "context": "Ja?", "date": "2024-03-03", "id": 7},
            id="empty column beside a full one",
        ),
        pytest.param(
            {
                "tekst": " Klopt\n het?\u200b",
                "titel": "De\u00a0brug",
                "context": "Ja? ",
                "datum": "03-03-2024",
                "id": 7,
            },
            id="to be cleaned",
        ),
    ],
)
def test_a_row_becomes_a_question(row: dict[str, Any]) -> None:
    assert row_to_question(row) == Question(
        text="Klopt het?", title="De brug", context="Ja?", date=date(2024, 3, 3), id="7"
    )


@pytest.mark.parametrize("empty", [pytest.param(None, id="null"), pytest.param("", id="empty")])
def test_only_the_text_is_a_must(empty: str | None) -> None:
    row = {"tekst": "Klopt het?", "titel": empty, "context": empty, "datum": empty, "id": empty}
    assert row_to_question(row) == row_to_question({"tekst": "Klopt het?"}) == Question(text="Klopt het?")


def test_zero_is_an_id() -> None:
    assert row_to_question({"tekst": "Klopt het?", "id": 0}).id == "0"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        pytest.param(
            {"vraag": "Klopt het?", "titel": "De brug"},
            "expected a text in column tekst or text or question, found columns vraag, titel; fill it",
            id="column missing",
        ),
        pytest.param({}, "found columns none", id="no columns"),
        pytest.param({"tekst": None}, "found columns tekst; fill it", id="text is null"),
        pytest.param(
            {"tekst": " \u200b"}, "expected the text of a question, found an empty one", id="text is invisible"
        ),
        pytest.param({"tekst": 5}, "expected tekst to be text, found int: quote it", id="number as text"),
        pytest.param(
            {"tekst": "Klopt het?", "titel": ["a"]}, "expected titel to be text, found list", id="list as title"
        ),
        pytest.param(
            {"tekst": "Klopt het?", "context": {}}, "expected context to be text, found dict", id="object as context"
        ),
        pytest.param({"tekst": "a" * 20_001}, "text has 20001 characters, at most 20000", id="too long"),
        pytest.param(
            {"tekst": "Klopt het?", "datum": "gisteravond laat"},
            "expected a date such as 2025-06-30 in column datum, found 'gisteravond laat': mend or empty it",
            id="no date",
        ),
        pytest.param({"tekst": "Klopt het?", "datum": "31-04-2025"}, "found '31-04-2025'", id="no such date"),
        pytest.param({"tekst": "Klopt het?", "datum": "3 maart"}, "found '3 maart'", id="date without a year"),
        pytest.param({"tekst": "Klopt het?", "datum": 20250630}, "found '20250630'", id="number as date"),
        pytest.param({"tekst": "Klopt het?", "datum": "x" * 1000}, f"found '{'x' * 40}': mend", id="long date"),
        pytest.param({"tekst": "Klopt het?", "datum": "vandaag"}, "found 'vandaag'", id="today"),
    ],
)
def test_a_row_that_cannot_be_used(row: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        row_to_question(row)


def test_a_table_names_the_row_that_cannot_be_used(tmp_path: Path) -> None:
    path = _parquet(tmp_path / "a.parquet", [{"tekst": "Klopt het?"}] * 1500 + [{"tekst": ""}])
    with pytest.raises(InputError, match=r"a\.parquet, row 1501: expected a text in column tekst"):
        list(read_documents(path))


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
        pytest.param("Klopt het?".encode("utf-16"), "expected UTF-8 text, found other bytes", id="UTF-16"),
        pytest.param(
            b"PK\x03\x04\x00\x00",
            r"expected text, found binary data; give a listing, plain text, \.jsonl, \.csv or \.parquet",
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
