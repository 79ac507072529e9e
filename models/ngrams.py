"""Hashed character n-grams of a question: what the wide part of the tagger counts. Needs numpy alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.question import Question
from data.text import strip_footnotes

SIZES = (3, 4, 5)
_SPACE = ord(" ")
_PRIME = np.uint64(0x100000001B3)
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Ngrams:
    """The n-grams of one question."""

    ids: npt.NDArray[np.int64]
    """Buckets, each once, rising. *Shape:* (n-grams,)."""
    weights: npt.NDArray[np.float32]
    """1 + ln(count). *Shape:* (n-grams,)."""


def ngrams(question: Question, buckets: int) -> Ngrams:
    """Count the n-grams of 3, 4 and 5 characters within the words of title, context and text.

    Those of scikit-learn's `char_wb` analyser: in lower case, a space before and after each word. They are hashed
    (Weinberger et al. 2009, "Feature hashing for large scale multitask learning") by a polynomial over the code points
    modulo 2^64 and Fibonacci hashing.

    Args:
        question: any.
        buckets: a power of two.
    """
    text = strip_footnotes(f"{question.title} {question.context} {question.text}").lower()
    # Two spaces between words: an n-gram with a space inside spans two words and is left out.
    padded = " " + "  ".join(text.split()) + " "
    points = np.frombuffer(padded.encode("utf-32-le", errors="replace"), dtype=np.uint32)
    letters = points != _SPACE
    codes = points.astype(np.uint64) + np.uint64(1)
    shift = np.uint64(64 - (buckets.bit_length() - 1))
    found = []
    hashes = codes
    whole = np.ones(len(points), dtype=bool)
    # Each n-gram is the one before with a character more.
    for size in range(2, SIZES[-1] + 1):
        count = len(points) - size + 1
        if count <= 0:
            break
        hashes = hashes[:count] * _PRIME + codes[size - 1 :]
        if size > 2:
            whole = whole[:count] & letters[size - 2 : size - 2 + count]
        if size in SIZES:
            found.append((hashes[whole[:count]] * _MIX) >> shift)
    ids, counts = np.unique(np.concatenate(found), return_counts=True)
    return Ngrams(ids.astype(np.int64), (1 + np.log(counts)).astype(np.float32))


def pad_ngrams(batch: Sequence[Ngrams]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Stack a batch, weight 0 where a question has fewer. *Shape:* ids and weights, both (questions, most n-grams)."""
    most = max(len(each.ids) for each in batch)
    ids = np.zeros((len(batch), most), dtype=np.int64)
    weights = np.zeros((len(batch), most), dtype=np.float32)
    for place, each in enumerate(batch):
        ids[place, : len(each.ids)] = each.ids
        weights[place, : len(each.ids)] = each.weights
    return ids, weights
