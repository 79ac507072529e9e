"""Check the zip packages that Word and Excel files are, before a library unpacks them."""

import zipfile
import zlib
from typing import BinaryIO

from data.errors import InputError

MAX_PART_BYTES = 32_000_000
"""Largest unpacked XML part. The tree that lxml makes of it takes some ten times as much memory."""
MAX_UNPACKED_BYTES = 200_000_000
"""Largest sum of all parts, pictures included."""
MAX_PARTS = 5_000


def check_package(file: BinaryIO) -> None:
    """Refuse a package that is broken, locked, or unpacks to more than the limits above; leaves the file at its start.

    `zipfile` never unpacks more of a part than its entry declares, so the declared sizes can be relied on.

    Raises:
        InputError: says which.
    """
    try:
        with zipfile.ZipFile(file) as package:
            _check_parts(package.infolist())
            broken = package.testzip()
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise InputError(f"expected a Word or Excel file, found a broken zip file ({error}); save it again") from error
    if broken:
        raise InputError(f"expected a Word or Excel file, found one whose part {broken} is broken; save it again")
    file.seek(0)


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    if any(part.flag_bits & 1 for part in parts):
        raise InputError("expected an open file, found an encrypted one; remove the password", "locked")
    largest = max((part.file_size for part in parts if part.filename.lower().endswith((".xml", ".rels"))), default=0)
    total = sum(part.file_size for part in parts)
    if largest > MAX_PART_BYTES or total > MAX_UNPACKED_BYTES or len(parts) > MAX_PARTS:
        raise InputError(
            f"expected a file that unpacks to at most {MAX_UNPACKED_BYTES} bytes, {MAX_PART_BYTES} a part and "
            f"{MAX_PARTS} parts, found {total}, {largest} and {len(parts)}: a zip bomb? Check where it is from",
            "too_large",
        )
