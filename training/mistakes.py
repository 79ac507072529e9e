"""Where labels and answers disagree: the most confident mistakes of a tagger, and labels that are likely wrong."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from data.errors import InputError
from data.question import LabelledQuestion
from data.split import merge_documents
from models.baseline import baseline_pipeline, baseline_text, calibrated_machine
from models.prediction import Tagger

FOLDS = 5
MIN_QUESTIONS = 2 * FOLDS
"""Of a domain whose labels are judged: each fold has some, and what is left teaches the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A question whose label is another domain than the one that was found."""

    labelled: LabelledQuestion
    found: str
    probability: float
    """Of the domain that was found, in [0, 1]."""
    label_probability: float
    """Of the label, in [0, 1]."""


def confident_mistakes(tagger: Tagger, questions: Sequence[LabelledQuestion]) -> list[Disagreement]:
    """The questions whose answer is no acceptable domain, the surest answer first."""
    scheme = tagger.scheme
    answers = tagger.predict([each.question for each in questions])
    found = [
        Disagreement(
            labelled=each,
            found=scheme.domain_ids[answer.domain_index],
            probability=max(answer.domain_probabilities),
            label_probability=answer.domain_probabilities[scheme.domain_index(each.domain)],
        )
        for each, answer in zip(questions, answers, strict=True)
    ]
    wrong = [each for each in found if each.found not in (each.labelled.domain, *each.labelled.also)]
    return sorted(wrong, key=lambda each: -each.probability)


def label_errors(questions: Sequence[LabelledQuestion], seed: int = 42) -> list[Disagreement]:
    """The questions whose label is likely wrong, the least likely label first.

    By confident learning (Northcutt, Jiang & Chuang 2021, "Confident learning: estimating uncertainty in dataset
    labels", JAIR 70), as cleanlab has it, on probabilities of the baseline that was trained without the document of the
    question. A label is doubted where another domain is more probable than it is on average for questions that carry
    it; the other acceptable domains of a question are not held against its label.

    Args:
        questions: labelled, such as those that a tagger is trained on. Those of a domain that has fewer than
            `MIN_QUESTIONS` are not judged.
        seed: of the folds.

    Raises:
        InputError: fewer than two domains have questions enough.
    """
    from cleanlab.filter import find_label_issues

    counts = Counter(each.domain for each in questions)
    judged = [each for each in questions if counts[each.domain] >= MIN_QUESTIONS]
    domains = sorted({each.domain for each in judged})
    if len(domains) < 2:
        raise InputError(
            f"expected two domains with {MIN_QUESTIONS} questions each to check labels, found {len(domains)}: add data"
        )
    probabilities = cross_val_predict(
        baseline_pipeline(calibrated_machine()),
        [baseline_text(each.question) for each in judged],
        [each.domain for each in judged],
        groups=merge_documents(judged),
        cv=StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed),
        method="predict_proba",
    )
    labels = np.array([domains.index(each.domain) for each in judged])
    ranked = find_label_issues(
        labels,
        probabilities,
        filter_by="confident_learning",
        return_indices_ranked_by="self_confidence",
        n_jobs=1,
    )
    found = [
        Disagreement(
            labelled=judged[place],
            found=domains[probabilities[place].argmax()],
            probability=float(probabilities[place].max()),
            label_probability=float(probabilities[place, labels[place]]),
        )
        for place in ranked
    ]
    return [each for each in found if each.found not in each.labelled.also]
