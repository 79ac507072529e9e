"""Which of the documents about one set of questions to read: the latest version, and answers before notices."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from data.connectors.koop import FINAL_STATUSES, KoopRecord
from data.connectors.rows import Problem


@dataclass(frozen=True, slots=True)
class Choice:
    """The records to read, by day and identifier, and those left out with the reason."""

    records: list[KoopRecord]
    left_out: list[Problem]
    postponed: frozenset[str]
    """Vraagnummers about which there is a notice, of delay mostly."""


def choose(records: Iterable[KoopRecord]) -> Choice:
    """Leave out repeats, versions that another replaced, and notices about questions that were answered since."""
    by_id: dict[str, KoopRecord] = {}
    for record in records:
        before = by_id.get(record.id)
        if before is None or record.age > before.age:
            by_id[record.id] = record
    by_question: dict[str, list[KoopRecord]] = defaultdict(list)
    for record in by_id.values():
        by_question[record.vraagnummer or record.id].append(record)
    kept, left_out = [], []
    for record in sorted(by_id.values(), key=lambda each: (each.available, each.id)):
        others = by_question[record.vraagnummer or record.id]
        later = max((each for each in others if _replaces(each, record)), key=lambda each: each.age, default=None)
        answer = next((each for each in others if each.is_answer), None) if record.is_notice else None
        if later:
            left_out.append(Problem(record.id, f"{record.status}; {later.id} is a later version"))
        elif answer:
            left_out.append(Problem(record.id, f"{record.kind}; {answer.id} answers the questions"))
        else:
            kept.append(record)
    postponed = frozenset(each.vraagnummer for each in by_id.values() if each.is_notice and each.vraagnummer)
    return Choice(kept, left_out, postponed)


def _replaces(record: KoopRecord, other: KoopRecord) -> bool:
    """Whether `other` is an unedited version of `record`. Two edited documents of one number are both kept: ministers
    may have answered apart.
    """
    unedited = other.status.casefold() == FINAL_STATUSES[0]
    edited = record.status.casefold() in FINAL_STATUSES[1:]
    return unedited and edited and other.kind in ("", record.kind)
