from pathlib import Path

import numpy as np
import pytest

from training.pretraining.batches import IGNORE, MASK, MicroBatches, blocks, mask_tokens, pad
from training.pretraining.config import PretrainConfig
from training.pretraining.text import prepare


def test_blocks_start_and_end_as_roberta_has_it() -> None:
    pieces = blocks(np.arange(10, 30, dtype=np.uint16), length=8)
    assert pieces.shape == (3, 8)
    assert pieces[1].tolist() == [0, 16, 17, 18, 19, 20, 21, 2]


def test_padding_comes_after_the_end() -> None:
    assert pad([np.array([7, 8], np.uint16), np.array([9], np.uint16)]).tolist() == [[0, 7, 8, 2], [0, 9, 2, 1]]


def test_tokens_are_hidden_as_bert_does() -> None:
    ids = np.full((200, 200), 50)
    ids[:, 0] = 0
    changed, labels = mask_tokens(ids, 0.2, 100, np.random.default_rng(1))
    chosen = labels != IGNORE
    assert chosen.mean() == pytest.approx(0.2, abs=0.01)
    assert not chosen[:, 0].any()
    assert (labels[chosen] == 50).all()
    assert (changed[~chosen] == ids[~chosen]).all()
    assert (changed[chosen] == MASK).mean() == pytest.approx(0.8, abs=0.02)
    assert (changed[chosen] == 50).mean() == pytest.approx(0.1, abs=0.02)


def test_batches_follow_from_their_number(tiny_run: PretrainConfig, text_folder: Path, tmp_path: Path) -> None:
    tokenizer, texts = prepare(tiny_run, text_folder, tmp_path / "work")
    batches = MicroBatches(texts, tiny_run, tokenizer.get_vocab_size())

    assert len(batches) == 36
    assert [sorted(batches[place]) for place in range(3)] == [
        ["input_ids", "labels"],
        ["left", "right"],
        ["names", "texts"],
    ]
    for place in range(6):
        first, again = batches[place], batches[place]
        assert all((first[key] == again[key]).all() for key in first)
    assert not np.array_equal(batches[0]["labels"], batches[3]["labels"])


def test_a_pass_takes_every_item_once(tiny_run: PretrainConfig, text_folder: Path, tmp_path: Path) -> None:
    tokenizer, texts = prepare(tiny_run, text_folder, tmp_path / "work")
    batches = MicroBatches(texts, tiny_run, tokenizer.get_vocab_size())
    first = np.concatenate([batches._chosen(number, 8, 80) for number in range(10)])
    second = np.concatenate([batches._chosen(number, 8, 80) for number in range(10, 20)])
    assert sorted(first) == sorted(second) == list(range(80))
    assert first.tolist() != second.tolist()
