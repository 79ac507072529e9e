"""What a version must show before it may serve."""

from collections.abc import Mapping, Sequence

from data.labels import LABELS_TOML, load_scheme
from data.question import LabelledQuestion
from models.prediction import Tagger
from training.assess import assess
from training.behaviour import check_behaviour
from training.calibration import chance_calibration_error

MAX_CALIBRATION_ERROR = 0.05
"""Where chance explains more than that, as it does on 460 questions, chance is the limit."""


def objections(candidate: Tagger, champion: Tagger | None, sets: Mapping[str, Sequence[LabelledQuestion]]) -> list[str]:
    """Why a candidate should not be promoted: a line for each reason, none if it may.

    It must pass the behaviour tests, its probabilities must be calibrated, and it may be worse than the champion on no
    set beyond what resampling its documents explains.

    Args:
        candidate: the version to promote.
        champion: the model that serves now, if there is one of the same label scheme.
        sets: agreed sets by name, in the candidate's label scheme.
    """
    found = []
    # The behaviour tests are written for the shipped scheme; an office's own labels have other cases.
    if candidate.scheme.digest == load_scheme(LABELS_TOML).digest:
        found += [
            f"behaviour: {each.name}: {len(each.failed)} of {each.tested} failed, such as {each.failed[0]}"
            for each in check_behaviour(candidate)
            if not each.passed
        ]
    taggers = {"candidate": candidate} | ({"champion": champion} if champion else {})
    assessed, _ = assess(taggers, sets)
    for name, by_tagger in assessed.items():
        domain = by_tagger["candidate"].report.domain
        limit = max(MAX_CALIBRATION_ERROR, chance_calibration_error(domain.reliability))
        if domain.calibration_error > limit:
            found.append(
                f"calibration: expected an error of at most {limit:.3f} on {name}, found {domain.calibration_error:.3f}"
            )
        pair = by_tagger["champion"].against_first if champion else None
        if pair and pair.difference.high < 0:
            found.append(
                f"accuracy: on {name} the macro-F1 is {-pair.difference.high:.3f} to {-pair.difference.low:.3f}"
                " below the champion's"
            )
    return found
