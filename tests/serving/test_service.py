import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from models.artefact import FILES
from models.engine import OnnxTagger
from serving.settings import settings

pytestmark = [
    # bentoml 1.4 builds its default file patterns with a name that pathspec 1 deprecates, when it is imported.
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
    # bentoml 1.4 calls a method of BaseModel that pydantic 2.11 deprecates, when it is imported.
    pytest.mark.filterwarnings("ignore:The `__get_pydantic_core_schema__` method:DeprecationWarning"),
]
URL = "/v1/classificaties"


@pytest.fixture(scope="module")
def client(tiny_artefact: Path) -> Iterator[TestClient]:
    """The started service. Once per process: BentoML registers its metrics globally."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAMERVRAAG_MODEL", str(tiny_artefact))
        patch.setenv("KAMERVRAAG_WITHOUT_KEYS", "true")
        settings.cache_clear()
        from serving.service import Kamervraag

        with TestClient(Kamervraag.to_asgi()) as client:
            yield client


def test_the_service_answers_with_the_model_of_the_environment(client: TestClient) -> None:
    response = client.post(URL, json={"vragen": [{"tekst": "Waarom rijdt de trein niet?"}]})

    assert response.status_code == 200
    assert response.json()["model"] == {"naam": "tiny", "versie": "0", "labelschema": "kamervragen@1.0.0"}
    assert len(response.json()["resultaten"]) == 1


def test_the_service_gives_the_numbers_of_a_scored_file(
    score_file, client: TestClient, tiny_artefact: Path, tmp_path: Path
) -> None:
    (tmp_path / "in.jsonl").write_text('{"tekst": "Waarom rijdt de trein niet?"}\n')
    score_file(OnnxTagger.open(tiny_artefact), tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    [result] = client.post(URL, json={"vragen": [{"tekst": "Waarom rijdt de trein niet?"}]}).json()["resultaten"]

    row = json.loads((tmp_path / "out.jsonl").read_text())
    assert {key: row[key] for key in result} == result


@pytest.mark.parametrize("path", ["/readyz", "/livez", "/healthz"])
def test_the_service_says_that_it_is_ready(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_the_service_gives_its_specification(client: TestClient) -> None:
    specification = client.get("/v1/openapi.json").json()

    assert specification["servers"] == [{"url": "/v1"}]
    assert "/classificaties" in specification["paths"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("POST", URL, b'{"vragen": []}', 400, id="empty list"),
        pytest.param("POST", URL, b" " * 5_000_001, 413, id="large body"),
        pytest.param("GET", URL, b"", 405, id="wrong method"),
    ],
)
def test_an_error_of_the_service_is_a_problem(
    client: TestClient, method: str, path: str, body: bytes, status: int
) -> None:
    response = client.request(method, path, content=body, headers={"content-type": "application/json"})

    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize("path", ["/", "/schema.json", "/docs.json", "/docs", "/static_content/index.html"])
def test_the_service_has_no_pages_of_its_framework(client: TestClient, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


def test_without_keys_the_service_does_not_start(tiny_artefact: Path) -> None:
    """In a process of its own: settings are read once."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KAMERVRAAG_")}
    code = "from serving.service import Kamervraag; Kamervraag.inner()"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=kept | {"KAMERVRAAG_MODEL": str(tiny_artefact)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert run.returncode == 1
    [line] = [line for line in run.stderr.splitlines() if "expected" in line]
    assert "expected API keys, found none: make one with kamervraag key" in line
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param(None, "expected a model folder with artefact.json, found none", id="empty folder"),
        pytest.param(FILES.onnx, "expected the files that were trained, found others in model.onnx", id="other model"),
    ],
)
def test_a_folder_that_is_no_artefact_ends_the_service_with_one_line(
    tiny_artefact: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    changed: str | None,
    message: str,
) -> None:
    from serving.service import Kamervraag

    folder = tmp_path / "model"
    folder.mkdir()
    if changed:
        shutil.copytree(tiny_artefact, folder, dirs_exist_ok=True)
        (folder / changed).write_bytes(b"other")
    monkeypatch.setenv("KAMERVRAAG_MODEL", str(folder))

    with pytest.raises(SystemExit) as stop:
        Kamervraag.inner()

    assert stop.value.code == 1
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.getMessage().startswith(f"{folder}: {message}")
    assert record.exc_info is None
