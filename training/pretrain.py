"""Pre-train a compact encoder of RobBERT's architecture on Dutch text, on a CPU.

Three steps: a byte-level BPE tokenizer, token embeddings from the text's co-occurrences, and masked-language
modelling from there. Without the second step the loss of so small a budget stays on its unigram plateau.
"""

import logging
import lzma
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.sparse import coo_matrix, csr_matrix, diags_array
from sklearn.decomposition import TruncatedSVD
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch.utils.data import Dataset
from transformers import (
    DataCollatorForLanguageModeling,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaTokenizerFast,
    Trainer,
    TrainingArguments,
)

from data.errors import InputError

logger = logging.getLogger(__name__)

SPECIAL_TOKENS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
"""In RoBERTa's order, so that pad is 1 as its position numbering assumes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainConfig:
    """Size and schedule of one pre-training run."""

    vocab_size: int = 12_000
    """Byte-level BPE tokens, the five special ones included."""
    hidden_size: int = 192
    layers: int = 3
    heads: int = 4
    block_tokens: int = 128
    """Length of the packed training sequences."""
    max_length_tokens: int = 512
    """Longest input that the encoder will have positions for."""
    tokens: int = 30_000_000
    """Training tokens in all; the text is repeated as often as that needs."""
    batch_blocks: int = 16
    """Sequences a forward pass: 16 x 128 stays in a CPU's cache, 128 x 128 halves the speed."""
    accumulate: int = 2
    learning_rate: float = 1.5e-3
    mask_probability: float = 0.2
    seed: int = 42

    def __post_init__(self) -> None:
        if self.hidden_size % self.heads:
            raise InputError(f"hidden_size must be a multiple of heads={self.heads}, found {self.hidden_size}")


def read_paragraphs(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the paragraphs of text files, one a line, plain or xz-compressed."""
    for path in paths:
        opener: Any = lzma.open if path.suffix == ".xz" else open
        try:
            with opener(path, "rt", encoding="utf-8") as lines:
                yield from (text for line in lines if (text := line.strip()))
        except (OSError, UnicodeDecodeError, lzma.LZMAError) as error:
            raise InputError(f"{path}: expected UTF-8 text, one paragraph a line ({error}); leave it out") from error


def train_tokenizer(paragraphs: Iterable[str], vocab_size: int) -> Tokenizer:
    """Train a byte-level BPE tokenizer (Sennrich et al. 2016, as in GPT-2 and RoBERTa)."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=3,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(iter(paragraphs), trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=True)
    return tokenizer


def tokenize(tokenizer: Tokenizer, paragraphs: Iterable[str]) -> npt.NDArray[np.int32]:
    """Encode the paragraphs into one stream, `</s>` between them. *Shape:* (tokens,)."""
    separator = tokenizer.token_to_id("</s>")
    ids: list[npt.NDArray[np.int32]] = []
    batch: list[str] = []

    def flush() -> None:
        for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False):
            ids.append(np.array([*encoding.ids, separator], dtype=np.int32))
        batch.clear()

    for paragraph in paragraphs:
        batch.append(paragraph)
        if len(batch) == 4096:
            flush()
    flush()
    return np.concatenate(ids)


def static_embeddings(
    stream: npt.NDArray[np.int32], vocab_size: int, size: int, *, window: int = 5, seed: int = 42
) -> npt.NDArray[np.float32]:
    """Token vectors from co-occurrence: positive PMI, context counts to the power 0.75, truncated SVD.

    The method is that of Levy, Goldberg and Dagan (2015), "Improving distributional similarity with lessons
    learned from word embeddings", TACL 3. *Shape:* (vocab_size, size), standard deviation 0.02 as RoBERTa's own
    initialisation has.
    """
    counts = csr_matrix((vocab_size, vocab_size), dtype=np.float32)
    for distance in range(1, window + 1):
        left, right = stream[:-distance], stream[distance:]
        weight = np.full(len(left), 1.0 / distance, dtype=np.float32)
        counts = counts + coo_matrix((weight, (left, right)), shape=counts.shape).tocsr()
    counts = (counts + counts.T).tocsr()
    token_counts = np.asarray(counts.sum(axis=1)).ravel()
    context = token_counts**0.75
    context /= context.sum()
    with np.errstate(divide="ignore"):
        rows = diags_array(np.where(token_counts > 0, 1 / token_counts, 0))
        columns = diags_array(np.where(context > 0, 1 / context, 0))
    ppmi = csr_matrix(rows @ counts @ columns)
    ppmi.data = np.maximum(np.log(np.maximum(ppmi.data, 1e-12)), 0)
    ppmi.eliminate_zeros()
    svd = TruncatedSVD(size, n_iter=4, random_state=seed)
    # Singular values to the power 0.5: Levy et al. found it better than the full ones.
    vectors = svd.fit_transform(ppmi) / np.sqrt(np.maximum(svd.singular_values_, 1e-12))
    vectors -= vectors.mean(axis=0)
    scaled: npt.NDArray[np.float32] = (vectors / vectors.std() * 0.02).astype(np.float32)
    return scaled


