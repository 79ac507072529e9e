"""Foreign XML by local name, since prefixes and namespaces vary."""

from lxml import etree

from data.connectors.http import WrongContentError
from data.errors import InputError
from data.readers.official import parse_xml as safe_xml
from data.text import clean


def parse_xml(content: bytes, root: str) -> etree._Element:
    """The root element.

    Args:
        content: the file.
        root: local name that the root must have.

    Raises:
        WrongContentError: it is no well-formed XML, or has another root, such as an error page.
    """
    try:
        element: etree._Element = safe_xml(content)
    except InputError as error:
        raise WrongContentError(str(error)) from error
    if (found := etree.QName(element).localname) != root:
        raise WrongContentError(f"expected XML with the root {root}, found {found}")
    return element


def find_all(element: etree._Element, name: str) -> list[etree._Element]:
    """All elements below `element` with a local name, in document order."""
    return list(element.iterdescendants(f"{{*}}{name}"))


def text_of(element: etree._Element) -> str:
    """The text of an element, white space collapsed."""
    return clean("".join(str(part) for part in element.itertext()))


def texts(element: etree._Element, name: str) -> tuple[str, ...]:
    """The texts of all elements with a local name, without the empty ones."""
    return tuple(text for each in find_all(element, name) if (text := text_of(each)))


def first_text(element: etree._Element, name: str) -> str:
    """The text of the first element with a local name; empty if there is none."""
    return next(iter(texts(element, name)), "")


def attribute(element: etree._Element, name: str) -> str:
    """The value of an attribute with a local name; empty if there is none."""
    for key, value in element.attrib.items():
        if etree.QName(str(key)).localname == name:
            return clean(str(value))
    return ""
