"""Tell the questions among the paragraphs of a document from the answers between them, and join the two.

Headings ("Vraag 3", "Antwoord op vraag 3 en 8") decide where they stand. Published listings carry no marks at all, so
there the wording decides: members ask ("u", a question mark), ministers state ("ik", no question mark).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Literal

from data.text import clean, footnote_marks, strip_footnotes


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph with what its lay-out says; text files have no lay-out."""

    text: str
    bold: bool = False
    listed: bool = False
    """Whether it is an item of a list whose number the word processor makes."""


@dataclass(frozen=True, slots=True)
class Block:
    """Paragraphs that are one question, or one answer to one or more questions."""

    role: Literal["question", "answer"]
    numbers: tuple[int, ...] = ()
    """Numbers of the questions; empty where the document gives none."""
    paragraphs: list[Paragraph] = field(default_factory=list)


_BETWEEN = r"(?:\s*,\s*(?:en\s+)?|\s*(?:en|t/m|tot en met|&|-|–|/)\s*|\s+)(?:vra(?:ag|gen)\s+)?"
_NUMBERS = rf"\d{{1,3}}[a-d]?(?:{_BETWEEN}\d{{1,3}}[a-d]?)*(?!\w)"
"""Something stands between two numbers: a pattern that may cut digits anywhere takes ages on a long row of them."""
_ROLE = (
    r"(?P<role>vragen|vraag|(?:gezamenlijk )?antwoord(?:en)?|beantwoording|reactie)(?:\s+(?:op|van))?"
    r"(?:\s+(?:de\s+)?vra(?:ag|gen))?\s*(?:(?:nr\.?|nummer|#)\s*)?"
)
HEADING = re.compile(
    # A capital: "het antwoord op" may break before "vraag 3.".
    r"^(?-i:(?=[A-Z]))(?:(?P<bare>vraag|antwoord)\s*(?::\s*|\.?$)|"
    rf"{_ROLE}(?P<numbers>{_NUMBERS})(?:\s+(?:samen|gezamenlijk))?"
    r"(?:\s*[.:;)]+\s*|\s*$|\s+[-–]\s+|\s+(?-i:(?=[A-Z«“]))))",
    re.IGNORECASE,
)
"""A heading such as "Vraag 3", "Antwoord op vraag 3 en 8:" at the start of a paragraph, or a bare "Antwoord"."""
NUMBER = re.compile(r"^\(?(?P<number>\d{1,3})\s*[.)]\s+(?=\S)")
"""A list number such as "3." or "(3)" at the start of a paragraph."""
_RANGE = re.compile(r"(\d+)\s*(?:t/m|tot en met|-|–)\s*(\d+)|(\d+)", re.IGNORECASE)

_AFTERWORD = re.compile(r"^(?:toelichting\s*:?$|toelichting\s*:|deze vragen dienen ter aanvulling)", re.IGNORECASE)
"""What stands below the last question and is part of none."""
NOTE = re.compile(r"^\[?\d{1,2}[\]).]")
"""The number of a source below the last answer: "[1]", "1)" or "1."."""
_WEB = re.compile(r"https?:|www\.|\.nl/|\.com/", re.IGNORECASE)

