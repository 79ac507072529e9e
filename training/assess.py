"""Measure taggers on labelled sets in full: intervals, slices, paired tests, pictures."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from data.labels import LabelScheme
from data.question import LabelledQuestion
from models.prediction import Prediction, Tagger
from training.evaluate import Report, Reports, acceptable, compare
from training.significance import Interval, Paired, document_weights, interval, macro_f1, paired

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MIN_SLICE = 20
"""Questions; what fewer say is chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part of a set; shares in [0, 1]."""

    name: str
    questions: int
    accuracy: float
    macro_f1: float
    acceptable: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One tagger on one set."""

    report: Report
    accuracy: Interval
    macro_f1: Interval
    """Of domains, by resampling documents."""
    slices: tuple[Slice, ...]
    against_first: Paired | None
    """The first tagger against this one; None for the first."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self)


Assessments = dict[str, dict[str, Assessment]]
"""Set, then tagger, to assessment."""


def to_reports(found: Assessments) -> Reports:
    """The reports alone."""
    return {name: {tagger: each.report for tagger, each in by.items()} for name, by in found.items()}


def to_json(found: Assessments) -> str:
    """As indented JSON with a line end."""
    values = {name: {tagger: each.to_dict() for tagger, each in by.items()} for name, by in found.items()}
    return json.dumps(values, indent=1) + "\n"


def assess(
    taggers: Mapping[str, Tagger], sets: Mapping[str, Sequence[LabelledQuestion]]
) -> tuple[Assessments, Iterator[tuple[str, "Figure"]]]:
    """Measure every tagger on every set, the others against the first.

    Args:
        taggers: by name, of one label scheme.
        sets: by name, labelled questions.

    Returns:
        By set and tagger what was found, and pictures with their names, each drawn when it is asked for.
    """
    found: Assessments = {}
    given: dict[str, dict[str, list[Prediction]]] = {}
    for set_name, questions in sets.items():
        answers = {name: tagger.predict([each.question for each in questions]) for name, tagger in taggers.items()}
        given[set_name] = answers
        scheme = next(iter(taggers.values())).scheme
        truth = np.array([scheme.domain_index(each.domain) for each in questions])
        places = {name: np.array([each.domain_index for each in own]) for name, own in answers.items()}
        weights = document_weights([each.group for each in questions])
        first = next(iter(taggers))
        count = len(scheme.domains)
        found[set_name] = {
            name: Assessment(
                report=compare(answers[name], questions, scheme),
                accuracy=interval(weights @ (own == truth) / weights.sum(axis=1)),
                macro_f1=interval(macro_f1(truth, own, count, weights)),
                slices=tuple(_slices(answers[name], questions, taggers[name], answers[first])),
                against_first=None if name == first else paired(truth, places[first], own, count, weights),
            )
            for name, own in places.items()
        }
    return found, _figures(found, given, sets, next(iter(taggers.values())).scheme)


def _figures(
    found: Assessments,
    given: Mapping[str, Mapping[str, Sequence[Prediction]]],
    sets: Mapping[str, Sequence[LabelledQuestion]],
    scheme: LabelScheme,
) -> Iterator[tuple[str, "Figure"]]:
    """Pictures of each set, with their names; the confusions are the first tagger's."""
    from training.plots import confusion_figure, reliability_figure, risk_coverage_figure

    for set_name, reports in to_reports(found).items():
        accepted = {
            name: acceptable([scheme.domain_ids[each.domain_index] for each in own], sets[set_name])
            for name, own in given[set_name].items()
        }
        surest = {
            name: np.array([max(each.domain_probabilities) for each in own], dtype=np.float32)
            for name, own in given[set_name].items()
        }
        first = next(iter(reports))
        yield f"{set_name} reliability", reliability_figure(reports, set_name)
        yield f"{set_name} risk-coverage", risk_coverage_figure(surest, accepted, set_name)
        yield (
            f"{set_name} confusion",
            confusion_figure(reports[first].domain, scheme.domain_ids, f"{first} on {set_name}"),
        )


def _slices(
    predictions: Sequence[Prediction],
    questions: Sequence[LabelledQuestion],
    tagger: Tagger,
    counted: Sequence[Prediction],
) -> Iterator[Slice]:
    """Parts of the set, those by length as the answers of `counted` count tokens."""
    tests: dict[str, Callable[[LabelledQuestion, Prediction], bool]] = {
        "with title": lambda each, _: bool(each.question.title),
        "without title": lambda each, _: not each.question.title,
        "with context": lambda each, _: bool(each.question.context),
        "without context": lambda each, _: not each.question.context,
        "up to 32 tokens": lambda _, answer: answer.tokens <= 32,
        "33 to 128 tokens": lambda _, answer: 32 < answer.tokens <= 128,
        "over 128 tokens": lambda _, answer: answer.tokens > 128,
    }
    for year in sorted({each.question.date.year for each in questions if each.question.date}):
        tests[f"{year}"] = partial(_of_year, year)
    for name, test in tests.items():
        own = [place for place, pair in enumerate(zip(questions, counted, strict=True)) if test(*pair)]
        if MIN_SLICE <= len(own) < len(questions):
            report = compare([predictions[place] for place in own], [questions[place] for place in own], tagger.scheme)
            yield Slice(
                name=name,
                questions=len(own),
                accuracy=report.domain.accuracy,
                macro_f1=report.domain.macro_f1,
                acceptable=report.acceptable,
            )


def _of_year(year: int, question: LabelledQuestion, _: Prediction) -> bool:
    return question.question.date is not None and question.question.date.year == year
