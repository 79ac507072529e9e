from datetime import date

import pytest

from models.document import roll_up
from models.prediction import Prediction


def _prediction(
    domains: tuple[float, ...],
    urgency: tuple[float, ...] = (1, 0, 0),
    deadline: date | None = None,
    review: bool = False,
) -> Prediction:
    best = domains.index(max(domains))
    return Prediction(
        domain_probabilities=domains,
        urgency_probabilities=urgency,
        deadline=deadline,
        likely=(best,),
        review=review,
        tokens=10,
    )


def test_the_domain_is_that_of_most_of_the_probability() -> None:
    found = roll_up([_prediction((0.6, 0.4)), _prediction((0.6, 0.4)), _prediction((0.1, 0.9))])
    assert found.domain_index == 1
    assert found.domain_probabilities == pytest.approx((1.3 / 3, 1.7 / 3))
    assert found.likely == (1, 0)
    assert found.tokens == 30


def test_the_most_urgent_question_and_the_earliest_deadline_count() -> None:
    found = roll_up(
        [
            _prediction((1, 0), (0.1, 0.2, 0.7)),
            _prediction((1, 0), (0.9, 0.1, 0), date(2025, 6, 3)),
            _prediction((1, 0), (0.2, 0.6, 0.2), date(2025, 5, 1)),
        ]
    )
    assert (found.urgency_index, found.deadline) == (2, date(2025, 5, 1))


def test_a_person_looks_unless_a_sure_question_has_the_domain() -> None:
    unsure, sure, other = (
        _prediction((0.6, 0.4), review=True),
        _prediction((0.95, 0.05)),
        _prediction((0.3, 0.7)),
    )
    assert roll_up([unsure, unsure]).review
    assert not roll_up([unsure, sure]).review
    assert roll_up([unsure, unsure, other]).review
