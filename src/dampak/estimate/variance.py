"""Variances of estimators that are sums of influence values.

Every estimator of this folder but the neighbour estimator is asymptotically linear: estimate - truth is close to
``sum(psi)``, with one influence value ``psi`` per unit (survey weight included). Its variance is then that of a
total, so one set of formulas serves independent samples, matched sets and stratified multistage surveys.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.estimate.survey_design import Clusters, SurveyDesign

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


def deviations(influence: FloatArray, *, design: SurveyDesign) -> tuple[FloatArray, float]:
    """What each PSU adds: scaled deviations whose sum of squares is the linearised variance.

    d_hj = sqrt((1 - n_h / N_h) n_h / (n_h - 1)) (z_hj - mean_h), with z_hj the total of the influence values in PSU
    j of stratum h. Column products give design covariances between several estimates.

    Parameters
    ----------
    influence : (n,) or (n, m) float
        Influence values of one or several estimates, survey weight included.
    design : SurveyDesign

    Returns
    -------
    deviations : (C,) or (C, m) float
        One row per PSU.
    df : float
        As in `linearized`.

    Raises
    ------
    DataError
        As `linearized`.
    """
    codes = design.clusters(influence.shape[0])
    count, of = codes.n_psus, codes.stratum_of_cluster
    columns = influence.reshape(influence.shape[0], -1).T
    totals = np.stack([np.bincount(codes.cluster, weights=column) for column in columns], axis=1)
    mean = np.stack([np.bincount(of, weights=total) for total in totals.T], axis=1) / count[:, None]
    # A stratum of which every PSU was drawn has no sampling error, so its single PSU is not lonely.
    take_all = codes.sampling_fraction > 1 - 1e-7
    lonely = (count < 2) & ~take_all
    scale = np.where(take_all, 0.0, (1 - codes.sampling_fraction) * count / np.maximum(count - 1, 1))
    df = float(of.shape[0] - count.shape[0])
    if np.any(lonely):
        if design.lonely == "refuse" or df < 1:
            raise DataError(_lonely_sentence(codes, lonely))
        if design.lonely == "adjust":
            mean[lonely] = np.mean(totals, axis=0)
        elif design.lonely == "average":
            scale *= count.shape[0] / int(np.sum(~lonely))
    deviation = np.sqrt(scale)[of][:, None] * (totals - mean[of])
    return (deviation[:, 0] if influence.ndim == 1 else deviation), df


def _lonely_sentence(codes: Clusters, lonely: NDArray[np.bool_]) -> str:
    """Which strata have one PSU, and what to do."""
    more = int(np.sum(lonely)) - 1
    others = f" (and {more} more)" if more else ""
    return (
        f"clean/design.parquet: column strata: {codes.name(int(np.argmax(lonely)))}{others} has a single primary "
        "sampling unit where two are needed to measure its variance; merge it with a similar stratum in the codebook "
        "or the raw file"
    )


def linearized(influence: FloatArray, *, design: SurveyDesign) -> tuple[float, float]:
    """Taylor-linearised variance under a stratified design.

    V = sum_h (1 - n_h / N_h) n_h / (n_h - 1) sum_j (z_hj - mean_h)^2, with z_hj the total of the influence values in
    PSU j of stratum h, and n_h / N_h = 0 where PSUs are drawn with replacement. Units outside the analysis sample
    stay in the arrays with influence 0, so that a subpopulation is treated as a domain and every sampled PSU counts.

    Parameters
    ----------
    influence : (n,) float
        Influence values, survey weight included.
    design : SurveyDesign
        Says what happens to strata with a single PSU.

    Returns
    -------
    variance, df : float
        df = number of PSUs - number of strata.

    Raises
    ------
    DataError
        A stratum with a single PSU (no variance can be estimated within it), where the design refuses it or no
        stratum has two.

    References
    ----------
    Binder, D. (1983). International Statistical Review 51, 279-292; as `survey::svytotal` and Stata ``svy``.
    Korn, E. and Graubard, B. (1990). The American Statistician 44, 270-276 (degrees of freedom).
    """
    deviation, df = deviations(influence, design=design)
    return float(np.sum(deviation**2)), df


def influence_variance(influence: FloatArray, *, design: SurveyDesign | None) -> tuple[float, float]:
    """Variance sum(psi^2) with a normal reference (df infinite), or that of the survey design with its df.

    Parameters
    ----------
    influence : (n,) float
        All that was estimated is counted in it, so there is no small-sample factor.
    design : SurveyDesign or None

    Returns
    -------
    variance, df : float
    """
    if design is None:
        return float(np.sum(influence**2)), math.inf
    return linearized(influence, design=design)


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
    cluster = design.clusters(matched_set.shape[0]).cluster
    cells = np.stack([cluster, matched_set], axis=1)
    return np.asarray(np.unique(cells, axis=0, return_inverse=True)[1], dtype=np.int64).reshape(-1)
