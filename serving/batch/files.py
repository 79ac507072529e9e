"""Files by path or by address (s3://, gs://, ...), and the folder in which the parts of a run are kept."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO, Any
from uuid import uuid4

import fsspec

from data.errors import InputError
from data.reading import expand

_LOCK = "lock"


def is_address(name: str) -> bool:
    """Whether a name is the address of an object store rather than a path."""
    return "://" in name


def find(names: Iterable[str], own: Iterable[str]) -> list[str]:
    """The files that names stand for, each once, in order; see `data.reading.expand`.

    Args:
        names: files, folders, patterns or addresses.
        own: files that the run itself writes; a folder or pattern does not mean them.

    Raises:
        InputError: nothing has such a name, or a name is not text.
    """
    own = tuple(map(whole_name, own))
    found: dict[str, str] = {}
    for name in names:
        files = _expand_address(name) if is_address(name) else map(str, expand(name))
        named = whole_name(name)
        for file in files:
            whole = whole_name(file)
            if whole == named or not _is_own(whole, own):
                found.setdefault(whole, file)
    return list(found.values())


def _is_own(file: str, own: tuple[str, ...]) -> bool:
    return any(file == name or file.startswith(f"{name}/") for name in own)


def whole_name(name: str) -> str:
    """The one name of a file that has several: an address, or the path without links.

    Raises:
        InputError: a path that is not text, which no output can name.
    """
    if is_address(name):
        return name
    try:
        return os.fsencode(Path(name).resolve()).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"expected file names in UTF-8, found {os.fsencode(name)!r}; rename it") from error


def _expand_address(name: str) -> list[str]:
    files, path = open_files(name)
    found = files.find(path) if files.isdir(path) else sorted(files.glob(path))
    if not found:
        raise InputError(f"{name}: expected a file, a folder with files or a pattern, found nothing; check the address")
    return [str(files.unstrip_protocol(file)) for file in found]


def open_files(name: str) -> tuple[Any, str]:
    """The file system of a path or address, and the path in it.

    Raises:
        InputError: no such kind of object store is known, or its package is not installed.
    """
    if not is_address(name):
        # Whole, since fsspec reads more into a name such as a::b, file:a or ~a.
        return fsspec.filesystem("file"), str(Path(name).absolute())
    try:
        files, path = fsspec.core.url_to_fs(name)
    except ImportError as error:
        raise InputError(f"{name}: expected the package of this kind of address ({error}); install it") from error
    except ValueError as error:
        raise InputError(f"{name}: expected a path or an address such as s3://… ({error}); check it") from error
    return files, str(path)


@contextmanager
def local_copy(name: str) -> Iterator[Path]:
    """A file as a path on this machine; that of an object store is fetched for as long as the block lasts."""
    if not is_address(name):
        yield Path(name)
        return
    files, path = open_files(name)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / PurePosixPath(path).name
        files.get_file(path, str(copy))
        yield copy


def digest(name: str) -> str:
    """SHA-256 of a file."""
    files, path = open_files(name)
    with files.open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def exists(name: str) -> bool:
    """Whether there is a file or folder of this name."""
    files, path = open_files(name)
    return bool(files.exists(path))


def remove(name: str) -> None:
    """Remove a file if it is there."""
    files, path = open_files(name)
    if files.exists(path):
        files.rm_file(path)


class Folder:
    """A folder of small files that each appear whole or not at all.

    Args:
        name: its path or address; need not exist.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._files, self._path = open_files(name)
        self._local = not is_address(name)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Make the folder and keep other runs out of it for as long as the block lasts; if empty, it goes at the end.

        Object stores know no locks: there nothing is kept out.

        Raises:
            InputError: another run is in it.
        """
        if not self._local:
            yield
            return
        lock = Path(self._path, _LOCK)
        lock.parent.mkdir(exist_ok=True)
        with lock.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # goes with the process, however that ends
                taken = not os.path.samestat(os.fstat(file.fileno()), lock.stat())  # a run that ended took it away
            except (BlockingIOError, FileNotFoundError):
                taken = True
            if taken:
                raise InputError(f"{self.name}: expected no other run with this output, found one; wait for its end")
            try:
                yield
            finally:
                lock.unlink()
                with suppress(OSError):  # what an interrupted run leaves stays
                    lock.parent.rmdir()

    def names(self) -> set[str]:
        """Names of the files in it."""
        if not self._files.exists(self._path):
            return set()
        self._files.invalidate_cache()
        return {PurePosixPath(path).name for path in self._files.ls(self._path, detail=False)} - {_LOCK}

    def open(self, name: str) -> IO[bytes]:
        """Open a file to read."""
        opened: IO[bytes] = self._files.open(f"{self._path}/{name}", "rb")
        return opened

    def read(self, name: str) -> bytes:
        """The content of a file."""
        with self.open(name) as file:
            return file.read()

    def write(self, name: str, content: bytes) -> None:
        """Write a file; an old one of the same name is replaced."""
        unfinished = f"{self._path}/.{name}.{uuid4().hex}"
        self._files.makedirs(self._path, exist_ok=True)
        if not self._local:
            self._files.pipe_file(unfinished, content)
            self._files.mv(unfinished, f"{self._path}/{name}")
            return
        try:
            Path(unfinished).write_bytes(content)
            publish(Path(unfinished), f"{self._path}/{name}")
        except OSError:
            Path(unfinished).unlink(missing_ok=True)  # room on a disk that is full
            raise

    def remove(self, last: str) -> None:
        """Remove the files in the order of their names, but `last` as the last of them."""
        for name in sorted(self.names(), key=lambda name: (name == last, name)):
            self._files.rm_file(f"{self._path}/{name}")
        if not self._local and self._files.exists(self._path):  # object stores have no empty folders, some others have
            self._files.rm(self._path, recursive=True)

    @contextmanager
    def workshop(self) -> Iterator[Path]:
        """A folder on this machine in which a file can be made that `publish` then moves beside this folder."""
        if self._local:
            yield Path(self._path)
            return
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)


def publish(unfinished: Path, target: str) -> None:
    """Give a finished file its place at once; on a disk of this machine its content is safe before its name is."""
    if is_address(target):
        files, path = open_files(target)
        beside = f"{path}.{uuid4().hex}"
        files.put_file(str(unfinished), beside)
        files.mv(beside, path)
        return
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    unfinished.replace(target)
