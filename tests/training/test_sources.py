import json
from pathlib import Path

import pytest

from data.errors import InputError
from data.labels import LabelScheme
from training.sources import read_data


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """40 documents of a question each, half of them on each domain."""
    path = tmp_path / "own.jsonl"
    rows = [{"titel": f"a{n} b{n}", "tekst": f"c{n} d{n} e{n}?", "domain": ("zorg", "werk")[n % 2]} for n in range(40)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_each_file_is_split_and_named(own: Path, tmp_path: Path, scheme: LabelScheme) -> None:
    test = tmp_path / "test.csv"
    test.write_text("tekst;domain\nKlopt het?;zorg\n")
    found = read_data([own], [test], scheme, 42)

    assert (len(found.train), len(found.dev)) == (36, 4)
    assert {name: len(questions) for name, questions in found.sets.items()} == {"own dev": 4, "test": 1}
    assert len(found.sources[0].facts()["sha256"]) == 64


def test_a_document_that_two_files_share_is_not_measured_on(own: Path, tmp_path: Path, scheme: LabelScheme) -> None:
    twin = tmp_path / "twin.jsonl"
    rows = [json.loads(line) | {"split": "dev"} for line in own.read_text().splitlines()]
    twin.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = read_data([own, twin], [], scheme, 42)

    trained = {each.group for each in found.train}
    assert len(found.dev) == 8
    assert trained.isdisjoint(each.group for each in found.dev)


def test_files_of_one_name_are_refused(own: Path, scheme: LabelScheme) -> None:
    with pytest.raises(InputError, match="expected files of different names, found own, own; rename one"):
        read_data([own], [own], scheme, 42)
