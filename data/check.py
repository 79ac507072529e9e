"""Check files of labelled questions before they train anything."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from data.errors import InputError, SchemeError
from data.labelled import to_labelled
from data.labels import LabelScheme
from data.question import LabelledQuestion
from data.similar import near_duplicates
from data.tables import read_rows

Kind = Literal["row", "label", "duplicate", "leak"]

NEAR_DUPLICATE = 0.5
"""Two items whose words (title, context and question) resemble each other more than this share most of their words."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a row."""

    file: str
    row: int
    """As `data.tables.read_rows` numbers it."""
    kind: Kind
    message: str

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}: {self.message}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in some files."""

    findings: list[Finding]
    questions: dict[str, list[LabelledQuestion]] = field(default_factory=dict)
    """The rows that could be used, by file name."""
    unlabelled: Counter[str] = field(default_factory=Counter)
    """Rows without a domain, by file name."""


def check(paths: Sequence[Path], scheme: LabelScheme) -> Checked:
    """Read files and find rows that cannot be used, unknown labels, repeats, and documents on both sides of a split.

    A file is one side unless it has a column `split`; of several files, each is a side of its own.

    Raises:
        InputError: a file is missing or no table, or two have one name. What is wrong with a row is a finding.
    """
    if len({path.name for path in paths}) < len(paths):
        raise InputError(
            f"expected files of different names, found {', '.join(path.name for path in paths)}; rename one"
        )
    checked = Checked([])
    numbers: dict[str, list[int]] = {}
    for path in paths:
        name = path.name
        numbers[name], checked.questions[name] = [], []
        for number, row in read_rows(path):
            if not row.get("domain"):
                checked.unlabelled[name] += 1
                continue
            try:
                checked.questions[name].append(to_labelled(row, path.stem, scheme))
                numbers[name].append(number)
            except (InputError, SchemeError) as error:
                kind: Kind = "label" if isinstance(error, SchemeError) else "row"
                checked.findings.append(Finding(name, number, kind, str(error)))
    places = [
        _Place(name, number, question)
        for name, questions in checked.questions.items()
        for number, question in zip(numbers[name], questions, strict=True)
    ]
    checked.findings.extend(_repeats(places))
    checked.findings.extend(_leaks(places))
    return checked


@dataclass(frozen=True, slots=True)
class _Place:
    file: str
    row: int
    question: LabelledQuestion

    @property
    def side(self) -> str:
        """What must not share a document with another side."""
        return f"{self.file} {self.question.split or 'train'}"

    @property
    def text(self) -> str:
        question = self.question.question
        return f"{question.title} {question.context} {question.text}"

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}"


def _repeats(places: list[_Place]) -> Iterable[Finding]:
    """Rows that repeat another; each once. Questions of one document share its title, and may follow on each other."""
    seen: set[int] = set()
    for first, second, resemblance in near_duplicates([place.text for place in places], NEAR_DUPLICATE):
        one, other = places[first], places[second]
        crosses = one.side != other.side
        if second in seen or (one.question.group == other.question.group and resemblance < 1 and not crosses):
            continue
        seen.add(second)
        message = f"shares {resemblance:.0%} of its words with {one}" + (", on the other side of a split" * crosses)
        yield Finding(other.file, other.row, "leak" if crosses else "duplicate", f"{message}; leave one out")


def _leaks(places: list[_Place]) -> Iterable[Finding]:
    seen: dict[str, _Place] = {}
    for place in places:
        first = seen.setdefault(place.question.group, place)
        if first.side != place.side:
            message = f"its document is that of {first}, on the other side of a split; put both on one side"
            yield Finding(place.file, place.row, "leak", message)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two annotators agree on one head, before anything was adjudicated."""

    head: str
    items: int
    share: float
    """Items on which both gave the same label, in [0, 1]."""
    kappa: float
    """Cohen's (1960), at most 1; 0 is what chance gives. 1 where both gave one label throughout."""


def agreement(path: Path) -> list[Agreement]:
    """The agreement in a table with the columns `domain_1`, `domain_2`, `urgency_1` and `urgency_2`.

    Raises:
        InputError: the file cannot be read, has no rows, or a label is missing.
    """
    from sklearn.metrics import cohen_kappa_score

    rows = list(read_rows(path))
    if not rows:
        raise InputError(f"{path}: expected items that were labelled twice, found none; check the file")
    found = []
    for head in ("domain", "urgency"):
        columns = (f"{head}_1", f"{head}_2")
        for number, row in rows:
            if missing := [column for column in columns if not isinstance(row.get(column), str)]:
                raise InputError(f"{path}, row {number}: expected a label in column {missing[0]}, found none; fill it")
        pairs = [(row[columns[0]], row[columns[1]]) for _, row in rows]
        same = sum(first == second for first, second in pairs) / len(pairs)
        one_label = len({label for pair in pairs for label in pair}) == 1
        kappa = 1.0 if one_label else float(cohen_kappa_score(*zip(*pairs, strict=True)))
        found.append(Agreement(head, len(pairs), same, kappa))
    return found
