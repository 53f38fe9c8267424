"""Effects of one programme arm against another, with the estimated generalised score counted in the standard error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.estimate.effect import Effect, effect, interval
from dampak.estimate.multiplicity import holm
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import influence_variance
from dampak.estimate.weighted import weighted_mean
from dampak.match.multivalued import GeneralisedPropensity, generalised_tilt, generalised_weights
from dampak.match.standardised import standardised

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CONTRAST_COLUMNS = [
    "treatment", "comparison", "estimate", "std_error", "ci_low", "ci_high", "p_value", "p_adjusted", "df",
    "n_treated", "n_comparison", "ess_treated", "ess_comparison",
]  # fmt: skip


@dataclass(frozen=True)
class Contrast:
    """Effect of receiving `arm` instead of `comparison`."""

    arm: str
    comparison: str
    effect: Effect


def pairwise_contrasts(
    outcome: FloatArray,
    arm: NDArray[Any],
    *,
    propensity: GeneralisedPropensity,
    covariates: FloatArray,
    survey_weight: FloatArray,
    estimand: str = "ate",
    target: str | None = None,
    reference: str | None = None,
    include: NDArray[np.bool_] | None = None,
    design: SurveyDesign | None = None,
) -> list[Contrast]:
    """Differences between weighted mean outcomes of the arms, all carried to one population.

    With e_j the generalised score, h the tilt of the estimand and q_a = h / e_a, the equations of the multinomial
    logit, sum_i w_i (1{A_i = j} - e_ij) x_i = 0 for j = 2..J, and of the means are stacked. The influence value of the
    mean of arm a is

        psi_i = [ r_i + sum_j w_i (1{A_i = j} - e_ij) x_i' v_j ] / sum_i w_i q_ia 1{A_i = a},
        r_i = w_i q_ia 1{A_i = a} (y_i - mu_a),  v = H^-1 g,  g_j = sum_i r_i (d log q_ia / d x_i'b_j) x_i,

    with H the information of the logit, and d log q_a / d x'b_j = e_j - 1{a = j} for the ate,
    1{target = j} - 1{a = j} for the att, h / e_j - 1{a = j} for the ato. Because all arms stand for the same
    population, contrasts are transitive: a against c is a against b plus b against c.

    Parameters
    ----------
    outcome : (n,) float
    arm : (n,) labels
    propensity : GeneralisedPropensity
        Fitted on these n units, by `covariates` and `survey_weight`.
    covariates : (n, k) float
    survey_weight : (n,) float
    estimand : {"ate", "att", "ato"}
    target : str or None
        For att: the arm whose population the effects are on.
    reference : str or None
        Compare every other arm with this one only; all pairs if None.
    include : (n,) bool or None
        Units whose outcomes are compared (common support); the score was still fitted on all.
    design : SurveyDesign or None
        Honoured by linearisation with t on the design degrees of freedom; without one, sum(psi^2) and a normal
        reference.

    Returns
    -------
    list of Contrast
        The later arm in sorted order against the earlier, or every arm against `reference`.

    Raises
    ------
    ConfigError
        For another estimand, or an unknown target or reference.
    DataError
        When an arm has no unit of positive weight.

    References
    ----------
    Li, F. and Li, F. (2019). Annals of Applied Statistics 13, 2389-2415. Imbens, G. (2000). Biometrika 87, 706-710.
    Stefanski, L. and Boos, D. (2002). The American Statistician 56, 29-38.
    """
    used = survey_weight if include is None else np.where(include, survey_weight, 0.0)
    weight = generalised_weights(propensity, arm, estimand=estimand, survey_weight=used, target=target)
    slope = _log_weight_slope(propensity, estimand=estimand, target=target)
    code, score = propensity.code(arm), propensity.score
    scale = standardised(covariates[survey_weight > 0])
    x = np.column_stack([np.ones(outcome.shape[0]), (covariates - scale.centre) / scale.spread])
    logit_residual = survey_weight[:, None] * ((code[:, None] == np.arange(1, score.shape[1])) - score[:, 1:])
    information = _information(x, score, survey_weight)
    means, influences = [], []
    for a, name in enumerate(propensity.arms):
        w = np.where(code == a, weight, 0.0)
        mean = weighted_mean(outcome, w, group=name)
        residual = w * (outcome - mean)
        own = np.zeros(score.shape[1])
        own[a] = 1.0
        g = np.concatenate([(residual * (slope[:, j] - own[j])) @ x for j in range(1, score.shape[1])])
        v = np.linalg.solve(information, g).reshape(score.shape[1] - 1, x.shape[1])
        influences.append((residual + np.sum(logit_residual * (x @ v.T), axis=1)) / np.sum(w))
        means.append(mean)
    found = []
    for a, b in _pairs(propensity, reference):
        influence = influences[a] - influences[b]
        variance, df = influence_variance(influence, design=design)
        compared = np.where((code == a) | (code == b), weight, 0.0)
        result = effect(means[a] - means[b], variance, df=df, treatment=code == a, weight=compared)
        found.append(Contrast(propensity.arms[a], propensity.arms[b], result))
    return found


def contrast_table(contrasts: Sequence[Contrast], *, alpha: float) -> pd.DataFrame:
    """Contrasts as a table, p-values adjusted by Holm over all of them.

    Parameters
    ----------
    contrasts : sequence of Contrast
    alpha : float
        Error rate of the intervals, each taken alone.

    Returns
    -------
    DataFrame
        Columns `CONTRAST_COLUMNS`, in the order given.
    """
    bounds = [interval(contrast.effect, alpha=alpha) for contrast in contrasts]
    p_adjusted = holm(np.array([bound.p_value for bound in bounds]))
    rows = [
        (
            contrast.arm, contrast.comparison, contrast.effect.estimate, contrast.effect.std_error,
            bound.low, bound.high, bound.p_value, p, contrast.effect.df,
            contrast.effect.n_treated, contrast.effect.n_comparison,
            contrast.effect.ess_treated, contrast.effect.ess_comparison,
        )
        for contrast, bound, p in zip(contrasts, bounds, p_adjusted, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=CONTRAST_COLUMNS)


def _log_weight_slope(propensity: GeneralisedPropensity, *, estimand: str, target: str | None) -> FloatArray:
    """Part of d log q_a / d x'b_j that all arms a share; (n, J)."""
    score = propensity.score
    match estimand:
        case "att":
            slope = np.zeros_like(score)
            slope[:, propensity.position(target, use="att of several arms needs a target")] = 1.0
            return slope
        case "ato":
            return np.asarray(generalised_tilt(propensity, estimand="ato")[:, None] / score)
        case _:
            return score


def _information(x: FloatArray, score: FloatArray, weight: FloatArray) -> FloatArray:
    """Information of the multinomial logit, arm by arm without the first."""
    others, k = score.shape[1] - 1, x.shape[1]
    h = np.empty((others, k, others, k))
    for j in range(others):
        for m in range(j, others):
            spread = weight * score[:, j + 1] * ((j == m) - score[:, m + 1])
            h[j, :, m, :] = h[m, :, j, :] = (x * spread[:, None]).T @ x
    return h.reshape(others * k, others * k)


def _pairs(propensity: GeneralisedPropensity, reference: str | None) -> list[tuple[int, int]]:
    if reference is None:
        return [(b, a) for a, b in combinations(range(len(propensity.arms)), 2)]
    at = propensity.position(reference, use="reference")
    return [(a, at) for a in range(len(propensity.arms)) if a != at]
