"""What a run keeps on disk: what it was to do, its parts and what is known of them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from data.errors import InputError
from serving.batch.files import Folder, digest, exists
from serving.batch.report import Totals
from serving.batch.windows import WINDOW_ROWS, Place
from serving.schema import ModelInfo

SETTINGS = "manifest.json"
"""Removed before the parts, by its name: without it what is left of them is of no run."""
FINISHED = "finished.json"
"""Written when the output is whole, removed last."""
_OWN = re.compile(r"\.?(manifest|finished|part-\d{7})\..+|errors|output")
"""Files of a run; those with a dot before are unfinished."""
_FACTS = re.compile(r"part-\d{7}\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a run is to do. Every machine that takes part gets it."""

    files: tuple[str, ...]
    """Paths or addresses of the input."""
    target: str
    """Path or address of the output; its ending tells the format."""
    model: ModelInfo
    model_sha256: str
    """Digest of what the model consists of."""
    window_rows: int = WINDOW_ROWS

    @property
    def folder(self) -> Folder:
        """Where the parts are kept."""
        return Folder(parts_name(self.target))


def parts_name(target: str) -> str:
    """The folder of a run's parts."""
    return f"{target}.parts"


def errors_name(target: str) -> str:
    """The file of a run's refused rows."""
    return f"{target}.errors.jsonl"


class Facts(BaseModel):
    """What is known of a part; written after it, so that a part with facts is whole."""

    end: Place
    documents: dict[str, int]
    columns: list[str]
    totals: Totals


class Finished(BaseModel):
    """Says that the output is whole."""

    sha256: str
    totals: Totals


def begin(job: Job) -> None:
    """Note what the run is to do, or check that it is what an interrupted one was to do."""
    inputs = [{"file": file, "sha256": digest(file)} for file in job.files]
    settings = {
        "input": inputs,
        "model": job.model.model_dump() | {"sha256": job.model_sha256},
        "output format": Path(job.target).suffix.lower(),
        "window size": job.window_rows,
    }
    folder = job.folder
    names = folder.names()
    if not has_parts(names):
        if foreign := sorted(name for name in names if not _OWN.fullmatch(name)):
            raise InputError(
                f"{folder.name}: expected only parts of a run, found {foreign[0]}; move it or choose another output"
            )
        folder.remove(last=FINISHED)  # of a run that did nothing yet, or was done but for the removal of these
        folder.write(SETTINGS, json.dumps(settings, ensure_ascii=False, indent=1).encode())
        return
    try:
        began = json.loads(folder.read(SETTINGS))
    except ValueError as error:
        raise _broken(folder, SETTINGS) from error
    if changed := [name for name, value in settings.items() if began.get(name) != value]:
        raise InputError(
            f"{job.target}: expected the {' and '.join(changed)} of the run that was interrupted here, found another;"
            f" give that back, or delete the folder {folder.name} to start afresh"
        )


def has_parts(names: set[str]) -> bool:
    """Whether the files of a folder are those of a run that did something."""
    return SETTINGS in names and any(map(_FACTS.fullmatch, names))


def kept(folder: Folder) -> Iterator[Facts]:
    """What is known of each part, in order."""
    for number in sorted(int(name[5:12]) for name in folder.names() if _FACTS.fullmatch(name)):
        yield read_facts(folder, number)


def finished_totals(job: Job) -> Totals | None:
    """The counts of a run that was interrupted when all but its parts was in place."""
    if FINISHED not in job.folder.names() or not exists(job.target):
        return None
    mark = Finished.model_validate_json(job.folder.read(FINISHED))
    return mark.totals if digest(job.target) == mark.sha256 else None


def read_facts(folder: Folder, number: int) -> Facts:
    """What is known of a part."""
    try:
        return Facts.model_validate_json(folder.read(facts_name(number)))
    except ValidationError as error:
        raise _broken(folder, facts_name(number)) from error


def _broken(folder: Folder, name: str) -> InputError:
    return InputError(f"{folder.name}: expected parts of a run of this program, found {name} broken; delete the folder")


def facts_name(number: int) -> str:
    """The file of what is known of a part."""
    return f"part-{number:07}.json"


def refused_name(number: int) -> str:
    """The file of a part's refused rows."""
    return f"part-{number:07}.errors"


def rows_name(number: int) -> str:
    """The file of a part's answered rows."""
    return f"part-{number:07}.rows"
