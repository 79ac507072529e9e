import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from training.pretraining.config import Labels, Pairs, PretrainConfig, Source

TOPICS = {
    "verkeer": ["trein", "spoor", "station", "weg", "rijden", "brug", "auto", "fiets", "reizen", "vlucht"],
    "zorg": ["arts", "ziekenhuis", "patient", "medicijn", "verpleging", "huisarts", "ggz", "wachttijd", "zorg", "bed"],
}
COMMON = ["de", "het", "een", "en", "van", "in", "is", "op", "te", "dat"]


def _sentence(topic: str, rng: np.random.Generator) -> str:
    return " ".join(rng.choice(TOPICS[topic] + COMMON, 16))


@pytest.fixture
def text_folder(tmp_path: Path) -> Path:
    """Plain text by topic in turn, documents with titles, and titles with the ministers they are put to."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "text"
    folder.mkdir()
    with lzma.open(folder / "plain.txt.xz", "wt", encoding="utf-8") as file:
        for number in range(120):
            topic = ("verkeer", "zorg")[number % 2]
            file.writelines(_sentence(topic, rng) + "\n" for _ in range(20))
    with (folder / "laws.jsonl").open("w", encoding="utf-8") as file:
        for number in range(110):
            topic = ("verkeer", "zorg")[number % 2]
            document = {"title": _sentence(topic, rng), "paragraphs": [_sentence(topic, rng) for _ in range(3)]}
            file.write(json.dumps(document) + "\n")
    rows = [("verkeer", "A. Weg", "train"), ("zorg", "B. Arts", "train"), ("zorg", "B. Arts, C. Kind", "dev")]
    with (folder / "titles.jsonl").open("w", encoding="utf-8") as file:
        for number in range(120):
            topic, minister, split = rows[number % 3]
            row = {"title": _sentence(topic, rng), "minister": minister, "split": split, "group": f"{number}"}
            file.write(json.dumps(row) + "\n")
    return folder


@pytest.fixture
def tiny_run() -> PretrainConfig:
    """All three objectives, a few seconds of a CPU."""
    return PretrainConfig(
        sources=(Source(files="plain.txt.xz"), Source(files="laws.jsonl", weight=2.5)),
        pairs=(Pairs(files="titles.jsonl", left="title", right="title"),),
        labels=(Labels(files="titles.jsonl", text="title", labels="minister"),),
        vocab_size=340,
        hidden_size=16,
        layers=1,
        heads=2,
        block_tokens=32,
        batch_blocks=8,
        batch_pairs=8,
        batch_labels=8,
        cycle=("mask", "pair", "label"),
        steps=12,
    )
