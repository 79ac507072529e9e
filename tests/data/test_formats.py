import io
import zipfile

import docx
import pytest

from data.errors import InputError
from data.formats import detect


def _zip(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name in names:
            package.writestr(name, "x")
    return buffer.getvalue()


def _word() -> bytes:
    buffer = io.BytesIO()
    docx.Document().save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        pytest.param(_word(), "a.pdf", "docx", id="Word under another name"),
        pytest.param(_zip("xl/workbook.xml"), "a", "xlsx", id="Excel"),
        pytest.param(b"\n%PDF-1.7\n", "a.docx", "pdf", id="PDF after a line"),
        pytest.param(b"PAR1\x15", "a", "parquet", id="Parquet"),
        pytest.param(b'\xef\xbb\xbf<?xml version="1.0"?><a/>', "a.txt", "xml", id="XML with BOM"),
        pytest.param(b"<officiele-publicatie>", "-", "xml", id="XML without a declaration"),
        pytest.param(b"\n<!DOCTYPE html>\n<html>", "a.xml", "html", id="HTML"),
        pytest.param(b'<?xml version="1.0"?><html xmlns="x">', "a", "html", id="XHTML"),
        pytest.param(b'{"tekst": "Klopt het?"}', "a", "jsonl", id="JSON Lines"),
        pytest.param(b"tekst;titel\nKlopt het?;Brug\n", "a", "csv", id="CSV"),
        pytest.param(b"PK;tekst\n1;Klopt het?\n", "a.csv", "csv", id="CSV with a column PK"),
        pytest.param(b"tekst\nKlopt het?\n", "a.csv", "csv", id="CSV of one column"),
        pytest.param(b"Klopt het, of niet?\n", "a", "text", id="text with a comma"),
        pytest.param(b"", "a.parquet", "parquet", id="empty, by its name"),
    ],
)
def test_a_format_is_known_by_its_content(content: bytes, name: str, expected: str) -> None:
    file = io.BytesIO(content)
    assert detect(file, name) == expected
    assert file.tell() == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"\x89PNG\r\n", "a picture", id="picture"),
        pytest.param(b"\x1f\x8b\x08", "gzip.*unpack", id="gzip"),
        pytest.param(b"{\\rtf1", "RTF.*save it as .docx", id="RTF"),
        pytest.param(b"\xd0\xcf\x11\xe0" + bytes(600), "an old Office file; save", id="old Office file"),
        pytest.param(
            b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "an encrypted Office file; remove the password",
            id="locked Office file",
        ),
        pytest.param(_zip("content.xml", "mimetype"), "OpenDocument", id="OpenDocument"),
        pytest.param(_zip("a.docx"), "a zip archive; unpack", id="archive"),
        pytest.param(_word()[:500], "a broken zip file", id="cut off"),
    ],
)
def test_a_format_that_is_not_read_says_what_to_do(content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        detect(io.BytesIO(content), "a.docx")
    assert error.value.reason == ("locked" if "encrypted" in message else "unreadable")
