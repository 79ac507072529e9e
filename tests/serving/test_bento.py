"""`bentoml build` from the repository, and the built bento's own server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from models.artefact import SHIPPED, open_artefact
from serving.settings import Settings

ROOT = Path(__file__).parents[2]
BENTOML = Path(sys.executable).with_name("bentoml")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with an empty bento store and an empty home."""
    folder = tmp_path_factory.mktemp("bentoml")
    home = {
        "BENTOML_HOME": str(folder),
        "BENTOML_DO_NOT_TRACK": "True",
        "KAMERVRAAG_HOME": str(folder / "home"),
        "KAMERVRAAG_WITHOUT_KEYS": "true",
    }
    kept = {key: value for key, value in os.environ.items() if key != "KAMERVRAAG_MODEL"}
    return kept | home


@pytest.fixture(scope="module")
def bento(store: dict[str, str]) -> Path:
    build = subprocess.run([BENTOML, "build", str(ROOT)], env=store, capture_output=True, text=True, check=False)
    assert build.returncode == 0, build.stdout + build.stderr
    [folder] = (Path(store["BENTOML_HOME"]) / "bentos" / "kamervraag").glob("*/")
    return folder


@pytest.fixture(scope="module")
def address(bento: Path, store: dict[str, str], run_server: Any) -> Iterator[str]:
    with run_server(BENTOML, "serve", bento, "--host", "127.0.0.1", "--port", env=store, cwd=bento) as (_, port):
        yield f"http://127.0.0.1:{port}"


def test_holds_the_service_and_its_model_alone(bento: Path) -> None:
    files = {path.relative_to(bento / "src") for path in (bento / "src").rglob("*") if path.is_file()}

    assert Path("models/shipped/tagger/model.onnx") in files
    assert Path("data/labels.toml") in files
    assert not [path for path in files if path.parts[0] in ("training", "tests") or path.suffix == ".jsonl"]


def test_its_image_runs_as_no_root_and_needs_no_secret(bento: Path) -> None:
    lines = (bento / "env" / "docker" / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]

    assert users
    assert users[-1] not in ("root", "0")
    assert not [line for line in lines if "--mount=type=secret" in line or line.startswith("ARG KAMERVRAAG")]


def test_the_compose_file_starts_the_service_alone() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())

    assert list(compose["services"]) == ["kamervraag"]
    # What it sets is a setting.
    names = [name for name in compose["services"]["kamervraag"]["environment"] if name.startswith("KAMERVRAAG_")]
    assert names
    assert all(name.removeprefix("KAMERVRAAG_").lower() in Settings.model_fields for name in names)


def test_answers(address: str) -> None:
    body = {"vragen": [{"id": "a", "titel": "Vertragingen op het spoor", "tekst": "Waarom rijden er minder treinen?"}]}
    answer = httpx.post(f"{address}/v1/classificaties", json=body, timeout=30)

    assert answer.status_code == 200, answer.text
    assert answer.json()["model"]["versie"] == open_artefact(SHIPPED / "tagger").manifest.version
    assert answer.json()["resultaten"][0]["domein"]["id"] == "verkeer"
    assert httpx.get(f"{address}/metrics").is_success


def test_its_packages_are_those_of_the_constraints() -> None:
    service = set((ROOT / "serving" / "requirements.txt").read_text().splitlines()[1:])
    everything = set((ROOT / "constraints.txt").read_text().splitlines()[1:])

    assert service
    assert service <= everything
    assert not {line for line in service if line.split("==")[0] in ("torch", "transformers", "mlflow")}
