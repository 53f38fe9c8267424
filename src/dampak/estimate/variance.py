"""Variances of estimators that are sums of influence values.

Every estimator of this folder but the neighbour estimator is asymptotically linear: estimate - truth is close to
``sum(psi)``, with one influence value ``psi`` per unit (survey weight included). Its variance is then that of a
total, so one set of formulas serves independent samples, matched sets and stratified multistage surveys.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.estimate.survey_design import SurveyDesign

FloatArray = NDArray[np.float64]
Labels = NDArray[Any]


def hc1(influence: FloatArray, *, n: int, n_parameters: int) -> float:
    """Heteroscedasticity-robust variance with the small-sample factor n / (n - k).

    Parameters
    ----------
    influence : (n_rows,) float
        Influence values; rows that were not used hold 0.
    n : int
        Rows used in the fit.
    n_parameters : int
        Coefficients estimated, k.

    Returns
    -------
    float
        Variance.

    Raises
    ------
    DataError
        When there are no residual degrees of freedom.

    References
    ----------
    MacKinnon, J. and White, H. (1985). Journal of Econometrics 29, 305-325 (HC1; Stata's ``robust``).
    """
    if n <= n_parameters:
        raise DataError(
            f"the analysis sample has {n} units for {n_parameters} coefficients, so no standard error exists; "
            "use fewer covariates or a wider common support"
        )
    return float(np.sum(influence**2)) * n / (n - n_parameters)


def linearized(influence: FloatArray, *, design: SurveyDesign) -> tuple[float, float]:
    """Taylor-linearised variance under a stratified design, PSUs drawn with replacement.

    V = sum_h n_h / (n_h - 1) sum_j (z_hj - mean_h)^2, with z_hj the total of the influence values in PSU j of
    stratum h. Units outside the analysis sample stay in the arrays with influence 0, so that a subpopulation
    is treated as a domain and every sampled PSU counts.

    Parameters
    ----------
    influence : (n,) float
        Influence values, survey weight included.
    design : SurveyDesign

    Returns
    -------
    variance, df : float
        df = number of PSUs - number of strata.

    Raises
    ------
    DataError
        A stratum with a single PSU (no variance can be estimated within it).

    References
    ----------
    Binder, D. (1983). International Statistical Review 51, 279-292; as `survey::svytotal` and Stata ``svy``.
    """
    n, strata, psu = influence.shape[0], design.strata, design.psu
    names, stratum = np.unique(strata, return_inverse=True) if strata is not None else (None, np.zeros(n, int))
    unit = np.unique(psu, return_inverse=True)[1] if psu is not None else np.arange(n)
    # Registers number their PSUs from 1 within each stratum: the pair identifies the PSU, the label alone may not.
    pair, cluster = np.unique(stratum * (int(unit.max()) + 1) + unit, return_inverse=True)
    stratum_of_cluster = pair // (int(unit.max()) + 1)
    totals = np.bincount(cluster, weights=influence)
    n_h = np.bincount(stratum_of_cluster)
    if np.any(n_h < 2):
        lonely = int(np.argmax(n_h < 2))
        name = f"stratum '{names[lonely]}'" if names is not None else "the sample"
        more = int(np.sum(n_h < 2)) - 1
        others = f" (and {more} more)" if more else ""
        raise DataError(
            f"clean/design.parquet: column strata: {name}{others} has a single primary sampling unit where two are "
            "needed to measure its variance; merge it with a similar stratum in the codebook or the raw file"
        )
    mean = np.bincount(stratum_of_cluster, weights=totals) / n_h
    deviation = totals - mean[stratum_of_cluster]
    per_stratum = np.bincount(stratum_of_cluster, weights=deviation**2)
    return float(np.sum(per_stratum * n_h / (n_h - 1))), float(pair.shape[0] - n_h.shape[0])


def clustered(influence: FloatArray, *, cluster: Labels) -> tuple[float, int]:
    """Sum over clusters of squared influence totals, without small-sample factor, and the number of clusters."""
    code = np.unique(cluster, return_inverse=True)[1]
    totals = np.bincount(code, weights=influence)
    return float(np.sum(totals**2)), int(totals.shape[0])


def sampling_variance(
    influence: FloatArray,
    *,
    design: SurveyDesign | None,
    n: int,
    n_parameters: int,
) -> tuple[float, float]:
    """HC1 with n - k degrees of freedom, or the declared survey design where there is one.

    Parameters
    ----------
    influence : (n_rows,) float
    design : SurveyDesign or None
    n, n_parameters : int
        As in `hc1`.

    Returns
    -------
    variance, df : float
    """
    if design is None:
        return hc1(influence, n=n, n_parameters=n_parameters), float(n - n_parameters)
    return linearized(influence, design=design)


def matched_set_variance(
    influence: FloatArray,
    *,
    matched_set: NDArray[np.int64],
    design: SurveyDesign | None,
    n_parameters: int,
) -> tuple[float, float]:
    """Variance after matching without replacement, where the members of a matched set resemble each other.

    Without a survey design: clusters are the matched sets, with the factors G / (G - 1) and (n - 1) / (n - k).
    With one: two-way clustering, V = V_design + V_sets - V_(PSU and set), so that neither the resemblance within
    sets nor that within PSUs is lost; where sets lie within PSUs this is V_design.

    Parameters
    ----------
    influence : (n_rows,) float
    matched_set : (n_rows,) int
        Set of each unit; -1 = not matched.
    design : SurveyDesign or None
    n_parameters : int

    Returns
    -------
    variance, df : float
        df = sets - 1, or the design df where that is smaller.

    References
    ----------
    Abadie, A. and Spiess, J. (2022). Journal of the American Statistical Association 117, 983-995.
    Cameron, A., Gelbach, J. and Miller, D. (2011). Journal of Business & Economic Statistics 29, 238-249, eq. 2.9.
    """
    used = matched_set >= 0
    v_sets, n_sets = clustered(influence[used], cluster=matched_set[used])
    n = int(np.sum(used))
    if n_sets < 2:
        raise DataError(
            f"match/pairs.parquet holds {n_sets} matched set, and a standard error needs at least two; "
            "widen the caliper or the common support"
        )
    if design is None:
        return v_sets * n_sets / (n_sets - 1) * (n - 1) / (n - n_parameters), float(n_sets - 1)
    v_design, df = linearized(influence, design=design)
    v_both, _ = clustered(influence[used], cluster=_intersection(design, matched_set)[used])
    variance = v_design + v_sets - v_both
    # The two-way difference can turn negative in small samples; the design variance alone is then the honest one.
    return (variance if variance > 0 else v_design), min(df, float(n_sets - 1))


def _intersection(design: SurveyDesign, matched_set: NDArray[np.int64]) -> NDArray[np.int64]:
    """Codes of (stratum, PSU, matched set) cells; without PSUs every unit is its own cell."""
    n, strata, psu = matched_set.shape[0], design.strata, design.psu
    stratum = np.unique(strata, return_inverse=True)[1] if strata is not None else np.zeros(n, int)
    unit = np.unique(psu, return_inverse=True)[1] if psu is not None else np.arange(n)
    cells = np.stack([stratum, unit, matched_set], axis=1)
    return np.asarray(np.unique(cells, axis=0, return_inverse=True)[1], dtype=np.int64).reshape(-1)
