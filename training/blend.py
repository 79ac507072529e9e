"""Fit the wide part of a tagger, and how far encoder and wide part are trusted."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, diags_array
from scipy.special import log_softmax
from sklearn.svm import LinearSVC

from data.labels import LabelScheme
from data.question import LabelledQuestion, Question
from models.ngrams import ngrams, pad_ngrams
from models.prediction import Floats
from models.tagger import WidePart

MIN_DOCUMENTS = 2
"""An n-gram of one question alone says nothing of the next."""
REGULARISATION = 0.7
"""C of the support-vector machines: on titles_tk dev 0.3, 0.7 and 1.5 gave 0.636, 0.655 and 0.650 macro-F1."""
BATCH = 64
SHARES = tuple(np.linspace(0, 1, 21))
"""Of the wide part in the sum, tried in turn."""
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


def fit_blend(
    encoder: Floats, wide: Floats, truth: Sequence[int], sources: Sequence[str], trusted: npt.NDArray[np.bool_]
) -> tuple[float, float]:
    """The factors of two taggers' logits whose sum is right most often and as sure as it may be.

    Their ratio is the one with the highest accuracy, each source counting alike; by likelihood alone, which a few sure
    errors decide, titles lost 2 points. Their size then gives the truth the highest likelihood: temperature scaling
    (Guo et al. 2017, "On calibration of modern neural networks") of a logarithmic opinion pool (Heskes 1998). Each
    label counts there as if it had been seen once more (Platt 1999, "Probabilistic outputs for support vector
    machines"): on a few dozen questions that are all right the size would else grow without end.

    Args:
        encoder: logits. *Shape:* (questions, labels).
        wide: logits of the same questions. *Shape:* (questions, labels).
        truth: places of the right labels. *Shape:* (questions,).
        sources: where each question is from. *Shape:* (questions,).
        trusted: which questions tell the size. *Shape:* (questions,).

    Returns:
        The factors of `encoder` and `wide`, neither below 0.
    """
    right, names = np.asarray(truth), np.asarray(sources)
    scales = max(float(encoder.std()), 1e-6), max(float(wide.std()), 1e-6)
    best = (-np.inf, -np.inf, 0.0, 0.0)
    for share in SHARES:
        factors = (1 - share) / scales[0], share / scales[1]
        logits = factors[0] * encoder + factors[1] * wide
        hit = logits.argmax(axis=1) == right
        accuracy = float(np.mean([hit[names == name].mean() for name in np.unique(names)]))
        size, loss = _temperature(logits[trusted], right[trusted])
        best = max(best, (round(accuracy, 6), -loss, size * factors[0], size * factors[1]))
    return best[2], best[3]


def _temperature(logits: Floats, truth: npt.NDArray[np.int64]) -> tuple[float, float]:
    """The factor of logits with the highest likelihood, and the loss with it in nats."""
    labels = logits.shape[1]
    target = (np.eye(labels)[truth] * len(truth) + 1) / (len(truth) + labels)

    def loss(size: float) -> float:
        return float(-(target * log_softmax(size * logits, axis=1)).sum(axis=1).mean())

    found = minimize_scalar(loss, bounds=(0, 20), method="bounded")
    return float(found.x), float(found.fun)
