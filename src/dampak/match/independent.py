"""Which covariates say something that the ones before them do not."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# The share of a covariate's variance that the ones before it do not explain, below which it is left out.
OWN = 1e-9


def independent_columns(x: FloatArray) -> NDArray[np.int64]:
    """Return the columns that vary and are no combination of earlier ones.

    Parameters
    ----------
    x : (n, k) float

    Returns
    -------
    (j,) int
        In their order.
    """
    if not x.size:
        return np.empty(0, dtype=np.int64)
    centred = x - x.mean(axis=0)
    spread = centred.std(axis=0)
    varying = np.flatnonzero((x.max(axis=0) > x.min(axis=0)) & (spread > 0))
    gram = centred[:, varying].T @ centred[:, varying] / (np.outer(spread[varying], spread[varying]) * x.shape[0])
    kept: list[int] = []
    factor = np.zeros((varying.size, varying.size))
    for j in range(varying.size):
        # Cholesky's recursion, in which a column without a part of its own is passed over.
        row = np.zeros(len(kept))
        for i, other in enumerate(kept):
            row[i] = (gram[j, other] - row[:i] @ factor[i, :i]) / factor[i, i]
        own = float(gram[j, j] - row @ row)
        if own > OWN:
            factor[len(kept), : len(kept)] = row
            factor[len(kept), len(kept)] = np.sqrt(own)
            kept.append(j)
    return np.asarray(varying[kept], dtype=np.int64)
