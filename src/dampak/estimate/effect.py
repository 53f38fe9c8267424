"""One estimated effect: the number, its uncertainty, and how much data stands behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dampak.match.weighting import effective_sample_size

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval and the p-value of "no effect"."""

    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Effect:
    """An estimate with its standard error.

    Attributes
    ----------
    estimate, std_error : float
        In the unit of the outcome.
    df : float
        Degrees of freedom of the t reference distribution; ``inf`` means normal.
    n_treated, n_comparison : int
        Units with a positive weight.
    ess_treated, ess_comparison : float
        Kish effective sample sizes of the weights that the estimate used.
    bounds : Interval or None
        Interval and p-value that do not follow from the standard error, e.g. of a bootstrap, at the alpha of the
        call that made them; None = they follow from `std_error` and `df`.
    influence : (n,) float or None
        What each unit adds to the estimate's error, survey weight included: the estimates of several outcomes err
        together as these do. None for estimators that are no such sum.
    """

    estimate: float
    std_error: float
    df: float
    n_treated: int
    n_comparison: int
    ess_treated: float
    ess_comparison: float
    bounds: Interval | None = None
    influence: FloatArray | None = field(default=None, repr=False, compare=False)


class Uncertain(Protocol):
    """What an interval needs to know of an estimate; attributes as in `Effect`."""

    @property
    def estimate(self) -> float: ...
    @property
    def std_error(self) -> float: ...
    @property
    def df(self) -> float: ...
    @property
    def bounds(self) -> Interval | None: ...


def effect(
    estimate: float,
    variance: float,
    *,
    df: float,
    treatment: NDArray[np.bool_],
    weight: FloatArray,
    influence: FloatArray | None = None,
) -> Effect:
    """Assemble an `Effect`, counting units and effective sizes from the weights used.

    Parameters
    ----------
    estimate : float
        In the unit of the outcome.
    variance : float
        In the squared unit of the outcome.
    df : float
        Degrees of freedom, ``inf`` for a normal reference.
    treatment : (n,) bool
    weight : (n,) float
        Analysis weights; 0 = the unit was not used.
    influence : (n,) float or None
    """
    used = weight > 0
    return Effect(
        estimate=float(estimate),
        std_error=math.sqrt(max(float(variance), 0.0)),
        df=float(df),
        n_treated=int(np.sum(used & treatment)),
        n_comparison=int(np.sum(used & ~treatment)),
        ess_treated=effective_sample_size(weight[treatment]),
        ess_comparison=effective_sample_size(weight[~treatment]),
        influence=influence,
    )


def quantile(probability: float, *, df: float) -> float:
    """Quantile of Student's t, or of the normal when `df` is infinite."""
    from scipy.special import ndtri, stdtrit

    return float(ndtri(probability) if math.isinf(df) else stdtrit(df, probability))


def interval(result: Uncertain, *, alpha: float) -> Interval:
    """Confidence interval at level 1 - `alpha` and two-sided p-value against zero.

    Parameters
    ----------
    result : Effect, or another estimate with standard error and df
        Its own `bounds` are returned where it has them: ask for them with the same `alpha`.
    alpha : float
        Error rate, e.g. 0.05.
    """
    if result.bounds is not None:
        return result.bounds
    from scipy.special import ndtr, stdtr

    half = quantile(1 - alpha / 2, df=result.df) * result.std_error
    if result.std_error > 0:
        statistic = abs(result.estimate) / result.std_error
        tail = ndtr(-statistic) if math.isinf(result.df) else stdtr(result.df, -statistic)
        p_value = 2 * float(tail)
    else:
        p_value = 1.0 if result.estimate == 0 else 0.0
    return Interval(low=result.estimate - half, high=result.estimate + half, p_value=p_value)
