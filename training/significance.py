"""How far chance goes: intervals by resampling documents, and a paired test. Pure numbers.

Shapes: Q questions, S samples, L labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
SAMPLES = 1_000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """Of 95 % of the samples."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """One tagger against another on the same questions."""

    difference: Interval
    """Of macro-F1, the first minus the other."""
    only_first_right: int
    only_other_right: int
    p_value: float
    """Chance of so uneven a pair of numbers if both were right equally often (McNemar's exact test).
    It takes questions of one document as independent; the interval does not."""


def document_weights(groups: Sequence[str], samples: int = SAMPLES, seed: int = 0) -> Floats:
    """How often each question comes in each sample of as many documents, drawn with replacement.

    Questions of one document share a subject; drawing them apart would make the intervals too narrow (the cluster
    bootstrap, Davison & Hinkley 1997, section 3.8). *Shape:* (S, Q).
    """
    _, place = np.unique(groups, return_inverse=True)
    documents = int(place.max()) + 1
    drawn = np.random.default_rng(seed).multinomial(documents, np.full(documents, 1 / documents), size=samples)
    return drawn[:, place].astype(np.float64)


def macro_f1(truth: Ints, found: Ints, labels: int, weights: Floats) -> Floats:
    """Mean F1 over the labels that occur in `truth`, in each sample. *Shape:* (S,)."""
    present = np.unique(truth)
    right = np.zeros((len(weights), labels))
    true, claimed = right.copy(), right.copy()
    for label in range(labels):
        true[:, label] = weights[:, truth == label].sum(axis=1)
        claimed[:, label] = weights[:, found == label].sum(axis=1)
        right[:, label] = weights[:, (truth == label) & (found == label)].sum(axis=1)
    # A label that a sample happens to lack is left out of its mean.
    scores = np.where(true > 0, 2 * right / np.maximum(true + claimed, 1e-12), np.nan)
    result: Floats = np.nanmean(scores[:, present], axis=1)
    return result


def interval(values: Floats) -> Interval:
    """The middle of the samples (percentile bootstrap, Efron 1979)."""
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))


def paired(truth: Ints, first: Ints, other: Ints, labels: int, weights: Floats) -> Paired:
    """Compare two taggers' answers.

    Args:
        truth: places of the right labels. *Shape:* (Q,).
        first: places that one tagger answered. *Shape:* (Q,).
        other: places that the other answered. *Shape:* (Q,).
        labels: number of labels.
        weights: of `document_weights`. *Shape:* (S, Q).
    """
    samples = macro_f1(truth, first, labels, weights) - macro_f1(truth, other, labels, weights)
    only_first = int(((first == truth) & (other != truth)).sum())
    only_other = int(((first != truth) & (other == truth)).sum())
    apart = only_first + only_other
    return Paired(
        difference=interval(samples),
        only_first_right=only_first,
        only_other_right=only_other,
        p_value=float(binomtest(only_first, apart).pvalue) if apart else 1.0,
    )