_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|„[^”]*”|\"[^\"]*\"")
_ANSWER_OPENING = re.compile(
    r"^(?:ja|nee|neen|ik|zie|voor het antwoord|voor de beantwoording|in antwoord op)\b", re.IGNORECASE
)
_STATEMENT_OPENING = re.compile(
    r"^(?:deze (?:vraag|vragen)|het kabinet|zoals|dat (?:klopt|is juist)|onbekend|er is|er zijn|hierbij)\b",
    re.IGNORECASE,
)
_PUT_TO_MINISTER = re.compile(r"\b(?:u|uw)\b", re.IGNORECASE)
_ASKS_MINISTER = re.compile(
    r"\b(?:kunt|wilt|bent|deelt|heeft|hebt|acht|vindt|gaat|zou|zult|zal|erkent|onderschrijft|ziet|weet|denkt|kent) u\b",
    re.IGNORECASE,
)
_BY_MINISTER = re.compile(r"\b(?:ik|mijn|mij|wij|ons|onze)\b", re.IGNORECASE)
_ANSWER_WANTED = re.compile(
    r"^(?:antwoord(?:en)? )?(?:graag|gaarne)\b(?!.*\bverwij).*\bantwoord|^antwoord(?:en)? (?:graag|gaarne)",
    re.IGNORECASE,
)
_REQUEST_OPENING = re.compile(
    r"^(?:(?:zo (?:ja|nee|niet),?|en|indien \w+,)\s+)?"
    r"(?:kunt|kan|wilt|wil|bent|is|zijn|deelt|deel|heeft|hebt|hebben|erkent|onderschrijft|acht|vindt|gaat|gaan|zou|zoudt|"
    r"zal|klopt|weet|begrijpt|herkent|herinnert|ziet|bereid|wat|wie|waar\w*|wanneer|welke?|hoe\w*|in hoeverre|"
    r"op (?:welke?|grond)|sinds wanneer|aan wie|met welke?|binnen welke|graag)\b",
    re.IGNORECASE,
)


def is_question(paragraph: str) -> bool:
    """Whether a paragraph is a member's question and not a minister's answer or a statement."""
    # A question mark inside a quoted headline ("«Wie betaalt de rekening?»") asks nothing.
    text = _QUOTED.sub("", strip_footnotes(clean(paragraph))).strip()
    put_to_minister = bool(_PUT_TO_MINISTER.search(text))
    if _ANSWER_WANTED.match(text):
        return True
    if _ANSWER_OPENING.match(text) and not (put_to_minister and text.endswith("?")):
        return False
    if text.rstrip(" )»”’").endswith("?"):
        return True
    if _STATEMENT_OPENING.match(text):
        return False
    opens = bool(_REQUEST_OPENING.match(text))
    if "?" in text:
        # "Kunt u dit toelichten? Graag een overzicht per jaar." A minister who cites a question says "ik" beside it.
        return opens or put_to_minister or not _BY_MINISTER.search(text)
    # The mark was forgotten: "Kunt u deze vragen afzonderlijk beantwoorden."
    return opens and bool(_ASKS_MINISTER.search(text)) and not _BY_MINISTER.search(text)


def read_numbers(text: str) -> tuple[int, ...]:
    """The question numbers of a heading: "3, 4 en 8" or "2 t/m 5".

    A range of more than 100 questions is no range; the longest known set has 90.
    """
    numbers: list[int] = []
    for first, last, single in _RANGE.findall(text):
        if single:
            numbers.append(int(single))
        elif int(first) <= int(last) <= int(first) + 100:
            numbers.extend(range(int(first), int(last) + 1))
        else:
            numbers.extend((int(first), int(last)))
    return tuple(dict.fromkeys(numbers))


def pair(paragraphs: Iterable[str | Paragraph]) -> list[tuple[str, str]]:
    """Find the questions among paragraphs, each with its answer.

    Paragraphs before the first question and footnotes below the last answer are left out.

    Returns:
        Pairs of question text (cleaned, without number and footnote marks) and answer (paragraphs joined by newlines,
        empty if there is none), as `join` gives them.
    """
    whole = [part if isinstance(part, Paragraph) else Paragraph(part) for part in paragraphs]
    return join(_blocks(_without_notes([part for part in whole if clean(part.text)])))


