"""G-computation: a regression in each group, both predicted for one target population."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.estimate.effect import Effect, effect
from dampak.estimate.generalised_linear import mean_model
from dampak.estimate.regression import require_sets
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import matched_set_variance, sampling_variance
from dampak.estimate.weighted import weighted_mean

FloatArray = NDArray[np.float64]

MODELS = ("linear", "logit", "poisson")


def g_computation(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    covariates: FloatArray,
    weight: FloatArray,
    survey_weight: FloatArray | None = None,
    estimand: str = "att",
    model: str = "linear",
    design: SurveyDesign | None = None,
    matched_set: NDArray[np.int64] | None = None,
) -> Effect:
    """Mean over a target population of the contrast between two outcome regressions, m1(x) - m0(x).

    On raw data this is regression adjustment (Stata's ``teffects ra``). On matched or weighted data each regression
    is fitted with the analysis weights, so that it is most accurate where the target lies, and bias is removed if
    either the weights or the regression do their work. The contrast is then averaged over the *target* as it is:
    averaged with the analysis weights instead, a right regression would answer for whatever population wrong
    weights make up. Hence two weights:

    - ``weight`` fits the regressions (matching or balancing weight times survey weight);
    - ``survey_weight`` averages the contrasts, over the treated (``att``), the comparison units (``atc``) or both
      (``ate``), each only where ``weight`` is positive: units dropped by a caliper are not in the target.

    With the estimand ``ato`` the population is one that only the weights define: units count e(1 - e). Treated and
    comparison units, each with their overlap weight, are both samples of it, and the contrast is averaged over
    them with half of the mass for each; so ``ato`` needs overlap weights in ``weight``, told from survey weights by
    giving both.

    The standard error stacks the estimating equations of the two regressions and of the mean, and so counts the
    estimated coefficients and the sampling of the target's covariates. The influence value of a unit is

        psi_i = q_i (m1(x_i) - m0(x_i) - tau) / sum(q) + g1' B1 w_i r_i x_i - g0' B0 w_i r_i x_i,
        g_a = sum_i q_i m_a'(x_i) x_i / sum(q),

    with q the weights of the target, r the residuals and B the inverse information of each regression. It takes
    matching and balancing weights as given; `dampak.estimate.aipw` counts an estimated score.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    covariates : (n, k) float
    weight : (n,) float
        Analysis weight, survey weight included; 0 = not used.
    survey_weight : (n,) float or None
        None = `weight`, right on raw data; and for `att` and `atc` on matched data, where the target group keeps its
        survey weight.
    estimand : {"att", "atc", "ate", "ato"}
    model : {"linear", "logit", "poisson"}
    design : SurveyDesign or None
        Without one the variance is sum(psi^2), as in ``teffects``, with t on n minus all coefficients.
    matched_set : (n,) int or None
        Set of each unit after matching without replacement, -1 = not matched; errors then cluster on the sets.

    Raises
    ------
    ConfigError
        Unknown estimand or model, or `ato` without overlap weights.
    DataError
        A group is empty, or the outcome does not suit the model.

    References
    ----------
    Snowden, J., Rose, S. and Mortimer, K. (2011). American Journal of Epidemiology 173, 731-738.
    Greifer, N. (2024). Estimating effects after matching, vignette of the R package MatchIt, and of WeightIt.
    Robins, J., Sued, M., Lei-Gomez, Q. and Rotnitzky, A. (2007). Statistical Science 22, 544-559 (weighted regression
    is doubly robust). Li, F., Morgan, K. and Zaslavsky, A. (2018). JASA 113, 390-400 (`ato`).
    """
    if model not in MODELS:
        raise ConfigError(f"methods: g_computation: model is one of {', '.join(MODELS)}, not '{model}'")
    inside = weight > 0
    y, t, w = outcome[inside], treatment[inside], weight[inside]
    target = _target(t, w, None if survey_weight is None else survey_weight[inside], estimand=estimand)
    influence, contrast = np.zeros(outcome.shape[0]), np.zeros(y.size)
    own = np.zeros(y.size)
    ranks = []
    for group, name, sign in ((t, "the treated", 1.0), (~t, "the comparison units", -1.0)):
        fit = mean_model(covariates[inside], y, weight=np.where(group, w, 0.0), family=model, part=name)
        gradient = fit.x.T @ (target * fit.slope) / np.sum(target)
        contrast += sign * fit.mean
        own += sign * fit.influence(gradient)
        ranks.append(fit.rank)
        if int(np.sum(group)) <= fit.rank:
            raise DataError(
                f"the analysis sample has {int(np.sum(group))} units among {name} for {fit.rank} coefficients, so no "
                "standard error exists; use fewer covariates or a wider common support"
            )
    estimate = weighted_mean(contrast, target, group="target")
    influence[inside] = target * (contrast - estimate) / np.sum(target) + own
    if matched_set is not None:
        require_sets(matched_set, weight=weight)
        variance, df = matched_set_variance(influence, matched_set=matched_set, design=design, n_parameters=sum(ranks))
    else:
        variance, df = sampling_variance(influence, design=design, n=y.size, n_parameters=0)
        df = df if design is not None else df - sum(ranks)
    return effect(estimate, variance, df=df, treatment=treatment, weight=weight, influence=influence)


def _target(
    treatment: NDArray[np.bool_], weight: FloatArray, survey_weight: FloatArray | None, *, estimand: str
) -> FloatArray:
    """Weights of the population that the contrast is averaged over; (n,)."""
    base = weight if survey_weight is None else survey_weight
    match estimand:
        case "att":
            return np.where(treatment, base, 0.0)
        case "atc":
            return np.where(treatment, 0.0, base)
        case "ate":
            return base
        case "ato" if survey_weight is not None:
            w1, w0 = np.where(treatment, weight, 0.0), np.where(treatment, 0.0, weight)
            return np.asarray(w1 / max(float(np.sum(w1)), 1e-300) + w0 / max(float(np.sum(w0)), 1e-300))
        case "ato":
            raise ConfigError(
                "methods: g_computation: the estimand ato is the effect where both groups occur, a population that "
                "overlap weights define; use it after method overlap, or ask for att, atc or ate"
            )
        case other:
            raise ConfigError(f"methods: g_computation estimates att, atc, ate or ato, not '{other}'")
