"""What one training run does."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from data.errors import InputError

MIN_STEPS = 1_400
"""New heads on a small encoder need so many steps: on the corpus alone (57 an epoch) 2 epochs gave a held-out macro-F1
of 0.06, 25 gave 0.49."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Settings of a fine-tuning run; the defaults are those of the shipped model."""

    base: str = "shipped"
    """Short name, hub id or folder of the encoder."""
    name: str = "kamervraag"
    """Name of the model in the registry."""
    epochs: float | None = None
    """None: 4, or on a small set as many as `MIN_STEPS` take."""
    batch_size: int = 16
    learning_rate: float = 5e-4
    """Fits a small encoder; a full RobBERT wants 2e-5 to 5e-5."""
    max_length_tokens: int = 256
    """Longest input; 99 % of Flemish and Belgian questions with title and context are shorter than 700."""
    urgency_repeat: int = 4
    """How often a question with urgency is shown in an epoch, where others lack it and would drown it."""
    promised_error: float = 0.05
    """Share of errors that the review threshold allows, in [0, 1]."""
    seed: int = 42

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.-]+", self.name):
            raise InputError(f"expected a name of letters, digits, '.', '_' and '-', found {self.name!r}")
        for name, low, high in (
            ("epochs", 0.001, 1000),
            ("batch_size", 1, 4096),
            ("learning_rate", 1e-8, 1),
            ("max_length_tokens", 16, 512),
            ("urgency_repeat", 1, 1000),
            ("promised_error", 0, 1),
        ):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InputError(f"expected {name} from {low} to {high}, found {value}")

    def epochs_for(self, questions: int) -> float:
        """How often to go through so many questions."""
        return self.epochs or max(4, MIN_STEPS * self.batch_size / questions)

    def to_dict(self) -> dict[str, Any]:
        """As flat values, for the tracker and the card."""
        return asdict(self)
