"""The folder of a run: what was fetched is kept there, whole or not at all, until the run has finished."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from data.connectors.http import Client
from data.errors import InputError
from data.output import whole_path


class Pages:
    """Answers of a source, each asked for once in the life of a run."""

    def __init__(self, client: Client, folder: Path) -> None:
        """Keep answers of `client` in `folder`, which exists."""
        self._client = client
        self._folder = folder

    def get(
        self,
        address: str,
        params: Mapping[str, str] | None = None,
        check: Callable[[bytes], object] = lambda content: None,
    ) -> bytes:
        """As `Client.get`; an answer that passed the check is kept."""
        whole = f"{address}?{urlencode(params or {})}"
        path = self._folder / hashlib.sha256(whole.encode()).hexdigest()
        if path.is_file():
            return path.read_bytes()
        content = self._client.get(address, params, check)
        with whole_path(path) as unfinished:
            unfinished.write_bytes(content)
        return content


class Work:
    """The parts of `FOLDER/.work`."""

    def __init__(self, folder: Path) -> None:
        """Name the parts; makes nothing."""
        self.folder = folder / ".work"
        self.settings = self.folder / "settings.json"
        self.pages = self.folder / "pages"
        self.documents = self.folder / "documents"
        self.out = self.folder / "out"

    def begin(self, asked: Mapping[str, Any], started: str) -> str:
        """Start a run in a new or empty folder, or go on with one that was asked for the same.

        Args:
            asked: what the run is asked for, JSON-ready.
            started: today, kept if the run is new.

        Returns:
            The day on which the run was started first.

        Raises:
            InputError: the folder holds something else, or a run with other arguments.
        """
        folder = self.folder.parent
        if self.settings.is_file():
            before = json.loads(self.settings.read_text(encoding="utf-8"))
            refuse_other(folder, before["asked"], asked)
            return str(before["started"])
        if folder.exists() and (not folder.is_dir() or any(path != self.folder for path in folder.iterdir())):
            raise InputError(f"{folder}: expected a new or empty folder, found other files; choose another")
        self.pages.mkdir(parents=True, exist_ok=True)
        self.documents.mkdir(exist_ok=True)
        write_json(self.settings, {"asked": asked, "started": started})  # last: from now on the run can be gone on with
        return started

    def kept(self, key: str) -> dict[str, Any] | None:
        """What was read of a document; None if it still has to be."""
        path = self.documents / f"{key}.json"
        values: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        return values

    def keep(self, key: str, values: Mapping[str, Any]) -> None:
        """Keep what was read of a document."""
        write_json(self.documents / f"{key}.json", values)


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a JSON file that appears whole or not at all."""
    with whole_path(path) as unfinished:
        unfinished.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def refuse_other(folder: Path, before: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Raise InputError if a folder holds a run with other arguments, and name the first that differs."""
    for name in sorted(before.keys() | asked.keys()):
        if before.get(name) != asked.get(name):
            raise InputError(
                f"{folder}: expected the arguments of the run that it holds, {name} {before.get(name)}, found "
                f"{asked.get(name)}; give the same ones or choose another folder"
            )
