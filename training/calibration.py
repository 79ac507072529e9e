"""What a tagger's probabilities are worth, and the thresholds that keep its promises. Pure numbers.

Shapes: Q questions, L labels.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.prediction import Floats

Flags = npt.NDArray[np.bool_]
Shares = npt.NDArray[np.float64]
NEVER = 1.01
"""A threshold that no probability reaches."""
BINS = 15
"""Of the same width, as in Guo et al. (2017), so that the number compares with others'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Answers of about one probability."""

    questions: int
    probability: float
    """Mean over the answers, in [0, 1]."""
    right: float
    """Share of right ones, in [0, 1]."""


def reliability(probabilities: Floats, right: Flags, bins: int = BINS) -> tuple[Bin, ...]:
    """How often answers of a probability are right; empty bins are left out.

    Args:
        probabilities: of the answers, in [0, 1]. *Shape:* (Q,).
        right: *Shape:* (Q,).
        bins: of equal width over [0, 1].
    """
    places = np.minimum((probabilities * bins).astype(int), bins - 1)
    return tuple(
        Bin(questions=int(own.sum()), probability=float(probabilities[own].mean()), right=float(right[own].mean()))
        for place in range(bins)
        if (own := places == place).any()
    )


def expected_calibration_error(bins: tuple[Bin, ...]) -> float:
    """Mean distance between probability and share of right answers over all answers, in [0, 1] (Guo et al. 2017)."""
    total = sum(each.questions for each in bins)
    return sum(each.questions * abs(each.probability - each.right) for each in bins) / total


def chance_calibration_error(bins: tuple[Bin, ...], level: float = 0.99, samples: int = 1_000, seed: int = 0) -> float:
    """The calibration error that a perfectly calibrated tagger stays under with a probability of `level`.

    By drawing the right answers of each bin anew from its mean probability (the consistency resampling of Bröcker and
    Smith 2007, "Increasing the reliability of reliability diagrams").
    """
    counts = np.array([each.questions for each in bins])
    chances = np.array([each.probability for each in bins])
    drawn = np.random.default_rng(seed).binomial(counts, np.minimum(chances, 1), size=(samples, len(bins)))
    errors = (np.abs(drawn - counts * chances)).sum(axis=1) / counts.sum()
    return float(np.quantile(errors, level))


def risk_coverage(probabilities: Floats, right: Flags) -> tuple[Shares, Shares]:
    """Coverage and error when only the surest answers are given, for each number of them (El-Yaniv & Wiener 2010).

    Returns:
        Share of questions answered, rising, and share of wrong ones among them. *Shape:* (Q,) both, in [0, 1].
    """
    order = np.argsort(-probabilities, kind="stable")
    answered = np.arange(1, len(order) + 1)
    return answered / len(order), np.cumsum(~right[order]) / answered


def review_threshold(probabilities: Floats, right: Flags, error: float) -> float:
    """The lowest probability above which answers are wrong at most `error` of the time.

    Args:
        probabilities: of the predicted domain, in [0, 1]. *Shape:* (Q,).
        right: whether it was acceptable. *Shape:* (Q,).
        error: promised share of errors among the answers that no person looks at.

    Returns:
        The threshold; over 1, which no probability reaches, if no such answers are left.
    """
    _, risk = risk_coverage(probabilities, right)
    ordered = np.sort(probabilities)[::-1]
    # Of equal probabilities all are answered or none: the risk counts after the last of them.
    last = np.append(ordered[1:] < ordered[:-1], True)
    kept = np.flatnonzero((risk <= error) & last)
    return float(ordered[kept[-1]]) if len(kept) else NEVER


def set_threshold(probabilities: Floats, truth: npt.NDArray[np.intp], coverage: float) -> float:
    """The probability from which a label belongs to the set that holds the truth as often as promised.

    Split conformal prediction with the probability of the label as its score (Sadinle, Lei & Wasserman 2019, "Least
    ambiguous set-valued classifiers"): the promise holds for questions like those given here, whatever the model.

    Args:
        probabilities: of questions that the model was not trained on. *Shape:* (Q, L).
        truth: places of the right labels. *Shape:* (Q,).
        coverage: promised share of sets that hold the truth, in (0, 1).

    Returns:
        The threshold; 0 if there are too few questions for the promise.
    """
    own = np.sort(probabilities[np.arange(len(truth)), truth])
    # The finite-sample correction: of Q + 1 exchangeable questions so many may fall below.
    below = int((len(truth) + 1) * (1 - coverage) + 1e-9)
    return float(own[below - 1]) if below else 0.0
