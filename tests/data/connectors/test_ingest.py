import json
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data.connectors.http import SourceError
from data.connectors.ingest import MAX_FAILURES
from data.connectors.rows import Harvested, schema
from data.connectors.work import Work
from data.errors import ExtraError, InputError

FILES = ["README.md", "manifest.json", "questions-2024-01.parquet", "questions-2024-02.parquet"]


@pytest.fixture
def months(official):
    """Documents of two months; those of the second have no label, number or answer."""
    official.publish("ah-1", vraagnummer="2024Z00001")
    official.publish("ah-2", vraagnummer="2024Z00002", available="2024-01-20", manifestations=("pdf",))
    bare = (("Is de brug dicht?", ""),)
    official.publish("ah-3", available="2024-02-10", labels=(), questions=bare, subject="De brug", kind="")
    return official


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_finished_folder(months, harvested) -> None:
    manifest = harvested.koop()
    assert harvested.names() == FILES
    assert json.loads((harvested.folder / "manifest.json").read_text()) == manifest
    assert manifest["asked"] == {
        "source": "koop",
        "since": "2024-01-01",
        "until": "2024-02-29",
        "odata": None,
        "sru": months.sru,
        "documents": months.documents,
    }
    assert manifest["started"] == "2024-05-01"
    assert manifest["files"] == {"questions-2024-01.parquet": 4, "questions-2024-02.parquet": 1}
    assert manifest["counts"] == {"documents": 3, "questions": 5, "with_domain": 4, "without_label": 1}
    card = (harvested.folder / "README.md").read_text()
    assert "# Written questions, 2024-01-01 to 2024-02-29" in card
    assert f"| sru | {months.sru} |" in card
    assert "| odata |" not in card
    assert "5 questions of 3 documents; 4 have a domain" in card
    assert all(f"`{name}`" in card for name in schema().names)


def test_column_types_are_the_same_in_all_files(months, harvested) -> None:
    harvested.koop()
    schemas = [pq.read_schema(path) for path in sorted(harvested.folder.glob("*.parquet"))]
    assert len(schemas) == 2
    assert all(each.equals(schema()) for each in schemas)
    row = harvested.rows()[-1]
    empty = ("domain", "answer", "vraagnummer", "date_due", "context")
    assert {name: row[name] for name in empty} == dict.fromkeys(empty)


@pytest.mark.filterwarnings("default")  # of a library that has nothing to do with the files
def test_the_files_load_in_one_line(months, harvested, tmp_path, monkeypatch) -> None:
    harvested.koop()
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    datasets = pytest.importorskip("datasets")
    data = datasets.load_dataset("parquet", data_files=f"{harvested.folder}/*.parquet", cache_dir=str(tmp_path / "hf"))
    assert data["train"].num_rows == 5
    assert data["train"].column_names == schema().names
    assert data["train"][0]["question"] == "Kent u het loket?"
    assert data["train"][4]["also"] == []
    assert data["train"][0]["date"] == date(2023, 12, 20)


def test_a_period_without_documents_has_no_files(official, harvested) -> None:
    manifest = harvested.koop()
    assert harvested.names() == ["README.md", "manifest.json"]
    assert manifest["counts"]["questions"] == 0


def test_a_finished_run_asks_nothing_again(months, harvested) -> None:
    manifest = harvested.koop()
    before = _content(harvested.folder)
    months.requests.clear()
    harvested.today = date(2025, 1, 1)
    assert harvested.koop() == manifest
    assert _content(harvested.folder) == before
    assert months.requests == []


def test_a_run_that_was_killed_while_it_cleared_up_is_cleared_up(months, harvested) -> None:
    harvested.koop()
    before = _content(harvested.folder)
    (harvested.folder / ".work" / "pages").mkdir(parents=True)
    (harvested.folder / ".work" / "pages" / "x").write_text("x")
    harvested.koop()
    assert _content(harvested.folder) == before


@pytest.mark.parametrize("stage", ["begun", "finished"])
def test_other_arguments_are_refused(months, harvested, stage: str) -> None:
    if stage == "begun":
        months.fail("/sru", 403)
        with pytest.raises(SourceError):
            harvested.koop()
    else:
        harvested.koop()
    message = r"questions: expected the arguments of the run that it holds, since 2024-01-01, found 2024-01-02; give"
    with pytest.raises(InputError, match=message):
        harvested.koop("2024-01-02")
    with pytest.raises(InputError, match="odata None, found http"):
        harvested.koop(odata=True)
    with pytest.raises(InputError, match="expected the arguments of the run that it holds"):
        harvested.kamer()
    harvested.koop()
    assert harvested.names() == FILES


def test_a_folder_with_other_files_is_refused(months, harvested) -> None:
    harvested.folder.mkdir()
    (harvested.folder / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="expected a new or empty folder, found other files; choose another"):
        harvested.koop()
    assert harvested.names() == ["notes.txt"]
    assert months.requests == []


@pytest.mark.parametrize("content", ["{", "[]", "{}"])
def test_a_manifest_of_something_else_is_refused(months, harvested, content: str) -> None:
    harvested.folder.mkdir()
    (harvested.folder / "manifest.json").write_text(content)
    with pytest.raises(InputError, match="expected the manifest of a harvest"):
        harvested.koop()


@pytest.mark.parametrize("kind", ["new", "empty", "begun before the first file"])
def test_folders_to_begin_in(months, harvested, kind: str) -> None:
    if kind != "new":
        harvested.folder.mkdir()
    if kind == "begun before the first file":
        (harvested.folder / ".work" / "pages").mkdir(parents=True)
    harvested.koop()
    assert harvested.names() == FILES


