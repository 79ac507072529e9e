"""What one training run does."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from data.errors import InputError

MAX_EPOCHS = 1_000
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
    """Questions a step."""
    micro_batch: int | None = None
    """Questions a forward pass, for a model whose batch does not fit in memory; None: the whole batch."""
    learning_rate: float = 5e-4
    """Fits a small encoder; a full RobBERT wants 2e-5 to 5e-5."""
    max_length_tokens: int = 256
    """Longest input; 99 % of Flemish and Belgian questions with title and context are shorter than 700."""
    ngram_buckets: int = 1 << 17
    """Hashed character n-grams of the wide part; a power of two. 18,000 titles and questions have some 100,000."""
    drop_probability: float = 0.1
    """How often title and context are each left out in training, so that a question without them is answered too."""
    bf16: bool = False
    """Mixed precision. Twice as fast on a CPU with AVX512-BF16 or AMX, 20 times slower on one without."""
    int8: bool = True
    """Eight-bit weights in the ONNX model, unless too many answers change; see `training.quantise`.

    Worth it for the shipped size too: 2.3 times as fast on one thread (2.0 ms of CPU a question in place of
    4.4), 12 MB in place of 48, and of 4,263 dev and held-out questions 7 changed their domain and none its urgency."""
    urgency_repeat: int = 4
    """How often a question with urgency is shown in an epoch, where others lack it and would drown it."""
    promised_error: float = 0.05
    """Share of errors that the review threshold allows, in [0, 1]."""
    promised_coverage: float = 0.9
    """Share of the sets of likely domains that hold the right one, in (0, 1)."""
    seed: int = 42

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.-]+", self.name):
            raise InputError(f"expected a name of letters, digits, '.', '_' and '-', found {self.name!r}")
        if self.ngram_buckets & (self.ngram_buckets - 1):
            raise InputError(f"expected ngram_buckets to be a power of two, found {self.ngram_buckets}")
        for name, low, high in (
            ("epochs", 0.001, MAX_EPOCHS),
            ("batch_size", 1, 4096),
            ("micro_batch", 1, 4096),
            ("learning_rate", 1e-8, 1),
            ("max_length_tokens", 16, 512),
            ("ngram_buckets", 2, 1 << 24),
            ("drop_probability", 0, 1),
            ("urgency_repeat", 1, 1000),
            ("promised_error", 0, 1),
            ("promised_coverage", 0.01, 0.999),
        ):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InputError(f"expected {name} from {low} to {high}, found {value}")

        if self.micro_batch and self.batch_size % self.micro_batch:
            raise InputError(f"expected batch_size to be a multiple of micro_batch, found {self.batch_size}")

    def epochs_for(self, questions: int) -> float:
        """How often to go through so many questions."""
        steps = -(-questions // self.batch_size)
        return self.epochs or min(MAX_EPOCHS, max(4, MIN_STEPS / steps))

    def to_dict(self) -> dict[str, Any]:
        """As flat values, for the tracker and the card."""
        return asdict(self)
