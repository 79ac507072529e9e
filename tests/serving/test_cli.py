import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kamervraag import main
from serving.keys import find_key
from serving.settings import read_keys

ROW = '{"tekst": "Waarom rijdt de trein niet?"}\n'


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def mistake(result: Result) -> str:
    """The line of a user's mistake, after the checks that hold for every such line."""
    lines = result.stderr.strip().splitlines()
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "Traceback" not in result.output
    assert [line for line in lines if line.startswith("Error:")] == lines[-1:]
    return lines[-1].removeprefix("Error: ")


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "home")


def test_tag_prints_a_readable_answer(tiny_artefact: Path) -> None:
    text = "Kunt u deze vragen vóór 3 juni beantwoorden?"
    result = invoke("tag", text, "--title", "De trein", "--date", "2025-05-01", "--model", tiny_artefact)
    [answer] = json.loads(
        invoke("tag", text, "--title", "De trein", "--date", "2025-05-01", "--model", tiny_artefact, "--json").stdout
    )["resultaten"]
    lines = result.stdout.splitlines()

    assert result.exit_code == 0, result.output
    assert [line[:15].strip() for line in lines] == ["Domein", "", "Urgentie", "Antwoord vóór", "Beoordelen"]
    assert lines[0][15:] == f"{answer['domein']['label']} {answer['domein']['kans']:.0%}"
    assert all(each["label"] in lines[1] for each in answer["domein"]["alternatieven"])
    assert lines[2][15:].startswith(f"{answer['urgentie']['niveau']} ")
    assert lines[3][15:] == "2025-06-03"
    assert lines[4][15:] == "ja"  # the untrained model is sure of nothing


def test_tag_without_a_deadline_prints_a_dash(tiny_artefact: Path) -> None:
    assert "Antwoord vóór  -\n" in invoke("tag", "Waarom?", "--model", tiny_artefact).stdout


def test_tag_prints_the_json_of_the_api(tiny_artefact: Path) -> None:
    result = invoke("tag", "Waarom één trein?", "--model", tiny_artefact, "--json")
    answer = json.loads(result.stdout)

    assert result.exit_code == 0, result.output
    assert answer["model"] == {"naam": "tiny", "versie": "0", "labelschema": "kamervragen@1.0.0"}
    assert [each["id"] for each in answer["resultaten"]] == ["1"]
    assert answer["resultaten"][0].keys() == {
        "id",
        "domein",
        "urgentie",
        "antwoordVoor",
        "beoordelen",
        "aantalTokens",
    }


@pytest.mark.parametrize("option", [pytest.param("--title", id="title"), pytest.param("--context", id="context")])
def test_tag_reads_what_stands_around_the_question(tiny_artefact: Path, option: str) -> None:
    def tokens(*options: str) -> int:
        answer = json.loads(invoke("tag", "Waarom?", "--model", tiny_artefact, "--json", *options).stdout)
        return answer["resultaten"][0]["aantalTokens"]

    assert tokens(option, "De trein naar Groningen") > tokens()


