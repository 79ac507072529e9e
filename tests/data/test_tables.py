import re
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import ExtraError, InputError
from data.question import Question
from data.reading import read_documents
from data.tables import is_table, read_rows, row_to_question, scan_rows

Write = Callable[[str, str | bytes], Path]


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


def test_empty_rows_of_a_csv_are_passed_over(write: Write) -> None:
    assert list(read_rows(write("a.csv", "tekst;titel\nA?;B\n;\nC?;D\n"))) == [
        (1, {"tekst": "A?", "titel": "B"}),
        (3, {"tekst": "C?", "titel": "D"}),
    ]


def test_rows_of_excel(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append([])  # type: ignore[union-attr]
    for row in (
        ["tekst", "titel", None, "datum"],
        ["Klopt het?", "De brug", 3, datetime(2024, 3, 3)],
        [None] * 4,
        ["Nog?"],
    ):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    assert list(read_rows(tmp_path / "a.xlsx")) == [
        (3, {"tekst": "Klopt het?", "titel": "De brug", "datum": datetime(2024, 3, 3)}),
        (5, {"tekst": "Nog?", "titel": None, "datum": None}),
    ]


@pytest.mark.parametrize("size", ["A1", "A1:XFD1048576"])
def test_the_size_that_an_excel_file_gives_is_not_trusted(tmp_path: Path, size: str) -> None:
    book = openpyxl.Workbook()
    book.active.append(["tekst", "titel"])  # type: ignore[union-attr]
    book.active.append(["Klopt het?", "De brug"])  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        parts = {name: package.read(name) for name in package.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="{size}"'.encode(), sheet)
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as package:
        for name, part in parts.items():
            package.writestr(name, part)
    assert [row for _, row in read_rows(tmp_path / "b.xlsx")] == [{"tekst": "Klopt het?", "titel": "De brug"}]


def test_excel_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["tekst", "tekst"])  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match=r"a\.xlsx: expected columns of different names, found tekst, tekst; rename"):
        list(read_rows(tmp_path / "a.xlsx"))


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
    ("name", "content", "expected"),
    [
        pytest.param("a.CSV", "tekst\nKlopt het?\n", True, id="CSV of one column by its name"),
        pytest.param("a", "tekst;titel\nKlopt het?;Brug\n", True, id="CSV by its head"),
        pytest.param("a.txt", '{"tekst": "Klopt het?"}\n', True, id="JSON Lines by its opening"),
        pytest.param("a.txt", "Klopt het?\n", False, id="text"),
    ],
)
def test_is_table(write: Write, name: str, content: str, expected: bool) -> None:
    assert is_table(write(name, content)) == expected


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
        pytest.param(
            "a.jsonl", b"\x80\x00\x01", r"a\.jsonl, line 1: expected UTF-8 text, found other bytes", id="binary"
        ),
        pytest.param(
            "a.csv",
            b"tekst\nKlopt h\xe9t?\n",
            r"a\.csv, row 1: expected UTF-8 text, found other bytes; convert",
            id="Latin-1",
        ),
        pytest.param(
            "a.csv",
            b"PK\x03\x04\x00\x00",
            r"a\.csv: expected .*, found a broken zip file .*; save",
            id="cut-off package",
        ),
        pytest.param("a.csv", b"\x00\x01\x02", r"a\.csv: expected CSV, found binary data; check", id="binary CSV"),
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
        pytest.param("a.txt", "Klopt het?\n", r"a\.txt: expected a table .*, found text; convert", id="no table"),
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


def _text_array(values: list[bytes]) -> pa.Array:
    """Bytes that a careless writer calls text."""
    return pa.Array.from_buffers(pa.string(), len(values), pa.array(values).buffers())


@pytest.mark.parametrize(
    ("arrays", "names", "message"),
    [
        pytest.param([_text_array([b"\xff"])], ["tekst"], "expected a Parquet file .*can't decode", id="no UTF-8"),
        pytest.param(
            [pa.array(["a?"]), pa.array([1]), pa.array([2])],
            ["tekst", "x", "x"],
            ".* found tekst, x, x; rename",
            id="twice",
        ),
    ],
)
def test_a_parquet_file_that_python_cannot_hold(
    tmp_path: Path, arrays: list[pa.Array], names: list[str], message: str
) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_arrays(arrays, names), path)
    with pytest.raises(InputError, match=rf"a\.parquet: {message}"):
        list(read_rows(path))


def test_a_long_cell_of_csv_is_one_cell(write: Write) -> None:
    """Python's limit of 131,072 characters would make rows of what follows."""
    cell = "x?,y\n" * 50_000
    path = write("a.csv", f'tekst,bijlage\na?,"{cell}"\nb?,z\n')
    assert [row for _, row in scan_rows(path)] == [{"tekst": "a?", "bijlage": cell}, {"tekst": "b?", "bijlage": "z"}]


def test_rows_before_the_broken_one_are_read(write: Write) -> None:
    rows = read_rows(write("a.jsonl", '{"tekst": "Klopt het?"}\n{'))
    assert next(rows) == (1, {"tekst": "Klopt het?"})
    with pytest.raises(InputError, match="line 2"):
        next(rows)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("a.jsonl", b'{"tekst": "A?"}\n{"tekst"\n{"tekst": "C?"}\n', "line 2: .* broken JSON", id="JSON"),
        pytest.param("a.jsonl", b'{"tekst": "A?"}\n{"tekst": "\xe9"}\n{"tekst": "C?"}\n', "UTF-8", id="Latin-1 JSON"),
        pytest.param("a.csv", b"tekst,titel\nA?,\nB?\nC?,\n", "row 2: expected as many", id="CSV row too short"),
        pytest.param("a.csv", b'tekst,titel\nA?,\n"B?" b,\nC?,\n', "row 2: expected CSV", id="CSV with a loose quote"),
        pytest.param("a.csv", b"tekst,titel\nA?,\nB\xe9?,\nC?,\n", "row 2: expected UTF-8", id="Latin-1 CSV"),
    ],
)
def test_a_broken_row_comes_in_its_place_and_the_next_follow(
    write: Write, name: str, content: bytes, message: str
) -> None:
    (first, second, third) = scan_rows(write(name, content))
    assert (first[0], first[1]["tekst"]) == (1, "A?")
    assert (third[0], third[1]["tekst"]) == (3, "C?")
    assert second[0] == 2
    with pytest.raises(InputError, match=message):
        raise second[1]


def test_a_file_that_breaks_off_within_a_letter_loses_nothing_before_it(write: Write) -> None:
    lines = "".join(f'{{"tekst": "Vraag {number} naar de ruïne?"}}\n' for number in range(1000))
    *whole, (number, last) = scan_rows(write("a.jsonl", lines.encode()[:-9]))
    assert (len(whole), number) == (999, 1000)
    assert isinstance(last, InputError)


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
