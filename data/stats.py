"""What is in a set of labelled questions: counts, and a picture of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data.labels import LabelScheme
from data.question import LabelledQuestion

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.table import Table


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts over some questions; shares are in [0, 1]."""

    questions: int
    documents: int
    domains: Counter[str]
    urgencies: Counter[str]
    """Over the questions whose urgency somebody judged."""
    years: Counter[int]
    words: list[int]
    """Words of each question, title and context not counted."""
    with_title: float
    with_context: float
    with_also: float
    """Share that other domains may be given to as well."""
    with_deadline: float

    @classmethod
    def of(cls, questions: Sequence[LabelledQuestion]) -> "Stats":
        """Count; `questions` may not be empty."""
        total = len(questions)
        return cls(
            questions=total,
            documents=len({each.group for each in questions}),
            domains=Counter(each.domain for each in questions),
            urgencies=Counter(each.urgency for each in questions if each.urgency),
            years=Counter(each.question.date.year for each in questions if each.question.date),
            words=[len(each.question.text.split()) for each in questions],
            with_title=sum(bool(each.question.title) for each in questions) / total,
            with_context=sum(bool(each.question.context) for each in questions) / total,
            with_also=sum(bool(each.also) for each in questions) / total,
            with_deadline=sum(bool(each.deadline) for each in questions) / total,
        )


def stats_table(questions: Mapping[str, Sequence[LabelledQuestion]], scheme: LabelScheme) -> "Table":
    """Measures and labels as rows, sets of questions as columns; an empty set is left out."""
    from rich.table import Table

    found = {name: Stats.of(part) for name, part in questions.items() if part}
    table = Table("", *found)
    table.add_row("questions", *(f"{each.questions}" for each in found.values()))
    table.add_row("documents", *(f"{each.documents}" for each in found.values()))
    for measure in ("with_title", "with_context", "with_also", "with_deadline"):
        table.add_row(measure.replace("_", " "), *(f"{getattr(each, measure):.1%}" for each in found.values()))
    for head, labels in (("domains", scheme.domain_ids), ("urgencies", scheme.urgency_ids)):
        table.add_section()
        for label in labels:
            counts = [getattr(each, head) for each in found.values()]
            table.add_row(label, *(f"{each[label]}  {each[label] / max(1, each.total()):.1%}" for each in counts))
    return table


def distribution_figure(questions: Sequence[LabelledQuestion], scheme: LabelScheme, title: str) -> "Figure":
    """Domains by urgency, words of a question, and years of the documents."""
    from matplotlib.figure import Figure

    stats = Stats.of(questions)
    figure = Figure(figsize=(10, 6), layout="constrained")
    figure.suptitle(f"{title}: {stats.questions} questions, {stats.documents} documents")
    parts: Any = figure.subplot_mosaic([["domains", "words"], ["domains", "years"]], width_ratios=(3, 2))
    domains = [domain for domain in reversed(scheme.domain_ids) if stats.domains[domain]]
    axes = parts["domains"]
    counts = Counter((each.domain, each.urgency) for each in questions)
    starts = [0] * len(domains)
    for urgency in (*scheme.urgency_ids, None):
        widths = [counts[domain, urgency] for domain in domains]
        if any(widths):
            color = "lightgrey" if urgency is None else None
            axes.barh(domains, widths, left=starts, label=urgency or "not judged", color=color)
            starts = [start + width for start, width in zip(starts, widths, strict=True)]
    axes.set(xlabel="questions")
    axes.legend(title="urgency", fontsize=8)
    parts["words"].hist(stats.words, bins=30)
    parts["words"].set(xlabel="words of a question", ylabel="questions")
    years = range(min(stats.years, default=0), max(stats.years, default=-1) + 1)
    parts["years"].bar(list(years), [stats.years[year] for year in years])
    parts["years"].set(xlabel="year of the document", ylabel="questions")
    return figure
