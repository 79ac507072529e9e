"""One answer for a document, from those for its questions."""

from collections.abc import Sequence

import numpy as np

from models.prediction import Prediction


def roll_up(predictions: Sequence[Prediction]) -> Prediction:
    """Domain, urgency and deadline of a whole document.

    The domain's probabilities are the mean over the questions, so that one odd one does not carry the document. The
    urgency is that of the most urgent question, as the annotation guide has it, and the deadline the earliest. A person
    should look unless a question that needs no look has the likeliest domain. The likely domains are those of the
    questions, by the mean.

    Args:
        predictions: at least one.
    """
    mean = np.mean([each.domain_probabilities for each in predictions], axis=0)
    best = int(mean.argmax())
    urgent = max(predictions, key=lambda each: (each.urgency_index, each.urgency_score))
    likely = {place for each in predictions for place in each.likely} | {best}
    return Prediction(
        domain_probabilities=tuple(map(float, mean)),
        urgency_probabilities=urgent.urgency_probabilities,
        deadline=min((each.deadline for each in predictions if each.deadline), default=None),
        likely=tuple(sorted(likely, key=lambda place: (place != best, -mean[place]))),
        review=not any(each.domain_index == best and not each.review for each in predictions),
        tokens=sum(each.tokens for each in predictions),
    )
