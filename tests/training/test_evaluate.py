from datetime import date

import numpy as np
import pytest

from data.labels import LabelScheme
from data.question import LabelledQuestion, Question
from models.prediction import Prediction, Tagger
from training.evaluate import compare, evaluate


def _labelled(domain: str, urgency: str | None = "laag", **labels: object) -> LabelledQuestion:
    return LabelledQuestion(
        question=Question(text="Waarom?"), domain=domain, urgency=urgency, group="g", source="s", **labels
    )


def _prediction(scheme: LabelScheme, domain: str, urgency: str = "laag", deadline: date | None = None) -> Prediction:
    return Prediction(
        domain_probabilities=tuple(float(each == domain) for each in scheme.domain_ids),
        urgency_probabilities=tuple(float(each == urgency) for each in scheme.urgency_ids),
        deadline=deadline,
        likely=(scheme.domain_ids.index(domain),),
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
    # One question was hoog and was seen; one more was given middel; three were laag.
    assert [(each.level, each.precision, each.recall) for each in report.alarms] == [("middel", 0.5, 1), ("hoog", 1, 1)]
    assert report.raised == pytest.approx(1 / 3)
    assert (report.coverage, report.unreviewed_error) == (1, 0.25)
    assert (report.likely_coverage, report.likely_size) == (0.5, 1)
    # All were given a probability of 1, half of them rightly.
    assert report.domain.calibration_error == pytest.approx(0.5)


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
