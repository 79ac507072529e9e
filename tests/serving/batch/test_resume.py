"""Runs that stop half way and are given again."""

import json
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from data.errors import InputError
from data.question import Question
from models.prediction import Prediction, Tagger
from serving.batch.files import Folder, digest
from serving.batch.parts import FINISHED, SETTINGS, Finished
from serving.batch.report import Totals


class Breaking:
    """A tagger that fails when a question comes by that holds a word."""

    def __init__(self, tagger: Tagger, word: str) -> None:
        self._tagger, self._word = tagger, word
        self.name, self.version, self.scheme = tagger.name, tagger.version, tagger.scheme

    def predict(self, questions: Sequence[Question]) -> list[Prediction]:
        if any(self._word in question.text for question in questions):
            raise RuntimeError(self._word)
        return self._tagger.predict(questions)


def rows(total: int) -> str:
    texts = ("" if number % 9 == 3 else f"Vraag {number}?" for number in range(1, total + 1))
    return "".join(json.dumps({"tekst": text}) + "\n" for text in texts)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text(rows(480))
    return path


@pytest.fixture
def stopped(score_file, tagger, source: Path, tmp_path: Path) -> Path:
    """The output of a run that stopped in its sixth window of ten."""
    with pytest.raises(RuntimeError):
        score_file(Breaking(tagger, "Vraag 281?"), source, tmp_path / "out.jsonl")
    tagger.calls.clear()
    return tmp_path / "out.jsonl"


def test_what_was_done_is_not_done_again(score_file, tagger, source: Path, stopped: Path, tmp_path: Path) -> None:
    steps = []
    totals = score_file(tagger, source, stopped, watch=lambda totals, kept: steps.append(kept))
    whole = score_file(tagger, source, tmp_path / "whole.jsonl")

    asked = [question.text for call in tagger.calls for question in call]
    assert 0 < steps.count(True) < len(steps) == 10
    assert "Vraag 1?" in asked
    assert asked.count("Vraag 1?") == 1  # by the whole run alone
    assert asked.count("Vraag 281?") == 2
    assert totals == whole
    assert stopped.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert (
        stopped.with_name("out.jsonl.errors.jsonl").read_bytes()
        == stopped.with_name("whole.jsonl.errors.jsonl").read_bytes()
    )
    assert totals.refused == len(stopped.with_name("out.jsonl.errors.jsonl").read_text().splitlines()) == 54
    assert not stopped.with_name("out.jsonl.parts").exists()


def test_another_input_is_refused(score_file, tagger, source: Path, stopped: Path) -> None:
    source.write_text(rows(481))
    with pytest.raises(InputError, match=r"expected the input of the run.*or delete the folder .*\.parts to start"):
        score_file(tagger, source, stopped)
    assert tagger.calls == []
    assert not stopped.exists()


def test_another_model_is_refused(score_file, tagger, source: Path, stopped: Path) -> None:
    with pytest.raises(InputError, match="expected the model of the run that was interrupted here"):
        score_file(tagger, source, stopped, digest="1")


def test_another_format_is_refused(score_file, tagger, source: Path, stopped: Path) -> None:
    parts = stopped.with_name("out.jsonl.parts")
    parts.rename(stopped.with_name("out.csv.parts"))
    with pytest.raises(InputError, match="expected the output format of the run"):
        score_file(tagger, source, stopped.with_suffix(".csv"))


def test_a_fresh_start(score_file, tagger, source: Path, stopped: Path) -> None:
    parts = stopped.with_name("out.jsonl.parts")
    for path in parts.iterdir():
        path.unlink()
    parts.rmdir()
    assert score_file(tagger, source, stopped, digest="1").rows == 426


def test_a_document_that_came_by_before_the_stop_is_not_answered_again(
    score_file, tagger, tmp_path: Path, listing: str
) -> None:
    folder = tmp_path / "in.folder"
    folder.mkdir()
    for name in ("a", "b", "d"):
        (folder / f"{name}.txt").write_text(listing, encoding="utf-8")
    (folder / "c.jsonl").write_text(rows(400))
    (folder / "e.txt").write_text(listing.replace("Weert", "Venlo"), encoding="utf-8")
    target = tmp_path / "out.jsonl"
    with pytest.raises(RuntimeError):
        score_file(Breaking(tagger, "Vraag 281?"), folder, target)
    score_file(tagger, folder, target)
    score_file(tagger, folder, tmp_path / "whole.jsonl")

    assert target.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert len(target.read_text().splitlines()) == 5 + 355 + 2


