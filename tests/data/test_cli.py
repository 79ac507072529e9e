import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kamervraag import main


def _read(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["read", *map(str, arguments)])


@pytest.fixture
def document(tmp_path: Path, listing: str) -> Path:
    path = tmp_path / "listing.txt"
    path.write_text(listing, encoding="utf-8")
    return path


def test_records_go_to_standard_output_and_counts_to_standard_error(document: Path) -> None:
    result = _read(document)

    assert result.exit_code == 0
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(record["document"]["title"], record["number"]) for record in records] == [
        ("De sluiting van het loket in Veendam", 1),
        ("De sluiting van het loket in Veendam", 2),
        ("De sluiting van het loket in Veendam", 3),
        ("De stank rond de fabriek in Weert", 1),
        ("De stank rond de fabriek in Weert", 2),
    ]
    assert "«Loket dicht, wie helpt ons nu?»" in result.stdout
    assert result.stderr == "2 documents, 2 different, 5 questions\n"


def test_a_document_that_comes_by_twice_is_written_once(document: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.txt"
    plain.write_text("De brug\n\n1. Klopt het?\n")
    result = _read(document, plain, document)

    assert result.stderr == "5 documents, 3 different, 6 questions\n"
    assert len(result.stdout.splitlines()) == 6


def test_the_output_can_be_read_again(document: Path, tmp_path: Path) -> None:
    once, twice = tmp_path / "once.jsonl", tmp_path / "twice.jsonl"

    assert _read(document, "-o", once).exit_code == 0
    assert _read(once, "-o", twice).exit_code == 0
    assert twice.read_bytes() == once.read_bytes() == _read(document).stdout_bytes


def test_the_output_of_a_document_without_a_title_can_be_read_again(tmp_path: Path) -> None:
    plain, once = tmp_path / "plain.txt", tmp_path / "once.jsonl"
    plain.write_text("1. Klopt het?\n2. Hoelang nog?\n")

    assert _read(plain, "-o", once).exit_code == 0
    assert _read(once).stdout == once.read_text()


def test_a_file_is_overwritten_by_force_only(document: Path, tmp_path: Path) -> None:
    output = tmp_path / "questions.jsonl"
    output.write_text("kept")

    refused = _read(document, "-o", output)
    assert refused.exit_code == 1
    assert refused.stderr == f"Error: {output}: expected a name that is free; choose another or add --force\n"
    assert output.read_text() == "kept"
    assert _read(document, "-o", output, "--force").exit_code == 0
    assert len(output.read_text().splitlines()) == 5


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param(
            "none.txt", None, "expected a file, a folder with files or a pattern, found nothing", id="missing"
        ),
        pytest.param("a.jsonl", b'{"tekst": "Kl', "line 1: expected a JSON object, found broken JSON", id="truncated"),
        pytest.param("a.txt", b"De brug is dicht.\n", "expected written questions, found none", id="no questions"),
        pytest.param("a.csv", b"vraag\nKlopt het?\n", "expected a text in column tekst", id="no text column"),
    ],
)
def test_a_mistake_gives_one_line_and_no_output(
    document: Path, tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    path, output = tmp_path / name, tmp_path / "questions.jsonl"
    if content is not None:
        path.write_bytes(content)
    result = _read(path, "-o", output)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"Error: {path}")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not output.exists()


def test_what_cannot_be_read_is_named_and_the_rest_is_read(document: Path, tmp_path: Path) -> None:
    for name, content in (
        ("a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        ("b.pdf", b"%PDF-1.7 and no more"),
        ("c.jpg", b"\xff\xd8\xff"),
        (".hidden", b"\x00"),
        ("d.txt", b"De brug\n\n1. Klopt het?\n"),
    ):
        (tmp_path / name).write_bytes(content)
    output = tmp_path / "out" / "questions.jsonl"
    output.parent.mkdir()
    result = _read(tmp_path, tmp_path / "none.txt", tmp_path / "d.*", "-o", output)

    assert result.exit_code == 1
    *lines, summary = result.stderr.splitlines()
    names = [Path(line.split(": ")[1]).name for line in lines]
    assert names == ["none.txt", "a.xml", "b.pdf", "c.jpg"]
    assert "without entities" in lines[1]
    assert "a picture (JPEG); recognise its text first" in lines[3]
    assert summary == "4 documents, 3 different, 6 questions, 4 inputs not read in full"
    assert len(output.read_text().splitlines()) == 6


@pytest.mark.parametrize("name", ["", "**foo", "nowhere/*.docx"])
def test_a_name_that_stands_for_nothing_is_one_line(name: str) -> None:
    result = _read(name)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "expected a file, a folder" in result.stderr


def test_an_empty_folder_is_named_as_one(tmp_path: Path) -> None:
    assert "found an empty folder; check the name" in _read(tmp_path).stderr


def test_a_wrong_ending_is_noted_and_the_content_read(tmp_path: Path) -> None:
    path = tmp_path / "vragen.docx"
    path.write_text("De brug\n\n1. Klopt het?\n")
    result = _read(path)

    assert result.exit_code == 0
    assert result.stderr.startswith(f"Note: {path}: its name says docx, its content is text; read as text\n")
    assert json.loads(result.stdout)["text"] == "Klopt het?"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("De brug\n\n1. Klopt het?\n", id="text"),
        pytest.param('{"tekst": "Klopt het?", "titel": "De brug"}\n', id="JSON Lines"),
        pytest.param("tekst;titel\nKlopt het?;De brug\n", id="CSV"),
        pytest.param("<html><body><p>De brug</p><p>Klopt het?</p></body></html>", id="HTML"),
    ],
)
def test_standard_input_is_recognised_by_content(content: str) -> None:
    result = CliRunner().invoke(main, ["read", "-"], input=content)

    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    assert (record["document"]["title"], record["text"]) == ("De brug", "Klopt het?")


