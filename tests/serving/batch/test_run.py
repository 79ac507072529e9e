import csv
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import InputError
from data.question import Question
from data.tables import read_rows
from models.engine import OnnxTagger
from models.prediction import Tagger
from serving.batch.formats import Excel
from serving.batch.run import plan
from serving.schema import classify, model_info

Rows = list[dict[str, Any]]

ANSWER_COLUMNS = [
    "domein.id",
    "domein.label",
    "domein.kans",
    "domein.alternatieven",
    "domein.mogelijk",
    "urgentie.niveau",
    "urgentie.score",
    "urgentie.kansen.laag",
    "urgentie.kansen.middel",
    "urgentie.kansen.hoog",
    "antwoordVoor",
    "beoordelen",
    "aantalTokens",
    "model.naam",
    "model.versie",
    "model.labelschema",
]
ROWS: Rows = [
    {"tekst": "Hoe gaat het met de economie?", "dossier": "A-1"},
    {"tekst": "Spoed: digitalisering", "dossier": "é"},
    {"tekst": "Kunt u deze vragen vóór 3 juni 2025 beantwoorden?", "dossier": "C;3"},
]


def write(path: Path, rows: Rows) -> Path:
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
    elif path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in [list(rows[0]), *(list(row.values()) for row in rows)]:
            book.active.append(row)
        book.save(path)
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def read(path: Path) -> Rows:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".xlsx":
        return [row for _, row in read_rows(path)]
    return pq.read_table(path).to_pylist()


