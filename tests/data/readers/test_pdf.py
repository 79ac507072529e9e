import shutil
import subprocess
from pathlib import Path

import fpdf
import pytest

from data.documents import parse_paragraphs
from data.errors import InputError
from data.paragraphs import Paragraph
from data.readers.pdf import MAX_PAGES, read_pdf
from data.readers.word import read_word


class _Pdf(fpdf.FPDF):
    """Lines at given places, as a letter of a ministry has them."""

    def __init__(self) -> None:
        super().__init__(unit="pt")
        self.set_auto_page_break(False)
        self.add_page()
        self.at = 100.0

    def line(self, text: str, *, bold: bool = False, size: int = 10, gap: float = 0, x: float = 80) -> None:  # type: ignore[override]
        """Write one line of type under the last, after extra white space."""
        self.at += gap + 12
        self.set_font("helvetica", "B" if bold else "", size)
        self.text(x, self.at, text)

    def content(self) -> bytes:
        return bytes(self.output())


def test_lines_become_paragraphs() -> None:
    pdf = _Pdf()
    pdf.line("Vraag 1", bold=True)
    pdf.line("Is het waar dat het aantal bewoners van de Zuidoost-", bold=True)
    pdf.line("Friese steden niet-", bold=True)
    pdf.line("onaanzienlijk daalt?", bold=True)
    pdf.line("Dat is zo. De daling begon")
    pdf.line("in 2020.")
    pdf.line("Sindsdien is er niets gewijzigd.", gap=14)
    pdf.line("en in de marge", size=7, x=400)
    pdf.add_page()
    pdf.at = 100
    pdf.line("Vraag 2", bold=True)
    assert read_pdf(pdf.content()) == [
        Paragraph("Vraag 1", bold=True),
        Paragraph(
            "Is het waar dat het aantal bewoners van de Zuidoost-Friese steden niet-onaanzienlijk daalt?", bold=True
        ),
        Paragraph("Dat is zo. De daling begon in 2020."),
        Paragraph("Sindsdien is er niets gewijzigd."),
        Paragraph("Vraag 2", bold=True),
    ]


def test_a_paragraph_may_go_on_over_a_page() -> None:
    pdf = _Pdf()
    pdf.line("De brug is dicht omdat zij")
    pdf.add_page()
    pdf.at = 100
    pdf.line("zakt. Meer weet ik niet.")
    pdf.add_page()
    pdf.at = 100
    pdf.line("Nieuwe bladzijde.")
    assert [each.text for each in read_pdf(pdf.content())] == [
        "De brug is dicht omdat zij zakt. Meer weet ik niet.",
        "Nieuwe bladzijde.",
    ]


def test_running_heads_and_small_footnote_marks_are_left_out() -> None:
    pdf = _Pdf()
    for page, number in enumerate(("een", "twee", "drie"), start=1):
        if page > 1:
            pdf.add_page()
        pdf.at = 20
        pdf.line(f"Tweede Kamer, vergaderjaar 2023-2024, bladzijde {page}")
        pdf.at = 100
        pdf.line(f"Dit is zin nummer {number}")
        pdf.set_font("helvetica", "", 6)
        pdf.text(82 + pdf.get_string_width(f"Dit is zin nummer {number}") * 10 / 6, pdf.at - 4, "1")
        pdf.set_font("helvetica", "", 10)
        pdf.text(86 + pdf.get_string_width(f"Dit is zin nummer {number}"), pdf.at, ".")
    assert [each.text for each in read_pdf(pdf.content())] == [
        f"Dit is zin nummer {number}." for number in ("een", "twee", "drie")
    ]


@pytest.mark.parametrize(
    ("breaks", "joined"),
    [
        pytest.param(["verantwoor-", "delijk"], "verantwoordelijk", id="word that the file has whole"),
        pytest.param(["niet-", "verplicht"], "niet-verplicht", id="word that the file has with its hyphen"),
    ],
)
def test_a_word_broken_over_lines_is_joined_as_elsewhere_in_the_file(breaks: list[str], joined: str) -> None:
    pdf = _Pdf()
    for line in breaks:
        pdf.line(line)
    pdf.line("Wie is verantwoordelijk voor wat niet-verplicht is?", gap=20)
    assert read_pdf(pdf.content())[0].text == joined


def test_a_page_number_in_large_type_and_a_shortened_compound() -> None:
    pdf = _Pdf()
    pdf.line("Dit gaat over zorg-")
    pdf.line("en welzijnswerk.")
    pdf.line("Pagina 1 van 1", gap=300)
    assert [each.text for each in read_pdf(pdf.content())] == ["Dit gaat over zorg- en welzijnswerk."]


def _encrypted() -> bytes:
    pdf = _Pdf()
    pdf.line("Klopt het?")
    pdf.set_encryption(owner_password="a", user_password="b")  # noqa: S106
    return pdf.content()


def _scan() -> bytes:
    pdf = _Pdf()
    pdf.rect(10, 10, 100, 100)
    return pdf.content()


def _long() -> bytes:
    pdf = _Pdf()
    for _ in range(MAX_PAGES):
        pdf.add_page()
    return pdf.content()


@pytest.mark.parametrize(
    ("content", "message", "reason"),
    [
        pytest.param(_encrypted(), "found an encrypted one; remove the password", "locked", id="encrypted"),
        pytest.param(_scan(), "text layer, found none", "no_text", id="scan"),
        pytest.param(_long(), f"at most {MAX_PAGES} pages, found {MAX_PAGES + 1}; split", "too_large", id="too long"),
        pytest.param(_scan()[:200], "expected a PDF file", "unreadable", id="cut off"),
        pytest.param(b"%PDF-1.7", "expected a PDF file", "unreadable", id="head only"),
    ],
)
def test_a_file_that_cannot_be_read(content: bytes, message: str, reason: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        read_pdf(content)
    assert error.value.reason == reason


@pytest.fixture(scope="module")
def printed(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shared Word files, printed to PDF by LibreOffice."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    folder = tmp_path_factory.mktemp("printed")
    files = sorted(map(str, (shared_data / "docx").glob("*.docx")))
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder


@pytest.mark.parametrize(("number", "questions"), [(1, 8), (3, 10), (5, 22), (7, 6)])
def test_real_answers_give_the_same_questions_in_word_and_printed(
    shared_data: Path, printed: Path, number: int, questions: int
) -> None:
    word = parse_paragraphs(read_word((shared_data / "docx" / f"kamervragen_{number}.docx").read_bytes()))
    pdf = parse_paragraphs(read_pdf((printed / f"kamervragen_{number}.pdf").read_bytes()))
    assert len(word) == questions
    assert [(each.number, each.text) for each in pdf] == [(each.number, each.text) for each in word]
    assert [" ".join(each.answer.split()) for each in pdf] == [" ".join(each.answer.split()) for each in word]
