"""Build the records of documents with written questions: listings, plain text, letters and marked files."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from data.dates import parse_date
from data.paragraphs import HEADING, NUMBER, Block, Paragraph, begins_question, is_question, join, pair
from data.question import Document, QuestionRecord
from data.text import clean, strip_footnotes

_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_SUBMITTED = re.compile(
    r"\(?(?:\d{4}Z\d{4,6},?\s*)?ingezonden(?: op| d\.d\.)?:?\s+"
    r"(?P<date>\d{1,2}\s+\w+\.?\s+\d{4}|\d{1,2}-\d{1,2}-\d{4})\)?\.?",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"\s*\((?:kenmerk |nr\.? )?\d{4}Z\d{4,6}\)")
_MEMBERS = r"(?:van|gesteld door) (?:het (?:kamer)?lid|de (?:kamer)?leden) (?P<askers>.+?)"
_ABOUT = r"(?: (?:over|inzake|betreffende|naar aanleiding van) (?P<title>.+))?$"
_HEADLINE = re.compile(
    rf"^(?:schriftelijke )?vragen {_MEMBERS} aan (?P<addressees>.+?){_ABOUT}",
    re.IGNORECASE,
)
_ANSWER_HEADLINE = re.compile(
    r"^(?:antwoord(?:en)?|beantwoording)\b(?: van (?P<addressees>.+?))?(?: op)? (?:de )?(?:schriftelijke )?"
    rf"(?:kamer)?vragen(?: {_MEMBERS}(?: aan (?P<asked>(?:de|het) .+?))?)?{_ABOUT}",
    re.IGNORECASE,
)
_MAX_HEADLINES, _MAX_HEADLINE = 30, 1_000
"""Lines, and characters of a line, that are searched for a headline; without limits a hostile text takes minutes."""
_DAY = r"(?P<date>\d{1,2} [a-z]+ \d{4}|\d{1,2}-\d{1,2}-\d{4})"
_LETTER_DATES = tuple(
    re.compile(pattern + _DAY, re.IGNORECASE) for pattern in (r"\buw brief van ", r"^datum:? ", r"\bdatum:? ")
)
"""The members' letter goes before the date of the minister's own: dates such as "2 juni a.s." count from it."""
_BARE_NUMBER = re.compile(r"^\(?\d{1,3}\s*[.)]?$")
_SENTENCE_END = re.compile(r"[.?!:;][\d\s»”\"')]*$")
_TAIL = 40
"""Characters at the end of a line that show whether it ended a sentence."""
_OPEN_END = re.compile(
    r"(?:,|\b(?:aan|bij|de|door|een|en|het|in|met|naar|of|op|over|te|tot|uit|van|voor|vóór|dat|die))$", re.IGNORECASE
)
_BETWEEN_MEMBERS = re.compile(r",| en (?=[A-Z])")
_BETWEEN_ADDRESSEES = re.compile(
    r"(?:,? en|,) (?=(?:de|het) (?:minister|staatssecretaris|kabinet))|,? mede namens ", re.IGNORECASE
)
"""Ministries have commas in their names; a minister's title begins the next."""
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
    """Read one document of plain text: a heading or two, then numbered or unnumbered questions."""
    return parse_paragraphs([Paragraph(paragraph) for paragraph in _paragraphs(text)])


def parse_paragraphs(paragraphs: Sequence[Paragraph]) -> list[QuestionRecord]:
    """Read one document of paragraphs: the members' questions, or a minister's letter that answers them.

    The paragraphs before the first question give the title, the askers and the addressees ("Vragen van het lid … aan de
    minister van … over …", "Antwoorden van de minister van … op de Kamervragen van …") and the date ("ingezonden
    3 maart 2024", "In antwoord op uw brief van 3 maart 2024").
    """
    texts = [clean(paragraph.text) for paragraph in paragraphs]
    # Where there are headings they begin the questions: a letter before them may ask something of its own.
    marks = [begins_question(text) for text in texts]
    starts = marks if any(marks) else [is_question(NUMBER.sub("", text)) for text in texts]
    first = starts.index(True) if True in starts else len(texts)
    title, askers, addressees, day = _head([text for text in texts[:first] if text])
    return make_records(title, askers, addressees, day, pair(paragraphs[first:]))


