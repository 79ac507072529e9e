"""What one pre-training run does, read from a TOML file."""

import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from data.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Running text: one paragraph a line, plain or .xz; or JSON Lines of documents with `title` and `paragraphs`."""

    files: str
    """Name or pattern, below the folder that is given to the run."""
    weight: float = 1.0
    """How often its text is seen for once of a source of weight 1; 0.2 takes a fifth of its documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """A table (JSON Lines, CSV, Excel or Parquet) of texts with names to be told from the text."""

    files: str
    text: str
    """Column of the text."""
    labels: str
    """Column of the names, separated by ", "."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """A table of two texts that belong together, such as the title of a document and a question in it."""

    files: str
    left: str
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainConfig:
    """Text, size and schedule of one run."""

    sources: tuple[Source, ...]
    pairs: tuple[Pairs, ...] = ()
    labels: tuple[Labels, ...] = ()
    base: str | None = None
    """Encoder to go on from, named as for training; its tokenizer and its sizes take the place of the five below."""
    vocab_size: int = 12_000
    """Byte-level BPE tokens, the five special ones included."""
    hidden_size: int = 192
    layers: int = 3
    heads: int = 4
    max_length_tokens: int = 512
    """Longest input that the encoder will have positions for."""
    block_tokens: int = 128
    """Length of the sequences in which tokens are masked."""
    batch_blocks: int = 16
    """Sequences a forward pass: on a CPU 16 x 128 stay in the cache, 128 x 128 halve the speed."""
    batch_pairs: int = 32
    """Pairs a forward pass, each the negative of the others."""
    batch_labels: int = 64
    """Labelled texts a forward pass."""
    pair_tokens: int = 64
    """Longest text of a pair, and of a labelled text."""
    cycle: tuple[str, ...] = ("mask", "mask")
    """The forward passes of one step: mask (masked tokens), pair (texts that belong together), label (names)."""
    steps: int = 3_000
    """0 saves what a run starts from: static token vectors under layers of random weights."""
    learning_rate: float = 1.5e-3
    mask_probability: float = 0.2
    temperature: float = 0.05
    """Of the contrastive loss."""
    bf16: bool = False
    """Mixed precision. A CPU with AVX512-BF16 trains twice as fast with it, one without 20 times slower."""
    seed: int = 42

    def __post_init__(self) -> None:
        if self.hidden_size % self.heads:
            raise InputError(f"hidden_size must be a multiple of heads={self.heads}, found {self.hidden_size}")
        if unknown := set(self.cycle) - {"mask", "pair", "label"}:
            raise InputError(
                f"expected cycle to hold label, mask and pair, found {', '.join(sorted(unknown))}; mend it"
            )
        if not self.cycle:
            raise InputError("expected at least one pass in cycle, found none; add mask, pair or label")
        if not 300 <= self.vocab_size <= 65_536:
            raise InputError(f"expected vocab_size from 300 to 65536, found {self.vocab_size}")
        if "label" in self.cycle and not self.labels:
            raise InputError("expected a table of labels for the passes named label, found none; add [[labels]]")

    @classmethod
    def from_toml(cls, path: Path, **changes: Any) -> Self:
        """Read a configuration.

        Args:
            path: a TOML file with the fields of this class.
            changes: fields that take the place of the file's.

        Raises:
            InputError: the file is missing, no TOML, or has an unknown or missing key.
        """
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8")) | changes
            nested: dict[str, type[Any]] = {"sources": Source, "pairs": Pairs, "labels": Labels}
            known = {field.name for field in fields(cls)}
            if unknown := values.keys() - known:
                raise InputError(f"{path}: expected {', '.join(sorted(known))}, found {', '.join(sorted(unknown))}")
            for key, kind in nested.items():
                values[key] = tuple(kind(**each) for each in values.get(key, ()))
            values |= {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
            return cls(**values)
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
            raise InputError(
                f"{path}: expected a configuration in TOML ({error}); see the ones in training/configs"
            ) from error

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self)
