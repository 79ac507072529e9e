import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from data.errors import InputError
from data.isolated import ROOT, read_isolated
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


def test_the_process_has_no_secret_and_writes_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAMERVRAAG_KEYS", "geheim")
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(read_isolated, b"Vraag 1\n" * 5_000_000, "a.txt", 5, MEMORY)
        reader = None
        while not reader or reader.rlimit(psutil.RLIMIT_FSIZE) != (0, 0):
            assert not reading.done(), "the process did not limit itself"
            own = psutil.Process().children()
            reader = next((each for each in own if "data.isolated" in each.cmdline()), None)
        environment = reader.environ()
        reader.kill()
        with pytest.raises(InputError):
            reading.result(10)

    assert "PATH" in environment
    assert "geheim" not in environment.values()


def test_a_process_that_was_left_alone_ends_itself() -> None:
    command = [sys.executable, "-m", "data.isolated", "a.txt", str(MEMORY), "1"]
    run = subprocess.run(command, input=b"Vraag 1\n" * 5_000_000, capture_output=True, cwd=ROOT, timeout=60)

    assert run.returncode == -signal.SIGKILL


def test_the_name_is_no_option_of_the_reader(listing: str, tmp_path: Path) -> None:
    assert len(read_isolated(listing.encode(), "--help", 30, MEMORY)) == 2
