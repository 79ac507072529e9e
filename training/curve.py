"""Learning curves: what an encoder brings, by the number of labelled questions that it is fine-tuned on."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from sklearn.metrics import f1_score
from sklearn.svm import LinearSVC

from data.labels import LabelScheme
from data.question import LabelledQuestion
from models.base import Base, load_base
from models.baseline import baseline_pipeline, baseline_text
from models.encode import QuestionEncoder
from training.config import TrainConfig
from training.fit import fine_tune

if TYPE_CHECKING:
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

BASELINE, RANDOM = "tf-idf", "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One tagger on one set; shares in [0, 1]."""

    arm: str
    trained_on: int
    """Questions."""
    measured_on: str
    questions: int
    accuracy: float
    macro_f1: float
    """Mean F1 of the domains that occur in the set."""
    seconds: float
    """Of loading, training and answering all sets, of an encoder also four times on the way."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self)


def learning_curve(
    bases: Sequence[str],
    training: Sequence[LabelledQuestion],
    sets: Mapping[str, Sequence[LabelledQuestion]],
    scheme: LabelScheme,
    config: TrainConfig,
    sizes: Sequence[int],
    *,
    progress: bool = True,
) -> Iterator[Point]:
    """Train every base on random parts of the questions, each part holding the smaller ones, and measure domains.

    Args:
        bases: encoders as `load_base` takes them; "random" is the first of them with new weights, "tf-idf" the
            baseline's features under a linear support-vector machine.
        training: labelled questions.
        sets: by name, questions to measure on.
        scheme: the labels.
        config: settings of the fine-tuning, the same for all encoders.
        sizes: numbers of questions; all of them are added, and those that are more left out.
        progress: whether to draw a progress bar for each training on stderr.

    Yields:
        The points of one training, a set each, as soon as it is done: a curve takes hours.

    Raises:
        ArtefactError: a base cannot be loaded.
    """
    order = np.random.default_rng(config.seed).permutation(len(training))
    dev = [each for questions in sets.values() for each in questions]
    for size in [size for size in sizes if size < len(training)] + [len(training)]:
        part = [training[place] for place in order[:size]]
        for arm in bases:
            logger.info("%s on %d questions", arm, size)
            start = time.monotonic()
            if arm == BASELINE:
                found = _baseline(part, dev)
            else:
                found = _encoder(bases, arm, part, dev, scheme, config, progress=progress)
            seconds = time.monotonic() - start
            begin = 0
            for name, questions in sets.items():
                truth = [each.domain for each in questions]
                answers = found[begin : begin + len(truth)]
                begin += len(truth)
                yield Point(
                    arm=arm,
                    trained_on=size,
                    measured_on=name,
                    questions=len(truth),
                    accuracy=float(np.mean([a == b for a, b in zip(truth, answers, strict=True)])),
                    macro_f1=float(
                        f1_score(truth, answers, labels=sorted(set(truth)), average="macro", zero_division=0)
                    ),
                    seconds=round(seconds, 1),
                )


def _baseline(training: Sequence[LabelledQuestion], dev: Sequence[LabelledQuestion]) -> list[str]:
    # The bare machine, not the calibrated one: with 200 questions some domains have too few for cross-validation.
    model = baseline_pipeline(LinearSVC())
    model.fit([baseline_text(each.question) for each in training], [each.domain for each in training])
    return [str(label) for label in model.predict([baseline_text(each.question) for each in dev])]


def _encoder(
    bases: Sequence[str],
    arm: str,
    training: Sequence[LabelledQuestion],
    dev: Sequence[LabelledQuestion],
    scheme: LabelScheme,
    config: TrainConfig,
    *,
    progress: bool,
) -> list[str]:
    torch.manual_seed(config.seed)
    first = next((base for base in bases if base not in (BASELINE, RANDOM)), "shipped")
    base = load_base(first if arm == RANDOM else arm, scheme, config.ngram_buckets)
    if arm == RANDOM:
        fresh: Any = type(base.model)
        base = Base(fresh(base.model.config), base.tokenizer)
    length = base.input_tokens(config.max_length_tokens)
    encoder = QuestionEncoder(base.tokenizer, length)
    domain, _ = fine_tune(base.model, encoder, training, dev, scheme, config, progress=progress)
    return [scheme.domain_ids[place] for place in domain.argmax(1)]


def curve_figure(points: Sequence[Point]) -> "Figure":
    """Macro-F1 by number of training questions, one picture a set, one line an arm."""
    from matplotlib.figure import Figure

    sets = list(dict.fromkeys(point.measured_on for point in points))
    figure = Figure(figsize=(1 + 4 * len(sets), 4), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(sets), squeeze=False)[0], sets, strict=True):
        for arm in dict.fromkeys(point.arm for point in points):
            own = [point for point in points if (point.arm, point.measured_on) == (arm, name)]
            axes.plot([each.trained_on for each in own], [each.macro_f1 for each in own], marker="o", label=arm)
        axes.set(xscale="log", xlabel="training questions", ylabel="domain macro-F1", title=name)
        axes.grid(alpha=0.3)
    axes.legend()
    return figure
