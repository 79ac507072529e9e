"""Measure a tagger on labelled questions. Pure: questions and a tagger in, numbers out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from data.labels import LabelScheme
from data.question import LabelledQuestion
from models.prediction import Prediction, Tagger
from training.calibration import Bin, Flags, expected_calibration_error, reliability


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScore:
    """One label; precision, recall and F1 in [0, 1]."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadReport:
    """One head on one set; shares in [0, 1]."""

    questions: int
    accuracy: float
    macro_f1: float
    """Mean F1 over the labels that occur in the set."""
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Rows are the truth, columns the prediction, in the scheme's order."""
    calibration_error: float
    """Expected calibration error of the answers' probabilities."""
    reliability: tuple[Bin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """Answers of an urgency level or higher; shares in [0, 1], None where there are none."""

    level: str
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A tagger on one set."""

    domain: HeadReport
    acceptable: float
    """Share of questions whose predicted domain is the primary or another acceptable one."""
    urgency: HeadReport | None
    """None where the set carries no urgency."""
    alarms: tuple[Alarms, ...]
    """For each level above the lowest."""
    raised: float | None
    """Share of the questions of the lowest level that were given a higher one."""
    deadlines_exact: float
    """Share of questions with the right deadline, none included."""
    coverage: float
    """Share of questions that no person is asked to look at."""
    unreviewed_error: float | None
    """Share of unacceptable domains among those."""
    likely_coverage: float
    """Share of questions whose domain is among the likely ones."""
    likely_size: float
    """Mean number of likely domains."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self)


Reports = dict[str, dict[str, Report]]
"""Set, then tagger, to report."""


def evaluate(tagger: Tagger, questions: Sequence[LabelledQuestion]) -> Report:
    """Answer the questions and compare."""
    return compare(tagger.predict([each.question for each in questions]), questions, tagger.scheme)


def compare(predictions: Sequence[Prediction], questions: Sequence[LabelledQuestion], scheme: LabelScheme) -> Report:
    """Compare answers with labels."""
    domain_ids, urgency_ids = scheme.domain_ids, scheme.urgency_ids
    domains = [domain_ids[each.domain_index] for each in predictions]
    accepted = acceptable(domains, questions)
    exact = [answer.deadline == each.deadline for each, answer in zip(questions, predictions, strict=True)]
    places = [scheme.domain_index(each.domain) for each in questions]
    unreviewed = accepted[[not answer.review for answer in predictions]]
    judged = [(each.urgency, answer) for each, answer in zip(questions, predictions, strict=True) if each.urgency]
    true_levels = np.array([scheme.urgency_index(level) for level, _ in judged])
    levels = np.array([answer.urgency_index for _, answer in judged])
    return Report(
        domain=_head(
            [each.domain for each in questions],
            domains,
            [max(answer.domain_probabilities) for answer in predictions],
            domain_ids,
        ),
        acceptable=float(np.mean(accepted)),
        urgency=_head(
            [level for level, _ in judged],
            [urgency_ids[place] for place in levels],
            [max(answer.urgency_probabilities) for _, answer in judged],
            urgency_ids,
        )
        if judged
        else None,
        alarms=tuple(
            Alarms(
                level=urgency_ids[level],
                precision=_share(true_levels[levels >= level] >= level),
                recall=_share(levels[true_levels >= level] >= level),
            )
            for level in range(1, len(urgency_ids))
        )
        if judged
        else (),
        raised=_share(levels[true_levels == 0] > 0),
        deadlines_exact=float(np.mean(exact)),
        coverage=len(unreviewed) / len(questions),
        unreviewed_error=_share(~unreviewed),
        likely_coverage=float(np.mean([place in each.likely for place, each in zip(places, predictions, strict=True)])),
        likely_size=float(np.mean([len(each.likely) for each in predictions])),
    )


def acceptable(domains: Sequence[str], questions: Sequence[LabelledQuestion]) -> Flags:
    """Whether each domain is the question's primary or another acceptable one. *Shape:* (questions,)."""
    return np.array([found in (each.domain, *each.also) for found, each in zip(domains, questions, strict=True)])


def _share(flags: Flags) -> float | None:
    return float(flags.mean()) if len(flags) else None


def _head(
    truth: Sequence[str], found: Sequence[str], probabilities: Sequence[float], labels: tuple[str, ...]
) -> HeadReport:
    right = np.array([a == b for a, b in zip(truth, found, strict=True)])
    bins = reliability(np.array(probabilities, dtype=np.float32), right)
    present = [label for label in labels if label in set(truth)]
    scores = precision_recall_fscore_support(truth, found, labels=present, zero_division=0)
    classes = tuple(
        ClassScore(label=label, precision=float(p), recall=float(r), f1=float(f), support=int(n))
        for label, p, r, f, n in zip(present, *scores, strict=True)
    )
    return HeadReport(
        questions=len(truth),
        accuracy=float(right.mean()),
        macro_f1=float(np.mean([score.f1 for score in classes])),
        classes=classes,
        confusion=tuple(tuple(map(int, row)) for row in confusion_matrix(truth, found, labels=list(labels))),
        calibration_error=expected_calibration_error(bins),
        reliability=bins,
    )
