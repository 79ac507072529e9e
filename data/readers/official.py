"""Read the official publications: the XML of an Aanhangsel or of questions alone, and the HTML twin.

The shapes are those of KOOP's schema op-xsd-2014-05-15 and of the pages of zoek.officielebekendmakingen.nl. Elements
are known by their local name, since older files have namespaces or none.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

from data.dates import parse_date
from data.documents import make_marked, parse_plain
from data.errors import InputError
from data.paragraphs import Block, Paragraph, read_numbers
from data.question import QuestionRecord
from data.text import clean

_LEFT_OUT = {"noot", "nootref", "script", "style", "head", "nav", "header", "footer"}
_NOTE_CLASSES = {"noot", "nootnum", "nootref"}
_BREAKS = {"al", "li", "tussenkop", "row", "tr", "p", "br", "div", "h1", "h2", "h3", "h4"}
"""Elements that end a paragraph."""
_CELLS = {"entry", "td", "th", "li.nr"}
"""Elements that end a word."""


def read_xml(content: bytes) -> list[QuestionRecord]:
    """The questions of an official XML file (root `officiele-publicatie`), with their answers.

    Raises:
        InputError: it is no XML, has entities of its own, or is another kind of file.
    """
    root = parse_xml(content)
    if not any(_name(element) in ("kamervragen", "vraag", "kamervraagkop") for element in root.iter()):
        raise InputError(f"expected a publication with Kamervragen, found XML with root {_name(root)}; check the file")
    headlines = [element for element in root.iter() if _name(element) == "kamervraagomschrijving"]
    asked = next((element for element in headlines if element.get("type") != "antwoord"), None)
    headline, title, day = "", "", None
    if asked is not None:
        headline = clean(_text(asked))
        title = next((_text(element) for element in asked.iter() if _name(element) == "kamervraagonderwerp"), "")
        day = _iso_date(asked)
    blocks = [_block(element) for element in root.iter() if _role(element)]
    return make_marked(headline, title, day, blocks)


def read_html(content: bytes) -> list[QuestionRecord]:
    """The questions of an HTML page: the marked ones of an official publication, else those of its running text.

    Raises:
        InputError: it is no HTML.
    """
    from lxml import etree

    try:
        content.decode("utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = None  # the page's own declaration decides
    try:
        root = etree.fromstring(content, etree.HTMLParser(encoding=encoding, no_network=True, huge_tree=False))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"expected an HTML page, found a broken file ({error}); fetch it again") from error
    if root is None:
        raise InputError("expected an HTML page, found an empty one; fetch it again")
    blocks = [_block(element) for element in root.iter() if _role(element)]
    if not blocks:
        return parse_plain("\n\n".join(line.text for line in _lines(_text(root))))
    headline = next((_text(each) for each in root.iter() if "kamervraagomschrijving_kop" in _classes(each)), "")
    return make_marked(headline, "", None, blocks)


def parse_xml(content: bytes) -> Any:
    """Parse XML of others: no entities, no DTD, no network, no huge trees.

    Returns:
        The root element (lxml).

    Raises:
        InputError: it is no XML, or declares entities.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"expected XML, found a broken file ({error}); fetch it again") from error
    declared: Any = root.getroottree().docinfo.internalDTD
    if declared is not None and next(declared.iterentities(), None) is not None:
        raise InputError("expected XML without entities, found a file that declares some; remove its DOCTYPE")
    return root


def _name(element: Any) -> str:
    return element.tag.rsplit("}", 1)[-1].lower() if isinstance(element.tag, str) else ""


def _classes(element: Any) -> set[str]:
    return set((element.get("class") or "").split())  # HTML has attributes without a value


def _iso_date(element: Any) -> date | None:
    days = (parse_date(each.get("isodatum", "")) for each in element.iter() if _name(each) == "datum")
    return next((day for day in days if day), None)


def _block(element: Any) -> Block:
    numbered = next((child for child in element if _is_number(child)), None)
    numbers = read_numbers(clean(_text(numbered))) if numbered is not None else ()
    text = "".join(_text(child) + "\n" for child in element if child is not numbered)
    lead = element.text or ""
    return Block(_role(element) or "answer", numbers, _lines(f"{lead}\n{text}"))


def _is_number(element: Any) -> bool:
    """Whether an element is the number of a question or answer: `nr`, in HTML the heading or `p.nummer`."""
    return _name(element) in ("nr", "nummer", "h2", "h3") or "nummer" in _classes(element)


def _role(element: Any) -> Literal["question", "answer"] | None:
    """What an element holds: in XML its name says it, in HTML the class of a `div`."""
    names = _classes(element) if _name(element) == "div" else {_name(element)}
    return "question" if "vraag" in names else "answer" if "antwoord" in names else None


def _lines(text: str) -> list[Paragraph]:
    return [Paragraph(line) for line in map(clean, text.split("\n")) if line]


def _text(element: Any) -> str:
    """The text of an element without footnotes, a line a paragraph."""
    return "".join(_parts(element))


def _parts(element: Any) -> Iterator[str]:
    # The files are printed with line breaks and tabs inside the text: they are spaces.
    name = _name(element)
    if name and name not in _LEFT_OUT and not _classes(element) & _NOTE_CLASSES:
        yield _flat(element.text)
        for child in element:
            yield from _parts(child)
            yield _flat(child.tail)
        yield "\n" if name in _BREAKS else " " if name in _CELLS else ""


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")
