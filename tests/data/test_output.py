from pathlib import Path

import pytest

from data.errors import InputError
from data.output import file_place, refuse_existing, whole_file, whole_path


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _write_half(target: Path, failure: type[BaseException]) -> None:
    with whole_path(target) as unfinished:
        unfinished.write_text("half")
        raise failure


def _write_half_a_text(target: Path) -> None:
    with whole_file(target) as file:
        file.write("half")
        raise ValueError("half way")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("old", [pytest.param(None, id="new"), pytest.param("old", id="over an old file")])
def test_a_file_takes_its_place_when_the_block_ends(folder: Path, old: str | None) -> None:
    target = folder / "a.txt"
    if old:
        target.write_text(old)
    with whole_path(target) as unfinished:
        unfinished.write_text("new")
        assert (target.read_text() if old else target.exists()) == (old or False)
    assert target.read_text() == "new"
    assert _names(folder) == ["a.txt"]


@pytest.mark.parametrize(
    ("old", "names"), [pytest.param(None, [], id="leaves nothing"), pytest.param("old", ["a.txt"], id="keeps the old")]
)
@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_a_failure(folder: Path, old: str | None, names: list[str], failure: type[BaseException]) -> None:
    target = folder / "a.txt"
    if old:
        target.write_text(old)
    with pytest.raises(failure):
        _write_half(target, failure)
    assert _names(folder) == names
    assert not old or target.read_text() == old


def test_who_reads_the_old_file_reads_it_to_the_end(folder: Path) -> None:
    target = folder / "a.txt"
    target.write_text("old")
    with target.open() as reader:
        with whole_path(target) as unfinished:
            unfinished.write_text("new")
        assert reader.read() == "old"


def test_a_text_file_keeps_characters_and_line_ends(folder: Path) -> None:
    with whole_file(folder / "a.txt") as file:
        file.write("één\r\ntwee\n")
    assert (folder / "a.txt").read_bytes() == "één\r\ntwee\n".encode()


def test_a_text_file_that_fails_leaves_nothing(folder: Path) -> None:
    with pytest.raises(ValueError, match="half way"):
        _write_half_a_text(folder / "a.txt")
    assert _names(folder) == []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        pytest.param("none/a.txt", "found no folder", id="no such folder"),
        pytest.param("", "found a folder or device of that name", id="the target is a folder"),
    ],
)
def test_a_target_that_cannot_be_written(folder: Path, name: str, found: str) -> None:
    with (
        pytest.raises(InputError, match=f"expected a file name in an existing folder, {found}"),
        whole_path(folder / name),
    ):
        pytest.fail("the block must not run")
    assert _names(folder) == []


def test_an_existing_file_is_overwritten_by_force_only(folder: Path) -> None:
    target = folder / "a.txt"
    refuse_existing(target, force=False)
    target.write_text("old")
    refuse_existing(target, force=True)
    with pytest.raises(InputError, match=r"a\.txt: expected a name that is free; choose another or add --force"):
        refuse_existing(target, force=False)


def test_a_link_to_itself_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to("a.csv")
    with pytest.raises(InputError, match=r"a.csv: expected a file name, found a link to itself; choose another"):
        file_place(tmp_path / "a.csv")