def left(folder: Path) -> list[str]:
    """Names of all files in a folder but the input, hidden ones too."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("in."))


@pytest.fixture(scope="module")
def onnx_tagger(tiny_artefact: Path) -> OnnxTagger:
    return OnnxTagger.open(tiny_artefact)


@pytest.mark.parametrize("source", [".jsonl", ".csv", ".parquet", ".xlsx"])
def test_json_lines_keep_the_columns_and_nest_the_answers(
    score_file, tagger: Tagger, tmp_path: Path, source: str
) -> None:
    totals = score_file(tagger, write(tmp_path / f"in{source}", ROWS), tmp_path / "out.jsonl")
    rows = read(tmp_path / "out.jsonl")

    assert (totals.rows, totals.refused, totals.review) == (3, 0, 1)
    assert [{"tekst": row["tekst"], "dossier": row["dossier"]} for row in rows] == ROWS
    assert list(rows[0])[:2] == ["tekst", "dossier"]
    assert list(rows[0])[2:] == ["id", "domein", "urgentie", "antwoordVoor", "beoordelen", "aantalTokens", "model"]
    assert rows[0]["model"] == {"naam": "fake", "versie": "1", "labelschema": "kamervragen@1.0.0"}
    assert [row["domein"]["id"] for row in rows] == ["economie", "digitalisering", "bestuur"]
    assert [row["urgentie"]["niveau"] for row in rows] == ["laag", "hoog", "laag"]
    assert [row["antwoordVoor"] for row in rows] == [None, None, "2025-06-03"]
    assert [row["beoordelen"] for row in rows] == [False, True, False]


@pytest.mark.parametrize("source", [".jsonl", ".csv", ".parquet", ".xlsx"])
@pytest.mark.parametrize("target", [".csv", ".parquet", ".xlsx"])
def test_tables_keep_the_columns_and_flatten_the_answers(
    score_file, tagger: Tagger, tmp_path: Path, source: str, target: str
) -> None:
    score_file(tagger, write(tmp_path / f"in{source}", ROWS), tmp_path / f"out{target}")
    rows = read(tmp_path / f"out{target}")

    assert [{"tekst": row["tekst"], "dossier": row["dossier"]} for row in rows] == ROWS
    assert list(rows[0]) == ["tekst", "dossier", "id", *ANSWER_COLUMNS]
    assert [row["domein.id"] for row in rows] == ["economie", "digitalisering", "bestuur"]
    assert [float(row["urgentie.kansen.hoog"]) for row in rows] == [0.02, 0.7, 0.02]
    assert rows[2]["antwoordVoor"] == "2025-06-03"
    assert [each["id"] for each in json.loads(rows[0]["domein.alternatieven"])] == [
        "bestuur",
        "cultuur",
        "digitalisering",
    ]


def test_parquet_keeps_the_types_of_its_columns(score_file, tagger: Tagger, tmp_path: Path) -> None:
    rows = [{"tekst": "Waarom?", "stemmen": 12, "dag": date(2025, 6, 3), "deel": 0.5, "leden": ["a", "b"]}]
    score_file(tagger, write(tmp_path / "in.parquet", rows), tmp_path / "out.parquet")
    schema = pq.read_schema(tmp_path / "out.parquet")

    assert read(tmp_path / "out.parquet")[0].items() >= rows[0].items()
    assert schema.field("domein.kans").type == pa.float64()
    assert schema.field("beoordelen").type == pa.bool_()
    assert schema.field("aantalTokens").type == pa.int64()


def test_a_deadline_after_many_rows_without_one_fits_in_parquet(score_file, tagger: Tagger, tmp_path: Path) -> None:
    rows = [{"tekst": "Waarom?"}] * 50 + ROWS[2:]
    rows = [{"tekst": row["tekst"]} for row in rows]
    score_file(tagger, write(tmp_path / "in.jsonl", rows), tmp_path / "out.parquet")

    assert [row["antwoordVoor"] for row in read(tmp_path / "out.parquet")][-2:] == [None, "2025-06-03"]


def test_a_semicolon_csv_with_a_byte_order_mark_is_read(score_file, tagger: Tagger, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text('tekst;titel\n"Waarom; en hoe?";Economie\n', encoding="utf-8-sig")
    score_file(tagger, source, tmp_path / "out.csv")
    [row] = read(tmp_path / "out.csv")

    assert (row["tekst"], row["titel"], row["domein.id"]) == ("Waarom; en hoe?", "Economie", "economie")


def test_a_listing_gives_a_row_for_each_question(score_file, tagger: Tagger, tmp_path: Path, listing: str) -> None:
    source = tmp_path / "in.txt"
    source.write_text(listing, encoding="utf-8")

    assert score_file(tagger, source, tmp_path / "out.jsonl").rows == 5
    rows = read(tmp_path / "out.jsonl")
    assert [row["titel"] for row in rows] == ["De sluiting van het loket in Veendam"] * 3 + [
        "De stank rond de fabriek in Weert"
    ] * 2
    assert [row["context"] for row in rows][:2] == ["", rows[0]["tekst"]]
    assert [row["antwoordVoor"] for row in rows] == [None, None, "2025-06-03", None, None]
    assert [row["id"].split("-")[1] for row in rows] == ["1", "2", "3", "1", "2"]
    assert len({row["id"] for row in rows}) == 5
    assert all("Ja." not in row["tekst"] for row in rows)


def test_a_document_that_comes_by_twice_is_answered_once(
    score_file, tagger: Tagger, tmp_path: Path, listing: str
) -> None:
    source = tmp_path / "in.txt"
    source.write_text(listing * 2, encoding="utf-8")

    assert score_file(tagger, source, tmp_path / "out.jsonl").rows == 5


@pytest.mark.parametrize("target", [".jsonl", ".csv", ".parquet", ".xlsx"])
def test_rows_of_several_chunks_keep_their_order(score_file, tagger: Any, tmp_path: Path, target: str) -> None:
    total = 2 * 50 + 3
    rows = [{"volg": place, "tekst": ("Economie?", "Digitalisering?")[place % 2]} for place in range(total)]
    steps: list[int] = []

    def watch(totals: Any, kept: bool) -> None:
        steps.append(totals.rows)

    source = write(tmp_path / "in.jsonl", rows)
    assert score_file(tagger, source, tmp_path / f"out{target}", watch=watch).rows == total

    found = [(int(row["volg"]), row["id"], _domain(row)) for row in read(tmp_path / f"out{target}")]
    assert found == [(place, str(place + 1), ("economie", "digitalisering")[place % 2]) for place in range(total)]
    assert steps == [50, 50, 3]
    assert sorted(len(call) for call in tagger.calls) == [3, 50, 50]  # no more than a window is held in memory
    assert left(tmp_path) == [f"out{target}"]


def _domain(row: dict[str, Any]) -> str:
    return row["domein"]["id"] if "domein" in row else row["domein.id"]


def test_an_id_of_the_row_is_kept_and_an_empty_one_becomes_the_number(
    score_file, tagger: Tagger, tmp_path: Path
) -> None:
    rows = [{"id": "2025Z1", "tekst": "Waarom?"}, {"id": "", "tekst": "Hoe?"}, {"id": 7, "tekst": "Wanneer?"}]
    score_file(tagger, write(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl")

    assert [row["id"] for row in read(tmp_path / "out.jsonl")] == ["2025Z1", "2", "7"]


BAD_ROWS = [
    pytest.param({"tekst": ""}, "expected a text in column tekst", id="empty text"),
    pytest.param({"onderwerp": "trein"}, "expected a text in column tekst", id="no text column"),
    pytest.param({"tekst": 5}, "expected tekst to be text, found int", id="number for text"),
    pytest.param({"tekst": "\u200b"}, "found an empty one", id="invisible text"),
    pytest.param({"tekst": "a" * 20_001}, "text has 20001 characters, at most 20000", id="long text"),
    pytest.param({"tekst": "Waarom?", "datum": "gisterochtend"}, "expected a date such as", id="no date"),
]


def errors(target: Path) -> Rows:
    return read(target.with_name(f"{target.name}.errors.jsonl"))


@pytest.mark.parametrize(("row", "message"), BAD_ROWS)
@pytest.mark.parametrize("target", [".jsonl", ".csv", ".parquet", ".xlsx"])
def test_a_bad_row_is_named_and_the_others_are_answered(
    score_file, tagger: Tagger, tmp_path: Path, row: dict[str, Any], message: str, target: str
) -> None:
    source = write(tmp_path / "in.jsonl", [{"tekst": "Waarom?"}] * 51 + [row] + [{"tekst": "Hoe?"}])
    out = tmp_path / f"out{target}"
    totals = score_file(tagger, source, out)

    assert (totals.rows, totals.refused) == (52, 1)
    assert [found["tekst"] for found in read(out)] == ["Waarom?"] * 51 + ["Hoe?"]
    [refused] = errors(out)
    assert (refused["file"], refused["row"], refused["input"]) == (str(source), 52, row)
    assert message in refused["reason"]
    assert left(tmp_path) == [out.name, f"{out.name}.errors.jsonl"]


@pytest.mark.parametrize(
    ("name", "content", "answered", "refused"),
    [
        pytest.param(
            "in.jsonl", b'{"tekst": "a?"}\n{"tekst": \n{"tekst": "c?"}\n', "ac", ", line 2: ", id="broken JSON"
        ),
        pytest.param("in.jsonl", b'{"tekst": "a?"}\n{"tekst": "b?"}\n{"te', "ab", ", line 3: ", id="truncated JSON"),
        pytest.param("in.jsonl", b'{"tekst": "a?"}\n["b?"]\n', "a", ", line 2: ", id="list for object"),
        pytest.param(
            "in.jsonl", b'{"tekst": "a?", "x": ' + b"[" * 100_000 + b'\n{"tekst": "b?"}\n', "b", "1: ", id="brackets"
        ),
        pytest.param("in.jsonl", b'{"tekst": "a?"}\n{"tekst": "\xe9?"}\n', "a", "2: expected UTF-8", id="Latin-1"),
        pytest.param("in.csv", b"tekst,titel\na?,b\nc?\nd?,e\n", "ad", ", row 2: ", id="CSV row too short"),
        pytest.param("in.csv", b"tekst,titel\na?,b\nc?,d,e\n", "a", ", row 2: ", id="CSV row too long"),
        pytest.param("in.csv", b'tekst,titel\n"a?" b,c\nd?,e\n', "d", ", row 1: ", id="CSV with a loose quote"),
    ],
)
def test_nothing_around_a_broken_row_is_lost(
    score_file, tagger: Tagger, tmp_path: Path, name: str, content: bytes, answered: str, refused: str
) -> None:
    (tmp_path / name).write_bytes(content)
    score_file(tagger, tmp_path / name, tmp_path / "out.jsonl")

    assert [row["tekst"] for row in read(tmp_path / "out.jsonl")] == [f"{letter}?" for letter in answered]
    [error] = errors(tmp_path / "out.jsonl")
    assert refused in error["reason"]
    assert error["file"] == str(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        pytest.param(
            "in.csv", b"PK\x03\x04\x00\x00", ": expected a document or table, found a broken zip", id="sheet as CSV"
        ),
        pytest.param("in.parquet", b"tekst\na?\n", ": expected a Parquet file", id="CSV as Parquet"),
        pytest.param("in.txt", b"%PDF\x00?", ": expected text, found binary", id="binary as text"),
        pytest.param("in.jsonl", b"", ": expected at least one question", id="empty JSON Lines"),
        pytest.param("in.csv", b"", ": expected at least one question", id="empty CSV"),
        pytest.param("in.csv", b"tekst\n", ": expected at least one question", id="CSV with only a head"),
        pytest.param("in.parquet", b"", ": expected a Parquet file", id="empty Parquet"),
        pytest.param("in.txt", b"", ": expected written questions", id="empty text"),
        pytest.param("in.txt", b"Een brief zonder vragen.", ": expected written questions", id="no questions"),
    ],
)
def test_a_file_without_a_question_is_refused_and_an_old_output_kept(
    score_file, tagger: Tagger, tmp_path: Path, name: str, content: bytes, place: str
) -> None:
    source, target = tmp_path / name, tmp_path / "out.jsonl"
    source.write_bytes(content)
    target.write_text("old\n")

    with pytest.raises(InputError) as error:
        score_file(tagger, source, target, force=True)

    assert str(error.value).startswith(f"{source}{place}")
    assert target.read_text() == "old\n"
    assert set(left(tmp_path)) <= {"out.jsonl", "out.jsonl.errors.jsonl"}


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_answered(
    score_file, tagger: Tagger, tmp_path: Path, listing: str
) -> None:
    folder = tmp_path / "in.folder"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"%PDF-1.7 and no more")
    (folder / "b.txt").write_text(listing, encoding="utf-8")
    (folder / "c.docx").write_bytes("EncryptedPackage".encode("utf-16-le").join([b"\xd0\xcf\x11\xe0", b""]))
    write(folder / "d.csv", ROWS)
    totals = score_file(tagger, folder, tmp_path / "out.parquet")

    assert (totals.rows, totals.refused) == (8, 2)
    refused = errors(tmp_path / "out.parquet")
    assert [(Path(each["file"]).name, each["row"]) for each in refused] == [("a.pdf", None), ("c.docx", None)]
    assert "an encrypted Office file" in refused[1]["reason"]
    rows = read(tmp_path / "out.parquet")
    assert [row["dossier"] for row in rows] == [None] * 5 + [row["dossier"] for row in ROWS]
    assert rows[-1]["context"] is None


def test_parts_and_output_in_a_folder_that_is_read_are_no_input(score_file, tagger: Tagger, tmp_path: Path) -> None:
    folder = tmp_path / "in.folder"
    folder.mkdir()
    write(folder / "a.jsonl", [*ROWS, {"tekst": ""}])
    for _ in range(2):
        assert score_file(tagger, folder, folder / "out.jsonl", force=True).rows == 3


def test_a_parquet_file_without_rows_is_refused(score_file, tagger: Tagger, tmp_path: Path) -> None:
    pq.write_table(pa.table({"tekst": pa.array([], pa.string())}), tmp_path / "in.parquet")

    with pytest.raises(InputError, match="expected at least one question, found none"):
        score_file(tagger, tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert left(tmp_path) == []


@pytest.mark.parametrize("name", ["out", "out.xls", "out.json", "out.jsonl.gz"])
def test_an_output_of_another_ending_is_refused(score_file, tagger: Any, tmp_path: Path, name: str) -> None:
    source = write(tmp_path / "in.jsonl", ROWS)

    with pytest.raises(InputError, match=r"ends in \.csv, \.jsonl, \.parquet, \.xlsx; rename it"):
        score_file(tagger, source, tmp_path / name)
    assert left(tmp_path) == []
    assert tagger.calls == []


def test_endings_may_be_in_capitals(score_file, tagger: Tagger, tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", ROWS).rename(tmp_path / "in.CSV")
    score_file(tagger, source, tmp_path / "out.JSONL")

    assert len((tmp_path / "out.JSONL").read_text().splitlines()) == 3


@pytest.mark.parametrize("name", ["folder.jsonl", "nowhere/out.jsonl"])
def test_an_output_that_cannot_be_a_file_is_refused(tagger: Tagger, tmp_path: Path, name: str) -> None:
    source = write(tmp_path / "in.jsonl", ROWS)
    (tmp_path / "folder.jsonl").mkdir()

    with pytest.raises(InputError, match="expected a file name in an existing folder"):
        plan([str(source)], str(tmp_path / name), model_info(tagger), tmp_path)
    assert left(tmp_path) == ["folder.jsonl"]


def test_a_file_can_be_answered_in_place(score_file, tagger: Tagger, tmp_path: Path) -> None:
    rows = [{"tekst": f"Vraag {place}?"} for place in range(50 + 1)]
    path = write(tmp_path / "in.jsonl", rows)
    score_file(tagger, path, path, force=True)

    assert [{"tekst": row["tekst"]} for row in read(path)] == rows
    assert all("domein" in row for row in read(path))


@pytest.mark.parametrize("target", [".csv", ".parquet", ".xlsx"])
def test_a_column_that_comes_later_is_kept(score_file, tagger: Tagger, tmp_path: Path, target: str) -> None:
    rows = [{"tekst": "Waarom?"}] * 60 + [{"tekst": "Hoe?", "titel": "Trein", "n": 1}]
    score_file(tagger, write(tmp_path / "in.jsonl", rows), tmp_path / f"out{target}")
    found = read(tmp_path / f"out{target}")

    assert [row["titel"] or None for row in found] == [None] * 60 + ["Trein"]
    assert found[0].keys() == found[60].keys()


@pytest.mark.parametrize("apart", [1, 50])
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param(1, "A-1", ["1", "A-1"], id="text after number"),
        pytest.param(1, 2**70, ["1", str(2**70)], id="number over 64 bits"),
        pytest.param(1, 0.5, [1.0, 0.5], id="fraction after number"),
        pytest.param([1], "a", ["[1]", "a"], id="text after list"),
        pytest.param(None, 3, [None, 3], id="number after nothing"),
        pytest.param({"a": 1}, {"b": "x"}, [{"a": 1, "b": None}, {"a": None, "b": "x"}], id="unlike objects"),
        pytest.param(2**60 + 1, 0.5, [str(2**60 + 1), "0.5"], id="fraction after number over 53 bits"),
        pytest.param({}, [{}], ["{}", "[{}]"], id="objects without fields"),
        pytest.param(json.loads("[" * 300 + "]" * 300), 1, ["[" * 300 + "]" * 300, "1"], id="300 brackets"),
    ],
)
def test_a_parquet_column_of_unlike_types_becomes_what_holds_them(
    score_file, tagger: Tagger, tmp_path: Path, apart: int, first: Any, second: Any, expected: list[Any]
) -> None:
    rows = [{"tekst": "Waarom?", "x": first}] * apart + [{"tekst": "Hoe?", "x": second}]
    score_file(tagger, write(tmp_path / "in.jsonl", rows), tmp_path / "out.parquet")
    found = [row["x"] for row in read(tmp_path / "out.parquet")]

    assert [found[0], found[-1]] == expected
    assert len(found) == apart + 1


def test_excel_keeps_dates_and_text_that_looks_like_a_formula(score_file, tagger: Tagger, tmp_path: Path) -> None:
    rows = [
        {"tekst": "Waarom?", "dag": datetime(2025, 6, 3), "som": "=1+1", "getal": 10**17, "lang": "a"},
        {"tekst": "Hoe?", "dag": None, "som": "x", "getal": 3, "lang": "a" * 32_768},
    ]
    source = write(tmp_path / "in.parquet", rows)
    totals = score_file(tagger, source, tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]

    assert [cell.value for cell in sheet[2]][1:4] == [datetime(2025, 6, 3), "=1+1", str(10**17)]
    assert sheet["C2"].data_type == "s"
    assert (totals.rows, totals.refused) == (1, 1)
    assert "at most 32767 characters" in errors(tmp_path / "out.xlsx")[0]["reason"]


def test_excel_keeps_text_that_looks_like_an_error_and_dates_that_it_does_not_know(
    score_file, tagger: Tagger, tmp_path: Path
) -> None:
    rows = [{"tekst": "Waarom?", "#x": "#N/A", "dag": date(1899, 12, 31)}]
    score_file(tagger, write(tmp_path / "in.parquet", rows), tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]

    assert [(cell.value, cell.data_type) for cell in sheet[2]][1:3] == [("#N/A", "s"), ("1899-12-31", "s")]


@pytest.mark.parametrize(
    ("most", "columns"),
    [pytest.param(60, 1, id="rows"), pytest.param(1_048_575, 16_384, id="columns")],
)
def test_more_than_excel_holds_is_refused(
    score_file, tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, columns: int
) -> None:
    monkeypatch.setattr(Excel, "max_rows", most)
    rows = [{"tekst": "Waarom?"}] * 170 + [{"tekst": "Hoe?"} | {f"x{place}": 1 for place in range(columns)}]

    with pytest.raises(InputError, match=rf"out.xlsx: expected at most {most} rows and 16384 columns, found more"):
        score_file(tagger, write(tmp_path / "in.jsonl", rows), tmp_path / "out.xlsx")
    assert left(tmp_path) == []


def test_csv_has_no_formulas_of_the_input(score_file, tagger: Tagger, tmp_path: Path) -> None:
    """A spreadsheet would run them when it opens the file."""
    formulas = ["=1+1", "+cmd|' /C calc'!A0", "-2+A3", "@SUM(A1)", "\t=1", "-\n=A1"]
    others = ["-5", "-5,3", "-1.5e-7", "+31 6 123", "-", "a=1", ""]
    row = {"tekst": "Waarom?", "=A1": "x"} | {f"x{place}": text for place, text in enumerate(formulas + others)}
    score_file(tagger, write(tmp_path / "in.jsonl", [row | {"id": "=A2"}]), tmp_path / "out.csv")
    [found] = read(tmp_path / "out.csv")

    assert list(found)[:2] == ["tekst", "'=A1"]
    assert [found[f"x{place}"] for place in range(len(row) - 2)] == [f"'{text}" for text in formulas] + others
    assert found["id"] == "'=A2"


def test_parquet_says_what_answered(score_file, tagger: Tagger, tmp_path: Path) -> None:
    score_file(tagger, write(tmp_path / "in.jsonl", ROWS), tmp_path / "out.parquet")

    assert pq.read_schema(tmp_path / "out.parquet").metadata == {
        b"model.naam": b"fake",
        b"model.versie": b"1",
        b"model.labelschema": b"kamervragen@1.0.0",
    }
    assert {row["model.versie"] for row in read(tmp_path / "out.parquet")} == {"1"}


@pytest.mark.parametrize("target", [".jsonl", ".csv", ".parquet", ".xlsx"])
@pytest.mark.parametrize(
    "row",
    [
        pytest.param(r'{"tekst": "Waarom?", "x": "\ud800"}', id="surrogate in a column"),
        pytest.param(r'{"tekst": "Waarom?", "\ud800": 1}', id="surrogate in a name"),
        pytest.param('{"tekst": "Waarom?", "x": ' + "9" * 5000 + "}", id="number of 5,000 digits"),
    ],
)
def test_a_row_that_no_file_can_hold_is_named(
    score_file, tagger: Tagger, tmp_path: Path, row: str, target: str
) -> None:
    (tmp_path / "in.jsonl").write_text(f'{{"tekst": "Hoe?"}}\n{row}\n')
    totals = score_file(tagger, tmp_path / "in.jsonl", tmp_path / f"out{target}")

    assert totals.rows == 1
    assert [each["row"] for each in errors(tmp_path / f"out{target}")] == [2]


def test_a_row_after_a_blank_line_is_named_by_its_line(score_file, tagger: Tagger, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"tekst": "Waarom?"}\n\n{"tekst": 5}\n')

    score_file(tagger, source, tmp_path / "out.jsonl")
    assert [each["row"] for each in errors(tmp_path / "out.jsonl")] == [3]


def test_the_output_is_json_that_every_reader_takes(score_file, tagger: Tagger, tmp_path: Path) -> None:
    rows = [{"tekst": "Hoe?", "x": 0.5}, {"tekst": "Waarom?", "x": float("nan")}]
    score_file(tagger, write(tmp_path / "in.parquet", rows), tmp_path / "out.jsonl")

    assert [row["x"] for row in read(tmp_path / "out.jsonl")] == [0.5]
    [refused] = errors(tmp_path / "out.jsonl")
    assert "write .parquet instead" in refused["reason"]
    assert refused["input"] == {"tekst": "Waarom?", "x": None}


def test_a_parquet_date_beyond_the_calendar_is_refused(score_file, tagger: Tagger, tmp_path: Path) -> None:
    days = pa.array([10**15], pa.timestamp("ms"))
    pq.write_table(pa.table({"tekst": ["Waarom?"], "datum": days}), tmp_path / "in.parquet")

    with pytest.raises(InputError):
        score_file(tagger, tmp_path / "in.parquet", tmp_path / "out.jsonl")


def test_a_column_named_as_an_answer_is_not_lost(score_file, tagger: Tagger, tmp_path: Path) -> None:
    rows = [{"tekst": "Economie?", "domein": "eigen oordeel"}, {"tekst": "Hoe?"}]
    totals = score_file(tagger, write(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl")

    assert totals.rows == 1
    [refused] = errors(tmp_path / "out.jsonl")
    assert "expected no column domein" in refused["reason"]
    assert refused["input"] == rows[0]


def test_a_nested_column_is_json_in_csv(score_file, tagger: Tagger, tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [{"tekst": "Waarom?", "leden": [1, {"b": None}]}])
    score_file(tagger, source, tmp_path / "out.csv")

    assert json.loads(read(tmp_path / "out.csv")[0]["leden"]) == [1, {"b": None}]


def test_two_columns_of_one_name_are_refused(score_file, tagger: Tagger, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("tekst,tekst\nWaarom?,Hoe?\n")

    with pytest.raises(InputError, match="tekst"):
        score_file(tagger, source, tmp_path / "out.csv")


def test_file_function_and_api_give_the_same_numbers(
    start: Any, score_file: Any, onnx_tagger: OnnxTagger, tmp_path: Path
) -> None:
    rows = [
        {"id": "a", "titel": "De trein naar Groningen", "tekst": "Waarom  valt de\u00a0trein uit?1"},
        {"id": "b", "tekst": "Kunt u deze vragen vóór het debat van 3 juni beantwoorden?", "datum": "2025-05-01"},
        {"id": "c", "context": "Hoeveel asielzoekers wachten?", "tekst": "Hoe lang? " * 100},
    ]
    questions = [
        Question(id="a", title="De trein naar Groningen", text="Waarom valt de trein uit?1"),
        Question(id="b", text=rows[1]["tekst"], date=date(2025, 5, 1)),
        Question(id="c", context="Hoeveel asielzoekers wachten?", text=("Hoe lang? " * 100).strip()),
    ]
    expected = [result.model_dump(mode="json") for result in classify(onnx_tagger, questions)]
    answer = start(onnx_tagger).post("/v1/classificaties", json={"vragen": rows}).json()
    assert answer["resultaten"] == expected
    assert expected[2]["aantalTokens"] > onnx_tagger.manifest.max_length_tokens

    score_file(onnx_tagger, write(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl")
    assert [{key: row[key] for key in expected[0]} for row in read(tmp_path / "out.jsonl")] == expected

    same_columns = [{"titel": "", "context": "", "datum": ""} | row for row in rows]
    for ending in (".csv", ".parquet"):
        score_file(onnx_tagger, write(tmp_path / f"in{ending}", same_columns), tmp_path / f"out{ending}")
        for row, result in zip(read(tmp_path / f"out{ending}"), expected, strict=True):
            assert float(row["domein.kans"]) == result["domein"]["kans"]
            assert json.loads(row["domein.alternatieven"]) == result["domein"]["alternatieven"]
            assert float(row["urgentie.score"]) == result["urgentie"]["score"]
            for level, kans in result["urgentie"]["kansen"].items():
                assert float(row[f"urgentie.kansen.{level}"]) == kans