def test_tag_and_score_give_the_same_numbers(tiny_artefact: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(
        "tekst;titel;context;datum\nKunt u dit vóór 3 juni laten weten?;De trein;Waarom?;2025-05-01\n", encoding="utf-8"
    )
    invoke("score", tmp_path / "in.csv", tmp_path / "out.jsonl", "--model", tiny_artefact)
    row = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
    options = ["--title", "De trein", "--context", "Waarom?", "--date", "2025-05-01", "--model", tiny_artefact]
    answer = json.loads(invoke("tag", "Kunt u dit vóór 3 juni laten weten?", *options, "--json").stdout)

    assert {key: row[key] for key in answer["resultaten"][0]} == answer["resultaten"][0]


def test_the_model_of_the_environment_is_used(tiny_artefact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAMERVRAAG_MODEL", str(tiny_artefact))

    assert json.loads(invoke("tag", "Waarom?", "--json").stdout)["model"]["naam"] == "tiny"


def test_score_writes_a_row_for_each_question_and_says_so(tiny_artefact: Path, tmp_path: Path, listing: str) -> None:
    (tmp_path / "in.txt").write_text(listing, encoding="utf-8")
    target = tmp_path / "out.csv"
    result = invoke("score", tmp_path / "in.txt", target, "--model", tiny_artefact)

    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert re.fullmatch(
        rf"5 rows written to {target}, 5 to be reviewed; 5 rows in [\d.]+ s, \d+ rows/s", result.stderr.splitlines()[-1]
    )
    assert len(target.read_text(encoding="utf-8").splitlines()) == 1 + 5
    assert left(tmp_path) == ["in.txt", "out.csv"]


def test_score_keeps_an_existing_file_unless_forced(tiny_artefact: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(ROW)
    target.write_text("old\n")

    line = mistake(invoke("score", source, target, "--model", tiny_artefact))
    assert line == f"{target}: expected a name that is free; choose another or add --force"
    assert target.read_text() == "old\n"

    assert invoke("score", source, target, "--model", tiny_artefact, "--force").exit_code == 0
    assert "domein" in json.loads(target.read_text())


@pytest.mark.parametrize(
    ("names", "message"),
    [
        pytest.param(["in.jsonl", "out.csv", "--report", "in.jsonl"], "in.jsonl: expected files to read", id="input"),
        pytest.param(
            ["in.jsonl", "out.csv", "--report", "old.html"], "old.html: expected a name that is free", id="old report"
        ),
        pytest.param(
            ["in.jsonl", "o.csv", "--report", "o.csv"], "o.csv: expected a name of its own for the report", id="output"
        ),
        pytest.param(["o.csv.errors.jsonl", "o.csv"], "o.csv.errors.jsonl: expected files to read", id="errors"),
    ],
)
def test_score_writes_no_report_and_no_errors_over_another_file(
    tiny_artefact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    before = dict.fromkeys(("in.jsonl", "o.csv.errors.jsonl", "old.html"), ROW)
    for name, content in before.items():
        Path(name).write_text(content)

    assert message in mistake(invoke("score", *names, "--model", tiny_artefact))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


def test_score_names_the_errors_beside_the_file_that_a_link_stands_for(tiny_artefact: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(ROW + '{"tekst": ""}\n')
    (tmp_path / "map").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "map" / "out.csv")
    result = invoke("score", tmp_path / "in.jsonl", tmp_path / "link.csv", "--model", tiny_artefact)

    assert f"(see {tmp_path}/map/out.csv.errors.jsonl)" in result.stderr
    assert left(tmp_path / "map") == ["out.csv", "out.csv.errors.jsonl"]


def test_score_takes_many_inputs_and_names_what_it_refused(tiny_artefact: Path, tmp_path: Path, listing: str) -> None:
    (tmp_path / "a.jsonl").write_text(ROW + '{"tekst": ""}\n')
    (tmp_path / "map").mkdir()
    (tmp_path / "map" / "b.txt").write_text(listing, encoding="utf-8")
    (tmp_path / "map" / "c.pdf").write_bytes(b"%PDF-1.7 and no more")
    target = tmp_path / "out.xlsx"
    report = tmp_path / "verslag.html"
    names = [f"{tmp_path}/*.jsonl", tmp_path / "map", target, "--report", report]
    result = invoke("score", *names, "--model", tiny_artefact)

    assert result.exit_code == 1
    assert f"6 rows written to {target}, 2 refused (see {target}.errors.jsonl), 6 to be reviewed" in result.stderr
    lines = [json.loads(line) for line in Path(f"{target}.errors.jsonl").read_text().splitlines()]
    assert [Path(line["file"]).name for line in lines] == ["a.jsonl", "c.pdf"]
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert left(tmp_path) == ["a.jsonl", "map", "out.xlsx", "out.xlsx.errors.jsonl", "verslag.html"]


def test_score_that_is_interrupted_says_so_and_goes_on(tiny_artefact: Path, tmp_path: Path) -> None:
    """In a process of its own, which gets the signal of Ctrl-C while its second window is under way."""
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(ROW * 20_000)
    arguments = ["score", str(source), str(target), "--model", str(tiny_artefact)]
    # Where the tests are a background job of a shell, a process starts with this signal ignored.
    start = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from kamervraag import main; main()"
    )
    command = [sys.executable, "-c", start, *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not Path(f"{target}.parts/part-0000000.json").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)

    assert said == ("", "Interrupted; give the same command again to go on\n")
    assert process.returncode == 130
    source.write_text(ROW)
    assert "expected the input of the run that was interrupted" in mistake(invoke(*arguments))


def test_a_forced_score_that_answers_nothing_keeps_the_old_file(tiny_artefact: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"tekst": ""}\n{"tekst": 5}\n')
    (tmp_path / "out.jsonl").write_text("old\n")

    line = mistake(invoke("score", tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--model", tiny_artefact, "--force"))
    assert "in.jsonl, row 1: expected a text" in line
    assert line.endswith(f"(and 1 more, see {tmp_path}/out.jsonl.errors.jsonl; nothing was written)")
    assert (tmp_path / "out.jsonl").read_text() == "old\n"


def test_options_of_ray_are_for_ray(tmp_path: Path) -> None:
    line = mistake(invoke("score", tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--workers", 2))
    assert line == "expected --engine ray beside --address or --workers, found none; add it"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "expected the text of a question, found an empty one", id="empty"),
        pytest.param(" \n", "expected the text of a question, found an empty one", id="white space"),
        pytest.param("\u200b", "expected the text of a question, found an empty one", id="invisible"),
        pytest.param("a" * 20_001, "text has 20001 characters, at most 20000 are taken", id="too long"),
    ],
)
def test_a_text_that_cannot_be_tagged_is_one_line(tiny_artefact: Path, text: str, message: str) -> None:
    assert mistake(invoke("tag", text, "--model", tiny_artefact)).startswith(message)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["tag"], id="no text"),
        pytest.param(["tag", "Waarom?", "--date", "30-06-2025"], id="Dutch date"),
        pytest.param(["score", "in.jsonl"], id="no output"),
        pytest.param(["serve", "--port", "65536"], id="port"),
        pytest.param(["answer", "Waarom?"], id="unknown command"),
    ],
)
def test_wrong_use_is_exit_code_2_with_the_usage(arguments: list[str]) -> None:
    result = invoke(*arguments)

    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: ")


@pytest.mark.parametrize(
    ("name", "content", "target", "message"),
    [
        pytest.param("in.jsonl", None, "out.jsonl", "in.jsonl: expected a file, a folder", id="missing table"),
        pytest.param(".", None, "out.jsonl", "expected a file, a folder with files or a pattern", id="empty folder"),
        pytest.param("in.jsonl", "", "out.jsonl", "in.jsonl: expected at least one question", id="empty"),
        pytest.param("in.jsonl", ROW, "out.xls", "out.xls: expected a name that ends in", id="wrong ending"),
        pytest.param(
            "in.jsonl", ROW, "no/out.csv", "out.csv: expected a file name in an existing folder", id="no folder"
        ),
        pytest.param("in.jsonl", ROW, "in.jsonl", "in.jsonl: expected a name that is free", id="output is input"),
    ],
)
def test_a_file_that_cannot_be_scored_is_one_line_and_no_output(
    tiny_artefact: Path, tmp_path: Path, name: str, content: str | None, target: str, message: str
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    if content is not None:
        (folder / name).write_text(content, encoding="utf-8")
    before = left(folder)

    assert message in mistake(invoke("score", folder / name, folder / target, "--model", tiny_artefact))
    assert left(folder) == before


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("in.jsonl", "{", "in.jsonl, line 1: expected a JSON object", id="broken JSON"),
        pytest.param("in.jsonl", '{"tekst": 5}', "in.jsonl, row 1: expected tekst to be text", id="number"),
        pytest.param("in.csv", "titel\nTrein\n", "in.csv, row 1: expected a text in column", id="no column"),
        pytest.param("in.csv", "a,tekst\nb\n", "in.csv, row 1: expected as many fields", id="short row"),
        pytest.param(
            "in.jsonl", '{"a\\nb": 1}', "in.jsonl, row 1: expected a text in column", id="line break in a name"
        ),
    ],
)
def test_a_file_whose_only_row_cannot_be_scored_is_one_line(
    tiny_artefact: Path, tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")

    assert message in mistake(invoke("score", tmp_path / name, tmp_path / "out.csv", "--model", tiny_artefact))
    assert left(tmp_path) == [name, "out.csv.errors.jsonl"]


@pytest.mark.parametrize("command", ["tag", "score"])
def test_a_model_that_is_none_is_one_line(tmp_path: Path, command: str) -> None:
    (tmp_path / "in.jsonl").write_text(ROW)
    arguments = ["Waarom?"] if command == "tag" else [tmp_path / "in.jsonl", tmp_path / "out.jsonl"]

    line = mistake(invoke(command, *arguments, "--model", tmp_path / "nowhere"))
    assert line.startswith(f"{tmp_path / 'nowhere'}: expected a model folder with artefact.json, found none")
    assert left(tmp_path) == ["in.jsonl"]


def test_a_mistake_halfway_is_nothing_but_its_line(tiny_artefact: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"tekst": ""}\n')
    result = invoke("score", tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--model", tiny_artefact)

    assert len(result.stderr.splitlines()) == 1


def test_serve_refuses_a_model_that_is_none_before_it_starts(tmp_path: Path) -> None:
    """In a process of its own, which a service would keep."""
    command = [
        sys.executable,
        "-c",
        "from kamervraag import main; main()",
        "serve",
        "--model",
        str(tmp_path / "nowhere"),
    ]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert run.returncode == 1
    assert run.stderr.startswith(f"Error: {tmp_path / 'nowhere'}: expected a model folder with artefact.json")
    assert len(run.stderr.splitlines()) == 1


def test_a_port_that_is_taken_is_one_line(tiny_artefact: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(main, ["serve", "--port", str(port), "--model", str(tiny_artefact)])

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: expected a free port at 127.0.0.1:{port} (")
    assert "Traceback" not in result.output


def test_document_answers_for_each_document(tiny_artefact: Path, tmp_path: Path, listing: str) -> None:
    path = tmp_path / "listing.txt"
    path.write_text(listing, encoding="utf-8")
    result = invoke("document", path, "--model", tiny_artefact)
    lines = [
        json.loads(line) for line in invoke("document", path, "--model", tiny_artefact, "--json").stdout.splitlines()
    ]

    assert result.exit_code == 0, result.output
    assert [line["titel"] for line in lines] == [
        "De sluiting van het loket in Veendam",
        "De stank rond de fabriek in Weert",
    ]
    assert lines[0]["antwoordVoor"] == "2025-06-03"
    assert lines[0]["domein"]["label"].split()[0] in result.stdout
    assert "2025-06-03" in result.stdout


def test_document_refuses_what_holds_no_question(tiny_artefact: Path, tmp_path: Path) -> None:
    (tmp_path / "leeg.txt").write_text("Geachte voorzitter, hierbij de antwoorden.\n")
    assert "found none" in mistake(invoke("document", tmp_path / "leeg.txt", "--model", tiny_artefact))


def test_key_prints_the_key_and_keeps_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    for name, role in (("post", "classify"), ("beheer", "admin")):
        result = CliRunner().invoke(main, ["key", name, "--role", role, "--file", str(path)])
        assert result.exit_code == 0, result.output
        secret = result.output.splitlines()[0].split()[1]
        assert secret not in path.read_text()
        found = find_key(read_keys(path), secret)
        assert found
        assert (found.name, found.role) == (name, role)

    again = CliRunner().invoke(main, ["key", "post", "--file", str(path)])
    assert again.exit_code == 1
    assert "expected a new name, found another key named post" in again.output
    assert len(read_keys(path)) == 2


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "kamervraag.example"])  # noqa: S104
def test_serve_wants_keys_where_others_can_reach_it(host: str) -> None:
    result = CliRunner().invoke(main, ["serve", "--host", host])

    assert result.exit_code == 1
    assert f"expected API keys to listen on {host}, found none" in result.output
