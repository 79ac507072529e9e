from pathlib import Path

import pytest

from data.errors import InputError
from data.isolated import read_isolated
from data.reading import parse_documents

MEMORY = 1_500_000_000


def test_gives_what_reading_here_gives(listing: str) -> None:
    found = read_isolated(listing.encode(), "listing.txt", 30, MEMORY)

    assert found == parse_documents(listing.encode(), "listing.txt")
    assert len(found) == 2


def test_the_reasons_of_the_reader_come_through() -> None:
    with pytest.raises(InputError, match="expected UTF-8 text, found other bytes") as error:
        read_isolated(b"\xff\xfe\xff", "a.txt", 30, MEMORY)
    assert error.value.reason == "unreadable"
    with pytest.raises(InputError, match="found a table") as error:
        read_isolated(b"tekst;titel\nKlopt het?;A\n", "a.csv", 30, MEMORY)
    assert error.value.reason == "table"


def test_a_document_that_takes_too_long_is_given_up(listing: str) -> None:
    with pytest.raises(InputError, match=r"expected a document that is read in 0\.01 s") as error:
        read_isolated(listing.encode(), "listing.txt", 0.01, MEMORY)
    assert error.value.reason == "too_slow"


def test_a_document_that_takes_too_much_memory_is_given_up() -> None:
    with pytest.raises(InputError, match="expected a document that is read in the memory allowed") as error:
        read_isolated(b"Waarom?\n" * 20_000_000, "a.txt", 30, 300_000_000)
    assert error.value.reason == "too_large"


def test_the_name_is_no_option_of_the_reader(listing: str, tmp_path: Path) -> None:
    assert len(read_isolated(listing.encode(), "--help", 30, MEMORY)) == 2
