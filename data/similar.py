"""Texts that are nearly the same, by MinHash (Broder 1997, "On the resemblance and containment of documents")."""

import re
from collections.abc import Iterator, Sequence

PERMUTATIONS = 128
"""Hash functions; the standard error of an estimated resemblance of 0.5 is then 0.044."""


def words(text: str) -> frozenset[str]:
    """The different words and numbers of a text, case folded."""
    return frozenset(re.findall(r"\w+", text.casefold()))


def near_duplicates(texts: Sequence[str], threshold: float) -> Iterator[tuple[int, int, float]]:
    """Yield the pairs of texts whose words resemble each other.

    Candidates come from locality-sensitive hashing; their resemblance is then computed exactly. A pair just above the
    threshold may be missed, one below it never comes.

    Args:
        texts: of any length; those without a word are passed over.
        threshold: least Jaccard resemblance of the sets of words, in (0, 1].

    Yields:
        The two places, the smaller first, and the resemblance.
    """
    from datasketch import MinHash, MinHashLSH

    bags = [words(text) for text in texts]
    # Hashing for a lower threshold finds nearly all pairs above the wanted one.
    index = MinHashLSH(threshold=0.8 * threshold, num_perm=PERMUTATIONS)
    hashes = MinHash.bulk(([word.encode() for word in bag] for bag in bags), num_perm=PERMUTATIONS)
    for place, (bag, minhash) in enumerate(zip(bags, hashes, strict=True)):
        if not bag:
            continue
        for other in sorted(index.query(minhash)):
            resemblance = len(bag & bags[other]) / len(bag | bags[other])
            if resemblance >= threshold:
                yield other, place, resemblance
        index.insert(place, minhash)
