import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from kamervraag import main
from training.tracking import tracking_client


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
    refused = CliRunner().invoke(main, ["promote", "1", "--name", "own"])
    assert refused.exit_code == 1
    assert "expected a version that may serve, found" in refused.stderr
    promoted = CliRunner().invoke(main, ["promote", "1", "--name", "own", "--force", "a trial"])
    assert promoted.exit_code == 0, promoted.output
    assert promoted.stdout.startswith("champion is now own ")


@pytest.fixture
def own_labels(tmp_path: Path) -> Path:
    path = tmp_path / "topics.toml"
    labels = "".join(f'[[domains]]\nid = "{each}"\nnl = "{each.title()}"\n' for each in ("afval", "groen"))
    path.write_text(f'id = "topics"\nversion = "1"\n{labels}')
    return path


@pytest.fixture
def topics(tmp_path: Path) -> Path:
    """Questions on two topics, none with an urgency, a third of them kept aside."""
    path = tmp_path / "topics.jsonl"
    rows = [
        {
            "titel": f"Brief {n}",
            "tekst": f"{words} {' '.join(f'woord{n}{a}' for a in 'abcdefghijkl')}?",
            "domain": domain,
            "split": "dev" if n % 3 == 2 else "train",
        }
        for n in range(24)
        for domain, words in (
            ("afval", "Wie leegt de container in de wijk"),
            ("groen", "Wie snoeit de boom in het park"),
        )
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_labels_of_ones_own_from_a_table_to_an_answer(
    own_labels: Path, topics: Path, tiny_encoder: Path, own_home: Path
) -> None:
    named = ["--labels", str(own_labels)]
    settings = ["--base", str(tiny_encoder), "--epochs", "0.05", "--max-length", "32", "--no-progress"]
    trained = CliRunner().invoke(main, ["train", str(topics), *settings, *named])
    assert trained.exit_code == 0, trained.output
    [folder] = (own_home / "runs").iterdir()
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "Urgency was learnt and calibrated on the written corpus" in card
    assert "| train.jsonl (urgency alone) |" in card

    promoted = CliRunner().invoke(main, ["promote", "1", "--set", str(topics), "--force", "a trial", *named])
    assert promoted.exit_code == 0, promoted.output
    measured = CliRunner().invoke(main, ["evaluate", str(folder), str(topics), *named])
    assert measured.exit_code == 0, measured.output

    tagged = CliRunner().invoke(main, ["tag", "Wie snoeit de bomen vandaag nog?", "--json", *named])
    answer = json.loads(tagged.stdout)
    assert answer["model"]["labelschema"] == "topics@1"
    [result] = answer["resultaten"]
    assert result["domein"]["label"] == "Groen"
    assert [each["id"] for each in result["domein"]["alternatieven"]] == ["afval"]
    assert set(result["urgentie"]["kansen"]) == {"laag", "middel", "hoog"}


@pytest.mark.parametrize("command", ["tag", "evaluate"])
def test_labels_that_nobody_named_are_refused(
    command: str, tiny_artefact: Path, own_labels: Path, topics: Path
) -> None:
    arguments = ["tag", "Waarom?", "--model", str(tiny_artefact)] if command == "tag" else [command, str(tiny_artefact)]
    rest = [str(topics)] if command == "evaluate" else []
    result = CliRunner().invoke(main, [*arguments, *rest, "--labels", str(own_labels)])

    assert result.exit_code == 1
    assert "expected label scheme topics@1" in result.stderr
    assert "or name the model's with --labels" in result.stderr


@pytest.mark.parametrize("command", [["train"], ["baseline"], ["promote", "1"], ["data", "check"]])
def test_labels_of_ones_own_need_files_of_ones_own(command: list[str], own_labels: Path) -> None:
    result = CliRunner().invoke(main, [*command, "--labels", str(own_labels)])

    assert result.exit_code == 1
    assert result.stderr.strip().splitlines()[-1].startswith("Error: expected files with labels of topics@1")


def test_a_label_with_one_question_is_named(own_labels: Path, topics: Path, tiny_encoder: Path) -> None:
    rows = [json.loads(line) for line in topics.read_text().splitlines()]
    topics.write_text("".join(json.dumps(row) + "\n" for row in rows if row["domain"] == "afval" or row == rows[1]))
    result = CliRunner().invoke(main, ["train", str(topics), "--base", str(tiny_encoder), "--labels", str(own_labels)])

    assert result.exit_code == 1
    assert "3 questions each to train on, found 1 of groen" in result.stderr.splitlines()[-1]


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


def test_curve_draws_every_arm(labelled: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    arguments = ["--base", "tf-idf", "--base", str(tiny_encoder), "--base", "random", "--epochs", "1", "--no-progress"]
    out = tmp_path / "curve"
    result = CliRunner().invoke(main, ["curve", str(labelled), *arguments, "--size", "50", "-o", str(out)])

    assert result.exit_code == 0, result.output
    points = json.loads((out / "curve.json").read_text())
    assert {(each["arm"], each["trained_on"]) for each in points} == {
        (arm, size) for arm in ("tf-idf", str(tiny_encoder), "random") for size in (50, 60)
    }
    assert all(0 <= each["macro_f1"] <= 1 and each["measured_on"] == "own dev" for each in points)
    assert (out / "curve.png").stat().st_size > 1000


def test_evaluate_compares_artefacts_and_keeps_what_it_found(
    labelled: Path, tiny_artefact: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(tiny_artefact, tmp_path / "other")
    out = tmp_path / "evaluation"
    arguments = ["evaluate", str(tiny_artefact), str(labelled), "--against", str(other), "-o", str(out), "--mlflow"]
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 0, result.output
    assert all(title in result.stdout for title in ("Evaluation", "Certainty", "Urgency"))
    found = json.loads((out / "evaluation.json").read_text())["own"]
    assert found["tagger"]["against_first"] is None
    assert found["other"]["against_first"]["difference"] == {"low": 0.0, "high": 0.0}
    assert found["other"]["against_first"]["p_value"] == 1.0
    assert found["tagger"]["report"] == found["other"]["report"]
    assert {path.name for path in out.glob("*.png")} == {
        "own-reliability.png",
        "own-risk-coverage.png",
        "own-confusion.png",
    }
    [run] = tracking_client().search_runs(["1"])
    assert run.data.metrics["own/other/domain_macro_f1"] == found["other"]["report"]["domain"]["macro_f1"]


def test_evaluate_refuses_two_of_one_name(labelled: Path, tiny_artefact: Path) -> None:
    arguments = ["evaluate", str(tiny_artefact), str(labelled), "--against", str(tiny_artefact)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "expected artefacts of different names" in result.stderr


def test_evaluate_refuses_a_table_of_training_data(labelled: Path, tiny_artefact: Path) -> None:
    rows = [json.loads(line) | {"split": "train"} for line in labelled.read_text().splitlines()]
    labelled.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = CliRunner().invoke(main, ["evaluate", str(tiny_artefact), str(labelled)])
    assert result.exit_code == 1
    assert "expected questions whose split is not train, found none" in result.stderr
