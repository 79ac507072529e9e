"""Read Word files (.docx, ECMA-376) with python-docx."""

import io
from collections.abc import Iterator
from typing import Any

from data.errors import InputError
from data.paragraphs import Paragraph
from data.readers.package import check_package

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_MARK_CHARACTERS = 3
"""A raised number of at most so many characters is a footnote mark."""


def read_word(content: bytes) -> list[Paragraph]:
    """The paragraphs of a Word file in document order, those of tables and text boxes included.

    A line or page break ends a paragraph, since ministries put headings behind one. Deleted text, comments and Word's
    own footnotes (the minister's) are left out; raised numbers become superscripts, so that they are known as marks.

    Raises:
        InputError: the file is too large, locked, or no Word file.
    """
    import docx
    from docx.opc.exceptions import OpcError
    from docx.oxml.exceptions import InvalidXmlError
    from lxml.etree import LxmlError

    file = io.BytesIO(content)
    check_package(file)
    try:
        body = docx.Document(file).element.body
        return [paragraph for element in body.iter(_tag("w", "p")) for paragraph in _paragraphs(element)]
    except (OpcError, LxmlError, InvalidXmlError, KeyError, ValueError, AttributeError, TypeError) as error:
        # python-docx raises the latter four for parts that are missing or of another kind than they say.
        raise InputError(f"expected a Word file ({error}); open it in Word and save it again") from error


def _tag(prefix: str, name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(f"{prefix}:{name}"))


def _paragraphs(element: Any) -> Iterator[Paragraph]:
    if (
        next(element.iterancestors("{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"), None)
        is not None
    ):
        return  # the same text box a second time, for old versions of Word
    listed = element.pPr is not None and element.pPr.numPr is not None
    runs = [run for run in element.iter(_tag("w", "r")) if _owner(run) is element and _is_shown(run)]
    parts = [(part, bool(run.rPr is not None and _is_on(run.rPr, "b"))) for run in runs for part in _text(run)]
    lines: list[list[tuple[str, bool]]] = [[]]
    for text, bold in parts:
        for place, piece in enumerate(text.split("\n")):
            if place:
                lines.append([])
            lines[-1].append((piece, bold))
    for line in lines:
        letters = [(sum(map(str.isalpha, text)), bold) for text, bold in line]
        bold_letters = sum(count for count, bold in letters if bold)
        yield Paragraph(
            "".join(text for text, _ in line),
            bold=2 * bold_letters > sum(count for count, _ in letters),
            listed=listed,
        )


def _owner(run: Any) -> Any:
    """The paragraph that a run belongs to: of a text box, the one inside it."""
    return next(run.iterancestors(_tag("w", "p")))


def _is_shown(run: Any) -> bool:
    """Whether a run is neither hidden nor the old place of text that was moved."""
    if run.rPr is not None and _is_on(run.rPr, "vanish"):
        return False
    return next(run.iterancestors(_tag("w", "moveFrom")), None) is None


def _is_on(properties: Any, name: str) -> bool:
    mark = properties.find(_tag("w", name))
    return mark is not None and mark.get(_tag("w", "val"), "1") not in ("0", "false", "none")


def _text(run: Any) -> Iterator[str]:
    raised = run.rPr is not None and run.rPr.superscript
    for child in run:
        if child.tag == _tag("w", "t"):
            text = child.text or ""
            mark = raised and len(text.strip()) <= _MARK_CHARACTERS
            yield text.translate(_SUPERSCRIPTS) if mark else text
        elif child.tag in (_tag("w", "br"), _tag("w", "cr")):
            yield "\n"
        elif child.tag == _tag("w", "tab"):
            yield " "
        elif child.tag == _tag("w", "noBreakHyphen"):
            yield "-"
