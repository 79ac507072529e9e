"""Tell the questions among the paragraphs of a document from the answers between them.

Published listings carry no marks for either, so the wording decides: members ask ("u", a question mark), ministers
state ("ik", no question mark).
"""

import re
from collections.abc import Iterable

from data.text import clean, strip_footnotes

HEADING = re.compile(
    r"^(?P<role>vragen|vraag|antwoorden|antwoord)(?:\s+op)?(?:\s+(?:de\s+)?vra(?:ag|gen))?"
    r"\s*\d{1,3}(?:(?:\s*,)?(?:\s*(?:en|t/m|tot en met))?\s*\d{1,3})*"
    r"(?:\s*[.:)]+\s*|\s*$|\s+(?-i:(?=[A-Z«“])))",
    re.IGNORECASE,
)
"""A heading such as "Vraag 3", "Antwoord op vraag 3 en 8:" at the start of a paragraph."""
NUMBER = re.compile(r"^\(?\d{1,3}\s*[.)]\s+(?=\S)")
"""A list number such as "3." or "(3)" at the start of a paragraph."""

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


def pair(paragraphs: Iterable[str]) -> list[tuple[str, str]]:
    """Group paragraphs into questions, each with the answer that follows it.

    Headings ("Vraag 3", "Antwoord 3") decide where they stand; elsewhere `is_question` does. Paragraphs before the
    first question are left out.

    Returns:
        Pairs of question text (cleaned, without number and footnote marks) and answer (paragraphs joined by newlines,
        empty if there is none).
    """
    pairs: list[tuple[str, list[str]]] = []
    role: str | None = None
    for paragraph in paragraphs:
        text = clean(paragraph)
        heading = HEADING.match(text)
        if heading:
            role = "question" if heading["role"].lower().startswith("vra") else "answer"
            if not (text := text[heading.end() :]):
                continue
        asks = is_question(NUMBER.sub("", text)) if role is None else role == "question"
        if not text:
            continue
        if asks:
            pairs.append((strip_footnotes(NUMBER.sub("", text)), []))
        elif pairs:
            pairs[-1][1].append(text)
        if role == "question":
            role = None  # the paragraph after a headed question is judged by itself
    return [(question, "\n".join(answer)) for question, answer in pairs]
