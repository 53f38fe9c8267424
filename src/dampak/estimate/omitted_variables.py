"""How strong an omitted variable must be to overturn a regression, and how strong the observed ones are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.estimate.effect import quantile
from dampak.estimate.regression import Fit, weighted_least_squares

FloatArray = NDArray[np.float64]

BENCHMARK_COLUMNS = [
    "benchmark", "kd", "ky", "r2dz_x", "r2yz_dx",
    "adjusted_estimate", "adjusted_std_error", "adjusted_t", "ci_low", "ci_high",
]  # fmt: skip


@dataclass(frozen=True)
class Adjusted:
    """What an estimate becomes if a confounder of stated strength was omitted.

    Attributes
    ----------
    estimate, std_error : float
        In the unit of the outcome; the standard error is the classical one.
    t : float
    df : float
        One less than in the regression without the confounder.
    """

    estimate: float
    std_error: float
    t: float
    df: float


def partial_r2(t: float, *, df: float) -> float:
    """Share of the residual variance of the outcome that a regressor explains: t^2 / (t^2 + df), classical t.

    References
    ----------
    Cinelli, C. and Hazlett, C. (2020). JRSS B 82, 39-67, section 4.3.
    """
    return t**2 / (t**2 + df)


def robustness_value(cohen_f: float, *, df: float, q: float = 1.0, alpha: float | None = None) -> float:
    """Share of residual variance that a confounder must explain, of treatment and outcome alike, to matter.

    With `alpha` None: to reduce the estimate by 100 q percent. With `alpha`: to bring it within reach of
    insignificance at that level.

    Parameters
    ----------
    cohen_f : float
        Partial f of the treatment with the outcome (classical t / sqrt(df)).
    df : float
        Residual degrees of freedom.
    q : float
        Share of the estimate that is to be explained away.
    alpha : float or None

    Returns
    -------
    float
        In [0, 1].

    References
    ----------
    Cinelli, C. and Hazlett, C. (2020). JRSS B 82, 39-67, section 4.2; Cinelli, Ferwerda and Hazlett (2024),
    sensemakr, for the case in which the critical value binds.
    """
    f_q = q * abs(cohen_f)
    f_crit = 0.0 if alpha is None else quantile(1 - alpha / 2, df=df - 1) / math.sqrt(df - 1)
    f = f_q - f_crit
    if f <= 0:
        return 0.0
    if math.isinf(f_q):
        return 1.0
    if f_crit > 0 and f_q > 1 / f_crit:
        return (f_q**2 - f_crit**2) / (1 + f_q**2)
    return 0.5 * (math.sqrt(f**4 + 4 * f**2) - f**2)


def adjusted(
    estimate: float, std_error: float, *, df: float, r2dz_x: float, r2yz_dx: float, reduce: bool = True
) -> Adjusted:
    """Estimate, standard error and t if a confounder Z of the given strength were added to the regression.

    |bias| = SE sqrt(df) sqrt(R2_{Y~Z|D,X} R2_{D~Z|X} / (1 - R2_{D~Z|X})) (eq. 14) and
    SE_adj = SE sqrt((1 - R2_{Y~Z|D,X}) / (1 - R2_{D~Z|X})) sqrt(df / (df - 1)) (eq. 15): exact algebra of least
    squares, so it takes the classical standard error and says nothing about a survey design.

    Parameters
    ----------
    estimate, std_error : float
        Coefficient of the treatment and its classical standard error.
    df : float
        Residual degrees of freedom.
    r2dz_x : float, in [0, 1)
        Partial R2 of the confounder with the treatment, given the covariates.
    r2yz_dx : float, in [0, 1]
        Partial R2 of the confounder with the outcome, given treatment and covariates.
    reduce : bool
        Whether the confounder makes the effect look larger than it is (the case to worry about), or smaller.

    Raises
    ------
    ConfigError
        A partial R2 outside its range.

    References
    ----------
    Cinelli, C. and Hazlett, C. (2020). JRSS B 82, 39-67, eqs. 14 and 15.
    """
    if not (0 <= r2dz_x < 1 and 0 <= r2yz_dx <= 1):
        raise ConfigError(
            f"sensitivity: r2dz_x = {r2dz_x:g}, r2yz_dx = {r2yz_dx:g}: partial R2 lie between 0 and 1 (that with the "
            "treatment below 1); use smaller ones"
        )
    bias = std_error * math.sqrt(df) * math.sqrt(r2yz_dx * r2dz_x / (1 - r2dz_x))
    size = abs(estimate) - bias if reduce else abs(estimate) + bias
    value = math.copysign(1.0, estimate) * size
    error = std_error * math.sqrt((1 - r2yz_dx) / (1 - r2dz_x)) * math.sqrt(df / (df - 1))
    return Adjusted(value, error, value / error if error > 0 else math.copysign(math.inf, value), df - 1)


def benchmark_strength(r2dxj_x: float, r2yxj_dx: float, *, kd: float, ky: float) -> tuple[float, float]:
    """Strength of a confounder that is kd and ky times as strong as a benchmark covariate.

    kd compares how much of the treatment the two explain beyond the other covariates, ky of the outcome:
    R2_{D~Z|X} = kd R2_{D~Xj|X-j} / (1 - R2_{D~Xj|X-j}), and
    R2_{Y~Z|D,X} <= eta^2 R2_{Y~Xj|D,X-j} / (1 - R2_{Y~Xj|D,X-j}) with
    eta = (sqrt(ky) + rho) / sqrt(1 - rho^2), rho^2 = kd R2^2 / ((1 - kd R2) (1 - R2)), R2 = R2_{D~Xj|X-j}.

    Parameters
    ----------
    r2dxj_x, r2yxj_dx : float
        Partial R2 of the benchmark with the treatment and with the outcome.
    kd, ky : float

    Returns
    -------
    r2dz_x, r2yz_dx : float
        NaN where no such confounder can exist; r2yz_dx is cut at 1, its largest possible value.

    References
    ----------
    Cinelli, C. and Hazlett, C. (2020). JRSS B 82, 39-67, section 4.4 and its online appendix (bounds given D).
    """
    if r2dxj_x >= 1 or r2yxj_dx >= 1 or kd * r2dxj_x >= 1 - r2dxj_x:
        return math.nan, math.nan
    r2dz_x = kd * r2dxj_x / (1 - r2dxj_x)
    rho2 = kd * r2dxj_x**2 / ((1 - kd * r2dxj_x) * (1 - r2dxj_x))
    if rho2 >= 1:
        return math.nan, math.nan
    eta = (math.sqrt(ky) + math.sqrt(rho2)) / math.sqrt(1 - rho2)
    return r2dz_x, min(1.0, eta**2 * r2yxj_dx / (1 - r2yxj_dx))


def benchmark_bounds(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    covariates: FloatArray,
    names: Sequence[str],
    benchmarks: Sequence[str | Sequence[str]],
    weight: FloatArray,
    kd: Sequence[float] = (1, 2, 3),
    ky: Sequence[float] | None = None,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """What the regression would say had a confounder as strong as a benchmark covariate been omitted.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    covariates : (n, k) float
    names : sequence of str, length k
    benchmarks : sequence of str or of sequences of str
        Covariates to compare with; several names together (the dummies of one factor) are one benchmark.
    weight : (n,) float
        Survey weight; 0 = not used.
    kd, ky : sequences of float
        Multiples of the benchmark's strength with treatment and outcome, taken in pairs; ky = kd if None.
    alpha : float

    Returns
    -------
    DataFrame
        Columns `BENCHMARK_COLUMNS`, a row per benchmark and multiple. Standard error, t and interval are the
        classical ones of the regression (see `adjusted`): under a survey design read the adjusted estimate only.
        NaN where a confounder of that strength cannot exist.

    Raises
    ------
    ConfigError
        A benchmark is not a covariate, or kd and ky differ in length.
    DataError
        The covariates determine the treatment.

    References
    ----------
    Cinelli, C. and Hazlett, C. (2020). JRSS B 82, 39-67, section 4.4; sensemakr ``ovb_bounds``.
    """
    multiples = list(zip(kd, kd if ky is None else ky, strict=False))
    if ky is not None and len(ky) != len(kd):
        raise ConfigError(f"sensitivity: kd has {len(kd)} values and ky {len(ky)}; give as many of one as of the other")
    d = treatment.astype(float)
    x = np.column_stack([np.ones(outcome.shape[0]), covariates])
    fit = weighted_least_squares(np.column_stack([x, d]), outcome, weight=weight)
    if fit.bread[-1, -1] == 0:
        raise DataError(
            "clean/design.parquet: column treatment is constant or determined by the covariates, so a regression "
            "cannot tell its effect from theirs; drop the covariate that encodes the treatment"
        )
    df = int(np.sum(weight > 0)) - fit.rank
    estimate = float(fit.coefficients[-1])
    std_error = math.sqrt(float(np.sum(weight * fit.residuals**2)) / df * float(fit.bread[-1, -1]))
    of_treatment = weighted_least_squares(x, d, weight=weight)
    rows: list[tuple[object, ...]] = []
    for benchmark in benchmarks:
        group = [benchmark] if isinstance(benchmark, str) else list(benchmark)
        strangers = [name for name in group if name not in names]
        if strangers:
            raise ConfigError(
                f"sensitivity: benchmark '{strangers[0]}' is not a covariate of the regression "
                f"({', '.join(names)}); choose one of them"
            )
        # Behind the column of ones.
        columns = np.array([1 + list(names).index(name) for name in group])
        r2d, r2y = _explained(of_treatment, columns), _explained(fit, columns)
        for times_d, times_y in multiples:
            strength = benchmark_strength(r2d, r2y, kd=times_d, ky=times_y)
            key = (" + ".join(group), float(times_d), float(times_y), *strength)
            if math.isnan(strength[0]):
                rows.append((*key, *[math.nan] * 5))
                continue
            new = adjusted(estimate, std_error, df=df, r2dz_x=strength[0], r2yz_dx=strength[1])
            half = quantile(1 - alpha / 2, df=new.df) * new.std_error
            rows.append((*key, new.estimate, new.std_error, new.t, new.estimate - half, new.estimate + half))
    return pd.DataFrame(rows, columns=BENCHMARK_COLUMNS)


def _explained(fit: Fit, columns: NDArray[np.int64]) -> float:
    """Partial R2 of some columns, given the others: b' (B^-1) b / (b' (B^-1) b + RSS), B their part of (X'WX)^-1."""
    kept = columns[np.diag(fit.bread)[columns] > 0]
    b = fit.coefficients[kept]
    explained = float(b @ np.linalg.solve(fit.bread[np.ix_(kept, kept)], b)) if kept.size else 0.0
    residual = float(np.sum(fit.weight * fit.residuals**2))
    return explained / (explained + residual) if explained > 0 else 0.0