class Blocks(Dataset[dict[str, torch.Tensor]]):
    """Fixed-length pieces of a token stream, each between `<s>` and `</s>`."""

    def __init__(self, stream: npt.NDArray[np.int32], length: int) -> None:
        inner = length - 2
        body = stream[: len(stream) // inner * inner].reshape(-1, inner)
        self.ids = np.pad(body, ((0, 0), (1, 1)), constant_values=((0, 0), (0, 2)))
        self.ids[:, 0], self.ids[:, -1] = 0, 2

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return {"input_ids": torch.from_numpy(self.ids[index].astype(np.int64))}


class MaskedLM(RobertaForMaskedLM):
    """RoBERTa's masked-language model that predicts the masked positions only.

    The output layer costs twice the encoder at this size; computing it for the 20 % that count makes
    a step twice as fast. Loss as in the parent, in nats a masked token.
    """

    def forward(
        self, input_ids: torch.Tensor, labels: torch.Tensor, attention_mask: torch.Tensor | None = None
    ) -> dict[str, torch.Tensor]:
        """Loss over the positions whose label is not -100. *Shape:* all inputs (blocks, tokens)."""
        hidden = self.roberta(input_ids, attention_mask=attention_mask).last_hidden_state
        masked = labels != -100
        logits = self.lm_head(hidden[masked])
        return {"loss": torch.nn.functional.cross_entropy(logits, labels[masked])}


def pretrain(paths: list[Path], out: Path, work: Path, config: PretrainConfig) -> dict[str, float]:
    """Train an encoder on text files and save it as a folder that `AutoModel` and `AutoTokenizer` load.

    Args:
        paths: text files, one paragraph a line; every hundredth paragraph is held out for the perplexity.
        out: the folder that the encoder is written to.
        work: a folder for checkpoints; a run that finds some there goes on from the last.
        config: size and schedule.

    Returns:
        `tokens` of the text, `tokens_seen` in training and the held-out `masked_loss` in nats.
    """
    paragraphs = list(read_paragraphs(paths))
    if len(paragraphs) < 100:
        raise InputError(f"expected at least 100 paragraphs of text, found {len(paragraphs)}: give more files")
    order = np.random.default_rng(config.seed).permutation(len(paragraphs))
    held_out, kept = order[: len(order) // 100], order[len(order) // 100 :]
    logger.info("training a tokenizer on %d paragraphs", len(kept))
    tokenizer = train_tokenizer((paragraphs[i] for i in kept), config.vocab_size)
    vocab_size = tokenizer.get_vocab_size()
    stream = tokenize(tokenizer, (paragraphs[i] for i in kept))
    logger.info("%d tokens; vectors from their co-occurrence", len(stream))
    wrapped = RobertaTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=config.max_length_tokens, add_prefix_space=True
    )
    model = MaskedLM(
        RobertaConfig(
            vocab_size=vocab_size,
            hidden_size=config.hidden_size,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            intermediate_size=4 * config.hidden_size,
            max_position_embeddings=config.max_length_tokens + 2,
            type_vocab_size=1,
            layer_norm_eps=1e-5,
        )
    )
    vectors = static_embeddings(stream, vocab_size, config.hidden_size, seed=config.seed)
    with torch.no_grad():
        model.roberta.embeddings.word_embeddings.weight.copy_(torch.from_numpy(vectors))
    blocks = Blocks(stream, config.block_tokens)
    step_tokens = config.batch_blocks * config.accumulate * config.block_tokens
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(work),
            max_steps=max(1, config.tokens // step_tokens),
            per_device_train_batch_size=config.batch_blocks,
            gradient_accumulation_steps=config.accumulate,
            learning_rate=config.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=0.05,
            weight_decay=0.01,
            bf16=torch.cuda.is_available(),  # a CPU without AMX or AVX512-BF16 is 20 times slower in bf16
            use_cpu=not torch.cuda.is_available(),
            logging_steps=100,
            prediction_loss_only=True,
            save_steps=1000,
            save_total_limit=1,
            seed=config.seed,
        ),
        train_dataset=blocks,
        eval_dataset=Blocks(tokenize(tokenizer, (paragraphs[i] for i in held_out)), config.block_tokens),
        data_collator=DataCollatorForLanguageModeling(wrapped, mlm_probability=config.mask_probability),
    )
    trainer.train(resume_from_checkpoint=any(work.glob("checkpoint-*")))
    loss = trainer.evaluate()["eval_loss"]
    encoder = model.roberta.half()
    encoder.save_pretrained(out)
    wrapped.save_pretrained(out)
    return {"tokens": len(stream), "tokens_seen": trainer.state.max_steps * step_tokens, "masked_loss": loss}
