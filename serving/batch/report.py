"""What a run adds up to, and the page that shows it. Grows with the months and not with the rows."""

import heapq
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from pydantic import BaseModel

from data.labels import LabelScheme
from data.question import Question
from serving.schema import ModelInfo, Resultaat

URGENT = 50
"""Questions that the report names, the most urgent first."""
_EXCERPT = 300
"""Characters of a question that the report shows."""


class Urgent(BaseModel):
    """A question of the list of most urgent ones."""

    score: float
    niveau: str
    domein: str
    antwoord_voor: str
    titel: str
    tekst: str
    file: str
    row: int


class Totals(BaseModel):
    """Counts over rows; those of two parts can be added."""

    rows: int = 0
    """Rows that were answered."""
    refused: int = 0
    review: int = 0
    domains: Counter[str] = Counter()
    reviewed_domains: Counter[str] = Counter()
    """Of the questions to be reviewed."""
    urgencies: Counter[str] = Counter()
    months: Counter[str] = Counter()
    """By `datum`, as 2025-06; an empty key for those without."""
    urgent: list[Urgent] = []

    def add(self, other: "Totals") -> None:
        """Add the counts of another part that comes after this one."""
        self.rows += other.rows
        self.refused += other.refused
        self.review += other.review
        for name in ("domains", "reviewed_domains", "urgencies", "months"):
            getattr(self, name).update(getattr(other, name))
        # Stable: of two that are equally urgent the first in the input stays.
        self.urgent = heapq.nlargest(URGENT, self.urgent + other.urgent, key=lambda each: each.score)


def count(answered: Iterable[tuple[str, int, Question, Resultaat]], refused: int) -> Totals:
    """Count the answers of a part.

    Args:
        answered: file, number of the row in it, question and answer.
        refused: number of rows without an answer.
    """
    answers = list(answered)
    results = [result for *_, result in answers]
    most = heapq.nlargest(URGENT, answers, key=lambda each: each[-1].urgentie.score)
    return Totals(
        rows=len(answers),
        refused=refused,
        review=sum(result.beoordelen for result in results),
        domains=Counter(result.domein.id for result in results),
        reviewed_domains=Counter(result.domein.id for result in results if result.beoordelen),
        urgencies=Counter(result.urgentie.niveau for result in results),
        months=Counter(f"{question.date:%Y-%m}" if question.date else "" for _, _, question, _ in answers),
        urgent=[_urgent(*each) for each in most],
    )


def _urgent(file: str, row: int, question: Question, result: Resultaat) -> Urgent:
    text = question.text
    return Urgent(
        score=result.urgentie.score,
        niveau=result.urgentie.niveau,
        domein=result.domein.label,
        antwoord_voor=result.antwoord_voor.isoformat() if result.antwoord_voor else "",
        titel=question.title,
        tekst=text if len(text) <= _EXCERPT else f"{text[:_EXCERPT].rstrip()}…",
        file=file,
        row=row,
    )


def render(totals: Totals, scheme: LabelScheme, model: ModelInfo, files: int, first_reasons: list[str]) -> str:
    """The report as one HTML page that needs nothing from elsewhere.

    Bars are HTML and CSS: matplotlib is not among the packages of serving, and a bar stays text that can be searched.

    Args:
        totals: of the whole run.
        scheme: the labels of the answers.
        model: what answered.
        files: number of input files.
        first_reasons: why rows were refused, some of them.
    """
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    pages.filters["number"] = lambda value: f"{value:,}".replace(",", ".")
    pages.filters["share"] = lambda value: f"{100 * value:.1f} %".replace(".", ",")
    pages.filters["noun"] = lambda value, one, more: f"{pages.filters['number'](value)} {one if value == 1 else more}"
    labels = {domain.id: domain.nl for domain in scheme.domains}
    return pages.get_template("report.html").render(
        totals=totals,
        domains=[(labels[key], many, totals.reviewed_domains[key]) for key, many in totals.domains.most_common()],
        urgencies=[(level, totals.urgencies[level]) for level in reversed(scheme.urgency_ids)],
        months=sorted((month, number) for month, number in totals.months.items() if month),
        undated=totals.months[""],
        most_urgent=URGENT,
        model=model,
        files=files,
        first_reasons=first_reasons,
    )
