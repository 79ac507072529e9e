"""Files that appear whole or not at all."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from data.errors import InputError


def refuse_existing(target: Path, *, force: bool) -> None:
    """Raise InputError if a file would be overwritten that the user did not say may go."""
    if target.exists() and not force:
        raise InputError(f"{target}: expected a name that is free; choose another or add --force")


def file_place(target: Path) -> Path:
    """Where a file of this name would stand: the target of a link, not the link.

    Raises:
        InputError: the folder does not exist, or the target is a folder or a link to itself.
    """
    try:
        target = target.resolve()
    except RuntimeError as error:
        raise InputError(f"{target}: expected a file name, found a link to itself; choose another") from error
    other = target.exists() and not target.is_file()
    if other or not target.parent.is_dir():
        found = "a folder or device of that name" if other else f"no folder {target.parent}"
        raise InputError(f"{target}: expected a file name in an existing folder, found {found}; choose another")
    return target


@contextmanager
def whole_path(target: Path) -> Iterator[Path]:
    """Give a path beside `target` to write to; it takes the target's place when the block ends well.

    Raises:
        InputError: the folder does not exist, or the target is a folder.
    """
    target = file_place(target)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as temporary:
        unfinished = Path(temporary) / target.name
        yield unfinished
        unfinished.replace(target)


@contextmanager
def whole_file(target: Path) -> Iterator[TextIO]:
    """Open a UTF-8 text file that takes the target's place when the block ends well."""
    with whole_path(target) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        yield file
