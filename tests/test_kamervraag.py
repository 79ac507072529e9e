import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kamervraag import Commands, main

HEAVY = ("numpy", "torch", "onnxruntime", "bentoml", "fastapi", "pydantic", "transformers", "mlflow", "pyarrow")
HELP = f"""
import json, sys
from kamervraag import main
main(sys.argv[1:], standalone_mode=False)
print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""
FULL = Path("/dev/full")
"""A device of Linux on which every write fails for want of space."""


def run(*arguments: str | Path, **options) -> subprocess.CompletedProcess[str]:
    """The console script in a process of its own."""
    command = [sys.executable, "-c", "from kamervraag import main; main()", *map(str, arguments)]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", "timeout": 60} | options
    return subprocess.run(command, **options)


@pytest.fixture
def document(tmp_path: Path, listing: str) -> Path:
    path = tmp_path / "listing.txt"
    path.write_text(listing, encoding="utf-8")
    return path


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder in which this user may not write."""
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):
        pytest.skip("this user, such as root, may write anywhere")
    yield folder
    folder.chmod(0o700)


def test_the_commands_are_those_that_are_documented() -> None:
    assert main.commands.keys() == {
        "baseline",
        "curve",
        "document",
        "evaluate",
        "data",
        "ingest",
        "key",
        "pretrain",
        "probe",
        "promote",
        "read",
        "score",
        "serve",
        "tag",
        "teach",
        "train",
    }


def _leaves() -> dict[str, click.Command]:
    """The commands that do something, those of a group by both words."""
    leaves: dict[str, click.Command] = {}
    for name, command in main.commands.items():
        inner = command.commands if isinstance(command, click.Group) else {}
        leaves |= {f"{name} {each}": below for each, below in inner.items()} or {name: command}
    return leaves


@pytest.mark.parametrize("name", _leaves())
def test_every_command_has_help_with_an_example_that_it_understands(name: str) -> None:
    result = CliRunner().invoke(main, [*name.split(), "--help"])
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: main {name} ")

    command = _leaves()[name]
    assert command.help
    script, *words = shlex.split(command.help.split("Example: ", maxsplit=1)[1])
    named, arguments = words[: len(name.split())], words[len(name.split()) :]
    assert (script, " ".join(named)) == ("kamervraag", name)
    command.make_context(name, arguments)  # raises a UsageError where an option does not exist


@pytest.mark.parametrize("name", _leaves())
def test_every_option_but_the_obvious_ones_is_explained(name: str) -> None:
    obvious = {"port", "epochs", "learning_rate", "batch_size", "seed"}
    options = [option for option in _leaves()[name].params if isinstance(option, click.Option)]

    assert {option.name for option in options if not option.help} <= obvious


def test_help_lists_every_command_with_a_line() -> None:
    lines = CliRunner().invoke(main, ["-h"]).stdout.split("Commands:\n")[1].splitlines()

    assert sorted(line.split()[0] for line in lines if line.split()[1:]) == sorted(main.commands)


@pytest.mark.parametrize(
    "arguments", [pytest.param([*name.split(), "--help"], id=name or "kamervraag") for name in ("", *_leaves())]
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    output = subprocess.run([sys.executable, "-c", HELP, *arguments], capture_output=True, text=True, timeout=60)

    assert output.stdout.startswith("Usage: "), output.stderr
    assert json.loads(output.stdout.splitlines()[-1]) == []


def test_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(main, ["--version"]).stdout.split()[-1] == version("kamervraag")


def test_a_folder_without_permission_is_one_line(document: Path, locked: Path) -> None:
    result = CliRunner().invoke(main, ["read", str(document), "-o", str(locked / "out.jsonl")])

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "Permission denied" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, in which not even root can make a file")
def test_a_folder_that_cannot_be_written_is_one_line(document: Path) -> None:
    result = CliRunner().invoke(main, ["read", str(document), "-o", "/proc/out.jsonl"])

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: /proc/")
    assert len(result.stderr.splitlines()) == 1


def test_a_name_that_the_file_system_refuses_is_one_line(document: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["read", str(document), "-o", str(tmp_path / ("a" * 300))])

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {tmp_path}")
    assert result.stderr.endswith("File name too long\n")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.skipif(not FULL.is_char_device(), reason="needs the device /dev/full")
def test_a_full_disk_is_one_line(document: Path) -> None:
    with FULL.open("w") as full:
        result = run("read", document, stdout=full)

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "Error: file: No space left on device"
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr


def test_a_reader_that_has_gone_is_no_error(document: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = run("read", document, stdout=writer)
    finally:
        os.close(writer)

    assert "Error" not in result.stderr
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param('{"tekst": 5}', "row 1: expected tekst to be text, found int", id="number"),
        pytest.param("{", "line 1: expected a JSON object, found broken JSON", id="broken JSON"),
        pytest.param(r'{"tekst": "\ud800 waarom?"}', "line 1: expected", id="surrogate"),
        pytest.param('{"tekst": "Waarom?", "x": ' + "9" * 5000 + "}", "line 1: expected", id="number of 5,000 digits"),
    ],
)
def test_a_mistake_in_a_file_is_one_line(tmp_path: Path, content: str, message: str) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(content)
    result = CliRunner().invoke(main, ["read", str(source)])

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"Error: {source}, ")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_command_that_is_interrupted_says_so() -> None:
    @click.command()
    def wait() -> None:
        raise KeyboardInterrupt

    result = CliRunner().invoke(Commands("main", commands={"wait": wait}), ["wait"])

    assert (result.exit_code, result.output) == (130, "Interrupted\n")
