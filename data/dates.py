"""Dutch dates, and the deadline that a question asks its answer for. Dates are read by the library dateparser."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from data.text import clean, strip_footnotes

_DATE = r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{1,2}e?\s+[a-zé]{3,9}(?:\.?\s+\d{4})?)\b"
"""A day, month and perhaps year; dateparser decides whether the word is a month."""
_WEEKDAY = r"(?:maan|dins|woens|donder|vrij|zater|zon)dag"
_TOMORROW = r"(?P<tomorrow>(?:over)?morgen)(?:ochtend|middag|avond)?\b"
_TODAY = r"(?P<today>vandaag|heden(?:middag|avond)?|vanmiddag|vanavond|deze (?:middag|avond))\b"

_BY_DATE = re.compile(
    r"\b(?:vóór|voor|uiterlijk|voorafgaand aan|voordat|niet later dan)\b"
    # What the date belongs to ("het debat over … van"), without a clause of its own in between.
    r"(?P<event>(?:(?!\b(?:die|dat|omdat|zodat|waar\w*)\b)[^.?!;]){0,120}?)"
    rf"\b(?:(?:{_WEEKDAY}\s+)?(?P<date>{_DATE})(?!\s*(?:uur|procent|euro))|(?P<weekday>{_WEEKDAY})(?:ochtend|middag|avond)?\b|{_TOMORROW}|{_TODAY})"
    r"(?!\s*,?\s*(?:jl\b|j\.l\.|laatstleden))",
    re.IGNORECASE,
)
_STILL_TODAY = re.compile(
    rf"\bnog (?:{_TODAY})|(?:{_TODAY.replace('today', 'today_')})[^.?!]{{0,20}}?(?:\bnog\b|\bv[oó][oó]r \d)",
    re.IGNORECASE,
)
_THAT_DATE = re.compile(r"\b(?:vóór|voor|uiterlijk) die (?:datum|dag|tijd)\b", re.IGNORECASE)
_ANY_DATE = re.compile(rf"\b{_DATE}", re.IGNORECASE)

_ANY_DAY = re.compile(rf"\d|{_WEEKDAY}|morgen|{_TODAY}", re.IGNORECASE)
"""In every text that names a day; most name none and need no further look."""

_ASKS = re.compile(
    r"\b(?:antwoord\w*|beantwo\w+|reageren|reactie|ingaan|in te gaan|informeren|geïnformeerd|inlichten|toezenden|"
    r"toesturen|toekomen|toelichten|berichten|bericht|melden|meedelen|mededelen|aangeven|weten|horen|openbaar|"
    r"bekendmaken|bekend te maken|bevestigen|duidelijkheid|opheldering|uitsluitsel|duidelijk maken|verschaffen|"
    r"verstrekken|delen|uiteenzetten|kenbaar|"
    # Ways to say something more of it.
    r"verduidelijken|ophelderen|op te helderen|uitleggen|onderbouwen|weergeven|publiceren|meedeelt|schrijven|"
    r"vertellen|zeggen|vermelden|specificeren|doorrekenen|voorleggen|verneem|vernemen|tegemoetzien|"
    r"uitsluiten|geven|noemen|verantwoorden|uitsplitsen)\b|"
    r"\b(?:op tafel|in het bezit|deelt u\b.*\bmet (?:ons|de Kamer))\b|"
    r"\bKamer\b.*\b(?:stuurt?|sturen|zendt?|zenden|ontvangt|ontvangen|krijgt|krijgen|bereikt|bereiken|beschikken)\b|"
    r"\b(?:stuurt?|sturen|zendt?|zenden|ontvangt|ontvangen|krijgt|bereikt|doorrekening|overzicht)\b"
    r".*\b(?:Kamer|ons|wij|sturen|leden)\b",
    re.IGNORECASE,
)
"""Words by which a sentence asks to be told something."""
_SENTENCE_END = re.compile(r"(?<=[?!])\s+|(?<=[a-z]{3}\.)\s+(?=[A-Z«])")


_PLAIN_FORMS = {
    r"^(\d{1,2})e\b": r"\1",
    r"\bfebr\b": "feb",
    r"\bsept\b": "sep",
    r"^(\d{1,2}[-/.]\d{1,2}[-/.])(\d{2})$": r"\g<1>20\2",
}
"""Forms that dateparser does not read, or reads as another century."""


def parse_date(text: str, reference: date | None = None) -> date | None:
    """Read one Dutch date such as "2 juni", "30-06-2025", "dinsdag" or "morgen".

    Args:
        text: the date and nothing else.
        reference: the day it was written; the next such day counts where the year or month is missing.

    Returns:
        None if it is no date, or has no year and there is no reference.
    """
    import dateparser

    text = text.strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    text = re.sub(rf"^{_WEEKDAY}\s+(?=\d)", "", text, flags=re.IGNORECASE)
    numeric = text[:1].isdigit()
    if reference is None and not numeric:
        return None  # "morgen" of which day?
    settings: dict[str, Any] = {"DATE_ORDER": "DMY", "PREFER_DATES_FROM": "future"}
    if numeric:
        settings |= {"PARSERS": ["absolute-time"], "REQUIRE_PARTS": ["day", "month"]}
    if reference is None:
        settings["REQUIRE_PARTS"] = ["day", "month", "year"]
    else:
        # A date without a year may be the day itself, a weekday is always the next one.
        day = max(reference, date(1, 1, 2)) - timedelta(days=1) if numeric else reference
        settings["RELATIVE_BASE"] = datetime.combine(day, time.min)
    for pattern, plain in _PLAIN_FORMS.items():
        text = re.sub(pattern, plain, text, flags=re.IGNORECASE)
    try:
        found = dateparser.parse(text, languages=["nl"], settings=settings)
    except OverflowError:  # beyond the year 9999
        return None
    return found.date() if found else None


def find_deadline(text: str, reference: date | None = None) -> date | None:
    """The date before which a question itself asks for an answer.

    A date counts if its sentence asks for an answer and a word such as "vóór" or "uiterlijk" governs it ("vóór het
    debat van 15 mei"), or if the answer is asked "vandaag nog". Dates in the past count not.

    Args:
        text: the question.
        reference: date of the document; resolves a missing year, "morgen" and "dinsdag".

    Returns:
        The earliest such date, or None.
    """
    text = strip_footnotes(clean(text))
    if not _ANY_DAY.search(text):
        return None
    days: list[date | None] = []
    start = 0
    for sentence in _SENTENCE_END.split(text):
        start = text.index(sentence, start)
        if not _ASKS.search(sentence):
            continue
        for match in _BY_DATE.finditer(sentence):
            words = match["date"] or match["weekday"] or match["tomorrow"] or "vandaag"
            days.append(parse_date(words, reference))
        if _STILL_TODAY.search(sentence):
            days.append(reference)
        if that := _THAT_DATE.search(sentence):
            named = [parse_date(date.group(), reference) for date in _ANY_DATE.finditer(text[: start + that.start()])]
            days.extend([day for day in named if day][-1:])
    return min((day for day in days if day and (reference is None or day >= reference)), default=None)