def test_an_output_folder_must_exist(document: Path, tmp_path: Path) -> None:
    result = _read(document, "-o", tmp_path / "none" / "questions.jsonl")
    assert result.exit_code == 1
    assert f"found no folder {tmp_path / 'none'}" in result.stderr


def test_an_input_is_needed() -> None:
    result = _read()
    assert result.exit_code == 2
    assert "Missing argument 'INPUT...'" in result.stderr


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(
            r'{"tekst": "Klopt \ud83d het?"}',
            id="half a surrogate pair",
        ),
        pytest.param(
            '{"tekst": "Klopt het?", "n": ' + "1" * 5000 + "}",
            id="number of 5000 digits",
        ),
    ],
)
def test_odd_json_gives_no_traceback(tmp_path: Path, line: str) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text(line)
    result = _read(path)
    assert result.exception is None or result.stderr.startswith(f"Error: {path}")


def _data(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["data", *map(str, arguments)])


def test_check_names_what_is_wrong_and_shows_the_balance(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("tekst;domain;urgency\nKlopt het?;zorg;laag\nHoelang nog?;ziekte;laag\nWaarom?;;\n")
    result = _data("check", path)

    assert result.exit_code == 1
    assert "own.csv, row 2: unknown domain 'ziekte'" in result.stdout
    assert "1  100.0%" in result.stdout
    assert "own.csv: 1 rows without a domain left out" in result.stdout
    assert result.stderr == "Error: expected nothing wrong, found 1 rows to mend; they are named above\n"


def test_check_of_a_sound_file_is_silent_about_rows(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("tekst;domain\nKlopt het?;zorg\n")
    assert _data("check", path).exit_code == 0


def test_stats_draws_a_picture(tmp_path: Path) -> None:
    source, picture = tmp_path / "own.csv", tmp_path / "own.png"
    source.write_text("tekst;domain\nKlopt het?;zorg\n")
    assert _data("stats", source, "-o", picture).exit_code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    refused = _data("stats", source, "-o", tmp_path / "own.xyz")
    assert refused.stderr.endswith("expected a name that ends in .pdf, .png, .svg; rename it\n")


def test_split_keeps_the_rows_and_adds_the_side(tmp_path: Path) -> None:
    source, target = tmp_path / "own.csv", tmp_path / "split.jsonl"
    rows = [f"vraag{number} over{number}?;titel{number};zorg;2020-01-{number:02d};{number}" for number in range(1, 21)]
    source.write_text("tekst;titel;domain;datum;nr\n" + "\n".join(rows) + "\n")
    result = _data("split", source, target, "--newest")

    assert result.stderr == "18 questions in train, 2 in dev\n"
    written = [json.loads(line) for line in target.read_text().splitlines()]
    assert [row["nr"] for row in written] == [str(number) for number in range(1, 21)]
    assert [row["nr"] for row in written if row["split"] == "dev"] == ["19", "20"]


def test_split_names_the_row_that_is_wrong_and_refuses_a_file_without_labels(tmp_path: Path) -> None:
    source = tmp_path / "own.csv"
    source.write_text("tekst;domain\nKlopt het?;ZORG\n")
    assert "own.csv, row 1: unknown domain 'ZORG'" in _data("split", source, tmp_path / "a.jsonl").stderr
    source.write_text("tekst;domein\nKlopt het?;zorg\n")
    assert "expected questions with a column domain, found none" in _data("split", source, tmp_path / "a.jsonl").stderr


def test_standard_input_is_named_as_such() -> None:
    result = CliRunner().invoke(main, ["read", "-"], input="De brug is dicht.")
    assert result.stderr.startswith("Error: standard input: expected written questions")