def make_marked(headline: str, title: str, day: date | None, blocks: Iterable[Block]) -> list[QuestionRecord]:
    """Build the records of a file that marks its questions and answers itself (official XML and HTML).

    Args:
        headline: "Vragen van het lid … aan de minister van … over … (ingezonden …)".
        title: its subject where the file marks that too, else empty.
        day: the day the questions were put; read from the headline if None.
        blocks: the marked questions and answers.
    """
    subject, askers, addressees, submitted = _head([clean(headline)])
    blocks = list(blocks)
    if not any(block.numbers for block in blocks):
        # The order tells which answer is whose.
        turns: Counter[str] = Counter()
        for place, block in enumerate(blocks):
            turns[block.role] += 1
            blocks[place] = replace(block, numbers=(turns[block.role],))
    return make_records(clean(title) or subject, askers, addressees, day or submitted, join(blocks, marked=True))


def _head(lines: list[str]) -> tuple[str, tuple[str, ...], tuple[str, ...], date | None]:
    """Title, askers, addressees and date from the lines before the first question."""
    whole = " ".join(lines)
    found = next(filter(None, (pattern.search(whole) for pattern in (_SUBMITTED, *_LETTER_DATES))), None)
    day = parse_date(found["date"]) if found else None
    lines = [rest for line in lines if (rest := _REFERENCE.sub("", _SUBMITTED.sub("", line)).strip(" ().,"))]
    # A letter names its subject at the top already; the title above the questions is the last, perhaps over two lines.
    last = [line[:_MAX_HEADLINE] for line in lines[-_MAX_HEADLINES:]]
    tails = (" ".join(last[place:]) for place in range(len(last) - 1, -1, -1))
    answers = next((match for tail in tails if (match := _ANSWER_HEADLINE.match(tail))), None)
    headline = answers or next((match for line in lines if (match := _HEADLINE.match(line[:_MAX_HEADLINE]))), None)
    if headline is None:
        return strip_footnotes(lines[0]) if lines else "", (), (), day
    title = headline["title"] or next((line for line in lines if not _HEADLINE.match(line)), "")
    askers = _names(headline["askers"] or "", _BETWEEN_MEMBERS)
    addressees = headline["addressees"] or headline.groupdict().get("asked") or ""
    return strip_footnotes(title), askers, _names(addressees, _BETWEEN_ADDRESSEES), day


def _paragraphs(text: str) -> Iterator[str]:
    """Join the lines of hard-wrapped paragraphs.

    A blank line, a number or a heading begins a paragraph, and so does a line after one that ends a sentence. Else a
    line goes on where the line before stopped, if it begins in lower case, stands in a numbered item, or the line
    before ends in an article or preposition.
    """
    lines: list[str] = []  # of the paragraph so far; only the last decides, a search in all of them would take ages
    numbered = False
    for line in map(clean, text.splitlines()):
        begins = bool(HEADING.match(line) or NUMBER.match(line) or _BARE_NUMBER.match(line))
        last = lines[-1] if lines else ""
        bare = len(lines) == 1 and bool(_BARE_NUMBER.match(last))
        if bare:
            goes_on = bool(line)
        else:
            open_end = numbered or line[:1].islower() or bool(_OPEN_END.search(last[-_TAIL:]))
            ended = _SENTENCE_END.search(last[-_TAIL:])
            # A numbered item may state something first: "1. De brug is dicht." goes on until it asks.
            goes_on = not begins and open_end and (not ended or (numbered and "?" not in ended.group()))
        if line and lines and goes_on:
            lines.append(line)
            continue
        if lines and (line or not bare):
            yield " ".join(lines)
            lines = []
        if line:
            lines, numbered = [f"{line}." if line.isdigit() else line], begins
    if lines:
        yield " ".join(lines)


def _names(cell: str, between: re.Pattern[str] = _BETWEEN_MINISTERS) -> tuple[str, ...]:
    """Split "Carla Smit (minister ) (GHI), Dirk Vos (JKL)" into names."""
    names = (re.sub(r"\s+\)", ")", name).strip(" ,") for name in between.split(cell))
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
