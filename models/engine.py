"""Answers from the ONNX model of an artefact. Needs onnxruntime and tokenizers, no torch."""

import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from data.dates import find_deadline
from data.errors import ArtefactError
from data.labels import LabelScheme
from data.question import Question
from models.artefact import FILES, Artefact, Manifest, open_artefact
from models.encode import Encoded, QuestionEncoder
from models.ngrams import Ngrams, ngrams, pad_ngrams
from models.prediction import Floats, Prediction, softmax

Inputs = dict[str, npt.NDArray[np.int64] | npt.NDArray[np.float32]]

TOKENS_PER_BATCH = 512
"""Padded tokens of one forward pass; larger batches leave the processor's cache and hold more padding.

CPU time a question in int8 on an AMD EPYC, shipped size and RobBERT-base shape: 2.1 and 42 ms for 256, 2.0 and 44 for
512, 2.0 and 54 for 1,024, 2.1 and 71 for 2,048, 2.5 and 102 for 8,192."""


def usable_cores() -> int:
    """Cores that the process may use: onnxruntime itself counts those of the machine, not of the container."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = Path("/sys/fs/cgroup/cpu.max")  # "200000 100000" is a quota of two cores, "max 100000" none
    quota, _, period = limit.read_text().partition(" ") if limit.is_file() else ("max", "", "")
    return cores if quota == "max" else max(1, min(cores, int(quota) // int(period)))


class OnnxTagger:
    """The model of an artefact.

    Args:
        artefact: the checked folder.
        threads: threads of one forward pass; 0 takes the cores that the process may use.

    Raises:
        ArtefactError: the ONNX model cannot be loaded or does not fit the label scheme.
    """

    def __init__(self, artefact: Artefact, threads: int = 0) -> None:
        self.artefact = artefact
        self._encoder = QuestionEncoder.from_file(artefact.path(FILES.tokenizer), artefact.manifest.max_length_tokens)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or usable_cores()
        # Threads that spin while they wait take the other processes' cores: 2 threads were slower than 1.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = ort.InferenceSession(artefact.path(FILES.onnx), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's exceptions share no public base
            raise ArtefactError(f"{artefact.folder}: expected an ONNX model ({error}); train it again") from error
        sizes = {output.name: output.shape[-1] for output in self._session.get_outputs()}
        wanted = {"domain_logits": len(artefact.scheme.domains), "urgency_logits": len(artefact.scheme.urgencies)}
        if sizes != wanted:
            raise ArtefactError(f"{artefact.folder}: expected outputs {wanted}, found {sizes}; train it again")

    @classmethod
    def open(cls, folder: Path, scheme: LabelScheme | None = None, threads: int = 0) -> "OnnxTagger":
        """Load the artefact in a folder; see `open_artefact` for what is refused."""
        return cls(open_artefact(folder, scheme), threads)

    @property
    def manifest(self) -> Manifest:
        """What the artefact says of itself."""
        return self.artefact.manifest

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.artefact.manifest.name

    @property
    def version(self) -> str:
        """Version of the model."""
        return self.artefact.manifest.version

    @property
    def scheme(self) -> LabelScheme:
        """The labels that it answers with."""
        return self.artefact.scheme

    def logits(self, encoded: Sequence[Encoded], counted: Sequence[Ngrams]) -> tuple[Floats, Floats]:
        """Run the model. *Shape:* (questions, domains) and (questions, urgency levels)."""
        domain = np.empty((len(encoded), len(self.scheme.domains)), dtype=np.float32)
        urgency = np.empty((len(encoded), len(self.scheme.urgencies)), dtype=np.float32)
        for places in _batches([len(each.ids) for each in encoded]):
            inputs = self._inputs([encoded[place] for place in places], [counted[place] for place in places])
            domain[places], urgency[places] = self._session.run(["domain_logits", "urgency_logits"], inputs)
        return domain, urgency

    def inputs(self, questions: Sequence[Question]) -> Inputs:
        """What the model is given for questions, each as one input. *Shape:* (questions, longest) by input."""
        counted = [ngrams(question, self.manifest.ngram_buckets) for question in questions]
        return self._inputs(self._encoder.encode(questions), counted)

    def _inputs(self, encoded: Sequence[Encoded], counted: Sequence[Ngrams]) -> Inputs:
        ids, mask = self._encoder.pad(encoded)
        ngram_ids, ngram_weights = pad_ngrams(counted)
        return {"input_ids": ids, "attention_mask": mask, "ngram_ids": ngram_ids, "ngram_weights": ngram_weights}

    def predict(self, questions: Sequence[Question]) -> list[Prediction]:
        """Answer questions, in their order."""
        if not questions:
            return []
        windows = self._encoder.windows(questions)
        counted = [ngrams(question, self.manifest.ngram_buckets) for question in questions]
        domain, urgency = self.logits(
            [window for own in windows for window in own],
            [found for own, found in zip(windows, counted, strict=True) for _ in own],
        )
        starts = np.cumsum([0] + [len(own) for own in windows])
        spans = [slice(start, end) for start, end in pairwise(starts)]
        # A text in several windows has the mean of their domains and the urgency of the most urgent one.
        domain_logits = np.stack([domain[span].mean(axis=0) for span in spans])
        urgency_logits = np.stack([_most_urgent(urgency[span]) for span in spans])
        return [
            Prediction(
                domain_probabilities=tuple(map(float, domain)),
                urgency_probabilities=tuple(map(float, urgency)),
                deadline=find_deadline(question.text, question.date),
                likely=_likely(domain, self.manifest.set_from),
                review=bool(domain.max() < self.manifest.review_below),
                tokens=own[0].tokens,
            )
            for question, own, domain, urgency in zip(
                questions, windows, softmax(domain_logits), softmax(urgency_logits), strict=True
            )
        ]


def _most_urgent(logits: Floats) -> Floats:
    """The row of the highest expected level. *Shape:* (urgency levels,) from (windows, urgency levels)."""
    row: Floats = logits[int((softmax(logits) @ np.arange(logits.shape[1])).argmax())]
    return row


def _likely(probabilities: Floats, threshold: float) -> tuple[int, ...]:
    """The likeliest place, and the others from the threshold."""
    order = np.argsort(-probabilities, kind="stable")
    return tuple(int(place) for rank, place in enumerate(order) if rank == 0 or probabilities[place] >= threshold)


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of the inputs in batches of like length, each within `TOKENS_PER_BATCH` padded tokens (or one input)."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[place] > TOKENS_PER_BATCH:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
