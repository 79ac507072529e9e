"""Eight-bit weights for the ONNX model of an artefact, kept only where the answers stay the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
from onnxruntime.quantization.quant_utils import add_pre_process_metadata

from data.question import LabelledQuestion, Question
from models.artefact import FILES, Artefact
from models.engine import OnnxTagger
from models.prediction import Prediction
from training.evaluate import compare

CALIBRATION = 128
"""Training questions, at most, that show how large activations get."""
LEAST_SAME = 0.99
"""Share of the dev questions whose domain and urgency must stay."""
MOST_LOST = 0.005
"""Macro-F1 that either head may lose on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What eight-bit weights change on labelled questions."""

    questions: int
    same: tuple[float, float]
    """Share of the questions whose domain and urgency stay, in [0, 1]."""
    lost: tuple[float, float]
    """Macro-F1 of domain and urgency that is lost, negative where it grew; urgency 0 where nobody judged it."""

    @property
    def allowed(self) -> bool:
        """Whether the weights may be used."""
        return min(self.same) >= LEAST_SAME and max(self.lost) <= MOST_LOST

    def __str__(self) -> str:
        verdict = "kept" if self.allowed else "refused"
        (domain, urgency), (domain_lost, urgency_lost) = self.same, self.lost
        return (
            f"{verdict}: {domain:.2%} of {self.questions:,} dev questions stay in their domain, {urgency:.2%} at their "
            f"urgency (at least {LEAST_SAME:.0%} must); macro-F1 changes by {100 * (0 - domain_lost):+.2f} and "
            f"{100 * (0 - urgency_lost):+.2f} points (at most {100 * MOST_LOST} may be lost)"
        )


def quantise(artefact: Artefact, training: Sequence[LabelledQuestion], dev: Sequence[LabelledQuestion]) -> Change:
    """Turn the ONNX model of an artefact into one with eight-bit weights, unless its answers change too much.

    Args:
        artefact: holds the ONNX model, which is replaced if the change is allowed. Its manifest stays as it is.
        training: questions of which some show the range of the activations.
        dev: questions to compare on, none of which was trained on.
    """
    path = artefact.path(FILES.onnx)
    full = path.with_name("full.onnx")
    questions = [each.question for each in dev]
    tagger = OnnxTagger(artefact)
    before = tagger.predict(questions)
    path.rename(full)
    write_int8(full, path, tagger, [each.question for each in training[:: -(-len(training) // CALIBRATION)]])
    change = _compare(before, OnnxTagger(artefact).predict(questions), dev, artefact)
    if change.allowed:
        full.unlink()
    else:
        full.replace(path)
    return change


class _Inputs(CalibrationDataReader):  # type: ignore[misc]
    """Inputs of the model as the quantiser reads them."""

    def __init__(self, inputs: Iterator[dict[str, Any]]) -> None:
        self._inputs = inputs

    def get_next(self) -> dict[str, Any] | None:
        """The next question's, or None after the last."""
        return next(self._inputs, None)


def write_int8(source: Path, target: Path, tagger: OnnxTagger, shown: Sequence[Question]) -> None:
    """Write an ONNX model whose matrix products and tables are int8; layer norms and attention stay fp32.

    The ranges of the activations are fixed. Were they taken from each batch, it would be no faster, and an answer would
    depend on the questions beside it: by up to 0.008 in the probability on the shipped weights, and 2 of 460 held-out
    questions had another label alone than together.

    Args:
        source: the model in fp32.
        target: file to write.
        tagger: makes inputs of questions.
        shown: questions that show the range of the activations.
    """
    model = onnx.load(source)
    # The exporter's shapes of transposed weights are stale, and shape inference refuses them.
    del model.graph.value_info[:]
    add_pre_process_metadata(model)  # no advice on stderr
    products = ["MatMul", "Gather"]
    quantize_static(
        model,
        target,
        _Inputs(tagger.inputs([question]) for question in shown),
        op_types_to_quantize=products,
        per_channel=True,
        # Weights of seven bits, the same answers on every processor: where VNNI is lacking, sums of eight-bit ones
        # overflow. Of 4,679 dev and held-out questions 26 have another domain than in fp32. Of eight bits 20 had one
        # without VNNI, and the macro-F1 of the held-out ones was 0.852 there, 0.855 with it.
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        extra_options={"OpTypesToExcludeOutputQuantization": products, "MatMulConstBOnly": True},
    )


def _compare(
    before: Sequence[Prediction], after: Sequence[Prediction], dev: Sequence[LabelledQuestion], artefact: Artefact
) -> Change:
    pairs = list(zip(before, after, strict=True))
    old, new = (compare(each, dev, artefact.scheme) for each in (before, after))
    return Change(
        questions=len(dev),
        same=(
            float(np.mean([a.domain_index == b.domain_index for a, b in pairs])),
            float(np.mean([a.urgency_index == b.urgency_index for a, b in pairs])),
        ),
        lost=(
            old.domain.macro_f1 - new.domain.macro_f1,
            old.urgency.macro_f1 - new.urgency.macro_f1 if old.urgency and new.urgency else 0.0,
        ),
    )
