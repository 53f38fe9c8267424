"""Adjustment of p-values for looking at several outcomes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def holm(p_values: FloatArray) -> FloatArray:
    """Holm's step-down adjustment, which controls the chance of any false finding in the family.

    Parameters
    ----------
    p_values : (m,) float
        Unadjusted, one per outcome of the family.

    Returns
    -------
    (m,) float
        Adjusted p-values in the order given.

    References
    ----------
    Holm, S. (1979). Scandinavian Journal of Statistics 6, 65-70.
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
