"""What the neighbours of a household say about it, as columns of the imputation models."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dampak.estimate.regression import weighted_least_squares

FloatArray = NDArray[np.float64]
Labels = NDArray[Any]


class Villages:
    """Draws of the error of fitted coefficients when neighbours err together.

    A posterior that takes households as independent is too sure of coefficients that villages share, and treatments
    drawn with it differ too little from each other. The multiplier bootstrap puts the spread of the PSU totals s_c of
    the scores in the place of the information: H^-1 (sum_c e_c s_c + P^1/2 e), e standard normal, has the covariance
    H^-1 (sum_c s_c s_c' + P) H^-1, with the prior precision P, which is H^-1 where households are independent.

    Parameters
    ----------
    psu : (n,) labels

    References
    ----------
    Mueller, U. (2013). Econometrica 81, 1805-1849 (sandwich posterior). Kline, P. and Santos, A. (2012). Journal of
    Econometric Methods 1, 23-41 (multipliers of scores).
    """

    def __init__(self, psu: Labels) -> None:
        self.code = np.unique(psu, return_inverse=True)[1]
        self.size = int(self.code.max()) + 1

    def score(
        self, residual: FloatArray, z: FloatArray, treatment: NDArray[np.bool_] | None, rng: np.random.Generator
    ) -> FloatArray:
        """Draw sum_c e_c s_c for the scores residual_i (z_i, t_i z_i); without a treatment those of z alone.

        Parameters
        ----------
        residual : (n,) float
            Derivative of the log-likelihood of a unit in its linear predictor.
        z : (n, k) float
        treatment : (n,) bool or None
        rng : Generator

        Returns
        -------
        (k,) or (2k,) float
        """
        factor = np.sqrt(self.size / (self.size - 1.0)) if self.size > 1 else 1.0
        # Each household takes the multiplier of its PSU: the sum over PSUs of totals is one over households.
        drawn = factor * rng.standard_normal(self.size)[self.code] * residual
        if treatment is None:
            return np.asarray(drawn @ z)
        return np.concatenate([drawn @ z, drawn[treatment] @ z[treatment]])


def village_columns(probability: FloatArray, outcome: FloatArray | None, z: FloatArray, *, psu: Labels) -> FloatArray:
    """Means over the other households of the PSU: of the linkage probability, and of the outcome, beyond covariates.

    With a random effect of the village, the distribution of a household's outcome given those of its neighbours has a
    mean that rises with the mean residual of the others, drawn towards zero where they are few. That mean, as one more
    covariate, does the work of the random effect, in a linear and in a logistic model alike; together with the
    treatment it stands for an effect that varies by village. Its coefficient is estimated with the others.

    Parameters
    ----------
    probability : (n,) float
        Of the linkage.
    outcome : (n,) float or None
    z : (n, k) float
        A column of ones, then covariates.
    psu : (n,) labels

    Returns
    -------
    (n, 1 or 2) float
        0 for a household that is alone in its PSU.

    References
    ----------
    Battese, G., Harter, R. and Fuller, W. (1988). JASA 83, 28-36 (shrinkage of area means).
    """
    code = np.unique(psu, return_inverse=True)[1]
    values = [probability] if outcome is None else [probability, outcome]
    columns = []
    for value in values:
        v = np.asarray(value, dtype=np.float64)
        residual = weighted_least_squares(z, v, weight=np.ones(v.size)).residuals
        total, size = np.bincount(code, weights=residual)[code], np.bincount(code)[code]
        columns.append((total - residual) / (size - 1 + _shrinkage(residual, code)))
    return np.column_stack(columns)


def _shrinkage(residual: FloatArray, code: NDArray[np.int64]) -> float:
    """Variance within over variance between PSUs, by analysis of variance; at least 0.1, at most 1,000 households."""
    size = np.bincount(code)
    total = np.bincount(code, weights=residual)
    n, groups = residual.size, size.size
    between = float(np.sum(total**2 / size)) - float(residual.sum()) ** 2 / n
    if groups < 2 or n == groups:
        return 1000.0
    within = (float(residual @ residual) - float(np.sum(total**2 / size))) / (n - groups)
    mean_size = (n - float(np.sum(size.astype(float) ** 2)) / n) / (groups - 1)
    shared = (between / (groups - 1) - within) / mean_size
    return float(np.clip(within / shared, 0.1, 1000.0)) if shared > 0 else 1000.0
