"""What a harvest needs of a source: a list of documents, and how to read each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from data.connectors.rows import Harvested, Problem

Report = Callable[[str, int, int], None]
"""Told what is done, how much of it, and how much there is."""


def say_nothing(what: str, done: int, total: int) -> None:
    """The report of a run that nobody watches."""


@dataclass(frozen=True, slots=True)
class Item:
    """A document to read."""

    key: str
    """Names it in the harvest and as a file."""
    read: Callable[[], Harvested]
    """Raises SourceError if the source does not answer; what asking later cannot change is in the result."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The documents of a period, in the order of the rows."""

    items: list[Item]
    problems: list[Problem] = field(default_factory=list)
    left_out: list[Problem] = field(default_factory=list)


class Source(Protocol):
    """Where to harvest."""

    def listing(self, report: Report) -> Listing:
        """The documents of the period; raises SourceError if the source does not answer."""
