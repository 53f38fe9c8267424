"""Difference of means within strata, weighted to the target group: subclasses, full matching, coarsened cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.estimate.effect import Effect, effect
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import linearized, matched_set_variance
from dampak.match.stratum_weights import require_stratum_estimand, stratum_weights

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Cells:
    """Sums over the cells of group (0, 1) and stratum; the units are those used.

    Attributes
    ----------
    stratum, group : (m,) int
    y, w, a : (m,) float
        Outcome, survey weight, and survey weight in the target group.
    size, mean : (2, S) float
        Units and weighted mean outcome of each cell.
    weight : (2, S) float
        Survey weight of each cell.
    share : (S,) float
        Share of the target group's survey weight.
    target_size : (S,) float
        Kish's effective number of target units.
    """

    stratum: IntArray
    group: IntArray
    y: FloatArray
    w: FloatArray
    a: FloatArray
    size: FloatArray
    mean: FloatArray
    weight: FloatArray
    share: FloatArray
    target_size: FloatArray

    @property
    def gap(self) -> FloatArray:
        """Mean of the treated minus that of the comparison units; (S,)."""
        return np.asarray(self.mean[1] - self.mean[0])


def stratified_difference(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    stratum: NDArray[np.int64],
    survey_weight: FloatArray,
    estimand: str = "att",
    std_error: str = "linearized",
    design: SurveyDesign | None = None,
) -> Effect:
    """Weighted mean over strata of the difference in means between treated and comparison units.

    With p_s = A_s / A the share of stratum s in the survey weight a of the target group (att: the treated; atc: the
    comparison units; ate: both), and g_s = mean_1s - mean_0s its gap,

        tau = sum_s p_s g_s,
        psi_i = a_i (g_s - tau) / A + p_s f_gs^(1/2) (+-) w_i (y_i - mean_gs) / W_gs.

    The first term counts that the shares are estimated. It holds the noise of g_s once already, so the second is
    scaled by f_gs = n_gs / (n_gs - 1) (1 - 1 / m_s): the unbiased variance within a cell of n_gs units, less what the
    m_s target units of the stratum carry. In matched pairs f is 0 and the variance is that of the pair gaps; in large
    strata f is 1. A cell of one unit shows no variance; it is given the pooled variance of the cells of its group. The
    target group's own cells need none, as their outcomes are compared one by one.

    What this does not do: bias that is left within coarse strata is not counted. Where the score varies within a
    stratum the groups still differ, and the interval is centred beside the truth. Strata and scores are taken as
    known; where the score was estimated from covariates that predict the outcome, the error is usually too large.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    stratum : (n,) int
        -1 = not matched. A stratum where a group has no survey weight is not used.
    survey_weight : (n,) float
        1 if none; 0 = outside the analysis.
    estimand : {"att", "atc", "ate"}
    std_error : {"linearized", "matched_sets"}
        `linearized`: as above, for strata of several units, with t on n - S - 1 degrees of freedom. `matched_sets`:
        clusters on the strata, for many small sets whose members were chosen to resemble each other; wrong for few.
    design : SurveyDesign or None
        Survey design; `linearized` is then by PSU totals of psi, and `matched_sets` two-way.

    Raises
    ------
    ConfigError
        For another estimand or standard error.
    DataError
        No stratum with both groups, or no cell in which a variance could be measured.

    References
    ----------
    Imbens, G. and Rubin, D. (2015). Causal Inference for Statistics, Social, and Biomedical Sciences, chapter 17
    (subclassification). Abadie, A. and Spiess, J. (2022). Journal of the American Statistical Association 117, 983-995
    (matched sets). Cochran, W. (1977). Sampling Techniques, section 5A.12 (strata with one unit).
    """
    require_stratum_estimand(estimand)
    if std_error not in ("linearized", "matched_sets"):
        raise ConfigError(f"strata: std_error is linearized or matched_sets, not '{std_error}'")
    weight = stratum_weights(stratum, treatment, estimand=estimand, survey_weight=survey_weight)
    used = weight > 0
    if not used.any():
        raise DataError(
            "match/weights.parquet: column stratum: no stratum holds both treated and comparison units, so there is "
            "nothing to compare; use fewer strata, a wider caliper or wider bins"
        )
    cells = _cells(outcome, treatment, stratum=stratum, survey_weight=survey_weight, used=used, estimand=estimand)
    estimate = float(np.sum(cells.share * cells.gap))
    shares = cells.a * (cells.gap[cells.stratum] - estimate) / np.sum(cells.a)
    sign = np.where(cells.group == 1, 1.0, -1.0)
    within = sign * cells.w * (cells.y - cells.mean[cells.group, cells.stratum])
    within *= cells.share[cells.stratum] / cells.weight[cells.group, cells.stratum]
    influence = np.zeros(outcome.shape[0])
    if std_error == "matched_sets":
        influence[used] = shares + within
        sets = np.where(used, stratum, -1)
        variance, df = matched_set_variance(influence, matched_set=sets, design=design, n_parameters=2)
        return effect(estimate, variance, df=df, treatment=treatment, weight=weight, influence=influence)
    factor, lonely = _small_cells(cells, target=_target_groups(estimand))
    influence[used] = shares + within * np.sqrt(factor[cells.group, cells.stratum])
    if design is None:
        n_target, df = float(np.sum(cells.a > 0)), float(np.sum(used) - cells.share.size - 1)
        if df < 1 or n_target < 2:
            raise DataError(
                f"match/weights.parquet: {int(np.sum(used))} units in {cells.share.size} strata leave no degrees of "
                "freedom for a standard error; use fewer strata, a wider caliper or wider bins"
            )
        variance = float(np.sum(influence**2)) * n_target / (n_target - 1)
    else:
        variance, df = linearized(influence, design=design)
    return effect(estimate, variance + lonely, df=df, treatment=treatment, weight=weight, influence=influence)


def _target_groups(estimand: str) -> tuple[int, ...]:
    """Groups that the shares are those of: 1 treated, 0 comparison."""
    return {"att": (1,), "atc": (0,)}.get(estimand, (0, 1))


def _cells(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    stratum: NDArray[np.int64],
    survey_weight: FloatArray,
    used: NDArray[np.bool_],
    estimand: str,
) -> _Cells:
    """Sum up the units used by group and stratum."""
    names, code = np.unique(stratum[used], return_inverse=True)
    group, y, w = treatment[used].astype(np.int64), outcome[used], survey_weight[used]
    a = np.where(np.isin(group, _target_groups(estimand)), w, 0.0)

    def per_cell(value: FloatArray) -> FloatArray:
        flat = np.bincount(group * names.size + code, weights=value, minlength=2 * names.size)
        return np.asarray(flat, dtype=np.float64).reshape(2, names.size)

    weight = per_cell(w)
    total = np.bincount(code, weights=a)
    return _Cells(
        stratum=np.asarray(code, dtype=np.int64),
        group=group,
        y=y,
        w=w,
        a=a,
        size=per_cell(np.ones_like(w)),
        mean=per_cell(w * y) / weight,
        weight=weight,
        share=total / np.sum(total),
        target_size=total**2 / np.bincount(code, weights=a**2),
    )


def _small_cells(cells: _Cells, *, target: tuple[int, ...]) -> tuple[FloatArray, float]:
    """Factors f of the squared deviations within cells, (2, S), and the variance that cells of one unit add."""
    share_of_noise = np.maximum(1 - 1 / cells.target_size, 0.0)
    several = cells.size > 1
    factor = np.where(several, cells.size / np.maximum(cells.size - 1, 1) * share_of_noise, 0.0)
    variance = 0.0
    for group in (0, 1):
        alone = ~several[group] & (share_of_noise > 0)
        # The one target unit of a stratum stands for itself: then share_of_noise is 0 unless both groups are targets.
        if not alone.any() or target == (group,):
            continue
        member = (cells.group == group) & several[group, cells.stratum]
        freedom = float(np.sum(several[group] * (cells.size[group] - 1)))
        if freedom == 0:
            raise DataError(
                "match/weights.parquet: every stratum holds one "
                f"{'treated' if group == 1 else 'comparison'} unit, so that the variance within strata cannot be "
                "measured; use std_error matched_sets"
            )
        w, stratum = cells.w[member], cells.stratum[member]
        squares = w * (cells.y[member] - cells.mean[group, stratum]) ** 2
        # Weights count relative to their mean within the cell.
        scale = cells.size[group, stratum] / cells.weight[group, stratum]
        pooled = float(np.sum(scale * squares)) / freedom
        variance += pooled * float(np.sum((cells.share**2 * share_of_noise)[alone]))
    return factor, variance