def _blocks(paragraphs: list[Paragraph]) -> list[Block]:
    blocks: list[Block] = []
    headed = answering = False
    last_heading = max((place for place, each in enumerate(paragraphs) if HEADING.match(clean(each.text))), default=-1)
    for place, paragraph in enumerate(paragraphs):
        text = clean(paragraph.text)
        heading, number = HEADING.match(text), NUMBER.match(text)
        if _AFTERWORD.match(text) and place > last_heading:
            break
        if heading:
            answering = not begins_question(text)
            headed = headed or not answering
            blocks.append(Block("answer" if answering else "question", read_numbers(heading["numbers"] or "")))
            text = text[heading.end() :]
        elif not headed:
            asked = next((block.numbers for block in reversed(blocks) if block.role == "question"), (0,))
            # The next number asks, also without a question mark: "2. Geef een overzicht."
            follows = bool(number and asked and int(number["number"]) == asked[0] + 1)
            rest = text[number.end() :] if number else text
            # Below a heading "Antwoord" a question is one that has a number or the next such heading.
            found = not answering or number or _is_heading(paragraphs[place + 1 : place + 2])
            if (follows and asked[0]) or (found and is_question(rest)):
                answering = False
                blocks.append(Block("question", (int(number["number"]),) if number else ()))
                text = rest
            elif not answering and blocks and blocks[-1].role == "question":
                blocks.append(Block("answer"))
        if text and blocks:
            blocks[-1].paragraphs.append(Paragraph(text, paragraph.bold, paragraph.listed))
    return blocks


def begins_question(text: str) -> bool:
    """Whether a paragraph begins with the heading of a question."""
    heading = HEADING.match(text)
    return bool(heading and (heading["role"] or heading["bare"]).lower().startswith("v"))


def _is_heading(paragraphs: list[Paragraph]) -> bool:
    return any(HEADING.match(clean(paragraph.text)) for paragraph in paragraphs)


def _without_notes(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """Leave out the askers' sources below the last answer.

    They are the list at the very end that has as many items as the highest footnote mark before it.
    """
    tail = list(takewhile(_may_be_note, reversed(paragraphs)))
    body = paragraphs[: len(paragraphs) - len(tail)]
    marks = {mark for paragraph in body for mark in footnote_marks(paragraph.text)}
    entries = [note for note in tail if note.listed or NOTE.match(clean(note.text))]
    return body if marks and len(entries) == max(marks) else paragraphs


def _may_be_note(paragraph: Paragraph) -> bool:
    return paragraph.listed or bool(NOTE.match(clean(paragraph.text)) or _WEB.search(paragraph.text))


def join(blocks: Iterable[Block], *, marked: bool = False) -> list[tuple[str, str]]:
    """Join each question to the answer that names its number, else to the one that follows it.

    An answer to several questions is joined to each. Questions whose numbers all differ are put in their order.

    Args:
        blocks: in the order of the document.
        marked: whether the file itself marks where each question ends. Else the paragraphs of a question that has no
            answer of its own are parted: those after the first that do not ask are its answer.

    Returns:
        Pairs of question text (paragraphs joined by spaces, without footnote marks) and answer (paragraphs joined by
        newlines).
    """
    asked: list[tuple[int, Block]] = []
    answers: list[list[Paragraph]] = []
    places: dict[int, int] = {}
    for block in blocks:
        if block.role == "question":
            # The latest question of a number counts: one file may hold two documents.
            places |= dict.fromkeys(block.numbers, len(asked))
            asked.append((block.numbers[0] if block.numbers else len(asked) + 1, block))
            answers.append([])
            continue
        named = [places[number] for number in block.numbers if number in places]
        for place in dict.fromkeys(named) or ([len(asked) - 1] if asked else []):
            answers[place].extend(block.paragraphs)
    pairs = []
    for (number, block), answer in zip(asked, answers, strict=True):
        question, rest = (block.paragraphs, answer) if answer or marked else _split_unheaded(block.paragraphs)
        text = strip_footnotes(clean(" ".join(part.text for part in question)))
        if text:
            pairs.append((number, text, "\n".join(clean(part.text) for part in rest)))
    if len({number for number, _, _ in pairs}) == len(pairs):
        pairs.sort(key=lambda entry: entry[0])
    return [(text, answer) for _, text, answer in pairs]


def _split_unheaded(paragraphs: list[Paragraph]) -> tuple[list[Paragraph], list[Paragraph]]:
    """Part a question from an answer without a heading: by bold type where the question has it, else by wording."""
    first, *others = paragraphs or [Paragraph("")]
    end = 1 + sum(1 for _ in takewhile(lambda part: part.bold if first.bold else is_question(part.text), others))
    return paragraphs[:end], paragraphs[end:]
