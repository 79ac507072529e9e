"""Label questions that nobody labelled, by a teacher who sees more than the tagger may.

To whom a question is put says much of its domain, but is not known when a question is tagged. So a tagger and a model
of the addressees label together, and the tagger that learns from their labels needs the text alone: learning with
privileged information (Vapnik and Vashist 2009) by distillation (Lopez-Paz et al. 2016).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from data.errors import InputError
from data.labelled import to_labelled
from data.labels import LabelScheme
from data.question import LabelledQuestion
from data.tables import Row
from models.prediction import Tagger

WEIGHTS = (0.0, 0.3, 0.5, 0.7, 1.0, 1.3)
"""Of the addressees' evidence beside the tagger's, tried on the dev rows; 0 leaves them out."""
_LEAST = 5
"""A name, or a name in a year, that fewer questions carry says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """The rows that the teacher is sure of, and how good it is."""

    rows: list[Row]
    """With domain, probability and split=train."""
    weight: float
    """Of the addressees, the best of `WEIGHTS` on the dev rows."""
    dev: int
    tagger_accuracy: float
    """Of the tagger alone on the dev rows, in [0, 1]."""
    accuracy: float
    """Of both together."""
    sure: float
    """Share of the dev rows that the teacher is sure of, in [0, 1]."""
    sure_accuracy: float
    """Of both together on those."""


def teach(
    tagger: Tagger,
    labelled: Sequence[Row],
    unlabelled: Sequence[Row],
    addressees: str,
    minimum: float,
) -> Taught:
    """Label rows.

    Args:
        tagger: has not seen the dev rows nor the unlabelled ones.
        labelled: rows with a domain; those of split dev are measured on, the others are learnt from.
        unlabelled: rows with the same columns but the domain. One that shares its group with a dev row is left out.
        addressees: column with the names, separated by ", ", or a list of them.
        minimum: probability from which the teacher is sure, in [0, 1].

    Raises:
        InputError: there are no dev rows, or too few names to learn from; a row cannot be used.
        SchemeError: a label is unknown.
    """
    scheme = tagger.scheme
    train, dev = _split(labelled)
    if not train or not dev:
        raise InputError(
            f"expected labelled rows with split dev and others, found {len(dev)} and {len(train)}; "
            "divide them with kamervraag data split"
        )
    try:
        names = CountVectorizer(analyzer=lambda row: _names(row, addressees), binary=True, min_df=_LEAST)
        counted = names.fit_transform(train)
    except ValueError as error:
        raise InputError(
            f"expected names in column {addressees}, each with {_LEAST} questions, found fewer; name another column"
        ) from error
    places = [scheme.domain_index(row["domain"]) for row in train]
    model = LogisticRegression(max_iter=500).fit(counted, places)
    prior = np.bincount(places, minlength=len(scheme.domains)) / len(places)

    def evidence(rows: Sequence[Row]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Log probabilities of the tagger, and what the addressees change in them. *Shape:* (rows, domains) both."""
        questions = [_labelled(row, scheme).question for row in rows]
        own = np.log([each.domain_probabilities for each in tagger.predict(questions)])
        theirs = np.zeros_like(own)
        theirs[:, model.classes_] = np.log(model.predict_proba(names.transform(rows))) - np.log(prior[model.classes_])
        return own, theirs

    own, theirs = evidence(dev)
    truth = np.array([scheme.domain_index(row["domain"]) for row in dev])
    accuracies = [float(((own + weight * theirs).argmax(1) == truth).mean()) for weight in WEIGHTS]
    weight = WEIGHTS[int(np.argmax(accuracies))]
    sure, right = _probabilities(own + weight * theirs).max(1) >= minimum, (own + weight * theirs).argmax(1) == truth
    groups = {row.get("group") for row in dev} - {None}
    asked = [row for row in unlabelled if row.get("group") not in groups]
    own, theirs = evidence(asked)
    probabilities = _probabilities(own + weight * theirs)
    rows = [
        row
        | {
            "domain": scheme.domain_ids[chances.argmax()],
            "probability": round(float(chances.max()), 4),
            "split": "train",
        }
        for row, chances in zip(asked, probabilities, strict=True)
        if chances.max() >= minimum
    ]
    return Taught(
        rows=rows,
        weight=weight,
        dev=len(dev),
        tagger_accuracy=accuracies[0],
        accuracy=max(accuracies),
        sure=float(sure.mean()),
        sure_accuracy=float(right[sure].mean()) if sure.any() else 0.0,
    )


def _split(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    kept = [row for row in rows if row.get("domain")]
    return [row for row in kept if row.get("split") != "dev"], [row for row in kept if row.get("split") == "dev"]


def _names(row: Row, column: str) -> list[str]:
    """The names, and each with the year: who has which portfolio changes."""
    value = row.get(column) or []
    names = [name.strip() for name in value.split(",")] if isinstance(value, str) else [str(name) for name in value]
    year = str(row.get("date") or row.get("datum") or "")[:4]
    return [each for name in names if name for each in (name, f"{name} {year}")]


def _labelled(row: Row, scheme: LabelScheme) -> LabelledQuestion:
    return to_labelled(row | {"domain": row.get("domain") or scheme.domain_ids[0]}, "", scheme)


def _probabilities(logits: npt.NDArray[Any]) -> npt.NDArray[Any]:
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    probabilities: npt.NDArray[Any] = shifted / shifted.sum(1, keepdims=True)
    return probabilities
