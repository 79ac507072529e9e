"""The labelled files of a run: what is trained on, and what is measured on."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import InputError
from data.labelled import read_labelled
from data.labels import LabelScheme
from data.question import LabelledQuestion
from data.split import split


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file, divided."""

    path: Path
    sha256: str
    train: list[LabelledQuestion]
    dev: list[LabelledQuestion]

    def facts(self) -> dict[str, Any]:
        """For the tracker and the card."""
        return {"file": self.path.name, "sha256": self.sha256, "train": len(self.train), "dev": len(self.dev)}


@dataclass(frozen=True, slots=True)
class TrainingData:
    """All files of a run."""

    sources: list[Source]
    sets: dict[str, list[LabelledQuestion]]
    """By name, the sets to measure on: the dev part of each source, and the test files."""

    @property
    def train(self) -> list[LabelledQuestion]:
        """The questions to train on."""
        return [question for source in self.sources for question in source.train]

    @property
    def dev(self) -> list[LabelledQuestion]:
        """The questions to choose thresholds on."""
        return [question for source in self.sources for question in source.dev]


def read_data(data: Sequence[Path], tests: Sequence[Path], scheme: LabelScheme, seed: int) -> TrainingData:
    """Read and split labelled files; a document that two files share is training data in both.

    Args:
        data: files to train on; each is split into train and dev.
        tests: files that are only measured on.
        scheme: the labels.
        seed: of the split.

    Raises:
        InputError: a file cannot be used, two have one name, or nothing is left to train or measure on.
        SchemeError: a label is unknown.
    """
    names = [path.stem for path in (*data, *tests)]
    if len(set(names)) < len(names):
        raise InputError(f"expected files of different names, found {', '.join(sorted(names))}; rename one")
    parts = {path: split(read_labelled(path, scheme), seed) for path in data}
    trained = {each.group for part in parts.values() for each in part["train"]}
    sources = [
        Source(
            path=path,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            train=part["train"],
            dev=[each for each in part["dev"] if each.group not in trained],
        )
        for path, part in parts.items()
    ]
    for name in ("train", "dev"):
        if not any(getattr(source, name) for source in sources):
            raise InputError(f"expected questions to {name} on, found none; add data or empty the column split")
    sets = {f"{source.path.stem} dev": source.dev for source in sources if source.dev}
    return TrainingData(sources, sets | {path.stem: read_labelled(path, scheme) for path in tests})
