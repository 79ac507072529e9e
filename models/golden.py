"""A question whose answer was noted when the model was made, so that one that answers otherwise here is not served.

A runtime or processor that computes wrongly (eight-bit products saturate on some) shows at the start.
"""

import datetime as dt
import json

import numpy as np

from data.errors import ArtefactError
from data.question import Question
from models.artefact import FILES
from models.engine import OnnxTagger

QUESTION = Question(
    title="Minder treinen naar Zeeland",
    context="Bent u bekend met het bericht dat er vanaf december minder treinen naar Zeeland rijden?",
    text="Kunt u vóór 2 juni a.s. toelichten waarom er minder treinen rijden, en wat reizigers daarvan merken?",
    date=dt.date(2025, 5, 1),
)
TOLERANCE = 0.02
"""Largest difference of a probability. Processors differ in the order of sums, by less than 0.001."""


def record_golden(tagger: OnnxTagger) -> None:
    """Note the answer in the tagger's artefact."""
    tagger.artefact.path(FILES.golden).write_text(json.dumps(_numbers(tagger), indent=1) + "\n", encoding="utf-8")


def check_golden(tagger: OnnxTagger) -> None:
    """Compare the answer with the one that was noted.

    Raises:
        ArtefactError: no answer was noted, or it differs.
    """
    path = tagger.artefact.path(FILES.golden)
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
        apart = max(_apart(found, noted[head]) for head, found in _numbers(tagger).items())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtefactError(f"{path}: expected the answer to a known question ({error}); train it again") from error
    if not apart <= TOLERANCE:
        raise ArtefactError(
            f"{tagger.artefact.folder}: expected the answer that the model gave when it was made, found probabilities "
            f"{apart:.3f} apart; train it on this kind of machine, or with --no-int8"
        )


def _apart(found: list[float], noted: list[float]) -> float:
    """Largest difference; raises ValueError if there is none, because a number is missing or none."""
    apart = float(np.abs(np.array(found) - np.array(noted)).max())
    if len(found) != len(noted) or np.isnan(apart):
        raise ValueError(f"expected {len(found)} probabilities, found {noted}")
    return apart


def _numbers(tagger: OnnxTagger) -> dict[str, list[float]]:
    [answer] = tagger.predict([QUESTION])
    return {"domain": _rounded(answer.domain_probabilities), "urgency": _rounded(answer.urgency_probabilities)}


def _rounded(probabilities: tuple[float, ...]) -> list[float]:
    return [round(each, 4) for each in probabilities]
