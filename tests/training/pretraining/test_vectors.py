import numpy as np
import pytest

from training.pretraining.vectors import static_embeddings


def test_static_vectors_bring_words_of_like_use_together() -> None:
    # Tokens 0 and 1 stand before 2, tokens 3 and 4 before 5.
    rng = np.random.default_rng(0)
    pairs = [([0, 1][rng.integers(2)], 2) if rng.integers(2) else ([3, 4][rng.integers(2)], 5) for _ in range(3000)]
    stream = np.array([token for first, second in pairs for token in (6, first, second, 7)], dtype=np.int32)
    vectors = static_embeddings(stream, 8, 4, window=1)

    def cosine(a: int, b: int) -> float:
        return float(vectors[a] @ vectors[b] / np.linalg.norm(vectors[a]) / np.linalg.norm(vectors[b]))

    assert vectors.shape == (8, 4)
    assert cosine(0, 1) > 0.9 > cosine(0, 3)
    assert vectors.std() == pytest.approx(0.02, rel=1e-3)
