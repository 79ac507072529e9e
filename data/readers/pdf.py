"""Read PDF files that have a text layer with pdfplumber."""

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from data.errors import InputError
from data.paragraphs import HEADING, NOTE, NUMBER, Paragraph
from data.text import clean

MAX_PAGES = 100
"""The longest of the official answers seen has 7 pages; a page takes some 0.1 s."""
_SMALL = 0.9
"""Type smaller than this share of the body's is letterhead, page number, footnote or footnote mark."""
_SAMPLE_PAGES = 10
"""The body's type size is that of most characters of so many pages."""
_PARAGRAPH_GAP = 0.35
"""White space above a line beyond the usual, as a share of its height, from which a new paragraph begins."""
_BOLD = re.compile(r"bold|black|heavy", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"(?:pagina|bladzijde) \d+(?: (?:van|/) \d+)?", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.?!:;]\W*$")
_LINE_BREAK = re.compile(r"(\w+)-\n(\w+)")
_LOST_MARK = re.compile(r"(?<=\w) (?=[.,;:?!](?:\s|$))")
"""The space that a footnote mark leaves, which is smaller than the body."""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    bold: bool
    page: int
    top: float
    """Points from the top of the page, as `bottom`."""
    bottom: float


def read_pdf(content: bytes) -> list[Paragraph]:
    """The paragraphs of a PDF file, put together from its lines.

    A line begins a paragraph if there is more white space above it than usual, if it or the line before is a heading,
    or if bold type begins or ends with it. Running heads, page numbers, the letterhead beside the text and footnotes
    are set in smaller type and are left out; so are lines that half the pages have at one place.

    Raises:
        InputError: the file is encrypted, a scan without text, over `MAX_PAGES` pages, or no PDF file.
    """
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfminer.psexceptions import PSException
    from pdfplumber.utils.exceptions import PdfminerException

    try:
        with pdfplumber.open(io.BytesIO(content)) as pdf:
            if len(pdf.pages) > MAX_PAGES:
                raise InputError(
                    f"expected at most {MAX_PAGES} pages, found {len(pdf.pages)}; split the file", "too_large"
                )
            sizes = Counter(round(char["size"], 1) for page in pdf.pages[:_SAMPLE_PAGES] for char in page.chars)
            if not sizes:
                raise InputError(
                    "expected a PDF file with a text layer, found none (a scan?); recognise its text first", "no_text"
                )
            smallest = _SMALL * sizes.most_common(1)[0][0]
            lines = [line for page in pdf.pages for line in _lines(page, smallest)]
            pages = len(pdf.pages)
    except PdfminerException as error:
        if isinstance(error.args[0] if error.args else None, PDFPasswordIncorrect):
            raise InputError(
                "expected an open PDF file, found an encrypted one; remove the password", "locked"
            ) from error
        raise InputError(f"expected a PDF file, found a broken one ({error}); print it to PDF again") from error
    except (PSException, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # What pdfminer raises on tables and streams that are broken.
        raise InputError(f"expected a PDF file, found a broken one ({error}); print it to PDF again") from error
    return list(_paragraphs(_without_running_heads(lines, pages)))


def _lines(page: Any, smallest: float) -> Iterator[_Line]:
    body = page.filter(lambda thing: thing["object_type"] != "char" or thing["size"] >= smallest)
    for line in body.extract_text_lines(return_chars=True):
        letters = [bool(_BOLD.search(char["fontname"])) for char in line["chars"] if char["text"].isalpha()]
        bold = 2 * sum(letters) > len(letters)
        yield _Line(
            _LOST_MARK.sub("", clean(line["text"])), bold, page.page_number, float(line["top"]), float(line["bottom"])
        )
    page.close()  # the characters of a page take some 3 MB


def _without_running_heads(lines: list[_Line], pages: int) -> list[_Line]:
    def place(line: _Line) -> tuple[int, str]:
        return round(line.top), re.sub(r"\d+", "#", line.text)

    counts = Counter(map(place, lines))
    kept = [line for line in lines if counts[place(line)] < max(3, pages / 2)]
    return [line for line in kept if not _PAGE_NUMBER.fullmatch(line.text)]


def _paragraphs(lines: list[_Line]) -> Iterator[Paragraph]:
    gaps = [after.top - before.bottom for before, after in pairwise(lines) if after.page == before.page]
    usual = median([gap for gap in gaps if gap > 0] or [0])
    rejoin = _Rejoin(lines)
    run: list[_Line] = []
    for line in lines:
        if run and _begins(run[-1], line, usual):
            yield rejoin(run)
            run = []
        run.append(line)
    if run:
        yield rejoin(run)


def _begins(before: _Line, line: _Line, usual: float) -> bool:
    if HEADING.match(line.text) or HEADING.match(before.text) or NUMBER.match(line.text) or NOTE.match(line.text):
        return True
    if before.page != line.page:
        return before.bold != line.bold or bool(_SENTENCE_END.search(before.text))
    return before.bold != line.bold or line.top - before.bottom > usual + _PARAGRAPH_GAP * (line.bottom - line.top)


class _Rejoin:
    """Joins lines, and words that were broken over two of them.

    A hyphen at a line end stays if the rest of the file has the word with it, and goes if it has the word without;
    where neither is there it goes in files that break words (three lines, one in fifty) and stays in others.
    """

    def __init__(self, lines: Iterable[_Line]) -> None:
        text = "\n".join(line.text for line in lines)
        self._words = set(re.findall(r"[\w-]+", text.casefold()))
        self._breaks = len(_LINE_BREAK.findall(text)) > max(2, text.count("\n") / 50)

    def __call__(self, run: list[_Line]) -> Paragraph:
        text = _LINE_BREAK.sub(self._word, "\n".join(line.text for line in run))
        return Paragraph(text.replace("\n", " "), bold=2 * sum(line.bold for line in run) > len(run))

    def _word(self, match: re.Match[str]) -> str:
        whole, hyphened = match[1] + match[2], f"{match[1]}-{match[2]}"
        if match[2] in ("en", "of"):
            return f"{match[1]}- {match[2]}"  # "zorg- en welzijnswerk"
        if not match[2][0].islower():
            return hyphened  # "Zuidoost-Friesland"
        known, other = whole.casefold() in self._words, hyphened.casefold() in self._words
        return whole if known > other or (known == other and self._breaks) else hyphened
