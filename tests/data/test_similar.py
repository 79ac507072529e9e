import pytest

from data.similar import near_duplicates, words

BASE = [f"woord{number}" for number in range(20)]


def _changed(count: int) -> str:
    """The base with so many words changed: resemblance (20 - count) / (20 + count)."""
    return " ".join([*BASE[count:], *(f"ander{number}" for number in range(count))])


def test_words_are_different_and_folded() -> None:
    assert words("De brug, dé BRUG; de 2 bruggen.") == {"de", "brug", "dé", "2", "bruggen"}


@pytest.mark.parametrize(("count", "found"), [(0, True), (1, True), (4, True), (9, False), (20, False)])
def test_pairs_above_the_threshold_are_found(count: int, found: bool) -> None:
    pairs = list(near_duplicates(["", " ".join(BASE), "iets heel anders", _changed(count)], 0.5))
    assert [(first, second) for first, second, _ in pairs] == ([(1, 3)] if found else [])
    assert all(resemblance == (20 - count) / (20 + count) for _, _, resemblance in pairs)


def test_texts_without_words_resemble_nothing() -> None:
    assert list(near_duplicates(["", "?!", ""], 0.1)) == []
