from pathlib import Path

import fsspec
import pytest

from data.errors import InputError
from serving.batch.files import Folder, digest, exists, find, local_copy


@pytest.fixture
def store():
    """An object store in memory, empty before and after."""
    files = fsspec.filesystem("memory")
    files.store.clear()
    yield files
    files.store.clear()


def test_an_object_store_gives_and_takes_what_a_disk_does(score_file, tagger, tmp_path: Path, store) -> None:
    lines = "".join(f'{{"tekst": "Vraag {number}?"}}\n' for number in range(120)) + '{"tekst": ""}\n'
    store.pipe({"/in/a.jsonl": lines.encode(), "/in/b.csv": b"tekst\nWaarom?\n"})
    (tmp_path / "in.a.jsonl").write_text(lines)
    (tmp_path / "in.b.csv").write_text("tekst\nWaarom?\n")
    local = [tmp_path / "in.a.jsonl", tmp_path / "in.b.csv"]
    totals = score_file(tagger, "memory://in", "memory://out/answers.parquet")
    score_file(tagger, local, tmp_path / "out.parquet")

    assert (totals.rows, totals.refused) == (121, 1)
    assert store.cat("/out/answers.parquet") == (tmp_path / "out.parquet").read_bytes()
    assert b'"file": "memory:///in/a.jsonl"' in store.cat("/out/answers.parquet.errors.jsonl")
    assert sorted(store.find("/out")) == ["/out/answers.parquet", "/out/answers.parquet.errors.jsonl"]


def test_patterns_and_folders_of_an_object_store(store) -> None:
    store.pipe({"/in/a.jsonl": b"", "/in/b.csv": b"", "/in/sub/c.csv": b""})

    assert find(["memory://in/*.csv", "memory://in"], []) == [
        "memory:///in/b.csv",
        "memory:///in/a.jsonl",
        "memory:///in/sub/c.csv",
    ]
    with pytest.raises(InputError, match="memory://nowhere/: expected a file, a folder"):
        find(["memory://nowhere/"], [])


def test_a_file_that_several_names_stand_for_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").touch()
    (tmp_path / "b.csv").touch()
    (tmp_path / "c.csv").symlink_to("a.csv")
    monkeypatch.chdir(tmp_path)
    names = ["./b.csv", f"{tmp_path}/b.csv", str(tmp_path), f"{tmp_path}/*.csv"]
    assert find(names, []) == ["b.csv", f"{tmp_path}/a.csv"]


def test_names_that_fsspec_reads_more_into_are_those_of_files(
    score_file, tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["a::b.csv", "file:a.csv", "~a.csv", "s3:a.csv", "[a].csv"]
    for name in names:
        Path(name).write_text("tekst\nWaarom?\n")
    assert score_file(tagger, names, "file:uit::b.csv").rows == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names, "file:uit::b.csv"])


def test_a_name_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a\udcff.csv").touch()
    with pytest.raises(InputError, match=r"expected file names in UTF-8, found .*a\\xff\.csv'; rename it"):
        find([str(tmp_path)], [])


def test_what_the_run_writes_is_input_only_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "out.csv.parts").mkdir()
    for name in ("a.csv", "out.csv", "out.csv.parts/part"):
        (tmp_path / name).touch()
    own = [f"{tmp_path}/out.csv", f"{tmp_path}/out.csv.parts"]
    assert find([str(tmp_path)], own) == [f"{tmp_path}/a.csv"]
    assert find([f"{tmp_path}/./out.csv"], own) == [f"{tmp_path}/out.csv"]


def test_an_address_of_no_known_kind_is_one_line() -> None:
    with pytest.raises(InputError, match="expected a path or an address such as s3://"):
        exists("nonsense://a")


def test_a_store_whose_package_is_missing_names_it() -> None:
    with pytest.raises(InputError, match="adl://a/b: expected the package of this kind of address"):
        exists("adl://a/b")


def test_a_copy_of_a_file_in_a_store_goes_after_use(store) -> None:
    store.pipe("/in/a.csv", b"tekst\n")
    with local_copy("memory://in/a.csv") as path:
        assert path.name == "a.csv"
        assert path.read_bytes() == b"tekst\n"
        assert digest(str(path)) == digest("memory://in/a.csv")
    assert not path.exists()


def test_a_folder_shows_whole_files_and_goes_when_empty(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path / "parts"))
    assert folder.names() == set()
    with folder.alone():
        folder.write("a", b"old")
        folder.write("a", b"new")
        assert folder.names() == {"a"}
        assert folder.read("a") == b"new"
    assert folder.names() == {"a"}
    with folder.alone():
        folder.remove(last="a")
    assert not (tmp_path / "parts").exists()


def test_a_folder_is_one_run_s_at_a_time(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path / "parts"))
    with folder.alone():
        with (
            pytest.raises(InputError, match="parts: expected no other run with this output, found one; wait"),
            Folder(str(tmp_path / "parts")).alone(),
        ):
            pass
        folder.write("a", b"")
    with folder.alone():
        assert folder.names() == {"a"}
