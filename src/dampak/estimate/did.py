"""Doubly robust difference in differences: two rounds, and trends that are parallel given the covariates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.estimate.effect import Effect, effect
from dampak.estimate.generalised_linear import MeanModel, mean_model
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import influence_variance

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Nuisance methods of the paper: the family of the score, and whether the regressions are weighted by its odds.
METHODS = {"traditional": "logit", "improved": "tilting"}


def did_dr(
    outcome: FloatArray,
    treatment: BoolArray,
    *,
    covariates: FloatArray,
    survey_weight: FloatArray,
    outcome_before: FloatArray | None = None,
    period: BoolArray | None = None,
    estimand: str = "att",
    method: str = "traditional",
    design: SurveyDesign | None = None,
) -> Effect:
    """Effect on the treated from the change of their outcome, minus the change of comparable comparison units.

    It needs no claim that, given covariates, the groups had the same *level* of the outcome before; their
    *trends* without treatment must be the same given covariates, and nobody may act on the treatment in advance. It is
    consistent if the score or the regression of the trend is right.

    With pi the score, w the survey weights, and mean_a(v) = sum(a v) / sum(a), a *panel* (`outcome_before` given) uses

        tau = mean_{w D}(dY - mu_0) - mean_{w (1-D) pi/(1-pi)}(dY - mu_0),    dY = Y_after - Y_before,

    with mu_0 a regression of dY among comparison units (equation 3.1). *Repeated cross-sections* (`period` given) have
    four regressions mu_{d,t}; with R = Y - mu_{0,T}, and a(d, t) the weights above within period t,

        tau = [mean_{a(1,1)}(R) - mean_{a(1,0)}(R)] - [mean_{a(0,1)}(R) - mean_{a(0,0)}(R)]
              + [mean_{wD} - mean_{a(1,1)}](mu_11 - mu_01) - [mean_{wD} - mean_{a(1,0)}](mu_10 - mu_00)

    (the locally efficient tau_2 of section 3.2). It takes the composition of the groups to be the same in both periods.

    The standard error counts all estimated coefficients; DRDID leaves out terms that vanish if both rounds draw from
    one population. No score is trimmed; DRDID drops comparison units with a score above 0.995.

    Parameters
    ----------
    outcome : (n,) float
        After treatment; with `period`, that of the unit's own period.
    treatment : (n,) bool
        Units that are treated between the rounds; with `period`, also those of the treated group seen before.
    covariates : (n, k) float
        Measured before treatment.
    survey_weight : (n,) float
        0 = outside the analysis.
    outcome_before : (n,) float or None
        The same unit's outcome before treatment.
    period : (n,) bool or None
        True = seen after treatment.
    estimand : {"att"}
    method : {"traditional", "improved"}
        ``traditional``: logit by maximum likelihood, ordinary least squares. ``improved``: inverse probability tilting,
        and least squares weighted by its odds: weighted comparison units then have the covariate means of the treated.
    design : SurveyDesign or None
        Without one the variance is sum(psi^2), with a normal reference.

    Raises
    ------
    ConfigError
        Another estimand or method, or not exactly one of `outcome_before` and `period`.
    DataError
        A group or period is empty, or the score has no finite estimate.

    References
    ----------
    Sant'Anna, P. and Zhao, J. (2020). Journal of Econometrics 219, 101-122. Graham, B., Pinto, C. and Egel, D. (2012).
    Review of Economic Studies 79, 1053-1079.
    """
    if estimand != "att":
        raise ConfigError(
            f"methods: did_dr estimates the effect on the treated (att), not '{estimand}': parallel trends say nothing "
            "of what treatment would have done to others; use aipw, with the outcome before among the covariates"
        )
    if method not in METHODS:
        raise ConfigError(f"methods: did_dr: method is {' or '.join(METHODS)}, not '{method}'")
    if (outcome_before is None) == (period is None):
        raise ConfigError(
            "methods: did_dr needs two rounds: the outcome `before` for the same units (a panel), or the period of "
            "each row (repeated cross-sections), and not both"
        )
    inside = survey_weight > 0
    y, d, w, x = outcome[inside], treatment[inside], survey_weight[inside], covariates[inside]
    after = None if period is None else period[inside]
    _require_cells(d, after)
    score = mean_model(x, d.astype(float), weight=w, family=METHODS[method], part="the sample")
    odds = np.where(d, 0.0, w * score.mean / (1 - score.mean))
    by_odds = method == "improved"
    if outcome_before is not None:
        estimate, influence = _panel(y - outcome_before[inside], d, x, w, score, odds, by_odds=by_odds)
    elif after is not None:
        estimate, influence = _cross_sections(y, d, after, x, w, score, odds, by_odds=by_odds)
    values = np.zeros(outcome.shape[0])
    values[inside] = influence
    variance, df = influence_variance(values, design=design)
    weight = np.zeros(outcome.shape[0])
    weight[inside] = np.where(d, w, odds)
    return effect(estimate, variance, df=df, treatment=treatment, weight=weight, influence=values)


def _require_cells(treatment: BoolArray, after: BoolArray | None) -> None:
    """Refuse data in which a group is missing, or is missing in a period."""
    for group, name in ((treatment, "treated"), (~treatment, "comparison")):
        rounds = ((group, ""),) if after is None else ((group & ~after, " before"), (group & after, " after"))
        for cell, when in rounds:
            if not cell.any():
                raise DataError(
                    f"clean/design.parquet: there is no {name} unit{when}, so did_dr has no change to compare; check "
                    "`treatment` and the rounds of the survey"
                )


def _mean(weight: FloatArray, values: FloatArray) -> tuple[float, FloatArray]:
    """Weighted mean and its influence values, the weights taken as given."""
    total = float(np.sum(weight))
    mean = float(np.sum(weight * values)) / total
    return mean, weight * (values - mean) / total


def _odds_mean(odds: FloatArray, values: FloatArray, score: MeanModel) -> tuple[float, FloatArray]:
    """Mean over comparison units weighted by their odds of treatment, the estimated score counted in its influence.

    d odds / d(x'gamma) = odds in a logit, so the gradient in gamma is sum(odds (v - mean) x) / sum(odds).
    """
    mean, own = _mean(odds, values)
    return mean, own + score.influence(score.x.T @ own)


def _regression_influence(fit: MeanModel, gradient: FloatArray, score: MeanModel, *, by_odds: bool) -> FloatArray:
    """Influence values of a quantity with this gradient in the coefficients of a regression.

    A regression weighted by the odds moves with the score too, again with d odds / d(x'gamma) = odds.
    """
    own = fit.influence(gradient)
    return own + score.influence(score.x.T @ own) if by_odds else own


def _panel(
    change: FloatArray, d: BoolArray, x: FloatArray, w: FloatArray, score: MeanModel, odds: FloatArray, *, by_odds: bool
) -> tuple[float, FloatArray]:
    """Estimate and influence values for two rounds of the same units."""
    fit_weight = odds if by_odds else np.where(d, 0.0, w)
    trend = mean_model(x, change, weight=fit_weight, family="linear", part="the comparison units")
    treated_weight = np.where(d, w, 0.0)
    treated, psi1 = _mean(treated_weight, change - trend.mean)
    comparison, psi0 = _odds_mean(odds, change - trend.mean, score)
    gradient = trend.x.T @ (odds / np.sum(odds) - treated_weight / np.sum(treated_weight))
    return treated - comparison, psi1 - psi0 + _regression_influence(trend, gradient, score, by_odds=by_odds)


def _cross_sections(
    y: FloatArray,
    d: BoolArray,
    after: BoolArray,
    x: FloatArray,
    w: FloatArray,
    score: MeanModel,
    odds: FloatArray,
    *,
    by_odds: bool,
) -> tuple[float, FloatArray]:
    """Estimate and influence values for two rounds of different units."""
    treated = np.where(d, w, 0.0)
    estimate, influence = 0.0, np.zeros(y.size)
    for now, sign, when in ((after, 1.0, "after"), (~after, -1.0, "before")):
        fit_weight = np.where(now, odds if by_odds else np.where(d, 0.0, w), 0.0)
        mu0 = mean_model(x, y, weight=fit_weight, family="linear", part=f"the comparison units {when}")
        mu1 = mean_model(x, y, weight=np.where(now, treated, 0.0), family="linear", part=f"the treated {when}")
        a1, a0 = np.where(now, treated, 0.0), np.where(now, odds, 0.0)
        parts = (
            (1.0, *_mean(a1, y - mu0.mean)),
            (-1.0, *_odds_mean(a0, y - mu0.mean, score)),
            # Where a round drew other treated units than both rounds together, their regression brings it back.
            (1.0, *_mean(treated, mu1.mean - mu0.mean)),
            (-1.0, *_mean(a1, mu1.mean - mu0.mean)),
        )
        share, share1, share0 = treated / np.sum(treated), a1 / np.sum(a1), a0 / np.sum(a0)
        in_mu0 = _regression_influence(mu0, mu0.x.T @ (share0 - share), score, by_odds=by_odds)
        in_mu1 = mu1.influence(mu1.x.T @ (share - share1))
        estimate += sign * sum(factor * value for factor, value, _ in parts)
        influence += sign * (in_mu0 + in_mu1 + np.sum([factor * psi for factor, _, psi in parts], axis=0))
    return estimate, influence
