"""Read the text of a pre-training run, tokenise it, and keep it as arrays that a resumed run finds again."""

import json
import lzma
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from data.errors import InputError
from data.labels import load_scheme
from data.tables import read_rows
from models.base import load_base
from training.pretraining.config import PretrainConfig, Source

Ids = npt.NDArray[np.uint16]

SPECIAL_TOKENS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
"""In RoBERTa's order, so that pad is 1 as its position numbering assumes."""
SEPARATOR = 2
MIN_LABEL_TEXTS = 20
"""A name that fewer texts carry is not learnt."""
MIN_PAIR_TOKENS = 6
"""Shorter paragraphs ("Ja.") say nothing of the topic."""
_HELD_OUT = 100
"""Every hundredth document of each source is kept aside for the perplexity."""


@dataclass(frozen=True, slots=True)
class Texts:
    """All that a run reads, as token ids; ragged arrays are flat ids with offsets."""

    train: Ids
    """The paragraphs, `</s>` between them. *Shape:* (tokens,)."""
    held_out: dict[str, Ids]
    """By source."""
    pairs: npt.NDArray[np.int64]
    """Start and end in `pair_ids` of the left and of the right text. *Shape:* (pairs, 4)."""
    pair_ids: Ids
    labels: list[tuple[Ids, list[int]]]
    """Texts and the places of their names."""
    names: list[str]


