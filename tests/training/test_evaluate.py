from datetime import date

import numpy as np
import pytest

from data.labels import LabelScheme
from data.question import LabelledQuestion, Question
from models.prediction import Prediction, Tagger
from training.evaluate import compare, evaluate, review_threshold


def _labelled(domain: str, urgency: str | None = "laag", **labels: object) -> LabelledQuestion:
    return LabelledQuestion(
        question=Question(text="Waarom?"), domain=domain, urgency=urgency, group="g", source="s", **labels
    )


def _prediction(scheme: LabelScheme, domain: str, urgency: str = "laag", deadline: date | None = None) -> Prediction:
    return Prediction(
        domain_probabilities=tuple(float(each == domain) for each in scheme.domain_ids),
        urgency_probabilities=tuple(float(each == urgency) for each in scheme.urgency_ids),
        deadline=deadline,
        review=False,
        tokens=1,
    )


def test_counts_right_and_wrong(scheme: LabelScheme) -> None:
    questions = [_labelled("zorg"), _labelled("zorg", also=("werk",)), _labelled("werk", "hoog"), _labelled("recht")]
    predictions = [
        _prediction(scheme, "zorg"),
        _prediction(scheme, "werk"),
        _prediction(scheme, "werk", "hoog"),
        _prediction(scheme, "zorg", "middel"),
    ]
    report = compare(predictions, questions, scheme)

    assert report.domain.accuracy == 0.5
    assert report.acceptable == 0.75
    # zorg: precision 1/2, recall 1/2; werk: precision 1/2, recall 1; recht: 0
    assert report.domain.macro_f1 == pytest.approx((0.5 + 2 / 3 + 0) / 3)
    assert {score.label: score.support for score in report.domain.classes} == {"zorg": 2, "werk": 1, "recht": 1}
    assert np.array(report.domain.confusion).sum() == 4
    assert report.urgency is not None
    assert report.urgency.accuracy == 0.75


def test_urgency_is_measured_where_it_was_judged(scheme: LabelScheme) -> None:
    questions = [_labelled("zorg", None), _labelled("zorg", "hoog")]
    predictions = [_prediction(scheme, "zorg"), _prediction(scheme, "zorg", "hoog")]
    report = compare(predictions, questions, scheme)

    assert report.urgency is not None
    assert report.urgency.questions == 1
    assert compare(predictions[:1], questions[:1], scheme).urgency is None


def test_a_deadline_too_many_or_too_few_is_wrong(scheme: LabelScheme) -> None:
    day = date(2025, 6, 2)
    questions = [_labelled("zorg", deadline=day), _labelled("zorg"), _labelled("zorg"), _labelled("zorg", deadline=day)]
    predictions = [_prediction(scheme, "zorg", deadline=each) for each in (day, None, day, None)]

    assert compare(predictions, questions, scheme).deadlines_exact == 0.5


def test_evaluate_asks_the_tagger(tagger: Tagger) -> None:
    report = evaluate(tagger, [_labelled("bestuur")])

    assert report.domain.accuracy == 1


@pytest.mark.parametrize(
    ("probabilities", "right", "error", "threshold"),
    [
        pytest.param([0.9, 0.8, 0.7], [True, True, True], 0.05, 0.7, id="all right: keep all"),
        pytest.param([0.9, 0.8, 0.7], [True, True, False], 0.05, 0.8, id="the last is wrong"),
        pytest.param([0.7, 0.9, 0.8], [False, True, True], 0.05, 0.8, id="in any order"),
        pytest.param([0.9, 0.8], [False, False], 0.05, 1.0, id="all wrong: a person sees all"),
        pytest.param([0.9, 0.8, 0.7, 0.6], [True, False, True, True], 0.25, 0.6, id="an early mistake is made good"),
    ],
)
def test_review_threshold(probabilities: list[float], right: list[bool], error: float, threshold: float) -> None:
    found = review_threshold(np.array(probabilities, dtype=np.float32), np.array(right), error)

    assert found == pytest.approx(threshold)
