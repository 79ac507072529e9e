import numpy as np
import pytest
from sklearn.metrics import f1_score

from training.significance import document_weights, interval, macro_f1, paired

RNG = np.random.default_rng(3)


def test_without_resampling_it_is_scikit_learns_macro_f1() -> None:
    truth, found = RNG.integers(4, size=200), RNG.integers(5, size=200)
    expected = f1_score(truth, found, labels=np.unique(truth), average="macro", zero_division=0)
    assert macro_f1(truth, found, 5, np.ones((1, 200))) == pytest.approx([expected])


def test_a_weight_counts_a_question_so_often() -> None:
    truth, found = RNG.integers(3, size=30), RNG.integers(3, size=30)
    weights = RNG.integers(1, 4, size=30)
    repeated = macro_f1(truth.repeat(weights), found.repeat(weights), 3, np.ones((1, weights.sum())))
    assert macro_f1(truth, found, 3, weights[None].astype(float)) == pytest.approx(repeated)


def test_documents_are_drawn_whole() -> None:
    weights = document_weights(["a", "a", "b", "c", "c", "c"], samples=500)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 5]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()
    assert weights.mean() == pytest.approx(1, abs=0.1)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """The share of right answers among 120 questions, 40 documents of 3 that are right or wrong together."""
    inside = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        right = np.repeat(rng.random(40) < 0.7, 3)
        weights = document_weights([f"{place // 3}" for place in range(120)], 300, seed)
        found = interval(weights @ right / weights.sum(axis=1))
        inside += found.low <= 0.7 <= found.high
    assert inside / 200 == pytest.approx(0.95, abs=0.04)


def test_a_better_tagger_is_told_from_chance_and_an_equal_one_is_not() -> None:
    truth = RNG.integers(4, size=400)
    weights = document_weights([str(place) for place in range(400)], 300)
    good = np.where(RNG.random(400) < 0.9, truth, (truth + 1) % 4)
    bad = np.where(RNG.random(400) < 0.6, truth, (truth + 1) % 4)
    found = paired(truth, good, bad, 4, weights)
    assert found.difference.low > 0.2
    assert found.p_value < 1e-6
    assert found.only_first_right - found.only_other_right == (good == truth).sum() - (bad == truth).sum()
    same = paired(truth, good, good, 4, weights)
    assert (same.difference.low, same.difference.high, same.p_value) == (0, 0, 1)
