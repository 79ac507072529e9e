"""The micro-batches of a run, each a function of its number alone, so that a resumed run goes on exactly."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import Dataset

from training.pretraining.config import PretrainConfig
from training.pretraining.text import SEPARATOR, Ids, Texts

START, PAD, MASK = 0, 1, 4
IGNORE = -100


def blocks(stream: Ids, length: int) -> npt.NDArray[np.int64]:
    """Fixed-length pieces of a token stream, each between `<s>` and `</s>`. *Shape:* (blocks, length)."""
    inner = length - 2
    body = stream[: len(stream) // inner * inner].reshape(-1, inner).astype(np.int64)
    return np.pad(body, ((0, 0), (1, 1)), constant_values=((0, 0), (START, SEPARATOR)))


def mask_tokens(
    ids: npt.NDArray[np.int64], probability: float, vocab_size: int, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Hide tokens as BERT does: of those chosen 80 % become `<mask>`, 10 % another token, 10 % stay.

    Returns:
        The changed ids, and labels that are `IGNORE` where nothing was chosen. Both of the shape of `ids`.
    """
    chosen = (rng.random(ids.shape) < probability) & (ids > MASK)
    labels = np.where(chosen, ids, IGNORE)
    fate = rng.random(ids.shape)
    changed = np.where(chosen & (fate < 0.8), MASK, ids)
    return np.where(chosen & (fate >= 0.9), rng.integers(MASK + 1, vocab_size, ids.shape), changed), labels


def pad(texts: list[Ids]) -> npt.NDArray[np.int64]:
    """Texts between `<s>` and `</s>`, padded to the longest. *Shape:* (texts, tokens)."""
    padded = np.full((len(texts), 2 + max(map(len, texts))), PAD, dtype=np.int64)
    padded[:, 0] = START
    for row, ids in zip(padded, texts, strict=True):
        row[1 : 1 + len(ids)] = ids
        row[1 + len(ids)] = SEPARATOR
    return padded


@dataclass(frozen=True, slots=True)
class MicroBatches(Dataset[dict[str, torch.Tensor]]):
    """One forward pass a place, its kind as `config.cycle` says.

    The kinds differ in their keys: `input_ids` and `labels` for masked tokens, `left` and `right` for pairs, `texts`
    and `names` (0 or 1 for each) for labelled texts. Every pass over the data is in another random order.
    """

    texts: Texts
    config: PretrainConfig
    vocab_size: int

    def __len__(self) -> int:
        return self.config.steps * len(self.config.cycle)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        cycle = self.config.cycle
        kind = cycle[index % len(cycle)]
        # How many batches of this kind came before.
        number = index // len(cycle) * cycle.count(kind) + cycle[: index % len(cycle)].count(kind)
        rng = np.random.default_rng((self.config.seed, index))
        batch = {"mask": self._mask, "pair": self._pair, "label": self._label}[kind](number, rng)
        return {key: torch.from_numpy(value) for key, value in batch.items()}

    def _chosen(self, number: int, size: int, total: int) -> npt.NDArray[np.int64]:
        """The items of batch `number`: those of one random order of all, then of another."""
        size = min(size, total)
        turn, place = divmod(number, total // size)
        order = np.random.default_rng((self.config.seed, turn)).permutation(total)
        return order[place * size : (place + 1) * size]

    def _mask(self, number: int, rng: np.random.Generator) -> dict[str, npt.NDArray[Any]]:
        inner = self.config.block_tokens - 2
        chosen = self._chosen(number, self.config.batch_blocks, len(self.texts.train) // inner)
        pieces = np.concatenate(
            [blocks(self.texts.train[each * inner : (each + 1) * inner], inner + 2) for each in chosen]
        )
        ids, labels = mask_tokens(pieces, self.config.mask_probability, self.vocab_size, rng)
        return {"input_ids": ids, "labels": labels}

    def _pair(self, number: int, rng: np.random.Generator) -> dict[str, npt.NDArray[Any]]:
        chosen = self.texts.pairs[self._chosen(number, self.config.batch_pairs, len(self.texts.pairs))]
        left = pad([self.texts.pair_ids[start:end] for start, end, _, _ in chosen])
        return {"left": left, "right": pad([self.texts.pair_ids[start:end] for _, _, start, end in chosen])}

    def _label(self, number: int, rng: np.random.Generator) -> dict[str, npt.NDArray[Any]]:
        chosen = self._chosen(number, self.config.batch_labels, len(self.texts.labels))
        names = np.zeros((len(chosen), len(self.texts.names)), dtype=np.float32)
        for row, each in zip(names, chosen, strict=True):
            row[self.texts.labels[each][1]] = 1
        return {"texts": pad([self.texts.labels[each][0] for each in chosen]), "names": names}