def _documents(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Title and paragraphs of each document; a text file without documents gives runs of 20 lines."""
    opener: Any = lzma.open if path.suffix == ".xz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            if ".jsonl" in path.suffixes:
                for line in lines:
                    row = json.loads(line)
                    yield str(row["title"]), [text for text in map(str.strip, row["paragraphs"]) if text]
                return
            run: list[str] = []
            for line in lines:
                if text := line.strip():
                    run.append(text)
                if len(run) == 20:
                    yield "", run
                    run = []
            if run:
                yield "", run
    except (OSError, UnicodeDecodeError, lzma.LZMAError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: expected UTF-8 text, one paragraph a line, or JSON Lines with title and paragraphs ({error}); "
            "leave it out"
        ) from error


def find_files(folder: Path, pattern: str) -> list[Path]:
    """The files of a pattern below a folder, sorted; raises InputError if there are none."""
    files = sorted(folder.glob(pattern))
    if not files:
        raise InputError(f"{folder}: expected files named {pattern}, found none; check --text and the configuration")
    return files


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    train: list[tuple[str, list[str]]]
    held_out: list[tuple[str, list[str]]]


def _sample(source: Source, folder: Path, rng: np.random.Generator) -> _Part:
    """The documents of a source as often as its weight says, in a random order."""
    documents = [document for path in find_files(folder, source.files) for document in _documents(path)]
    order = rng.permutation(len(documents))
    held_out, kept = order[: len(order) // _HELD_OUT], order[len(order) // _HELD_OUT :]
    whole, rest = divmod(source.weight * len(kept), max(1, len(kept)))
    chosen = np.concatenate([np.tile(kept, int(whole)), kept[: int(rest)]])
    name = source.files.split(".")[0]
    return _Part(name, [documents[place] for place in chosen], [documents[place] for place in held_out])


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


def load_tokenizer(base: str) -> Tokenizer:
    """The tokenizer of an encoder that a run goes on from.

    Raises:
        ArtefactError: there is no such encoder.
        InputError: its special tokens are not the first five in RoBERTa's order.
    """
    tokenizer: Tokenizer = load_base(base, load_scheme(), ngram_buckets=2).tokenizer
    found = [tokenizer.id_to_token(place) for place in range(len(SPECIAL_TOKENS))]
    if found != SPECIAL_TOKENS:
        raise InputError(
            f"base {base!r}: expected the first tokens to be {' '.join(SPECIAL_TOKENS)}, found "
            f"{' '.join(map(str, found))}; choose another"
        )
    return tokenizer


def tokenize(tokenizer: Tokenizer, texts: Iterable[str]) -> Iterator[Ids]:
    """Encode texts without special tokens, some thousands at a time."""
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == 4096:
            yield from _encode(tokenizer, batch)
            batch = []
    yield from _encode(tokenizer, batch)


def _encode(tokenizer: Tokenizer, batch: list[str]) -> Iterator[Ids]:
    for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False):
        yield np.array(encoding.ids, dtype=np.uint16)


def _stream(tokenizer: Tokenizer, paragraphs: Iterable[str]) -> Ids:
    parts = [part for ids in tokenize(tokenizer, paragraphs) for part in (ids, np.array([SEPARATOR], dtype=np.uint16))]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint16)


def _text_pairs(parts: list[_Part], config: PretrainConfig, folder: Path, rng: np.random.Generator) -> Iterator[str]:
    """Left and right in turn: a document's title and a paragraph of it, neighbouring paragraphs, tables of pairs."""
    for part in parts:
        for title, paragraphs in part.train:
            for first, second in pairwise(paragraphs):
                if rng.random() < 0.5:
                    yield from (first, second)
            if title and paragraphs:
                for place in rng.integers(len(paragraphs), size=min(4, len(paragraphs))):
                    yield from (title, paragraphs[place])
    for table in config.pairs:
        for path in find_files(folder, table.files):
            for _, row in read_rows(path):
                if row.get("split") != "dev" and row.get(table.left) and row.get(table.right):
                    yield from (str(row[table.left]), str(row[table.right]))


def _label_rows(config: PretrainConfig, folder: Path) -> list[tuple[str, list[str]]]:
    rows = [
        (row, table)
        for table in config.labels
        for path in find_files(folder, table.files)
        for _, row in read_rows(path)
    ]
    # A document of a dev split may come by in another file too.
    kept_aside = {row.get("group") for row, _ in rows if row.get("split") == "dev"} - {None}
    return [
        (str(row[table.text]), str(row[table.labels]).split(", "))
        for row, table in rows
        if row.get("group") not in kept_aside
        and row.get("split") != "dev"
        and row.get(table.text)
        and row.get(table.labels)
    ]


def prepare(config: PretrainConfig, folder: Path, work: Path) -> tuple[Tokenizer, Texts]:
    """Read and tokenise all text, or load what an earlier run of the same configuration left in `work`.

    Raises:
        InputError: files are missing or no text, or there is too little of it.
    """
    target = work / "prepared"
    if not target.is_dir():
        unfinished = work / "prepared.part"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        _prepare(config, folder, unfinished)
        unfinished.rename(target)
    return Tokenizer.from_file(str(target / "tokenizer.json")), _load(target)


def _prepare(config: PretrainConfig, folder: Path, target: Path) -> None:
    rng = np.random.default_rng(config.seed)
    parts = [_sample(source, folder, rng) for source in config.sources]
    paragraphs = [text for part in parts for _, texts in part.train for text in texts]
    if len(paragraphs) < 100:
        raise InputError(f"expected at least 100 paragraphs of text, found {len(paragraphs)}: give more files")
    rows = _label_rows(config, folder)
    if config.base:
        tokenizer = load_tokenizer(config.base)
    else:
        tokenizer = train_tokenizer([*paragraphs, *(text for text, _ in rows)], config.vocab_size)
    tokenizer.save(str(target / "tokenizer.json"))
    np.save(target / "train.npy", _stream(tokenizer, paragraphs))
    held_out = {part.name: _stream(tokenizer, (t for _, texts in part.held_out for t in texts)) for part in parts}
    np.savez(target / "held_out.npz", **held_out)  # type: ignore[arg-type]
    del paragraphs
    flat = [ids[: config.pair_tokens] for ids in tokenize(tokenizer, _text_pairs(parts, config, folder, rng))]
    ends = np.cumsum([len(ids) for ids in flat], dtype=np.int64)
    places = (
        np.stack([ends - [len(ids) for ids in flat], ends], axis=1).reshape(-1, 4)
        if flat
        else np.zeros((0, 4), np.int64)
    )
    long = ((places[:, 1] - places[:, 0]) >= MIN_PAIR_TOKENS) & ((places[:, 3] - places[:, 2]) >= MIN_PAIR_TOKENS)
    np.save(target / "pairs.npy", places[long])
    np.save(target / "pair_ids.npy", np.concatenate([*flat, np.zeros(0, np.uint16)]))
    counts = Counter(name for _, names in rows for name in set(names))
    names = sorted(name for name, count in counts.items() if count >= MIN_LABEL_TEXTS)
    place = {name: number for number, name in enumerate(names)}
    found = [(text, [place[name] for name in given if name in place]) for text, given in rows]
    texts = list(tokenize(tokenizer, (text for text, _ in found)))
    lines = [
        {"ids": ids[: config.pair_tokens].tolist(), "names": given}
        for ids, (_, given) in zip(texts, found, strict=True)
    ]
    (target / "labels.json").write_text(
        json.dumps({"names": names, "texts": [line for line in lines if line["names"]]})
    )


def _load(folder: Path) -> Texts:
    labels = json.loads((folder / "labels.json").read_text())
    with np.load(folder / "held_out.npz") as held_out:
        return Texts(
            train=np.load(folder / "train.npy", mmap_mode="r"),
            held_out={name: held_out[name] for name in held_out.files},
            pairs=np.load(folder / "pairs.npy"),
            pair_ids=np.load(folder / "pair_ids.npy", mmap_mode="r"),
            labels=[(np.array(text["ids"], dtype=np.uint16), text["names"]) for text in labels["texts"]],
            names=labels["names"],
        )
