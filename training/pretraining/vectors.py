"""Token vectors from co-occurrence, to start masked-language modelling from.

Without them the loss of so small a budget stays on its unigram plateau.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix, diags_array
from sklearn.decomposition import TruncatedSVD


def static_embeddings(
    stream: npt.NDArray[np.integer[Any]], vocab_size: int, size: int, *, window: int = 5, seed: int = 42
) -> npt.NDArray[np.float32]:
    """Token vectors from co-occurrence: positive PMI, context counts to the power 0.75, truncated SVD.

    The method is that of Levy, Goldberg and Dagan (2015), "Improving distributional similarity with lessons
    learned from word embeddings", TACL 3. *Shape:* (vocab_size, size), standard deviation 0.02 as RoBERTa's own
    initialisation has.
    """
    counts = csr_matrix((vocab_size, vocab_size), dtype=np.float32)
    for distance in range(1, window + 1):
        left, right = stream[:-distance], stream[distance:]
        weight = np.full(len(left), 1.0 / distance, dtype=np.float32)
        counts = counts + coo_matrix((weight, (left, right)), shape=counts.shape).tocsr()
    counts = (counts + counts.T).tocsr()
    token_counts = np.asarray(counts.sum(axis=1)).ravel()
    context = token_counts**0.75
    context /= context.sum()
    with np.errstate(divide="ignore"):
        rows = diags_array(np.where(token_counts > 0, 1 / token_counts, 0))
        columns = diags_array(np.where(context > 0, 1 / context, 0))
    ppmi = csr_matrix(rows @ counts @ columns)
    ppmi.data = np.maximum(np.log(np.maximum(ppmi.data, 1e-12)), 0)
    ppmi.eliminate_zeros()
    svd = TruncatedSVD(size, n_iter=4, random_state=seed)
    # Singular values to the power 0.5: Levy et al. found it better than the full ones.
    vectors = svd.fit_transform(ppmi) / np.sqrt(np.maximum(svd.singular_values_, 1e-12))
    vectors -= vectors.mean(axis=0)
    scaled: npt.NDArray[np.float32] = (vectors / vectors.std() * 0.02).astype(np.float32)
    return scaled