@pytest.mark.parametrize("moment", range(1, 4))
def test_a_run_that_was_stopped_between_documents_goes_on(months, harvested, tmp_path, moment: int) -> None:
    harvested.koop()
    expected = _content(harvested.folder)
    months.requests.clear()
    harvested.folder = tmp_path / "stopped"
    read, calls = harvested.parse, []

    def interrupted(content: bytes, name: str):
        calls.append(name)
        if len(calls) == moment:
            raise KeyboardInterrupt
        return read(content, name)

    harvested.parse = interrupted
    with pytest.raises(KeyboardInterrupt):
        harvested.koop()
    assert harvested.names() == [".work"]
    harvested.today = date(2024, 5, 2)  # the day of the first start is kept
    harvested.koop()
    assert _content(harvested.folder) == expected
    paths = months.paths()
    assert paths.count("/sru") == 2
    assert len(paths) == 2 + 3 + 1  # the document that was being read is asked for again


def test_a_run_that_was_killed_between_its_files_goes_on(months, harvested, tmp_path) -> None:
    harvested.koop()
    expected = _content(harvested.folder)
    harvested.folder = tmp_path / "stopped"
    read = harvested.parse

    def interrupted(content: bytes, name: str):
        if name.startswith("ah-3"):
            raise KeyboardInterrupt
        return read(content, name)

    harvested.parse = interrupted
    with pytest.raises(KeyboardInterrupt):
        harvested.koop()
    # As after a kill while files were moved: a month is there, another is half written beside it.
    (harvested.folder / "questions-2024-01.parquet").write_bytes(expected["questions-2024-01.parquet"])
    (harvested.folder / ".work" / "out").mkdir()
    (harvested.folder / ".work" / "out" / "questions-2024-02.parquet").write_bytes(b"PAR1")
    harvested.parse = read
    harvested.koop()
    assert _content(harvested.folder) == expected


def test_a_document_that_the_source_does_not_give_is_reported(months, harvested) -> None:
    months.fail("/docs/ah-1.xml", 500, times=3)
    harvested.koop()
    assert {row["document"] for row in harvested.rows()} == {"ah-2", "ah-3"}
    assert harvested.problems()["ah-1"].endswith("found status 500; start again later; left out")


def test_a_source_that_gives_no_document_ends_the_run_which_goes_on_later(official, harvested, tmp_path) -> None:
    for place in range(MAX_FAILURES + 2):
        official.publish(f"ah-{place}")
    harvested.koop()
    expected = _content(harvested.folder)
    harvested.folder = tmp_path / "stopped"
    for place in range(1, MAX_FAILURES + 2):
        official.fail(f"/docs/ah-{place}.xml", 503, times=3)
    with pytest.raises(
        SourceError, match=r"found status 503.*; 5 documents in a row failed, start again later to go on"
    ):
        harvested.koop()
    assert harvested.names() == [".work"]
    for faults in official.faults.values():
        faults.clear()
    official.requests.clear()
    harvested.koop()
    assert _content(harvested.folder) == expected
    assert len(official.requests) == MAX_FAILURES + 1


def test_failures_that_are_not_in_a_row_do_not_end_the_run(official, harvested) -> None:
    for place in range(2 * MAX_FAILURES + 2):
        official.publish(f"ah-{place:02}")
        if place % 2:
            official.fail(f"/docs/ah-{place:02}.xml", 503, times=3)
    harvested.koop()
    assert len(harvested.problems()) == MAX_FAILURES + 1


def test_a_missing_extra_ends_the_run(months, harvested) -> None:
    def no_extra(content: bytes, name: str):
        raise ExtraError("pypdfium2", "documents")

    harvested.parse = no_extra
    with pytest.raises(ExtraError):
        harvested.koop()


def test_what_was_read_of_a_document_can_be_kept(months, harvested, tmp_path) -> None:
    harvested.koop()
    rows = [{name: value for name, value in row.items() if name != "group"} for row in harvested.rows()]
    one = Harvested(rows=rows)
    assert Harvested.from_dict(json.loads(json.dumps(one.to_dict()))) == one


def test_half_a_page_is_never_kept(official, pages, tmp_path) -> None:
    official.publish("ah-1")

    def refuse(content: bytes) -> None:
        raise SourceError("no")

    with pytest.raises(SourceError):
        pages.get(f"{official.documents}/ah-1.xml", check=refuse)
    assert list((tmp_path / "pages").iterdir()) == []


def test_a_document_is_kept_by_its_key(tmp_path) -> None:
    work = Work(tmp_path / "x")
    work.begin({"a": "b"}, "2024-05-01")
    assert work.kept("ah-1") is None
    work.keep("ah-1", {"rows": []})
    assert work.kept("ah-1") == {"rows": []}
    assert Work(tmp_path / "x").begin({"a": "b"}, "2025-01-01") == "2024-05-01"


def test_progress_is_reported(months, harvested) -> None:
    told: list[tuple[str, int, int]] = []
    harvested.report = lambda *what: told.append(what)
    months.put("2024Z00001")
    harvested.koop(odata=True)
    assert told == [
        ("search", 1, 2),
        ("search", 2, 2),
        ("join", 2, 2),
        ("documents", 0, 3),
        ("documents", 1, 3),
        ("documents", 2, 3),
        ("documents", 3, 3),
    ]