@pytest.mark.parametrize("whole", [True, False])
def test_a_run_that_stopped_before_its_parts_were_removed_is_done(
    score_file, tagger, source: Path, tmp_path: Path, whole: bool
) -> None:
    target = tmp_path / "out.jsonl"
    totals = score_file(tagger, source, target)
    mark = Finished(sha256=digest(str(target)) if whole else "0", totals=totals)
    folder = score_file.job(tagger, [source], target).folder
    folder.write(FINISHED, mark.model_dump_json().encode())
    tagger.calls.clear()

    if whole:
        assert score_file(tagger, source, target) == totals
        assert folder.names() == set()
    else:
        with pytest.raises(InputError, match="expected a name that is free"):
            score_file(tagger, source, target)
    assert tagger.calls == []


def test_an_output_that_is_there_is_kept_without_force(score_file, tagger, source: Path, tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text("old\n")
    with pytest.raises(InputError, match="expected a name that is free; choose another or add --force"):
        score_file(tagger, source, tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == "old\n"
    assert not (tmp_path / "out.jsonl.parts").exists()


def test_the_errors_of_an_earlier_run_go(score_file, tagger, source: Path, tmp_path: Path) -> None:
    score_file(tagger, source, tmp_path / "out.jsonl")
    source.write_text('{"tekst": "Waarom?"}\n')
    score_file(tagger, source, tmp_path / "out.jsonl", force=True)

    assert not (tmp_path / "out.jsonl.errors.jsonl").exists()


def test_parts_that_an_earlier_run_left_are_not_those_of_a_new_one(
    score_file, tagger, source: Path, stopped: Path
) -> None:
    """Killed while it removed its parts, a run may leave some of them without its manifest."""
    stopped.with_name("out.jsonl.parts").joinpath(SETTINGS).unlink()
    source.write_text(rows(9))
    assert score_file(tagger, source, stopped).rows == 8
    assert not stopped.with_name("out.jsonl.parts").exists()


def test_parts_that_are_half_removed_are_of_no_run(score_file, tagger, source: Path, stopped: Path) -> None:
    folder = score_file.job(tagger, [source], stopped).folder
    folder.write(FINISHED, b"{}")
    Path(folder.name, "part-0000000.x").mkdir()  # which stops the removal
    with pytest.raises(OSError, match=r"part-0000000\.x"):
        folder.remove(last=FINISHED)

    assert SETTINGS not in folder.names()
    assert {FINISHED, "part-0000001.json"} <= folder.names()


def test_a_run_that_stopped_before_its_first_part_binds_nobody(
    score_file, tagger, source: Path, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError):
        score_file(Breaking(tagger, "Vraag"), source, tmp_path / "out.jsonl")
    source.write_text(rows(9))
    assert score_file(tagger, source, tmp_path / "out.jsonl", digest="1").rows == 8


@pytest.mark.parametrize("name", [SETTINGS, "part-0000000.json"])
def test_a_part_that_cannot_be_read_is_one_line(score_file, tagger, source: Path, stopped: Path, name: str) -> None:
    stopped.with_name("out.jsonl.parts").joinpath(name).write_text("{")
    with pytest.raises(InputError, match=f"expected parts of a run of this program, found {name} broken; delete the"):
        score_file(tagger, source, stopped)


def test_a_folder_of_somebody_else_is_left_alone(score_file, tagger, source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out.jsonl.parts"
    folder.mkdir()
    (folder / "brief.docx").write_text("mijn")
    with pytest.raises(InputError, match=r"parts: expected only parts of a run, found brief.docx; move it"):
        score_file(tagger, source, tmp_path / "out.jsonl")
    assert [path.name for path in folder.iterdir()] == ["brief.docx"]


def test_two_runs_at_once_are_one(score_file, tagger, source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    refused = []

    def watch(totals: Totals, kept: bool) -> None:
        with pytest.raises(InputError, match="expected no other run with this output") as error:
            score_file(tagger, source, target)
        refused.append(error)

    assert score_file(tagger, source, target, watch=watch).rows == 426
    assert len(refused) == 10
    assert len(target.read_text().splitlines()) == 426


@contextmanager
def file_size(limit: int) -> Iterator[None]:
    """Let files have so many bytes at most: their writers fail as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_is_one_line_and_the_run_goes_on(score_file, tagger, source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps({"tekst": "Waarom?", "bijlage": "x" * 10_000}) + "\n" for _ in range(150)))
    message = r"out.jsonl: File too large; mend that and give the same command again to go on"
    # A part is smaller, the output of three is not.
    with file_size(700_000), pytest.raises(InputError, match=message):
        score_file(tagger, source, target)
    assert not target.exists()
    tagger.calls.clear()

    assert score_file(tagger, source, target).rows == 150
    assert tagger.calls == []
    assert len(target.read_text().splitlines()) == 150


def test_an_unfinished_file_takes_no_room(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    with file_size(100_000), pytest.raises(OSError, match="File too large"):
        folder.write("a", b"x" * 200_000)
    assert folder.names() == set()
