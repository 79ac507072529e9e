import json
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import InputError
from data.labels import LabelScheme
from training.sources import MIN_URGENCY, read_data


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


def test_urgency_that_the_files_lack_comes_from_the_corpus(own: Path, scheme: LabelScheme) -> None:
    found = read_data([own], [], scheme, 42)

    assert {each.domain for each in found.train} == {"zorg", "werk"}
    assert {(each.domain, each.also) for each in (*found.urgency_train, *found.urgency_dev)} == {("", ())}
    assert {each.urgency for each in found.urgency_train} == set(scheme.urgency_ids)
    assert (len(found.urgency_train), len(found.urgency_dev)) == (3750, 417)
    assert list(found.sets) == ["own dev"]
    assert [each.facts()["file"] for each in found.sources] == ["own.jsonl", "train.jsonl (urgency alone)"]


def test_urgency_that_the_files_have_is_theirs(own: Path, scheme: LabelScheme) -> None:
    rows = [json.loads(line) for line in own.read_text().splitlines()]
    for number, row in enumerate(rows):
        row["urgency"], row["split"] = scheme.urgency_ids[number % 3], "train" if number < 3 * MIN_URGENCY else "dev"
    own.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert read_data([own], [], scheme, 42).urgency_train == []

    rows[0]["urgency"] = None
    own.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert read_data([own], [], scheme, 42).urgency_train != []


def test_other_levels_are_not_those_of_the_corpus(own: Path, scheme: LabelScheme) -> None:
    assert read_data([own], [], replace(scheme, urgencies=scheme.urgencies[:2]), 42).urgency_train == []
