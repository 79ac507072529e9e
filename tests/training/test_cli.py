import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kamervraag import main


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "own.jsonl"
    subjects = {"zorg": "het ziekenhuis", "verkeer": "de trein"}
    asks = {
        "laag": "Hoeveel kost",
        "middel": "Kunt u vóór het debat antwoorden over",
        "hoog": "Grijpt u vandaag nog in bij",
    }
    path.write_text(
        "".join(
            json.dumps(
                {"titel": f"Bericht {n}", "tekst": f"{ask} {subject} {own}?", "domain": domain, "urgency": urgency}
            )
            + "\n"
            for n in range(12)
            for own in [" ".join(f"woord{n}{letter}" for letter in "abcdefghijkl")]
            for domain, subject in subjects.items()
            for urgency, ask in asks.items()
        )
    )
    return path


def test_train_prints_the_comparison_and_promote_takes_its_version(labelled: Path, tiny_encoder: Path) -> None:
    arguments = ["--base", str(tiny_encoder), "--epochs", "1", "--max-length", "32", "--no-progress", "--name", "own"]
    trained = CliRunner().invoke(main, ["train", str(labelled), *arguments])

    assert trained.exit_code == 0, trained.output
    assert "Tagger against baseline" in trained.stdout
    assert "version   1 of own; serve it with: kamervraag promote 1 --name own" in trained.stdout
    promoted = CliRunner().invoke(main, ["promote", "1", "--name", "own"])
    assert promoted.exit_code == 0, promoted.output
    assert promoted.stdout.startswith("champion is now own ")


def test_baseline_prints_its_numbers(labelled: Path) -> None:
    result = CliRunner().invoke(main, ["baseline", str(labelled)])

    assert result.exit_code == 0, result.output
    assert "TF-IDF baseline, trained on" in result.stdout
    assert "tagger" not in result.stdout


def test_probe_measures_an_encoder(labelled: Path, tiny_encoder: Path) -> None:
    result = CliRunner().invoke(main, ["probe", str(labelled), "--test", str(labelled), "--base", str(tiny_encoder)])

    assert result.exit_code == 0, result.output
    numbers = result.stdout.splitlines()[-2].replace("│", "").split()
    assert numbers[0] == numbers[1]
    assert float(numbers[2]) > 0.5  # measured on what it was trained on


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param(["train", "nowhere.jsonl"], "nowhere.jsonl: expected a file, found nothing", id="missing data"),
        pytest.param(["train", "--epochs", "0"], "expected epochs from", id="no epochs"),
        pytest.param(["train", "--base", "./nowhere"], "base './nowhere': expected a RoBERTa checkpoint", id="base"),
        pytest.param(
            ["promote", "3"], "expected a registered version of 'kamervraag' (none), found no '3'", id="version"
        ),
        pytest.param(
            ["pretrain", "--config", "nowhere.toml", "--text", ".", "-o", "out"],
            "nowhere.toml: expected a configuration in TOML",
            id="missing configuration",
        ),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 1
    assert result.stderr.strip().splitlines()[-1].startswith(f"Error: {line}")
    assert "Traceback" not in result.output
