"""The same weights in five engines: ours in int8 and fp32, onnxruntime, PyTorch, and the transformers pipeline."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import onnxruntime as ort
import torch
from transformers import (
    RobertaConfig,
    RobertaForSequenceClassification,
    RobertaModel,
    RobertaTokenizerFast,
    pipeline,
)

from data.labelled import CORPUS_TRAIN, read_labelled
from data.labels import load_scheme
from data.question import Question
from models.artefact import FILES, SHIPPED, open_artefact, seal
from models.base import encoder_config, load_base
from models.baseline import baseline_text
from models.encode import QuestionEncoder
from models.engine import OnnxTagger
from models.ngrams import ngrams, pad_ngrams
from models.tagger import RobertaTagger
from training.export import export_onnx
from training.quantise import CALIBRATION, write_int8

BATCH = 32
"""Questions of a padded batch, in the order in which they come, of every engine but ours."""
PEER = "pipeline"

Engine = Callable[[Sequence[Question]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """What is compared, and the folders that hold it."""

    by_name: dict[str, Engine]
    """Ours in int8 first."""
    artefact: Path
    """Ours in int8."""
    peer: Path
    """A text-classification folder with the same encoder."""
    config: RobertaConfig
    encoder: QuestionEncoder


def build(shape: str, folder: Path, threads: int) -> Engines:
    """Make the engines of a shape.

    Args:
        shape: "shipped", the weights that the package ships, or "base", a RoBERTa base with a vocabulary of 50,000 and
            random weights, which is RobBERT-2023-base's size.
        folder: an empty one, for the models.
        threads: of each engine.
    """
    torch.set_num_threads(threads)
    full, int8, peer = (folder / name for name in ("fp32", "int8", PEER))
    length = 256 if shape == "shipped" else 512
    if shape == "shipped":
        shutil.copytree(SHIPPED / "tagger", full)
        model: Any = RobertaTagger.from_pretrained(full, dtype=torch.float32)
    else:
        model = load_base(str(random_encoder(folder / "encoder")), load_scheme()).model
        full.mkdir()
        shutil.copy(SHIPPED / "encoder" / FILES.tokenizer, full)
        model.save_pretrained(full)
    model.eval()
    export_onnx(model, full / FILES.onnx, length)
    given = replace(open_artefact(SHIPPED / "tagger").manifest, max_length_tokens=length, ngram_buckets=1 << 17)
    facts = {
        name: getattr(given, name)
        for name in ("name", "version", "base", "created", "max_length_tokens", "ngram_buckets", "review_below")
    } | {"set_from": given.set_from}
    seal(full, load_scheme(), precision="fp32", **facts)
    tagger = OnnxTagger.open(full, threads=threads)
    shutil.copytree(full, int8, ignore=shutil.ignore_patterns(FILES.onnx))
    shown = [each.question for each in read_labelled(CORPUS_TRAIN, load_scheme())[:CALIBRATION]]
    write_int8(full / FILES.onnx, int8 / FILES.onnx, tagger, shown)
    seal(int8, load_scheme(), precision="int8", **facts)
    _save_peer(model, full / FILES.tokenizer, length, peer)
    encoder = QuestionEncoder.from_file(full / FILES.tokenizer, length)
    return Engines(
        by_name={
            "ours, int8": OnnxTagger.open(int8, threads=threads).predict,
            "ours, fp32": tagger.predict,
            "onnxruntime fp32": _plain_onnx(full / FILES.onnx, encoder, threads),
            "PyTorch eager": _eager(model, encoder),
            PEER: open_pipeline(peer),
        },
        artefact=int8,
        peer=peer,
        config=model.config,
        encoder=encoder,
    )


def open_pipeline(folder: Path) -> Engine:
    """The transformers pipeline on a text-classification folder."""
    tokenizer = RobertaTokenizerFast.from_pretrained(folder)
    model = RobertaForSequenceClassification.from_pretrained(folder)
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")

    def answer(questions: Sequence[Question]) -> object:
        return classify([baseline_text(each) for each in questions], batch_size=BATCH, truncation=True)

    return answer


def random_encoder(folder: Path) -> Path:
    """Write an encoder of RobBERT-2023-base's size with random weights, and the shipped tokenizer."""
    torch.manual_seed(0)
    config = RobertaConfig(vocab_size=50_000, max_position_embeddings=514, type_vocab_size=1)
    RobertaModel(config, add_pooling_layer=False).save_pretrained(folder)
    for name in (FILES.tokenizer, "tokenizer_config.json"):
        shutil.copy(SHIPPED / "encoder" / name, folder)
    return folder


def _save_peer(model: RobertaTagger, tokenizer: Path, length: int, folder: Path) -> None:
    domains = load_scheme().domain_ids
    peer = RobertaForSequenceClassification(encoder_config(model.config, id2label=dict(enumerate(domains))))
    peer.roberta.load_state_dict(model.roberta.state_dict())
    peer.save_pretrained(folder)
    RobertaTokenizerFast(tokenizer_file=str(tokenizer), model_max_length=length).save_pretrained(folder)


def _padded(questions: Sequence[Question], encoder: QuestionEncoder) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(questions), BATCH):
        batch = questions[start : start + BATCH]
        yield *encoder.pad(encoder.encode(batch)), *pad_ngrams([ngrams(each, 1 << 17) for each in batch])


def _plain_onnx(path: Path, encoder: QuestionEncoder, threads: int) -> Engine:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]

    def answer(questions: Sequence[Question]) -> object:
        return [session.run(None, dict(zip(names, inputs, strict=True))) for inputs in _padded(questions, encoder)]

    return answer


def _eager(model: RobertaTagger, encoder: QuestionEncoder) -> Engine:
    def answer(questions: Sequence[Question]) -> object:
        with torch.inference_mode():
            return [model(*map(torch.from_numpy, inputs)) for inputs in _padded(questions, encoder)]

    return answer
