"""Fit the wide part of a tagger, how far encoder and wide part are trusted, and what their answers are worth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_matrix, diags_array
from sklearn.svm import LinearSVC

from data.labels import LabelScheme
from data.question import LabelledQuestion, Question
from models.ngrams import ngrams, pad_ngrams
from models.prediction import Floats
from models.tagger import WidePart, calibrate

MIN_DOCUMENTS = 2
"""An n-gram of one question alone says nothing of the next."""
REGULARISATION = 0.7
"""C of the support-vector machines: on titles_tk dev 0.3, 0.7 and 1.5 gave 0.636, 0.655 and 0.650 macro-F1."""
BATCH = 64
SHARES = tuple(np.linspace(0, 1, 21))
"""Of the wide part in the sum, tried in turn."""
BOUNDS = ((0, 20), (-0.5, 0.5), (0, 0.9))
"""Of size, growth and damping."""
START = (1.0, 0.1, 0.3)
"""Where their search begins: off the bounds, along which it would stay."""
UNSEEN = -2.0
"""Decision value of a label that training lacked: below that of any label that was learnt, which lie around -1."""


def fit_wide(wide: WidePart, questions: Sequence[LabelledQuestion], scheme: LabelScheme) -> None:
    """Set the weights of a wide part: one linear support-vector machine a label on TF-IDF weights.

    A multinomial logistic regression on the same weights had 0.632 macro-F1 on titles_tk dev where these have 0.655.

    Args:
        wide: is changed in place; its blend stays.
        questions: labelled; each head is learnt from those that carry its label.
        scheme: the labels.
    """
    buckets = wide.weight.num_embeddings
    counts = _counts([each.question for each in questions], buckets)
    documents = np.bincount(counts.indices, minlength=buckets)
    # Smoothed as scikit-learn does: as if one more question held every n-gram.
    idf = np.where(documents >= MIN_DOCUMENTS, np.log((1 + len(questions)) / (1 + documents)) + 1, 0)
    tfidf = _normalised(counts, idf)
    heads = (
        ([each.domain for each in questions], scheme.domain_ids),
        ([each.urgency for each in questions], scheme.urgency_ids),
    )
    with torch.no_grad():
        wide.idf.weight.copy_(torch.from_numpy(idf).unsqueeze(1))
        start = 0
        for given, labels in heads:
            judged = [place for place, label in enumerate(given) if label]
            features, truth = tfidf[judged], [given[place] for place in judged]
            weights = np.zeros((buckets, len(labels)))
            bias = np.full(len(labels), UNSEEN)
            for place, label in enumerate(labels):
                own = np.array([each == label for each in truth])
                if own.any() and not own.all():
                    model = LinearSVC(C=REGULARISATION).fit(features, own)
                    weights[:, place], bias[place] = model.coef_[0], model.intercept_[0]
            end = start + len(labels)
            wide.weight.weight[:, start:end] = torch.from_numpy(weights)
            wide.bias[start:end] = torch.from_numpy(bias)
            start = end


def _counts(questions: Sequence[Question], buckets: int) -> csr_matrix:
    """1 + ln(count) of each n-gram. *Shape:* (questions, buckets)."""
    found = [ngrams(question, buckets) for question in questions]
    ends = np.cumsum([0] + [len(each.ids) for each in found])
    ids, weights = (np.concatenate([getattr(each, name) for each in found]) for name in ("ids", "weights"))
    return csr_matrix((weights, ids, ends), shape=(len(questions), buckets))


def _normalised(counts: csr_matrix, idf: npt.NDArray[np.float64]) -> csr_matrix:
    weighted = counts @ diags_array(idf)
    norms = np.sqrt(weighted.multiply(weighted).sum(axis=1))
    return csr_matrix(diags_array(1 / np.maximum(np.asarray(norms).ravel(), 1e-6)) @ weighted)


def wide_logits(wide: WidePart, questions: Sequence[Question]) -> tuple[Floats, Floats]:
    """The wide part's answers. *Shape:* (questions, domains) and (questions, urgency levels)."""
    parts = []
    with torch.inference_mode():
        for start in range(0, len(questions), BATCH):
            batch = [ngrams(each, wide.weight.num_embeddings) for each in questions[start : start + BATCH]]
            parts.append(wide(*map(torch.from_numpy, pad_ngrams(batch))))
    domain, urgency = (torch.cat(head).numpy() for head in zip(*parts, strict=True))
    return domain, urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """How the logits of encoder and wide part become one answer; see `WidePart.blend` and `calibrate`."""

    encoder: float
    wide: float
    growth: float
    damping: float


def fit_blend(
    encoder: Floats,
    wide: Floats,
    tokens: Sequence[int],
    truth: Sequence[int],
    sources: Sequence[str],
    trusted: npt.NDArray[np.bool_],
) -> Blend:
    """The blend of two taggers that is right most often and as sure as it may be.

    The ratio of the factors is the one with the highest accuracy, each source counting alike; by likelihood alone,
    which a few sure errors decide, titles lost 2 points. Size, growth and damping then give the truth the highest
    likelihood (a logarithmic opinion pool, Heskes 1998, calibrated), as if one question more had been seen, of which
    any label may be right: on a few dozen questions that are all right the size would else grow without end (after
    Platt 1999, "Probabilistic outputs for support vector machines").

    Args:
        encoder: logits. *Shape:* (questions, labels).
        wide: logits of the same questions. *Shape:* (questions, labels).
        tokens: lengths of the inputs. *Shape:* (questions,).
        truth: places of the right labels. *Shape:* (questions,).
        sources: where each question is from. *Shape:* (questions,).
        trusted: which questions calibrate. *Shape:* (questions,).
    """
    right, names = np.asarray(truth), np.asarray(sources)
    lengths = torch.tensor(tokens)[torch.from_numpy(trusted)]
    scales = max(float(encoder.std()), 1e-6), max(float(wide.std()), 1e-6)
    best = (-np.inf, -np.inf, 0.0, 0.0)
    for share in SHARES:
        factors = (1 - share) / scales[0], share / scales[1]
        logits = factors[0] * encoder + factors[1] * wide
        hit = logits.argmax(axis=1) == right
        accuracy = float(np.mean([hit[names == name].mean() for name in np.unique(names)]))
        loss = _loss(logits[trusted], lengths, right[trusted])
        size = minimize_scalar(lambda size, loss=loss: loss((size, 0, 0)), bounds=BOUNDS[0], method="bounded")
        # Of ratios that are right as often the likeliest.
        best = max(best, (round(accuracy, 6), -size.fun, *(float(size.x * factor) for factor in factors)))
    _, _, own, other = best
    loss = _loss((own * encoder + other * wide)[trusted], lengths, right[trusted])
    size, growth, damping = map(float, minimize(loss, START, method="Nelder-Mead", bounds=BOUNDS).x)
    return Blend(encoder=size * own, wide=size * other, growth=growth, damping=damping)


def _loss(logits: Floats, tokens: torch.Tensor, truth: npt.NDArray[np.int64]) -> Callable[[Sequence[float]], float]:
    """The mean loss in nats by size, growth and damping of the logits."""
    labels = logits.shape[1]
    target = torch.from_numpy((np.eye(labels)[truth] * len(truth) + 1 / labels) / (len(truth) + 1))
    given = torch.from_numpy(np.asarray(logits, dtype=np.float64))

    def loss(parameters: Sequence[float]) -> float:
        size, growth, damping = torch.tensor(parameters, dtype=torch.float64)
        log_p = calibrate(size * given, tokens, growth, damping).log_softmax(-1)
        return float(-(target * log_p).sum(-1).mean())

    return loss
