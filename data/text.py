"""Normalisation of text, the same for training and serving."""

import re
import unicodedata

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_MARKS = r"\d{1,2}(?:\s?,\s?\d{1,2})*\)?"
_END = r"(?=[\s.,;:?!»”)\]]|[A-Z]|$)"
_FOOTNOTE = re.compile(
    "|".join(
        (
            # After a sentence or clause: "kennis?1", "genomen,2", "zorgen»3". Not within a number ("3,2 miljoen",
            # "12:30") nor after an abbreviation that a number follows ("nr.12").
            rf"(?<=[.,;:?!»”\"'’)%])(?<!\d[.,:])(?<!\bnr\.)(?<!\bnrs\.)(?<!\bart\.)(?<!\bblz\.){_MARKS}{_END}",
            # After a year that ends a sentence: "in 2024.1 Kunt u".
            r"(?<=\b20\d\d\.)\d{1,2}(?=\s+[A-Z]|$)",
            # After a word: "gemeenten2", "Beke3)". Four letters at least, so that CO2, m3 and top10 stay.
            rf"(?<=[A-Za-zà-ÿ][a-zà-ÿ]{{3}})(?<!\bcovid)(?<!\bCovid){_MARKS}{_END}",
            # Superscripts after a word or a sentence; m² and km² stay.
            r"(?:(?<=[a-zà-ÿ]{3})|(?<=[.,;:?!»”\"'’)]))[¹²³⁰⁴-⁹]+",
            # "[1]" glued to a word, and "[1] [2]" or "1)" after a sentence.
            r"(?<=\S)\[\d{1,2}\]",
            r"(?<=[.?!»”’\]])\s(?:\[\d{1,2}\]|\d{1,2}\)(?=\s|$))",
        )
    )
)


_NUMERAL = re.compile(r"[\d¹²³⁰⁴-⁹]")
"""In every footnote mark; most titles have none."""


def clean(text: str) -> str:
    """Compose accents (NFC), drop control and invisible characters and half surrogate pairs, collapse white space."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return " ".join(_CONTROL.sub(" ", text).split())


def strip_footnotes(text: str) -> str:
    """Remove footnote marks that stand glued to a word or a sentence end."""
    if not _NUMERAL.search(text):
        return text
    return _FOOTNOTE.sub(lambda mark: " " if text[mark.end() : mark.end() + 1].isupper() else "", text)


def letters(text: str) -> str:
    """The letters and digits of a text, case folded: two titles with the same are one title."""
    return re.sub(r"\W+", " ", text.casefold()).strip()


def footnote_marks(text: str) -> set[int]:
    """The numbers of the footnote marks that `strip_footnotes` removes."""
    marks = "".join(f" {mark.group()} " for mark in _FOOTNOTE.finditer(clean(text)))
    # NFKC turns superscripts into digits.
    return {int(number) for number in re.findall(r"\d+", unicodedata.normalize("NFKC", marks))}
