"""One pre-training run, from text files to a folder that `AutoModel` and `AutoTokenizer` load."""

import hashlib
import json
import logging
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import SequentialSampler
from transformers import RobertaConfig, RobertaTokenizerFast, Trainer, TrainingArguments

from data.errors import InputError
from data.labels import load_scheme
from models.base import encoder_config, load_base
from training.checkpoints import last_checkpoint
from training.pretraining.batches import MicroBatches, blocks, mask_tokens
from training.pretraining.config import PretrainConfig
from training.pretraining.model import PretrainingModel
from training.pretraining.text import Ids, Texts, prepare
from training.pretraining.vectors import static_embeddings

logger = logging.getLogger(__name__)

VECTOR_TOKENS = 30_000_000
"""The co-occurrences of so many tokens are counted; more take minutes and change little."""


class _InOrder(Trainer):
    """Takes the micro-batches in their own order, which is random already."""

    def _get_train_sampler(self, *args: Any, **kwargs: Any) -> SequentialSampler:
        return SequentialSampler(self.train_dataset)  # type: ignore[arg-type]


def pretrain(config: PretrainConfig, folder: Path, out: Path, work: Path, *, progress: bool = True) -> dict[str, Any]:
    """Train an encoder and save it in half precision.

    Args:
        config: text, size and schedule.
        folder: where the files of the configuration are.
        out: the folder that the encoder is written to.
        work: a folder for the tokenised text and checkpoints; a run that finds some there goes on from the last.
        progress: whether to draw a progress bar with the time left on stderr.

    Returns:
        Tokens of the text, tokens seen, minutes, and the loss on masked tokens of the held-out part of each source, in
        nats.

    Raises:
        InputError: text is missing, or `work` holds a run of another configuration.
    """
    _claim(work, config)
    logger.info("reading and tokenising the text")
    tokenizer, texts = prepare(config, folder, work)
    vocab_size = tokenizer.get_vocab_size()
    found = {"mask": len(texts.train) // config.block_tokens, "pair": len(texts.pairs), "label": len(texts.labels)}
    if empty := [kind for kind in dict.fromkeys(config.cycle) if not found[kind]]:
        raise InputError(
            f"expected text for the passes named {', '.join(empty)}, found none; add some or shorten cycle"
        )
    model = _model(config, vocab_size, texts, work)
    batches = MicroBatches(texts, config, vocab_size)
    logger.info("%d tokens, %d pairs, %d texts with names", len(texts.train), len(texts.pairs), len(texts.labels))
    trainer = _InOrder(
        model=model,
        args=TrainingArguments(
            output_dir=str(work),
            max_steps=config.steps,
            per_device_train_batch_size=1,
            gradient_accumulation_steps=len(config.cycle),
            learning_rate=config.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=0.05,
            weight_decay=0.01,
            bf16=config.bf16,
            use_cpu=not torch.cuda.is_available(),
            remove_unused_columns=False,
            logging_steps=50,
            save_steps=max(1, min(250, config.steps // 4)),
            save_total_limit=2,
            disable_tqdm=not progress,
            seed=config.seed,
        ),
        train_dataset=batches,
        data_collator=lambda batch: batch[0],
    )
    start = time.monotonic()
    if config.steps:
        trainer.train(resume_from_checkpoint=last_checkpoint(work))
    minutes = (time.monotonic() - start) / 60
    losses = {name: masked_loss(model, ids, config, vocab_size) for name, ids in texts.held_out.items()}
    numbers = {
        "tokens": len(texts.train),
        "masked_tokens_seen": config.steps * config.cycle.count("mask") * config.batch_blocks * config.block_tokens,
        "minutes_of_the_last_start": round(minutes, 1),
        "masked_loss": {name: round(loss, 3) for name, loss in losses.items() if loss is not None},
    }
    model.roberta.half().save_pretrained(out)
    RobertaTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=config.max_length_tokens, add_prefix_space=True
    ).save_pretrained(out)
    (out / "pretraining.json").write_text(json.dumps({"config": config.to_dict(), **numbers}, indent=1) + "\n")
    return numbers


def _claim(work: Path, config: PretrainConfig) -> None:
    """Refuse a folder of another run: its checkpoints would be taken for this one's."""
    work.mkdir(parents=True, exist_ok=True)
    mark = work / "config.json"
    values = json.dumps(config.to_dict(), indent=1)
    if mark.exists() and mark.read_text() != values:
        raise InputError(f"{work}: expected a run of this configuration, found one of another; choose another folder")
    mark.write_text(values)


def _model(config: PretrainConfig, vocab_size: int, texts: Texts, work: Path) -> PretrainingModel:
    torch.manual_seed(config.seed)
    if config.base:
        start = load_base(config.base, load_scheme(), ngram_buckets=2).model
        model = PretrainingModel(encoder_config(start.config), names=len(texts.names), temperature=config.temperature)
        model.roberta.load_state_dict(start.roberta.state_dict())
        return model
    model = PretrainingModel(
        RobertaConfig(
            vocab_size=vocab_size,
            hidden_size=config.hidden_size,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            intermediate_size=4 * config.hidden_size,
            max_position_embeddings=config.max_length_tokens + 2,
            type_vocab_size=1,
            layer_norm_eps=1e-5,
        ),
        names=len(texts.names),
        temperature=config.temperature,
    )
    digest = hashlib.sha256(json.dumps([vocab_size, config.hidden_size, config.seed]).encode()).hexdigest()[:8]
    path = work / "prepared" / f"vectors-{digest}.npy"
    if not path.exists():
        logger.info("token vectors from their co-occurrence")
        vectors = static_embeddings(texts.train[:VECTOR_TOKENS], vocab_size, config.hidden_size, seed=config.seed)
        unfinished = path.with_suffix(".part.npy")
        np.save(unfinished, vectors)
        unfinished.rename(path)
    with torch.no_grad():
        model.roberta.embeddings.word_embeddings.weight.copy_(torch.from_numpy(np.load(path)))
    return model


def masked_loss(model: PretrainingModel, ids: Ids, config: PretrainConfig, vocab_size: int) -> float | None:
    """Mean loss on masked tokens, in nats; None if the text does not fill a block."""
    pieces = blocks(ids, config.block_tokens)[:400]
    if not len(pieces):
        return None
    rng = np.random.default_rng(config.seed)
    hidden, labels = mask_tokens(pieces, config.mask_probability, vocab_size, rng)
    model.eval()  # type: ignore[no-untyped-call]
    device = next(model.parameters()).device
    losses = []
    with torch.inference_mode():
        for start in range(0, len(pieces), config.batch_blocks):
            part = slice(start, start + config.batch_blocks)
            given = (torch.from_numpy(each[part]).to(device) for each in (hidden, labels))
            losses.append(float(model(*given)["loss"]))
    return float(np.mean(losses))
