"""Mutated files of every format give records or a clear error; `make fuzz` tries 2,000 of them."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import docx
import fpdf
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.reading import read_documents

MAX_SECONDS = 30
MAX_BYTES = 1_000_000_000

TEXT = """Vragen van het lid De Wit (ABC) aan de minister van Verkeer over de brug (ingezonden 2 juni 2021)

Vraag 1
Kent u het bericht «De brug zakt»?1

Antwoord 1
Ja.

Vraag 2
Wie betaalt, en kunt u vóór 1 juli antwoorden?

Antwoord op vraag 2 en 3
Het rijk.
"""
LISTING = "De brug |\n|\nAnna (A) |\n|\nBert (minister) (B) |\n|\nKlopt het?\nJa.\nHoelang nog?\n"


def _word() -> bytes:
    document = docx.Document()
    for line in TEXT.splitlines():
        document.add_paragraph().add_run(line).bold = line.startswith("Vraag")
    document.add_table(rows=2, cols=2).cell(0, 0).text = "Datum"
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _excel() -> bytes:
    book = openpyxl.Workbook()
    for row in (
        ["tekst", "titel", "datum"],
        ["Klopt het?", "De brug", "2021-06-02"],
        ["Hoelang nog?", "De brug", None],
    ):
        book.active.append(row)  # type: ignore[union-attr]
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _pdf() -> bytes:
    pdf = fpdf.FPDF()
    pdf.set_compression(False)
    pdf.add_page()
    pdf.set_font("helvetica", size=10)
    pdf.multi_cell(0, 5, TEXT.replace("«", "'").replace("»", "'"))
    return bytes(pdf.output())


def _parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([{"tekst": "Klopt het?", "datum": "2021-06-02"}] * 3), buffer)
    return buffer.getvalue()


XML = (
    '<?xml version="1.0"?><officiele-publicatie><kamervragen><kamervraagomschrijving type="vraag">Vragen van het lid '
    "De Wit (ABC) aan de minister van Verkeer over <kamervraagonderwerp>de brug</kamervraagonderwerp> (ingezonden "
    '<datum isodatum="2021-06-02">2 juni 2021</datum>)</kamervraagomschrijving><vraag><nr>Vraag 1</nr><al>Klopt '
    "het?<noot><noot.nr>1</noot.nr></noot></al></vraag><antwoord><nr>Antwoord 1 t/m 2</nr><al>Ja.</al></antwoord>"
    "</kamervragen></officiele-publicatie>"
)
SEEDS = {
    "docx": _word(),
    "xlsx": _excel(),
    "pdf": _pdf(),
    "parquet": _parquet(),
    "xml": XML.encode(),
    "html": b'<html><body><div class="vraag"><h2>Vraag 1</h2><p>Klopt het?</p></div><p>Waarom?</p></body></html>',
    "txt": TEXT.encode(),
    "listing": LISTING.encode(),
    "jsonl": b'{"tekst": "Klopt het?", "titel": "De brug", "datum": "2021-06-02"}\n{"tekst": "Hoelang?"}\n',
    "csv": b'tekst;titel;datum\n"Klopt; het?";De brug;2021-06-02\n',
}

_Edit = tuple[str, float, int, bytes]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "double", "insert", "swap"]),
        st.floats(0, 1),
        st.integers(1, 64),
        st.one_of(
            st.binary(min_size=1, max_size=16),
            st.sampled_from(
                [
                    b"\x00",
                    b"\xff\xfe",
                    b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
                    b"<a>" * 300,
                    b"9" * 400,
                ]
            ),
        ),
    ),
    min_size=1,
    max_size=6,
)


def _mutate(content: bytes, edits: list[_Edit]) -> bytes:
    for kind, share, length, extra in edits:
        at = int(share * len(content))
        part = content[at : at + length]
        middle = {
            "flip": bytes(byte ^ extra[0] for byte in part),
            "cut": b"",
            "double": part * 3,
            "insert": extra + part,
            "swap": part[::-1],
        }[kind]
        content = content[:at] + middle + content[at + length :]
    return content


def _mutate_package(content: bytes, edits: list[_Edit]) -> bytes:
    """Change one part of a zip package: changes of the package itself are nearly all caught by its checksums."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as package, zipfile.ZipFile(buffer, "w") as changed:
        names = sorted(package.namelist(), key=lambda name: "document" not in name and "sheet" not in name)
        target = names[int(edits[0][1] ** 2 * len(names)) % len(names)]
        for name in package.namelist():
            part = package.read(name)
            changed.writestr(name, _mutate(part, edits) if name == target else part)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_the_seed_is_read(name: str, folder: Path) -> None:
    path = folder / f"seed.{name}"
    path.write_bytes(SEEDS[name])
    assert any(read_documents(path))


CASES: list[tuple[str, Callable[[bytes, list[_Edit]], bytes]]] = [
    *((name, _mutate) for name in sorted(SEEDS)),
    ("docx", _mutate_package),
    ("xlsx", _mutate_package),
]


@dataclass(frozen=True, slots=True)
class _Read:
    """What became of a file, and the peak memory of the process that read it."""

    texts: list[str]
    error: str
    peak_kib: int


READER = """
import json, re, sys
from pathlib import Path
from data.errors import InputError
from data.reading import read_documents

for line in sys.stdin:
    texts, error = [], ""
    try:
        texts = [record.text for document in read_documents(Path(line.strip())) for record in document]
    except InputError as found:
        error = str(found)
    # Not of getrusage, which begins with the peak of the process that started this one.
    peak = re.search("VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
    print(json.dumps([texts, error, int(peak)]), flush=True)
"""


@pytest.fixture(scope="module")
def read() -> Iterator[Callable[[Path], _Read]]:
    """Read a file in a process of its own: the peak of this one is that of all tests before."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", READER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        to_reader, from_reader = process.stdin, process.stdout

        def ask(path: Path) -> _Read:
            print(path, file=to_reader, flush=True)
            return _Read(*json.loads(from_reader.readline()))

        yield ask
        to_reader.close()


@pytest.mark.parametrize(
    ("name", "mutate"), [pytest.param(*case, id=f"{case[0]}-{case[1].__name__}") for case in CASES]
)
def test_mutated_files_give_records_or_a_clear_error(
    name: str, mutate: Callable[[bytes, list[_Edit]], bytes], folder: Path, read: Callable[[Path], _Read]
) -> None:
    path = folder / f"mutated.{name}"

    @settings(
        deadline=timedelta(seconds=MAX_SECONDS),
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(edits=EDITS)
    def check(edits: list[_Edit]) -> None:
        path.write_bytes(mutate(SEEDS[name], edits))
        found = read(path)
        assert found.peak_kib * 1024 < MAX_BYTES
        if found.error:
            assert found.error.startswith(str(path))
            assert len(found.error) > len(str(path)) + 10
        else:
            assert all(found.texts)

    check()
