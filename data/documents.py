"""Read documents with written questions: the published listing format and plain text."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from itertools import groupby

from data.dates import parse_date
from data.paragraphs import HEADING, NUMBER, is_question, pair
from data.question import Document, QuestionRecord
from data.text import clean, strip_footnotes

_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_SUBMITTED = re.compile(
    r"\(?ingezonden(?: op)?:?\s+(?P<date>\d{1,2}\s+\w+\s+\d{4}|\d{1,2}-\d{1,2}-\d{4})\)?\.?", re.IGNORECASE
)
_HEADLINE = re.compile(
    r"^(?:schriftelijke )?vragen van (?:het lid|de leden) (?P<askers>.+?) aan (?P<addressees>.+?)"
    r"(?: (?:over|inzake|betreffende|naar aanleiding van) (?P<title>.+))?$",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"^\(?\d{1,3}\s*[.)]?$")
_SENTENCE_END = re.compile(r"[.?!:;][\d\s»”\"')]*$")
_OPEN_END = re.compile(
    r"(?:,|\b(?:aan|bij|de|door|een|en|het|in|met|naar|of|op|over|te|tot|uit|van|voor|vóór|dat|die))$", re.IGNORECASE
)
_BETWEEN_MEMBERS = re.compile(r",| en (?=[A-Z])")
_BETWEEN_MINISTERS = re.compile(r",|(?<=\)) en | en (?=de |het )")


def is_listing(text: str) -> bool:
    """Whether a text has the head lines of a published listing: three cells that end in "|"."""
    cells = [line for line in text.splitlines()[:200] if line.rstrip().endswith("|")]
    return sum(1 for line in cells if clean(line) != "|") >= 2 and any(clean(line) == "|" for line in cells)


def parse_listing(text: str) -> Iterator[list[QuestionRecord]]:
    """Yield the questions of each document of a published listing, in order, repeats included.

    A document starts with a run of lines that end in "|" (title, askers, addressees, between empty and image cells);
    the lines until the next such run are its paragraphs.
    """
    head: list[str] = []
    lines = (line.strip() for line in text.splitlines() if line.strip())
    for in_head, run in groupby(lines, key=lambda line: line.endswith("|")):
        if in_head:
            head = [cell for line in run if (cell := clean(_IMAGE.sub("", line).rstrip("| ")))]
        elif head:
            title, askers, addressees, *_ = [*head, "", "", ""]
            yield make_records(strip_footnotes(title), _names(askers), _names(addressees), None, pair(run))


def parse_plain(text: str) -> list[QuestionRecord]:
    """Read one document of plain text: a heading or two, then numbered or unnumbered questions.

    The lines before the first question give the title ("Vragen van het lid … aan de minister van … over …" gives
    askers and addressees too) and the date ("ingezonden 3 maart 2024").
    """
    paragraphs = list(_paragraphs(text))
    head = []
    for paragraph in paragraphs:
        if HEADING.match(paragraph) or is_question(NUMBER.sub("", paragraph)):
            break
        head.append(paragraph)
    submitted = _SUBMITTED.search(" ".join(head))
    day = parse_date(submitted["date"]) if submitted else None
    titles = [rest for line in head if (rest := _SUBMITTED.sub("", line).strip(" ().,"))]
    headline = next((match for line in titles if (match := _HEADLINE.match(line))), None)
    if headline:
        title = headline["title"] or next((line for line in titles if not _HEADLINE.match(line)), "")
        askers, addressees = _names(headline["askers"], _BETWEEN_MEMBERS), _names(headline["addressees"])
    else:
        title, askers, addressees = titles[0] if titles else "", (), ()
    return make_records(strip_footnotes(title), askers, addressees, day, pair(paragraphs[len(head) :]))


def _paragraphs(text: str) -> Iterator[str]:
    """Join the lines of hard-wrapped paragraphs.

    A blank line, a number or a heading begins a paragraph, and so does a line after one that ends a sentence. Else a
    line goes on where the line before stopped, if it begins in lower case, stands in a numbered item, or the line
    before ends in an article or preposition.
    """
    paragraph, numbered = "", False
    for line in map(clean, text.splitlines()):
        begins = bool(HEADING.match(line) or NUMBER.match(line) or _BARE_NUMBER.match(line))
        if paragraph and _BARE_NUMBER.match(paragraph):
            goes_on = bool(line)
        else:
            open_end = numbered or line[:1].islower() or bool(_OPEN_END.search(paragraph))
            ended = _SENTENCE_END.search(paragraph)
            # A numbered item may state something first: "1. De brug is dicht." goes on until it asks.
            goes_on = not begins and open_end and (not ended or (numbered and "?" not in ended.group()))
        if line and paragraph and goes_on:
            paragraph = f"{paragraph} {line}"
            continue
        if paragraph and (line or not _BARE_NUMBER.match(paragraph)):
            yield paragraph
            paragraph = ""
        if line:
            paragraph, numbered = (f"{line}." if line.isdigit() else line), begins
    if paragraph:
        yield paragraph


def _names(cell: str, between: re.Pattern[str] = _BETWEEN_MINISTERS) -> tuple[str, ...]:
    """Split "Carla Smit (minister ) (GHI), Dirk Vos (JKL)" into names."""
    names = (re.sub(r"\s+\)", ")", name).strip() for name in between.split(cell))
    return tuple(name for name in names if name)


def make_records(
    title: str,
    askers: tuple[str, ...],
    addressees: tuple[str, ...],
    day: date | None,
    pairs: list[tuple[str, str]],
    contexts: list[str] | None = None,
) -> list[QuestionRecord]:
    """Build the records of one document from its questions and answers.

    The context of a question is the question before it, unless `contexts` gives others. The id of the document is a
    digest of its content, so that a repeated document has the same id.
    """
    contexts = contexts or ["", *(text for text, _ in pairs)]
    content = "\x1f".join([title, *askers, *addressees, *(text for both in pairs for text in both)])
    document = Document(
        id=hashlib.sha256(content.casefold().encode()).hexdigest()[:16],
        title=title,
        askers=askers,
        addressees=addressees,
        date=day,
    )
    return [
        QuestionRecord(document=document, number=number, text=text, context=context, answer=answer)
        for number, ((text, answer), context) in enumerate(zip(pairs, contexts, strict=False), start=1)
    ]
