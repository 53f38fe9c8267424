"""Difference of weighted means whose weights depend on an estimated score: influence values by M-estimation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.estimate.effect import Effect, effect
from dampak.estimate.regression import gram_inverse
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import influence_variance
from dampak.estimate.weighted import weighted_mean

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EstimatingEquation:
    """The equation sum_i r_i x_i = 0 that the coefficients b of a score solve, at its solution.

    Attributes
    ----------
    x : (n, k) float
        Intercept and covariates.
    residual : (n,) float
        r, survey weight included.
    information : (n,) float
        Minus the derivative of r in the linear predictor x'b.
    """

    x: FloatArray
    residual: FloatArray
    information: FloatArray


def score_equation(
    covariates: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    propensity: FloatArray,
    survey_weight: FloatArray,
    model: str,
) -> tuple[EstimatingEquation, FloatArray]:
    """Score equation of a maximum-likelihood propensity model, and the derivative of its score in x'b.

    Parameters
    ----------
    covariates : (n, k) float
    treatment : (n,) bool
    propensity, survey_weight : (n,) float
    model : {"logit", "probit"}

    Returns
    -------
    equation : EstimatingEquation
    density : (n,) float
        de / d(x'b).

    Raises
    ------
    ConfigError
        For a model without such an equation.
    """
    if model not in ("logit", "probit"):
        raise ConfigError(
            f"ipw: no standard error counts the estimation of a propensity model '{model}'; use aipw, which stays "
            "valid with it, or std_error hc1_score_fixed, which takes the score as known"
        )
    x = np.column_stack([np.ones(treatment.size), covariates])
    p = propensity
    if model == "logit":
        density = p * (1 - p)
        return EstimatingEquation(x, survey_weight * (treatment - p), survey_weight * density), density
    from scipy.special import ndtri

    linear = ndtri(p)
    density = np.exp(-0.5 * linear**2) / math.sqrt(2 * math.pi)
    own, sign = np.where(treatment, p, 1 - p), np.where(treatment, 1.0, -1.0)
    # A unit whose score is its group to the last bit adds nothing to the likelihood's slope.
    mills = np.divide(density, own, out=np.zeros_like(own), where=density > 0)
    curvature = mills * (mills + sign * np.where(density > 0, linear, 0.0))
    return EstimatingEquation(x, survey_weight * sign * mills, survey_weight * curvature), density


def difference_with_estimated_weights(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    weight: FloatArray,
    weight_slope: FloatArray,
    equation: EstimatingEquation,
    design: SurveyDesign | None,
) -> Effect:
    """Hajek difference of weighted means, the estimation of the weights counted.

    The equations of the score's coefficients b and of the two means are stacked. The influence value of a mean mu is

        psi_i = [ w_i (y_i - mu) + g' H^-1 r_i x_i ] / sum(w),
        g = sum_i (dw_i / d x_i'b) (y_i - mu) x_i,   H = sum_i (-dr_i / d x_i'b) x_i x_i'.

    Without a survey design the variance is sum(psi^2), with no small-sample factor, and the reference is normal.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    weight : (n,) float
        Survey weight included; 0 = not compared.
    weight_slope : (n,) float
        Derivative of the weight in x'b.
    equation : EstimatingEquation
    design : SurveyDesign or None

    References
    ----------
    Stefanski, L. and Boos, D. (2002). The American Statistician 56, 29-38.
    """
    bread, _ = gram_inverse(equation.x, weight=equation.information)
    means, influence = [], np.zeros(outcome.shape[0])
    for group, name, sign in ((treatment, "treated", 1.0), (~treatment, "comparison", -1.0)):
        w, slope = np.where(group, weight, 0.0), np.where(group, weight_slope, 0.0)
        mean = weighted_mean(outcome, w, group=name)
        g = equation.x.T @ (slope * (outcome - mean))
        influence += sign * (w * (outcome - mean) + equation.residual * (equation.x @ (bread @ g))) / np.sum(w)
        means.append(mean)
    return counted(means[0] - means[1], influence, treatment=treatment, weight=weight, design=design)


def counted(
    estimate: float,
    influence: FloatArray,
    *,
    treatment: NDArray[np.bool_],
    weight: FloatArray,
    design: SurveyDesign | None,
) -> Effect:
    """Effect with the variance sum(psi^2) and a normal reference, or that of the survey design with its t.

    Parameters
    ----------
    estimate : float
    influence : (n,) float
    treatment : (n,) bool
    weight : (n,) float
    design : SurveyDesign or None
    """
    variance, df = influence_variance(influence, design=design)
    return effect(estimate, variance, df=df, treatment=treatment, weight=weight, influence=influence)
