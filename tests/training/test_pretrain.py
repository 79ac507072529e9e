import lzma
from pathlib import Path

import numpy as np
import pytest
from transformers import AutoModel, AutoTokenizer

from data.errors import InputError
from training.pretrain import Blocks, PretrainConfig, pretrain, read_paragraphs, static_embeddings, train_tokenizer

WORDS = [
    "de",
    "trein",
    "rijdt",
    "naar",
    "het",
    "ziekenhuis",
    "en",
    "de",
    "school",
    "ligt",
    "bij",
    "een",
    "station",
    "waar",
    "kinderen",
    "spelen",
]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """300 paragraphs of words in a seeded order."""
    rng = np.random.default_rng(0)
    path = tmp_path / "text.txt.xz"
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.writelines(" ".join(rng.choice(WORDS, 20)) + "\n" for _ in range(300))
    return path


def test_leaves_an_encoder_that_the_auto_classes_load_and_resumes(text: Path, tmp_path: Path) -> None:
    config = PretrainConfig(vocab_size=300, hidden_size=16, layers=1, heads=2, block_tokens=32, tokens=6 * 1024)
    numbers = pretrain([text], tmp_path / "encoder", tmp_path / "work", config)

    model = AutoModel.from_pretrained(tmp_path / "encoder", add_pooling_layer=False)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "encoder")
    ids = tokenizer("de trein", return_tensors="pt")
    assert model(**ids).last_hidden_state.shape == (1, ids["input_ids"].shape[1], 16)
    assert ids["input_ids"][0, [0, -1]].tolist() == [0, 2]
    assert numbers["tokens_seen"] == 6 * 1024
    assert 0 < numbers["masked_loss"] < np.log(300) + 1


def test_static_vectors_bring_words_of_like_use_together() -> None:
    # Tokens 0 and 1 stand before 2, tokens 3 and 4 before 5.
    rng = np.random.default_rng(0)
    pairs = [([0, 1][rng.integers(2)], 2) if rng.integers(2) else ([3, 4][rng.integers(2)], 5) for _ in range(3000)]
    stream = np.array([token for first, second in pairs for token in (6, first, second, 7)], dtype=np.int32)
    vectors = static_embeddings(stream, 8, 4, window=1)

    def cosine(a: int, b: int) -> float:
        return float(vectors[a] @ vectors[b] / np.linalg.norm(vectors[a]) / np.linalg.norm(vectors[b]))

    assert vectors.shape == (8, 4)
    assert cosine(0, 1) > 0.9 > cosine(0, 3)
    assert vectors.std() == pytest.approx(0.02, rel=1e-3)


def test_blocks_start_and_end_as_roberta_has_it() -> None:
    blocks = Blocks(np.arange(10, 30, dtype=np.int32), length=8)

    assert len(blocks) == 3
    assert blocks[1]["input_ids"].tolist() == [0, 16, 17, 18, 19, 20, 21, 2]


def test_special_tokens_have_robertas_ids() -> None:
    tokenizer = train_tokenizer(["een twee drie"] * 5, vocab_size=300)

    assert [tokenizer.token_to_id(token) for token in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")] == [0, 1, 2, 3, 4]


def test_refuses_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(InputError, match=r"a\.txt: expected UTF-8 text, one paragraph a line"):
        list(read_paragraphs([tmp_path / "a.txt"]))


def test_refuses_too_little_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("een\n\ntwee\n")

    with pytest.raises(InputError, match="expected at least 100 paragraphs of text, found 2"):
        pretrain([tmp_path / "a.txt"], tmp_path / "out", tmp_path / "work", PretrainConfig())
