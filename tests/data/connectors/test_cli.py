import json
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from data.connectors.cli import DOCUMENTS, ODATA, PACES, SRU, ingest
from data.errors import InputError

PERIOD = ("--since", "2024-01-01", "--until", "2024-01-31")
HELP = """
import json, sys
from data.connectors.cli import ingest
ingest(sys.argv[1:], standalone_mode=False)
print(json.dumps([name for name in ("pyarrow", "requests", "lxml", "tenacity", "numpy") if name in sys.modules]))
"""


def _run(*arguments: object, **env: str) -> Result:
    return CliRunner(env=env).invoke(ingest, [str(each) for each in arguments])


@pytest.fixture
def addresses(official) -> dict[str, str]:
    return {
        "KAMERVRAAG_KOOP_SRU": f"{official.sru}/",
        "KAMERVRAAG_KOOP_DOCUMENTS": official.documents,
        "KAMERVRAAG_ODATA": official.odata,
        "KAMERVRAAG_CONTACT": "data@example.nl",
    }


def test_koop_with_the_reader_of_the_package(official, addresses, tmp_path) -> None:
    official.publish("ah-tk-20232024-12", vraagnummer="2024Z00001")
    official.publish("ah-tk-20232024-13", vraagnummer="2024Z00002", manifestations=("html",))
    official.put("2024Z00001")
    folder = tmp_path / "questions"
    result = _run("koop", *PERIOD, "-o", folder, **addresses)

    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert result.stderr.splitlines()[-1] == (
        f"2 questions of 1 documents in 1 files, 2 with a domain; 1 remarks in {folder / 'manifest.json'}"
    )
    rows = pq.read_table(folder / "questions-2024-01.parquet").to_pylist()
    assert [(row["question"], row["answer"], row["domain"]) for row in rows] == [
        ("Kent u het loket?", "Ja.", "bestuur"),
        ("Gaat het dicht?", "Nee, het blijft.", "bestuur"),
    ]
    assert rows[0]["title"] == "Het loket in Veendam"
    assert rows[0]["date_due"].isoformat() == "2024-01-31"
    assert all(headers["User-Agent"].endswith("(+data@example.nl)") for _, _, headers in official.requests)
    assert json.loads((folder / "manifest.json").read_text())["asked"]["sru"] == official.sru


def test_koop_without_the_join(official, addresses, tmp_path) -> None:
    official.publish("ah-tk-20232024-12", vraagnummer="2024Z00001")
    assert _run("koop", *PERIOD, "-o", tmp_path / "q", "--no-odata", **addresses).exit_code == 0
    assert not any(path.startswith("/odata") for path in official.paths())
    assert json.loads((tmp_path / "q" / "manifest.json").read_text())["asked"]["odata"] is None


def test_tweedekamer_with_the_reader_of_the_package(official, addresses, tmp_path) -> None:
    official.put(
        "2024Z00001", file=b"Vragen van het lid De Wit over de brug\n\n1. Is de brug dicht?\n2. Hoe lang nog?\n"
    )
    folder = tmp_path / "questions"
    result = _run("tweedekamer", *PERIOD, "-o", folder, **addresses)

    assert result.exit_code == 0, result.output
    rows = pq.read_table(folder / "questions-2024-01.parquet").to_pylist()
    assert [(row["question"], row["status"]) for row in rows] == [
        ("Is de brug dicht?", "open"),
        ("Hoe lang nog?", "open"),
    ]


def test_the_same_command_goes_on_and_another_is_refused(official, addresses, tmp_path) -> None:
    official.publish("ah-tk-20232024-12")
    for _ in range(2):
        assert _run("koop", *PERIOD, "-o", tmp_path / "q", **addresses).exit_code == 0
    result = _run("koop", "--since", "2024-01-02", "--until", "2024-01-31", "-o", tmp_path / "q", **addresses)
    assert isinstance(result.exception, InputError)
    assert "since 2024-01-01, found 2024-01-02" in str(result.exception)


def test_a_period_must_not_end_before_it_begins(tmp_path) -> None:
    result = _run("koop", "--since", "2024-02-01", "--until", "2024-01-31", "-o", tmp_path / "q")
    assert isinstance(result.exception, InputError)
    assert "found 2024-02-01 to 2024-01-31" in str(result.exception)
    assert not (tmp_path / "q").exists()


@pytest.mark.parametrize(
    "address", ["repository.overheid.nl/sru", "ftp://x.example", "http://", "https://x.example/?q=1"]
)
def test_an_address_must_be_one(address: str, tmp_path) -> None:
    result = _run("koop", *PERIOD, "-o", tmp_path / "q", "--sru", address)
    assert result.exit_code == 2
    assert "expected an address such as https://example.nl/path, found" in result.stderr


@pytest.mark.parametrize("missing", ["--since", "--until", "-o"])
def test_period_and_folder_are_needed(missing: str) -> None:
    arguments = {"--since": "2024-01-01", "--until": "2024-01-31", "-o": "q"}
    given = [part for name, value in arguments.items() if name != missing for part in (name, value)]
    assert _run("koop", *given).exit_code == 2


def test_the_defaults_are_the_official_addresses() -> None:
    context = ingest.commands["koop"].make_context("koop", [*PERIOD, "-o", "q"])
    assert {name: context.params[name] for name in ("sru", "documents", "odata")} == {
        "sru": SRU,
        "documents": DOCUMENTS,
        "odata": ODATA,
    }
    assert PACES["documents"] == (10, 30)
    assert PACES["sru"][0] / PACES["sru"][1] <= 4


@pytest.mark.parametrize("name", ["", *ingest.commands])
def test_help_has_an_example_that_is_understood(name: str) -> None:
    command: click.Command = ingest.commands[name] if name else ingest
    assert command.help
    script, group, *arguments = shlex.split(command.help.split("Example: ", maxsplit=1)[1])
    assert (script, group) == ("kamervraag", "ingest")
    if name:
        assert arguments.pop(0) == name
    command.make_context(name or "ingest", arguments)
    assert all(option.help for option in command.params if isinstance(option, click.Option))


@pytest.mark.parametrize("name", ["", *ingest.commands])
def test_help_loads_nothing_heavy(name: str) -> None:
    arguments = [*([name] if name else []), "--help"]
    output = subprocess.run([sys.executable, "-c", HELP, *arguments], capture_output=True, text=True, timeout=60)
    assert output.stdout.startswith("Usage: "), output.stderr
    assert json.loads(output.stdout.splitlines()[-1]) == []


def test_a_folder_whose_name_is_a_file_is_refused(official, addresses, tmp_path) -> None:
    path: Path = tmp_path / "q"
    path.write_text("mine")
    result = _run("koop", *PERIOD, "-o", path, **addresses)
    assert isinstance(result.exception, InputError)
    assert path.read_text() == "mine"
