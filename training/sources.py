"""The labelled files of a run: what is trained on, and what is measured on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from data.errors import InputError
from data.labelled import CORPUS_TRAIN, read_labelled
from data.labels import LABELS_TOML, LabelScheme, load_scheme
from data.question import LabelledQuestion
from data.split import split
from models.artefact import file_sha256

MIN_URGENCY = 10
"""Questions of a level that the data must have themselves to learn urgency from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file, divided."""

    path: Path
    sha256: str
    train: list[LabelledQuestion]
    dev: list[LabelledQuestion]
    urgency_alone: bool = False
    """Whether its questions have no domain of the scheme."""

    def facts(self) -> dict[str, Any]:
        """For the tracker and the card."""
        name = self.path.name + " (urgency alone)" * self.urgency_alone
        return {"file": name, "sha256": self.sha256, "train": len(self.train), "dev": len(self.dev)}


@dataclass(frozen=True, slots=True)
class TrainingData:
    """All files of a run."""

    sources: list[Source]
    sets: dict[str, list[LabelledQuestion]]
    """By name, the sets to measure on: the dev part of each source, and the test files."""

    @property
    def train(self) -> list[LabelledQuestion]:
        """The questions to train on."""
        return [question for source in self.sources if not source.urgency_alone for question in source.train]

    @property
    def dev(self) -> list[LabelledQuestion]:
        """The questions to choose thresholds on."""
        return [question for source in self.sources if not source.urgency_alone for question in source.dev]

    @property
    def urgency_train(self) -> list[LabelledQuestion]:
        """Questions without a domain that teach urgency, where the others teach too little of it."""
        return [question for source in self.sources if source.urgency_alone for question in source.train]

    @property
    def urgency_dev(self) -> list[LabelledQuestion]:
        """Questions without a domain that calibrate urgency."""
        return [question for source in self.sources if source.urgency_alone for question in source.dev]


def read_data(data: Sequence[Path], tests: Sequence[Path], scheme: LabelScheme, seed: int) -> TrainingData:
    """Read and split labelled files; a document that two files share is training data in both.

    Where the files have fewer than `MIN_URGENCY` questions of an urgency level, and the levels are those of the written
    corpus, the corpus is added for urgency alone: few offices judge it, and no public set does.

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
            sha256=file_sha256(path),
            train=part["train"],
            dev=[each for each in part["dev"] if each.group not in trained],
        )
        for path, part in parts.items()
    ]
    for name in ("train", "dev"):
        if not any(getattr(source, name) for source in sources):
            raise InputError(f"expected questions to {name} on, found none; add data or empty the column split")
    sets = {f"{source.path.stem} dev": source.dev for source in sources if source.dev}
    if _lacks_urgency(sources, scheme):
        sources.append(_corpus_urgency(seed))
    return TrainingData(sources, sets | {path.stem: read_labelled(path, scheme) for path in tests})


def _lacks_urgency(sources: Sequence[Source], scheme: LabelScheme) -> bool:
    counts = Counter(question.urgency for source in sources for question in source.train)
    learnable = scheme.urgency_ids == load_scheme(LABELS_TOML).urgency_ids
    return learnable and min(counts[level] for level in scheme.urgency_ids) < MIN_URGENCY


def _corpus_urgency(seed: int) -> Source:
    """The written corpus without its domains."""
    parts = split(read_labelled(CORPUS_TRAIN, load_scheme(LABELS_TOML)), seed)
    train, dev = ([replace(each, domain="", also=()) for each in parts[side]] for side in ("train", "dev"))
    return Source(path=CORPUS_TRAIN, sha256=file_sha256(CORPUS_TRAIN), train=train, dev=dev, urgency_alone=True)
