"""Why an answer is what it is: the words whose absence would change it most.

Occlusion (Zeiler & Fergus 2014; for text Li, Monroe & Jurafsky 2016, "Understanding neural networks through
representation erasure"): it needs no gradients, so that it explains any tagger, the ONNX model with its wide part too.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from data.question import Question
from models.prediction import Prediction, Tagger

MAX_PARTS = 60
"""Most changed questions that are answered for one. A longer one is taken apart in runs of words."""
TOP = 5
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_FIELDS = ("title", "context", "text")


@dataclass(frozen=True, slots=True)
class Reason:
    """A word, or a run of them, as it stands in the question."""

    words: str
    weight: float
    """What the probability of the answer loses without it, in (0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Reasons for both answers, the strongest first; those against the answer are left out."""

    domain: tuple[Reason, ...]
    urgency: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one field of a question."""

    field: str
    start: int
    end: int

    def words(self, question: Question) -> str:
        """The text of the stretch."""
        value: str = getattr(question, self.field)
        return value[self.start : self.end]


def parts(question: Question, limit: int = MAX_PARTS) -> list[Part]:
    """The words of title, context and text, or runs of as many words as keep their number within the limit."""
    words = [(field, match) for field in _FIELDS for match in _WORD.finditer(getattr(question, field))]
    # Runs end with their field, so that two of them may be shorter.
    run = -(-len(words) // max(1, limit - 2))
    found: list[Part] = []
    for field in _FIELDS:
        own = [match for name, match in words if name == field]
        for start in range(0, len(own), run or 1):
            taken = own[start : start + run]
            found.append(Part(field, taken[0].start(), taken[-1].end()))
    return found


def without(question: Question, removed: Sequence[Part]) -> Question:
    """The question with stretches taken out; a text that would be empty becomes a question mark."""
    changed = question
    for part in sorted(removed, key=lambda each: -each.start):
        value: str = getattr(changed, part.field)
        left = value[: part.start] + value[part.end :]
        if part.field == "text" and not left.strip():
            left = "?"
        changed = replace(changed, **{part.field: left})  # type: ignore[arg-type]
    return changed


def explain(
    tagger: Tagger, question: Question, prediction: Prediction, top: int = TOP, limit: int = MAX_PARTS
) -> Explanation:
    """Take each word away in turn and see what the answer's probability loses.

    Args:
        tagger: any.
        question: what was asked.
        prediction: the tagger's answer to it.
        top: most reasons for each head.
        limit: most changed questions that are answered, 3 or more.
    """
    found = parts(question, limit)
    changed = tagger.predict([without(question, [part]) for part in found])
    domain, urgency = prediction.domain_index, prediction.urgency_index

    def strongest(losses: list[float]) -> tuple[Reason, ...]:
        order = sorted(range(len(found)), key=lambda place: -losses[place])[:top]
        return tuple(Reason(found[place].words(question), losses[place]) for place in order if losses[place] > 0)

    return Explanation(
        domain=strongest(
            [prediction.domain_probabilities[domain] - each.domain_probabilities[domain] for each in changed]
        ),
        urgency=strongest(
            [prediction.urgency_probabilities[urgency] - each.urgency_probabilities[urgency] for each in changed]
        ),
    )
