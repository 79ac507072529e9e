"""Measure a tagger on labelled questions. Pure: questions and a tagger in, numbers out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from data.labels import LabelScheme
from data.question import LabelledQuestion
from models.prediction import Prediction, Tagger


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A tagger on one set."""

    domain: HeadReport
    acceptable: float
    """Share of questions whose predicted domain is the primary or another acceptable one."""
    urgency: HeadReport | None
    """None where the set carries no urgency."""
    deadlines_exact: float
    """Share of questions with the right deadline, none included."""

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
    judged = [(each, answer) for each, answer in zip(questions, predictions, strict=True) if each.urgency]
    accepted = [found in (each.domain, *each.also) for each, found in zip(questions, domains, strict=True)]
    exact = [answer.deadline == each.deadline for each, answer in zip(questions, predictions, strict=True)]
    return Report(
        domain=_head([each.domain for each in questions], domains, domain_ids),
        acceptable=float(np.mean(accepted)),
        urgency=_head(
            [each.urgency or "" for each, _ in judged],
            [urgency_ids[answer.urgency_index] for _, answer in judged],
            urgency_ids,
        )
        if judged
        else None,
        deadlines_exact=float(np.mean(exact)),
    )


def _head(truth: Sequence[str], found: Sequence[str], labels: tuple[str, ...]) -> HeadReport:
    present = [label for label in labels if label in set(truth)]
    scores = precision_recall_fscore_support(truth, found, labels=present, zero_division=0)
    classes = tuple(
        ClassScore(label=label, precision=float(p), recall=float(r), f1=float(f), support=int(n))
        for label, p, r, f, n in zip(present, *scores, strict=True)
    )
    return HeadReport(
        questions=len(truth),
        accuracy=float(np.mean([a == b for a, b in zip(truth, found, strict=True)])),
        macro_f1=float(np.mean([score.f1 for score in classes])),
        classes=classes,
        confusion=tuple(tuple(map(int, row)) for row in confusion_matrix(truth, found, labels=list(labels))),
    )


def review_threshold(probabilities: npt.NDArray[np.float32], right: npt.NDArray[np.bool_], error: float) -> float:
    """The lowest probability above which answers are wrong at most `error` of the time.

    Args:
        probabilities: of the predicted domain, in [0, 1]. *Shape:* (questions,).
        right: whether it was acceptable. *Shape:* (questions,).
        error: promised share of errors among the answers that no person looks at.

    Returns:
        The threshold; 1.0 if no such answers are left.
    """
    order = np.argsort(-probabilities)
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    kept = np.flatnonzero(wrong <= error)
    return float(probabilities[order[kept[-1]]]) if len(kept) else 1.0
