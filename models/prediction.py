"""The answer to one question, and how logits become one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt

from data.labels import LabelScheme
from data.question import Question

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Domain, urgency and deadline of one question."""

    domain_probabilities: tuple[float, ...]
    """One a domain in the scheme's order; in [0, 1], sum 1."""
    urgency_probabilities: tuple[float, ...]
    """One an urgency level in the scheme's order; in [0, 1], sum 1."""
    deadline: date | None
    """The date before which the question asks for an answer."""
    likely: tuple[int, ...]
    """Places of the domains of which the right one is one as often as the artefact promises, the likeliest first."""
    review: bool
    """Whether a person should look, because the domain's probability is below the artefact's threshold."""
    tokens: int
    """Length of the whole input in tokens; a text beyond the model's limit was read in several windows."""

    @property
    def domain_index(self) -> int:
        """The most probable domain."""
        return int(np.argmax(self.domain_probabilities))

    @property
    def urgency_index(self) -> int:
        """The most probable urgency level."""
        return int(np.argmax(self.urgency_probabilities))

    @property
    def urgency_score(self) -> float:
        """Expected place on the scale of urgency: 0 surely the lowest, 1 surely the highest level."""
        places = np.linspace(0, 1, len(self.urgency_probabilities))
        return float(np.dot(places, self.urgency_probabilities))


class Tagger(Protocol):
    """What answers questions: the ONNX model, the baseline, or a fake in a test."""

    @property
    def name(self) -> str:
        """Name of the model."""
        ...

    @property
    def version(self) -> str:
        """Version of the model."""
        ...

    @property
    def scheme(self) -> LabelScheme:
        """The labels that it answers with."""
        ...

    def predict(self, questions: Sequence[Question]) -> list[Prediction]:
        """Answer questions, in their order."""
        ...


def softmax(logits: Floats) -> Floats:
    """Probabilities over the last axis. *Shape:* that of `logits`."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return probabilities
