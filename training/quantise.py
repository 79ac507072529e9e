"""Eight-bit weights for the ONNX model of an artefact, kept only where the answers stay the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.question import LabelledQuestion
from models.artefact import FILES, Artefact
from models.engine import OnnxTagger
from models.prediction import Prediction
from training.evaluate import compare

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


def quantise(artefact: Artefact, dev: Sequence[LabelledQuestion]) -> Change:
    """Turn the ONNX model of an artefact into one with eight-bit weights, unless its answers change too much.

    Args:
        artefact: holds the ONNX model, which is replaced if the change is allowed. Its manifest stays as it is.
        dev: questions to compare on, none of which was trained on.
    """
    path = artefact.path(FILES.onnx)
    full = path.with_name("full.onnx")
    before = OnnxTagger(artefact).predict([each.question for each in dev])
    path.rename(full)
    quantise_onnx(full, path)
    after = OnnxTagger(artefact).predict([each.question for each in dev])
    change = _compare(before, after, dev, artefact)
    if change.allowed:
        full.unlink()
    else:
        full.replace(path)
    return change


def quantise_onnx(source: Path, target: Path) -> None:
    """Write an ONNX model with int8 weights and activations that are quantised as they come.

    The embeddings and the wide part's tables become int8 too, which makes the file of the shipped size 12 MB in place
    of 48 and costs no answers. Layer norms and attention are computed in fp32.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata

    model = onnx.load(source)
    # The exporter's shapes of transposed weights are stale, and shape inference refuses them.
    del model.graph.value_info[:]
    add_pre_process_metadata(model)  # no advice on stderr
    quantize_dynamic(
        model,
        target,
        weight_type=QuantType.QInt8,
        per_channel=True,
        # Named, because an Attention that is quantised too would be invalid.
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
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
