"""The encoder to start from: the shipped one, RobBERT from the hub, or a folder."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import RobertaConfig

from data.errors import ArtefactError
from data.labels import LabelScheme
from models.artefact import SHIPPED
from models.tagger import RobertaTagger, TaggerConfig

SHORT_NAMES = {
    "robbert-v2": "pdelobelle/robbert-v2-dutch-base",
    "robbert-2023": "DTAI-KULeuven/robbert-2023-dutch-base",
    "shipped": str(SHIPPED / "encoder"),
}


_SIZES = (
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "max_position_embeddings",
    "type_vocab_size",
    "layer_norm_eps",
)


@dataclass(frozen=True, slots=True)
class Base:
    """A tagger with the weights of a pre-trained encoder and new heads, and the encoder's tokenizer."""

    model: RobertaTagger
    tokenizer: Any
    """A `tokenizers.Tokenizer`."""

    def input_tokens(self, most: int) -> int:
        """Longest input in tokens that the encoder has positions for, at most `most`."""
        return min(most, int(self.model.config.max_position_embeddings) - 2)


def encoder_config(config: RobertaConfig, **others: Any) -> RobertaConfig:
    """A RoBERTa configuration with the sizes of another one, such as a tagger's, and without its heads'."""
    return RobertaConfig(**{name: getattr(config, name) for name in _SIZES}, **others)


def load_base(base: str, scheme: LabelScheme, ngram_buckets: int = 1 << 17) -> Base:
    """Load a RoBERTa checkpoint as a tagger.

    Args:
        base: a short name, a local folder, or an id on the Hugging Face hub.
        scheme: gives the sizes of the heads.
        ngram_buckets: size of the wide part, which says nothing yet; a power of two.

    Raises:
        ArtefactError: there is no such checkpoint, it is no RoBERTa, or it lacks encoder weights.
    """
    import torch
    from transformers import RobertaTokenizerFast
    from transformers.utils import logging as transformers_logging

    source = SHORT_NAMES.get(base, base)
    choices = f"give one of {', '.join(sorted(SHORT_NAMES))}, a folder, or a hub id"
    verbosity = transformers_logging.get_verbosity()
    # A masked-LM checkpoint has no heads of ours and a head that we drop; transformers would report both as problems.
    transformers_logging.set_verbosity(logging.CRITICAL)
    transformers_logging.disable_progress_bar()
    try:
        _refuse_other_architectures(Path(source))
        config = TaggerConfig.from_pretrained(
            source, domains=len(scheme.domains), urgencies=len(scheme.urgencies), ngram_buckets=ngram_buckets
        )
        loaded: Any = RobertaTagger.from_pretrained(
            source, config=config, dtype=torch.float32, output_loading_info=True
        )
        model, report = loaded
        tokenizer = RobertaTokenizerFast.from_pretrained(source).backend_tokenizer
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ArtefactError(f"base {base!r}: expected a RoBERTa checkpoint ({reason}); {choices}") from error
    finally:
        transformers_logging.set_verbosity(verbosity)
        transformers_logging.enable_progress_bar()
    missing = sorted(key for key in report["missing_keys"] if key.startswith("roberta."))
    if missing:
        raise ArtefactError(
            f"base {base!r}: expected the weights of a RoBERTa encoder, {missing[0]} is missing; {choices}"
        )
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Base(model, tokenizer)


def _refuse_other_architectures(folder: Path) -> None:
    """A folder of BERT or another architecture would load with random weights for what does not fit."""
    path = folder / "config.json"
    if not path.is_file():
        return
    config = json.loads(path.read_text(encoding="utf-8"))
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind not in ("roberta", TaggerConfig.model_type):
        raise ValueError(f"found model_type {kind!r} in {path}")
