"""What the notebooks look like. That they run is for `make notebooks`."""

import ast
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

import training
from data.check import check
from data.labels import LABELS_TOML, load_scheme

FOLDER = Path(training.__file__).with_name("notebooks")
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MAX_LINES = 10
"""Of a cell, imports not counted."""
LOGIC = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.If,
    ast.While,
    ast.Try,
    ast.With,
)


def _code(path: Path) -> list[NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def _tree(cell: NotebookNode) -> ast.Module:
    return ast.parse("\n".join(line for line in cell.source.splitlines() if not line.startswith("%")))


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["errors", "own-labels", "retrain"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_output_is_kept(path: Path) -> None:
    nbformat.validate(nbformat.read(path, as_version=4))
    assert [cell.source for cell in _code(path) if cell.outputs or cell.execution_count is not None] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_parameters_come_first_and_are_plain_values(path: Path) -> None:
    first, *others = _code(path)
    assert first.metadata.tags == ["parameters"]
    assert not any("tags" in cell.metadata for cell in others)
    body = _tree(first).body
    assert body
    for line in body:
        assert isinstance(line, ast.Assign)
        ast.literal_eval(line.value)  # raises where it is no plain value


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_call_the_package_and_hold_no_logic(path: Path) -> None:
    for cell in _code(path):
        lines = [line for line in cell.source.splitlines() if line and not line.startswith(("from ", "import ", "%"))]
        assert len(lines) <= MAX_LINES, cell.source
        assert [node for node in ast.walk(_tree(cell)) if isinstance(node, LOGIC)] == [], cell.source


def test_the_example_of_own_labels_is_sound() -> None:
    scheme = load_scheme(FOLDER / "own-labels.toml")
    checked = check([FOLDER / "own-labels.csv"], scheme)
    questions = checked.questions["own-labels.csv"]

    assert (checked.findings, sum(checked.unlabelled.values())) == ([], 0)
    assert Counter(each.domain for each in questions) == dict.fromkeys(scheme.domain_ids, 40)
    assert Counter(each.domain for each in questions if each.split == "dev") == dict.fromkeys(scheme.domain_ids, 8)
    assert len({each.question.title for each in questions}) == len(questions)
    assert scheme.urgencies == load_scheme(LABELS_TOML).urgencies


def test_the_service_of_own_labels_answers(tiny_artefact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cells alone, since training takes minutes and they have the most to agree with."""
    monkeypatch.setenv("KAMERVRAAG_MODEL", str(tiny_artefact))
    cells = [cell.source for cell in _code(FOLDER / "own-labels.ipynb")]
    [first] = [place for place, source in enumerate(cells) if "create_app(" in source]
    names = {"scheme": load_scheme()}
    for source in (cells[1], *cells[first:]):  # the imports, and from the service on
        exec(source, names)  # noqa: S102
    names["api"].state.tagger.close()

    assert len(names["results"]) == len(names["vragen"])
