import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import ArtefactError
from data.labels import LabelScheme
from models.artefact import FILES, SHIPPED, default_folder, open_artefact


@pytest.fixture
def copy(tiny_artefact: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(tiny_artefact, tmp_path / "copy"))


def test_opens_what_was_sealed(tiny_artefact: Path, scheme: LabelScheme) -> None:
    artefact = open_artefact(tiny_artefact)

    assert artefact.manifest.name == "tiny"
    assert artefact.scheme == scheme


def test_holds_no_pickle(tiny_artefact: Path) -> None:
    suffixes = {path.suffix for path in tiny_artefact.iterdir()}

    assert suffixes <= {".json", ".safetensors", ".onnx", ".md"}


@pytest.mark.parametrize("name", [FILES.manifest, FILES.labels, FILES.onnx, FILES.tokenizer])
def test_refuses_a_missing_file(copy: Path, name: str) -> None:
    (copy / name).unlink()

    with pytest.raises(ArtefactError, match="expected a model folder"):
        open_artefact(copy)


@pytest.mark.parametrize("name", [FILES.onnx, FILES.tokenizer, FILES.labels])
def test_refuses_a_changed_file(copy: Path, name: str) -> None:
    with (copy / name).open("ab") as file:
        file.write(b" ")

    with pytest.raises(ArtefactError, match=f"found others in {name}"):
        open_artefact(copy)


@pytest.mark.parametrize("content", ["", "[]", "null", '{"name": "x"}', '{"sha256": 3}'])
def test_refuses_a_manifest_that_says_something_else(copy: Path, content: str) -> None:
    (copy / FILES.manifest).write_text(content)

    with pytest.raises(ArtefactError, match="expected a model folder whose manifest has"):
        open_artefact(copy)


def test_refuses_an_unknown_precision(copy: Path) -> None:
    manifest = json.loads((copy / FILES.manifest).read_text())
    (copy / FILES.manifest).write_text(json.dumps(manifest | {"precision": "int4"}))

    with pytest.raises(ArtefactError, match="precision must be one of fp32, int8"):
        open_artefact(copy)


def test_refuses_another_label_scheme(tiny_artefact: Path, scheme: LabelScheme) -> None:
    other = replace(scheme, version="9.9.9")

    with pytest.raises(ArtefactError, match=r"expected label scheme kamervragen@9\.9\.9 .* found kamervragen@"):
        open_artefact(tiny_artefact, other)


def test_refuses_a_scheme_of_the_same_name_with_other_labels(tiny_artefact: Path, scheme: LabelScheme) -> None:
    other = replace(scheme, domains=tuple(reversed(scheme.domains)))

    with pytest.raises(ArtefactError, match="train a model on this scheme"):
        open_artefact(tiny_artefact, other)


def test_refuses_a_folder_that_is_no_artefact(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"expected a model folder with artefact\.json, found none"):
        open_artefact(tmp_path)


def test_names_the_files_that_serving_reads(tiny_artefact: Path) -> None:
    manifest = json.loads((tiny_artefact / FILES.manifest).read_text())

    assert set(manifest["sha256"]) == {FILES.onnx, FILES.tokenizer, FILES.labels}


def test_default_is_the_chosen_then_the_promoted_then_the_shipped(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_folder() == SHIPPED / "tagger"
    (own_home / "champion").mkdir(parents=True)
    assert default_folder() == own_home / "champion"
    monkeypatch.setenv("KAMERVRAAG_MODEL", "/chosen")
    assert default_folder() == Path("/chosen")


def test_the_shipped_model_opens() -> None:
    artefact = open_artefact(SHIPPED / "tagger")

    assert (SHIPPED / "tagger" / FILES.card).read_text().startswith("---\nlanguage: nl")
    assert 0 < artefact.manifest.review_below <= 1
