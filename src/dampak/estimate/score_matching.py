"""Matching and subclassification on an estimated score: influence values that count its estimation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.estimate.effect import Effect, effect
from dampak.estimate.estimated_weights import score_equation
from dampak.estimate.regression import gram_inverse, weighted_least_squares
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import influence_variance
from dampak.estimate.weighted import weighted_mean

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

DEGREE = 3  # of the regression of the outcome on the logit of the score


def score_matched_difference(
    outcome: FloatArray,
    treatment: BoolArray,
    *,
    weight: FloatArray,
    propensity: FloatArray,
    covariates: FloatArray,
    survey_weight: FloatArray,
    estimand: str = "att",
    model: str = "logit",
    design: SurveyDesign | None = None,
) -> Effect:
    """Difference of means after matching without replacement, full matching or classes on an estimated score.

    With e the score, a the survey weights of the target group within the matched units (att: the treated), w the
    weights, mu_g(e) the mean outcome of group g given the score, and tau(e) = mu_1(e) - mu_0(e), the estimator at the
    true score is, up to terms that vanish, the sum of

        psi_i = a_i (tau(e_i) - tau) / sum(a)  +-  w_i (y_i - mu_g(e_i)) / sum_g(w),

    of which the variance over matched sets is that of Abadie and Spiess. Estimating the coefficients b of the score
    moves it by G (b_hat - b), and since for every b the estimator is unbiased for the effect tau_b that b implies,

        G = d tau_b / d b - sum_i psi_i s_i,      psi*_i = psi_i + G' H^-1 w_i s_i,

    with s_i the unit's likelihood score and H the information (the argument of Abadie and Imbens for matching with
    replacement, which holds for any regular estimator). For att, d tau_b / d b = sum_treated a_i (1 - e_i) x_i
    (tau(x_i) - tau) / sum(a), with tau(x) from a regression in each group; for ate it is 0. mu_g(e) is a cubic in
    the logit of e, fitted to the matched units.

    Ignoring the estimation usually makes the error too large, by a seventh in the designs of `benchmarks/coverage`.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    weight : (n,) float
        Matching or class weights, survey weight included; 0 = not matched.
    propensity : (n,) float
        Fitted by maximum likelihood on an intercept and `covariates`, weighted by `survey_weight`, on all n units.
    covariates : (n, k) float
    survey_weight : (n,) float
    estimand : {"att", "atc", "ate"}
    model : {"logit", "probit"}
        Of the score.
    design : SurveyDesign or None
        Survey design, honoured by linearisation with t on the design degrees of freedom; without one the reference is
        normal.

    Raises
    ------
    ConfigError
        Another estimand, or a model of the score without a likelihood.
    DataError
        A group has no weight.

    References
    ----------
    Abadie, A. and Imbens, G. (2016). Econometrica 84, 781-807, theorems 1 and 2. Abadie, A. and Spiess, J. (2022).
    Journal of the American Statistical Association 117, 983-995. Abadie, A. and Imbens, G. (2012). Journal of the
    American Statistical Association 107, 833-843 (the martingale representation).
    """
    if estimand not in ("att", "atc", "ate"):
        raise ConfigError(f"matching estimates att, atc or ate, not '{estimand}'; use overlap weights for ato")
    equation, density = score_equation(
        covariates, treatment, propensity=propensity, survey_weight=survey_weight, model=model
    )
    used = weight > 0
    target = np.where(used & {"att": treatment, "atc": ~treatment, "ate": used}[estimand], survey_weight, 0.0)
    share = target / np.sum(target)
    influence, gap, gap_given_x = np.zeros(outcome.size), np.zeros(outcome.size), np.zeros(outcome.size)
    terms = _powers(propensity)
    means = []
    for group, name, sign in ((treatment, "treated", 1.0), (~treatment, "comparison", -1.0)):
        w = np.where(group, weight, 0.0)
        means.append(weighted_mean(outcome, w, group=name))
        given_score = terms @ weighted_least_squares(terms, outcome, weight=w).coefficients
        gap += sign * given_score
        gap_given_x += sign * (equation.x @ weighted_least_squares(equation.x, outcome, weight=w).coefficients)
        influence += sign * w * (outcome - given_score) / np.sum(w)
    influence += share * (gap - np.sum(share * gap))
    # d log a / d x'b: how the target group changes with the score.
    tilt = {"att": density / propensity, "atc": -density / (1 - propensity), "ate": np.zeros(outcome.size)}[estimand]
    moved = equation.x.T @ (share * tilt * (gap_given_x - np.sum(share * gap_given_x)))
    unweighted = np.divide(equation.residual, survey_weight, out=np.zeros(outcome.size), where=survey_weight > 0)
    slope = moved - equation.x.T @ (influence * unweighted)
    bread, _ = gram_inverse(equation.x, weight=equation.information)
    influence += equation.residual * (equation.x @ (bread @ slope))
    variance, df = influence_variance(influence, design=design)
    return effect(means[0] - means[1], variance, df=df, treatment=treatment, weight=weight, influence=influence)


def _powers(propensity: FloatArray) -> FloatArray:
    """Powers of the standardised logit of the score, 0 to `DEGREE`; (n, DEGREE + 1)."""
    logit = np.log(propensity / (1 - propensity))
    logit = (logit - logit.mean()) / (logit.std() or 1.0)
    return np.asarray(logit[:, None] ** np.arange(DEGREE + 1))
