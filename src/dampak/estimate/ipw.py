"""Inverse probability weighting with the estimated score counted in the standard error."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from dampak.estimate.effect import Effect, effect
from dampak.estimate.regression import gram_inverse
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import linearized
from dampak.estimate.weighted import weighted_mean
from dampak.match.weighting import inverse_probability_weights

FloatArray = NDArray[np.float64]


def _log_weight_slope(propensity: FloatArray, treatment: NDArray[np.bool_], *, estimand: str) -> FloatArray:
    """Derivative of the log weight in the linear predictor: d log(weight) / d(x'beta); (n,)."""
    p = propensity
    match estimand:
        case "att":
            return np.where(treatment, 0.0, 1.0)
        case "atc":
            return np.where(treatment, -1.0, 0.0)
        case _:
            return np.where(treatment, p - 1, p)


def inverse_probability(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    propensity: FloatArray,
    covariates: FloatArray,
    survey_weight: FloatArray,
    estimand: str = "att",
    include: NDArray[np.bool_] | None = None,
    design: SurveyDesign | None = None,
) -> Effect:
    """Hajek difference of inverse-probability-weighted means, with the M-estimation standard error.

    The estimating equations of the logit, sum_i w_i (t_i - p_i) x_i = 0, and of the two weighted means are
    stacked. The influence value of a mean mu with weights q(x'beta) is then

        psi_i = [ w_i q_i (y_i - mu) + g' H^-1 w_i (t_i - p_i) x_i ] / sum(w q),
        g = sum_i w_i q_i' (y_i - mu) x_i,   H = sum_i w_i p_i (1 - p_i) x_i x_i'.

    Without a survey design the variance is sum(psi^2), with no small-sample factor, and the reference is normal.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    propensity : (n,) float
        Fitted by an unpenalised logit of the treatment on an intercept and `covariates`, weighted by
        `survey_weight`, on all n units.
    covariates : (n, k) float
        The covariates of that logit.
    survey_weight : (n,) float
    estimand : {"att", "atc", "ate"}
    include : (n,) bool or None
        Units whose outcomes are compared (common support); the score was still fitted on all.
    design : SurveyDesign or None
        Survey design, honoured by linearisation with t on the design degrees of freedom.

    References
    ----------
    Lunceford, J. and Davidian, M. (2004). Statistics in Medicine 23, 2937-2960.
    Stefanski, L. and Boos, D. (2002). The American Statistician 56, 29-38. WeightIt's ``glm_weightit`` agrees.
    """
    used = survey_weight if include is None else np.where(include, survey_weight, 0.0)
    inside = used > 0
    weight = np.zeros(outcome.shape[0])
    weight[inside] = inverse_probability_weights(
        propensity[inside], treatment[inside], estimand=estimand, survey_weight=used[inside]
    )
    slope = _log_weight_slope(propensity, treatment, estimand=estimand)
    x = np.column_stack([np.ones(outcome.shape[0]), covariates])
    bread, _ = gram_inverse(x, weight=survey_weight * propensity * (1 - propensity))
    residual = survey_weight * (treatment.astype(float) - propensity)
    means, influence = [], np.zeros(outcome.shape[0])
    for group, name, sign in ((treatment, "treated", 1.0), (~treatment, "comparison", -1.0)):
        w = np.where(group, weight, 0.0)
        mean = weighted_mean(outcome, w, group=name)
        g = x.T @ (w * slope * (outcome - mean))
        influence += sign * (w * (outcome - mean) + residual * (x @ (bread @ g))) / np.sum(w)
        means.append(mean)
    if design is None:
        variance, df = float(np.sum(influence**2)), math.inf
    else:
        variance, df = linearized(influence, design=design)
    return effect(means[0] - means[1], variance, df=df, treatment=treatment, weight=weight)
