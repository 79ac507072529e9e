import numpy as np
import pytest

from training.calibration import (
    NEVER,
    chance_calibration_error,
    expected_calibration_error,
    reliability,
    review_threshold,
    risk_coverage,
    set_threshold,
)


def test_honest_probabilities_have_no_calibration_error() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.uniform(0.2, 1, 50_000).astype(np.float32)
    right = rng.random(50_000) < probabilities
    assert expected_calibration_error(reliability(probabilities, right)) < 0.01


def test_the_calibration_error_is_the_distance_weighted_by_answers() -> None:
    probabilities = np.array([0.9, 0.9, 0.9, 0.5], dtype=np.float32)
    bins = reliability(probabilities, np.array([True, True, False, False]))
    assert [each.questions for each in bins] == [1, 3]
    assert expected_calibration_error(bins) == pytest.approx((0.5 + 3 * (0.9 - 2 / 3)) / 4)


def test_a_probability_of_one_falls_in_the_last_bin() -> None:
    [only] = reliability(np.array([1.0], dtype=np.float32), np.array([True]))
    assert (only.questions, only.right) == (1, 1.0)


def test_the_surest_answers_come_first() -> None:
    coverage, risk = risk_coverage(np.array([0.2, 0.9, 0.6], dtype=np.float32), np.array([False, True, False]))
    assert coverage == pytest.approx([1 / 3, 2 / 3, 1])
    assert risk == pytest.approx([0, 1 / 2, 2 / 3])


def test_sets_hold_the_truth_as_often_as_promised() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(6000, 8)) * 2
    probabilities = (np.exp(logits) / np.exp(logits).sum(1, keepdims=True)).astype(np.float32)
    # Labels drawn from flatter chances: the model is too sure, and the promise holds all the same.
    flat = np.exp(logits / 2) / np.exp(logits / 2).sum(1, keepdims=True)
    truth = np.array([rng.choice(8, p=row) for row in flat])
    threshold = set_threshold(probabilities[:1000], truth[:1000], 0.9)
    inside = probabilities[np.arange(1000, 6000), truth[1000:]] >= threshold
    assert inside.mean() == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize("questions", [9, 99])
def test_a_promise_that_comes_out_whole_counts_whole(questions: int) -> None:
    own = np.linspace(0.01, 0.99, questions, dtype=np.float32)
    found = set_threshold(np.stack([own, 1 - own], axis=1), np.zeros(questions, dtype=int), 0.9)
    assert found == pytest.approx(own[(questions + 1) // 10 - 1])


def test_chance_explains_more_on_fewer_questions() -> None:
    rng = np.random.default_rng(2)
    errors = {}
    for questions in (100, 460, 5000):
        probabilities = rng.uniform(0.3, 1, questions).astype(np.float32)
        found = []
        for _ in range(100):
            bins = reliability(probabilities, rng.random(questions) < probabilities)
            found.append(expected_calibration_error(bins) <= chance_calibration_error(bins, samples=200))
        errors[questions] = chance_calibration_error(bins)
        assert np.mean(found) > 0.9
    assert errors[100] > errors[460] > errors[5000]


def test_too_few_questions_promise_nothing() -> None:
    assert set_threshold(np.full((5, 2), 0.5, dtype=np.float32), np.zeros(5, dtype=int), 0.9) == 0.0


@pytest.mark.parametrize(
    ("probabilities", "right", "error", "threshold"),
    [
        pytest.param([0.9, 0.8, 0.7], [True, True, True], 0.05, 0.7, id="all right: keep all"),
        pytest.param([0.9, 0.8, 0.7], [True, True, False], 0.05, 0.8, id="the last is wrong"),
        pytest.param([0.7, 0.9, 0.8], [False, True, True], 0.05, 0.8, id="in any order"),
        pytest.param([0.9, 0.8], [False, False], 0.05, NEVER, id="all wrong: a person sees all"),
        pytest.param([0.9, 0.5, 0.5], [True, True, False], 0.0, 0.9, id="equal ones are answered or not together"),
        pytest.param([0.9, 0.8, 0.7, 0.6], [True, False, True, True], 0.25, 0.6, id="an early mistake is made good"),
    ],
)
def test_review_threshold(probabilities: list[float], right: list[bool], error: float, threshold: float) -> None:
    found = review_threshold(np.array(probabilities, dtype=np.float32), np.array(right), error)

    assert found == pytest.approx(threshold)
