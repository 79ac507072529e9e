"""A linear probe: how much of the domains lies ready in an encoder that is not trained further."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data.labels import LabelScheme
from data.question import LabelledQuestion
from models.base import load_base
from models.encode import QuestionEncoder

MAX_TOKENS = 256
BATCH = 64


@dataclass(frozen=True, slots=True)
class Probe:
    """Scores of a logistic regression on frozen embeddings, in [0, 1]."""

    questions: int
    """That it was trained on."""
    accuracy: float
    macro_f1: float


def embed(base: str, questions: Sequence[LabelledQuestion], scheme: LabelScheme) -> npt.NDArray[np.float32]:
    """The mean over the tokens of each question, as the tagger pools them. *Shape:* (questions, hidden size)."""
    import torch

    from models.tagger import mean_pool

    loaded = load_base(base, scheme)
    model: Any = loaded.model.roberta.eval()
    encoder = QuestionEncoder(loaded.tokenizer, MAX_TOKENS)
    encoded = encoder.encode([each.question for each in questions])
    order = sorted(range(len(encoded)), key=lambda place: len(encoded[place].ids))
    vectors = np.zeros((len(encoded), model.config.hidden_size), dtype=np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            ids, mask = map(torch.from_numpy, encoder.pad([encoded[place] for place in places]))
            vectors[places] = mean_pool(model(ids, attention_mask=mask).last_hidden_state, mask).numpy()
    return vectors


def probe(
    base: str,
    train: Sequence[LabelledQuestion],
    dev: Sequence[LabelledQuestion],
    scheme: LabelScheme,
    sizes: Sequence[int] = (200, 1_000, 5_000),
    seed: int = 42,
) -> list[Probe]:
    """Train on random parts of `train` of these sizes and on all of it, and measure on `dev`.

    Args:
        base: encoder, as `models.base.load_base` takes it.
        train: labelled questions.
        dev: others.
        scheme: of both.
        sizes: those over the number of questions are passed over.
        seed: of the random parts.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score, f1_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    known, other = embed(base, train, scheme), embed(base, dev, scheme)
    labels, truth = np.array([each.domain for each in train]), [each.domain for each in dev]
    order = np.random.default_rng(seed).permutation(len(train))
    found = []
    for size in [size for size in sizes if size < len(train)] + [len(train)]:
        part = order[:size]
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2000)).fit(
            known[part], labels[part]
        )
        predicted = model.predict(other)
        macro = float(f1_score(truth, predicted, average="macro", zero_division=0))
        found.append(Probe(size, float(accuracy_score(truth, predicted)), macro))
    return found
