"""Tables of what was measured, for a terminal and for a notebook."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from data.tables import read_rows
from training.assess import Assessment, Assessments
from training.evaluate import Report, Reports
from training.mistakes import Disagreement


def empty_table(title: str, names: Sequence[str], numbers: Sequence[str]) -> Table:
    """A table with columns of text, then columns of numbers."""
    table = Table(title=title)
    for name in names:
        table.add_column(name)
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def show(*tables: Table) -> None:
    """Print those that have rows."""
    for table in tables:
        if table.row_count:
            Console().print(table)


def reports_table(reports: Reports, title: str) -> Table:
    """The heads of every tagger on every set."""
    columns = ("n", "accuracy", "macro-F1", "accepted", "urgency F1", "deadlines")
    table = empty_table(title, ("set", "model"), columns)
    for set_name, by_tagger in reports.items():
        for tagger, report in by_tagger.items():
            table.add_row(
                set_name,
                tagger,
                str(report.domain.questions),
                f"{report.domain.accuracy:.3f}",
                f"{report.domain.macro_f1:.3f}",
                f"{report.acceptable:.3f}",
                f"{report.urgency.macro_f1:.3f}" if report.urgency else "-",
                f"{report.deadlines_exact:.3f}",
            )
        table.add_section()
    return table


def certainty_table(found: Assessments) -> Table:
    """How far chance goes, and what the probabilities are worth."""
    columns = ("macro-F1, 95 %", "first minus this", "p", "ECE", "unreviewed", "errors", "likely", "holds")
    table = empty_table("Certainty", ("set", "model"), columns)
    for set_name, tagger, each in _rows(found):
        report, pair = each.report, each.against_first
        table.add_row(
            set_name,
            tagger,
            f"{each.macro_f1.low:.3f} to {each.macro_f1.high:.3f}",
            f"{pair.difference.low:+.3f} to {pair.difference.high:+.3f}" if pair else "-",
            f"{pair.p_value:.3f}" if pair else "-",
            f"{report.domain.calibration_error:.3f}",
            f"{report.coverage:.1%}",
            _share(report.unreviewed_error),
            f"{report.likely_size:.1f}",
            f"{report.likely_coverage:.1%}",
        )
    return table


def slices_table(found: Assessments) -> Table:
    """Parts of the sets."""
    table = empty_table("Slices", ("set", "model", "slice"), ("n", "accuracy", "macro-F1", "accepted"))
    for set_name, tagger, each in _rows(found):
        for own in each.slices:
            numbers = (f"{own.accuracy:.3f}", f"{own.macro_f1:.3f}", f"{own.acceptable:.3f}")
            table.add_row(set_name, tagger, own.name, f"{own.questions}", *numbers)
    return table


def urgency_table(found: Assessments) -> Table:
    """Alarms of urgency, on the sets that carry it."""
    table = empty_table("Urgency", ("set", "model", "level or higher"), ("precision", "recall", "lowest raised"))
    for set_name, tagger, each in _rows(found):
        for alarm in each.report.alarms:
            shares = (_share(alarm.precision), _share(alarm.recall), _share(each.report.raised))
            table.add_row(set_name, tagger, alarm.level, *shares)
    return table


def domains_table(report: Report) -> Table:
    """The domains of one report, the worst first."""
    table = empty_table("Domains", ("domain",), ("n", "precision", "recall", "F1"))
    for each in sorted(report.domain.classes, key=lambda each: each.f1):
        table.add_row(each.label, f"{each.support}", f"{each.precision:.3f}", f"{each.recall:.3f}", f"{each.f1:.3f}")
    return table


def disagreements_table(found: Sequence[Disagreement], title: str) -> Table:
    """The question, its label, and the domain that was found."""
    table = empty_table(title, ("question", "label", "found"), ("probability", "of the label"))
    for each in found:
        question = each.labelled.question
        text = f"{question.title}: {question.text}" if question.title else question.text
        numbers = (f"{each.probability:.2f}", f"{each.label_probability:.2f}")
        table.add_row(text, each.labelled.domain, each.found, *numbers)
    return table


def rows_table(path: Path, columns: Sequence[str], count: int) -> Table:
    """Columns of the first rows of a table."""
    table = Table(*columns, title=path.name)
    for _, row in islice(read_rows(path), count):
        table.add_row(*(str(row.get(column) or "") for column in columns))
    return table


def _rows(found: Assessments) -> Iterator[tuple[str, str, Assessment]]:
    for set_name, by_tagger in found.items():
        for tagger, each in by_tagger.items():
            yield set_name, tagger, each


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
