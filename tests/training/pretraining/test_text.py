from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.errors import InputError
from training.pretraining.config import PretrainConfig, Source
from training.pretraining.text import prepare, train_tokenizer


def test_special_tokens_have_robertas_ids() -> None:
    tokenizer = train_tokenizer(["een twee drie"] * 5, vocab_size=300)
    assert [tokenizer.token_to_id(token) for token in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")] == [0, 1, 2, 3, 4]


def test_text_becomes_arrays(tiny_run: PretrainConfig, text_folder: Path, tmp_path: Path) -> None:
    tokenizer, texts = prepare(tiny_run, text_folder, tmp_path / "work")

    # 119 runs of plain text of 20 lines; 109 documents of 3 lines, two and a half times.
    paragraphs = 119 * 20 + int(2.5 * 109) * 3
    assert (texts.train == 2).sum() == paragraphs
    assert set(texts.held_out) == {"plain", "laws"}
    assert (texts.held_out["plain"] == 2).sum() == 20
    assert texts.names == ["A. Weg", "B. Arts"]  # the dev rows are not learnt from
    assert len(texts.labels) == 80
    start, end, other_start, other_end = texts.pairs[0]
    left, right = (
        tokenizer.decode(texts.pair_ids[a:b].tolist()).split() for a, b in ((start, end), (other_start, other_end))
    )
    assert len(left) > 6
    assert len(right) > 6
    assert (texts.pairs[:, 1] - texts.pairs[:, 0]).max() <= tiny_run.pair_tokens


def test_what_was_prepared_is_found_again(tiny_run: PretrainConfig, text_folder: Path, tmp_path: Path) -> None:
    _, first = prepare(tiny_run, text_folder, tmp_path / "work")
    for path in text_folder.iterdir():
        path.unlink()
    _, again = prepare(tiny_run, text_folder, tmp_path / "work")
    assert np.array_equal(first.train, again.train)
    assert np.array_equal(first.pairs, again.pairs)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"\xff\xfe\x00", r"a\.txt: expected UTF-8 text, one paragraph a line", id="no text"),
        pytest.param(b"een\n\ntwee\n", "expected at least 100 paragraphs of text, found 2", id="too little"),
        pytest.param(None, r"expected files named a\.txt, found none", id="missing"),
    ],
)
def test_text_that_cannot_be_used(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(InputError, match=message):
        prepare(PretrainConfig(sources=(Source(files="a.txt"),)), tmp_path, tmp_path / "work")


def test_documents_need_their_keys(tmp_path: Path, tiny_run: PretrainConfig) -> None:
    (tmp_path / "a.jsonl").write_text('{"titel": "a"}\n')
    with pytest.raises(InputError, match=r"a\.jsonl: expected .* JSON Lines with title and paragraphs"):
        prepare(replace(tiny_run, sources=(Source(files="a.jsonl"),)), tmp_path, tmp_path / "work")
