"""Rubin's rules: one estimate out of those of several completed data sets."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.estimate.effect import Interval

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Pooled:
    """An estimate over several completed data sets; `dampak.estimate.interval` gives its interval.

    Attributes
    ----------
    estimate, std_error : float
        In the unit of the outcome.
    df : float
        Degrees of freedom of the t reference distribution; ``inf`` means normal.
    fraction_missing : float
        Share of the variance that is due to what had to be imputed, (1 + 1/m) B / T, in [0, 1].
    bounds : None
        The interval follows from standard error and df.
    """

    estimate: float
    std_error: float
    df: float
    fraction_missing: float
    bounds: Interval | None = None


def pooled(estimates: FloatArray, variances: FloatArray, df_complete: float = math.inf) -> Pooled:
    """Pool the estimates of m completed data sets, with the degrees of freedom of Barnard and Rubin.

    With the mean W of the variances and the variance B between the estimates, the total variance is
    T = W + (1 + 1/m) B. Its degrees of freedom are 1 / (1/a + 1/b), with lambda = (1 + 1/m) B / T,
    a = (m - 1) / lambda^2 and b = (v + 1) / (v + 3) v (1 - lambda), v being those of the complete data.

    Parameters
    ----------
    estimates : (m,) float
        In the unit of the outcome.
    variances : (m,) float
        Squared standard errors.
    df_complete : float
        Degrees of freedom that the analysis would have with nothing missing; ``inf`` = normal reference.

    Returns
    -------
    Pooled
        Where all estimates agree nothing was missing: the complete-data result, `df_complete` included.

    Raises
    ------
    DataError
        Fewer than two estimates, lengths that differ, a number that is not finite, or a negative variance.

    References
    ----------
    Rubin, D. (1987). Multiple Imputation for Nonresponse in Surveys. Wiley, section 3.1. Barnard, J. and Rubin, D.
    (1999). Small-sample degrees of freedom with multiple imputation. Biometrika 86, 948-955, equation 3.
    """
    q, u = np.asarray(estimates, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    m = q.size
    if m < 2 or u.size != m:
        raise DataError(
            f"imputations: {m} estimates and {u.size} variances cannot be pooled; give one of each for every completed "
            "data set, of which there are two or more"
        )
    if not (np.all(np.isfinite(q)) and np.all(np.isfinite(u)) and np.all(u >= 0)):
        bad = int(np.argmin(np.isfinite(q) & np.isfinite(u) & (u >= 0)))
        raise DataError(
            f"imputations: data set {bad + 1} of {m} has estimate {q[bad]:g} with variance {u[bad]:g}; the analysis "
            "must give a finite estimate and a variance of 0 or more for every completed data set"
        )
    within, between = float(u.mean()), float(q.var(ddof=1))
    # Estimates of one and the same data set differ by nothing at all, and so must their mean from each of them.
    if np.all(q == q[0]):
        return Pooled(float(q[0]), math.sqrt(within), float(df_complete), 0.0)
    extra = (1 + 1 / m) * between
    total = within + extra
    share = extra / total
    df = (m - 1) / share**2
    if math.isfinite(df_complete):
        observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - share)
        df = df * observed / (df + observed)
    return Pooled(float(q.mean()), math.sqrt(total), df, share)
