import io
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.enum.text import WD_BREAK

from data.documents import parse_paragraphs
from data.errors import InputError
from data.paragraphs import Paragraph
from data.readers.package import MAX_PART_BYTES, MAX_PARTS
from data.readers.word import read_word


def _bytes(document: Document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _bold(document: Document, text: str) -> None:
    document.add_paragraph().add_run(text).bold = True


def _repack(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The same package after a change of its parts."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    change(parts)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            package.writestr(name, part)
    return buffer.getvalue()


def test_paragraphs_come_in_order_with_their_type() -> None:
    document = docx.Document()
    document.add_paragraph("Geachte voorzitter,")
    document.add_table(rows=1, cols=2).rows[0].cells[1].text = "11 januari 2024"
    _bold(document, "Vraag 1")
    mixed = document.add_paragraph()
    mixed.add_run("Klopt het ").bold = True
    mixed.add_run("?")
    document.add_paragraph("Argos", style="List Number")
    kept = [paragraph for paragraph in read_word(_bytes(document)) if paragraph.text]
    assert kept == [
        Paragraph("Geachte voorzitter,"),
        Paragraph("11 januari 2024"),
        Paragraph("Vraag 1", bold=True),
        Paragraph("Klopt het ?", bold=True),
        Paragraph("Argos"),
    ]


@pytest.mark.parametrize(
    "add_break",
    [
        pytest.param(lambda run: run.add_break(), id="line"),
        pytest.param(lambda run: run.add_break(WD_BREAK.PAGE), id="page"),
    ],
)
def test_a_break_ends_a_paragraph(add_break: Callable[[Any], None]) -> None:
    document = docx.Document()
    run = document.add_paragraph().add_run("Ja.")
    add_break(run)
    run.add_text("Vraag 2")
    assert [paragraph.text for paragraph in read_word(_bytes(document))] == ["Ja.", "Vraag 2"]


def test_raised_digits_are_footnote_marks_and_raised_words_stay() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Kent u het bericht?")
    paragraph.add_run("1").font.superscript = True
    paragraph.add_run(" De 2")
    paragraph.add_run("de keer").font.superscript = True
    assert [each.text for each in read_word(_bytes(document))] == ["Kent u het bericht?¹ De 2de keer"]


def test_deleted_text_and_the_second_copy_of_a_text_box_are_left_out() -> None:
    document = docx.Document()
    document.add_paragraph("Klopt het?")
    markup = (
        b'<w:p><w:del w:id="1" w:author="a"><w:r><w:delText>Weg</w:delText></w:r></w:del><w:r>'
        b'<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        b"<mc:Choice><w:txbxContent><w:p><w:r><w:t>In een kader</w:t></w:r></w:p></w:txbxContent></mc:Choice>"
        b"<mc:Fallback><w:txbxContent><w:p><w:r><w:t>In een kader</w:t></w:r></w:p></w:txbxContent></mc:Fallback>"
        b"</mc:AlternateContent></w:r></w:p>"
    )

    def change(parts: dict[str, bytes]) -> None:
        parts["word/document.xml"] = parts["word/document.xml"].replace(b"<w:sectPr", markup + b"<w:sectPr")

    texts = [paragraph.text for paragraph in read_word(_repack(_bytes(document), change))]
    assert [text for text in texts if text] == ["Klopt het?", "In een kader"]


def test_hidden_text_and_the_old_place_of_moved_text_are_left_out() -> None:
    document = docx.Document()
    document.add_paragraph("Klopt het?").add_run(" Verborgen.").font.hidden = True
    markup = b'<w:p><w:moveFrom w:id="1" w:author="a"><w:r><w:t>Oud</w:t></w:r></w:moveFrom></w:p>'

    def change(parts: dict[str, bytes]) -> None:
        parts["word/document.xml"] = parts["word/document.xml"].replace(b"<w:sectPr", markup + b"<w:sectPr")

    texts = [paragraph.text for paragraph in read_word(_repack(_bytes(document), change))]
    assert [text for text in texts if text] == ["Klopt het?"]


def test_a_letter_gives_every_question_with_its_answer() -> None:
    """What ministries do: combined answers, one far from its question, one without a heading, sources below."""
    document = docx.Document()
    document.add_paragraph("In antwoord op uw brief van 5 juli 2024, nr. 2024Z00001, deel ik u mede dat de vragen")
    _bold(document, "Antwoorden van de minister van Wonen, Wijken en Water mede namens de minister van Financiën op ")
    _bold(document, "Kamervragen van de leden De Wit (ABC) en Smit (DEF) over een brug.\n")
    for question, text in (
        ("Vraag 1", "Kent u het bericht “De brug zakt”? [1]"),
        ("Vraag 2 ", "Wie betaalt? 2)"),
        ("Vraag 3", "Hoelang nog?"),
    ):
        _bold(document, question)
        document.add_paragraph(text)
        if question == "Vraag 1":
            _bold(document, "Antwoord op vraag 1")
            document.add_paragraph("Ja.")
    _bold(document, "Antwoord op vragen 2, en 3")
    document.add_paragraph("Het rijk.")
    document.add_paragraph("Twee jaar.")
    _bold(document, "Vraag 4")
    _bold(document, "Vindt u dat goed? Zo nee, waarom niet?")
    document.add_paragraph("Ik vind van niet. Wie wel?")
    document.add_paragraph("[1] Krant, 3 juli 2024, 'De brug zakt'")
    document.add_paragraph("")
    document.add_paragraph("2) www.krant.nl/brug")
    records = parse_paragraphs(read_word(_bytes(document)))
    assert [(record.number, record.text, record.answer) for record in records] == [
        (1, "Kent u het bericht “De brug zakt”?", "Ja."),
        (2, "Wie betaalt?", "Het rijk.\nTwee jaar."),
        (3, "Hoelang nog?", "Het rijk.\nTwee jaar."),
        (4, "Vindt u dat goed? Zo nee, waarom niet?", "Ik vind van niet. Wie wel?"),
    ]
    head = records[0].document
    assert (head.title, head.askers) == ("een brug", ("De Wit (ABC)", "Smit (DEF)"))
    assert head.addressees == ("de minister van Wonen, Wijken en Water", "de minister van Financiën")
    assert f"{head.date}" == "2024-07-05"


def _without(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda parts: parts.pop(name) and None  # type: ignore[func-returns-value]


def _with(name: str, part: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda parts: parts.update({name: part})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(_without("word/document.xml"), "expected a Word file", id="part missing"),
        pytest.param(_with("word/document.xml", b"<w:document"), "expected a Word file", id="broken XML"),
        pytest.param(_with("word/document.xml", b"<a/>"), "expected a Word file", id="other XML"),
        pytest.param(_with("word/x.xml", b" " * (MAX_PART_BYTES + 1)), "zip bomb", id="part too large"),
        pytest.param(
            lambda parts: parts.update({f"{number}.bin": b"" for number in range(MAX_PARTS)}),
            "zip bomb",
            id="many parts",
        ),
    ],
)
def test_a_file_that_cannot_be_read(change: Callable[[dict[str, bytes]], None], message: str) -> None:
    document = docx.Document()
    document.add_paragraph("Klopt het?")
    with pytest.raises(InputError, match=message) as error:
        read_word(_repack(_bytes(document), change))
    assert error.value.reason == ("too_large" if message == "zip bomb" else "unreadable")


def test_a_package_that_is_locked_or_cut_off_is_refused() -> None:
    content = bytearray(_bytes(docx.Document()))
    with pytest.raises(InputError, match="broken zip file"):
        read_word(bytes(content[: len(content) // 2]))
    first = content.index(b"PK\x01\x02")
    content[first + 8] |= 1  # the encryption flag of the first entry in the central directory
    with pytest.raises(InputError, match="encrypted") as error:
        read_word(bytes(content))
    assert error.value.reason == "locked"
