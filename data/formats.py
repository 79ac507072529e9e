"""Tell what format a file has by its content; its name only decides between kinds of text."""

import codecs
import re
import zipfile
from pathlib import Path
from typing import BinaryIO, Literal

from data.errors import InputError

Format = Literal["docx", "xlsx", "pdf", "xml", "html", "parquet", "jsonl", "csv", "text"]

TABLES: frozenset[Format] = frozenset({"jsonl", "csv", "xlsx", "parquet"})
SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
    ".docx": "docx",
    ".pdf": "pdf",
    ".xml": "xml",
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
}
"""The format that each ending promises."""

_HEAD_BYTES = 4096
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_JSON = re.compile(rb'\s*\{\s*"')
_CSV = re.compile(rb'"?[\w.]+"?(?:[;,\t]"?[\w.]+"?)+\r?\n')
"""A head line of at least two names."""
_OTHERS = (
    (b"\x89PNG", "a picture (PNG)", "recognise its text first"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "recognise its text first"),
    (b"GIF8", "a picture (GIF)", "recognise its text first"),
    (b"II*\0", "a picture (TIFF)", "recognise its text first"),
    (b"MM\0*", "a picture (TIFF)", "recognise its text first"),
    (b"\x1f\x8b", "a compressed file (gzip)", "unpack it first"),
    (b"BZh9", "a compressed file (bzip2)", "unpack it first"),
    (b"\xfd7zXZ", "a compressed file (xz)", "unpack it first"),
    (b"7z\xbc\xaf", "an archive (7z)", "unpack it first"),
    (b"Rar!\x1a\x07", "an archive (RAR)", "unpack it first"),
    (b"{\\rtf", "a text in RTF", "save it as .docx"),
)
_COMPOUND = b"\xd0\xcf\x11\xe0"
"""Opening of a compound file (MS-CFB): Office files before 2007, and locked ones since."""


def detect(file: BinaryIO, name: str) -> Format:
    """Recognise a file by its content.

    Args:
        file: can be read and sought; is left at its start.
        name: its ending tells JSON Lines and CSV from plain text, and what an empty file was meant to be.

    Raises:
        InputError: a format that is not read (a picture, an archive, a locked or old Office file).
    """
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    promised = SUFFIXES.get(Path(name).suffix.lower(), "text")
    if not head:
        return promised
    for opening, found, remedy in _OTHERS:
        if head.startswith(opening):
            raise InputError(f"expected a document or table, found {found}; {remedy}")
    if head.startswith(_COMPOUND):
        locked = "EncryptedPackage".encode("utf-16-le") in file.read()
        file.seek(0)
        if locked:
            raise InputError(
                "expected a document or table, found an encrypted Office file; remove the password", "locked"
            )
        raise InputError("expected a document or table, found an old Office file; save it as .docx or .xlsx")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _package(file)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PAR1"):
        return "parquet"
    text = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = head.decode("utf-16", errors="ignore").encode(errors="ignore")
    if text.lstrip().startswith(b"<"):
        return "html" if _HTML.search(text[:1024]) else "xml"
    if promised in ("jsonl", "csv", "parquet"):
        return promised
    return "jsonl" if _JSON.match(text) else "csv" if _CSV.match(text) else "text"


def _package(file: BinaryIO) -> Format:
    try:
        with zipfile.ZipFile(file) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise InputError(f"expected a document or table, found a broken zip file ({error}); save it again") from error
    finally:
        file.seek(0)
    if "word/document.xml" in names:
        return "docx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names:
        raise InputError("expected a document or table, found an OpenDocument file; save it as .docx or .xlsx")
    raise InputError("expected a document or table, found a zip archive; unpack it first")
