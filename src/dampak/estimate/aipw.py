"""Augmented inverse probability weighting: models of the treatment and the outcome, of which one must be right."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.estimate.cross_fitting import canonical_order, distance_from_centre, folds_of, median_of_splits, psu_codes
from dampak.estimate.effect import Effect, effect
from dampak.estimate.generalised_linear import mean_model
from dampak.estimate.learners import predicted_mean, require_model
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import influence_variance
from dampak.match.weighting import inverse_probability_weights
from dampak.seeds import seed_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# A score nearer than this to certainty is moved to it: a weight above 100 rests on a guess.
CLIP = 0.01
# Where more than this share of the target is moved, the bound and not the data would decide.
CLIPPED_SHARE = 0.01


def aipw(
    outcome: FloatArray,
    treatment: BoolArray,
    *,
    covariates: FloatArray,
    survey_weight: FloatArray,
    estimand: str = "att",
    propensity: Any = "logit",
    outcome_model: Any = "linear",
    folds: int | None = None,
    splits: int = 5,
    seed: int = 0,
    design: SurveyDesign | None = None,
    outcome_covariates: FloatArray | None = None,
) -> Effect:
    """Doubly robust estimate: predicted outcomes, corrected by weighted residuals.

    With e the score, m_1 and m_0 the predicted outcomes under treatment and without it, w the survey weights, and T
    the treatment, the estimate is tau = sum_i w_i phi_i / sum_i w_i d_i with

        ate: d = 1,     phi = m_1 - m_0 + T (Y - m_1) / e - (1 - T) (Y - m_0) / (1 - e)
        att: d = T,     phi = T (Y - m_0) - (1 - T) (Y - m_0) e / (1 - e)
        atc: d = 1 - T, phi = (1 - T) (m_1 - Y) + T (Y - m_1) (1 - e) / e.

    It is consistent if the model of e or that of m is right.

    *Without folds* both models are parametric, fitted by maximum likelihood, and the standard error stacks all their
    estimating equations (Stata's ``teffects aipw``): it holds if one of the models is wrong. *With folds* every unit is
    predicted by models fitted to the other folds (whole PSUs, if the design has them), which admits any learner; the
    first-order effect of their errors is zero by construction of phi, so the influence values are
    w (phi - tau d) / sum(w d). The median over `splits` divisions counts, with their disagreement in the variance. This
    error takes both models as right; if one is wrong, the estimate still settles on the truth, but its error may be
    too wide or too narrow.

    Cross-fitted scores are clipped at 0.01 from certainty, on the side where the target has nobody to be compared with
    (`att`: near 1; `atc`: near 0; `ate`: both). Where that touches more than 1 % of the target population, the
    bound would decide and not the data, and the estimate is refused. Without folds no score is clipped.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    covariates : (n, k) float
    survey_weight : (n,) float
        0 = outside the analysis. Weights both models and the estimate.
    estimand : {"att", "atc", "ate"}
    propensity : {"logit", "probit", "random_forest", "gradient_boosting"} or a scikit-learn classifier
    outcome_model : {"linear", "logit", "poisson", "random_forest", "gradient_boosting"} or a scikit-learn estimator
    folds : int or None
        None: no cross-fitting.
    splits : int
        Repeated divisions into folds.
    seed : int
        Of the study.
    design : SurveyDesign or None
        Without one the variance is sum(psi^2), with a normal reference.
    outcome_covariates : (n, q) float or None
        Covariates of the outcome models, where they are others than those of the score.

    Raises
    ------
    ConfigError
        Unknown estimand or model, or a learner without folds.
    DataError
        No overlap, too few units for the folds, or a model that has no finite estimate.

    References
    ----------
    Robins, J., Rotnitzky, A. and Zhao, L. (1994). JASA 89, 846-866. Lunceford, J. and Davidian, M. (2004). Statistics
    in Medicine 23, 2937-2960. Chernozhukov, V. et al. (2018). Econometrics Journal 21, C1-C68, eq. 5.3 and 5.4.
    """
    if estimand not in ("att", "atc", "ate"):
        raise ConfigError(
            f"methods: aipw estimates att, atc or ate, not '{estimand}'; for the effect where the groups overlap (ato) "
            "use method overlap"
        )
    require_model(propensity, of_score=True, parametric=folds is None)
    require_model(outcome_model, of_score=False, parametric=folds is None)
    if folds is not None and (folds < 2 or splits < 1):
        raise ConfigError(f"methods: aipw: folds is 2 or more and splits 1 or more, not {folds} and {splits}")
    inside = survey_weight > 0
    y, t, w, x = outcome[inside], treatment[inside], survey_weight[inside], covariates[inside]
    z = x if outcome_covariates is None else outcome_covariates[inside]
    if not t.any() or t.all():
        raise DataError("clean/design.parquet: column treatment: aipw needs treated and comparison units; all are one")

    def everywhere(values: FloatArray) -> FloatArray:
        spread = np.zeros(outcome.shape[0])
        spread[inside] = values
        return spread

    if folds is None:
        estimate, values, e = _parametric(
            y, t, x, z, w, estimand=estimand, propensity=propensity, outcome_model=outcome_model
        )
        influence = everywhere(values)
        variance, df = influence_variance(influence, design=design)
    else:
        cluster = psu_codes(design, n=outcome.shape[0])[inside]
        keys = [cluster] if design is not None and design.psu is not None else []
        # First by what no change of units or names can move. Rows of equal content are alike in every respect, so any
        # order of theirs gives the same answer.
        distances = [distance_from_centre(columns) for columns in (y[:, None], z, x)]
        order = canonical_order(*keys, w, t, y, *z.T, *x.T, *distances)
        back = np.argsort(order)
        estimates, variances, df = np.zeros(splits), np.zeros(splits), math.inf
        e, influence = np.zeros(y.size), np.zeros(outcome.shape[0])
        for s in range(splits):
            fold = folds_of(t[order], cluster=cluster[order], folds=folds, seed=seed_of(seed, "aipw", "folds", s))
            found = _cross_fitted(
                y[order],
                t[order],
                x[order],
                z[order],
                w[order],
                estimand=estimand,
                propensity=propensity,
                outcome_model=outcome_model,
                fold=fold,
                seed=seed_of(seed, "aipw", "learners", s),
            )
            estimates[s] = found[0]
            values = everywhere(found[1][back])
            variances[s], df = influence_variance(values, design=design)
            influence += values / splits
            e += found[2][back] / splits
        estimate, variance = median_of_splits(estimates, variances)
    weight = everywhere(inverse_probability_weights(e, t, estimand=estimand, survey_weight=w))
    return effect(estimate, variance, df=df, treatment=treatment, weight=weight, influence=influence)


def _augmented(
    y: FloatArray, t: BoolArray, e: FloatArray, m1: FloatArray, m0: FloatArray, *, estimand: str
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The scores phi and d of `aipw`, and the derivatives of the two inverse-probability factors in e.

    Returns
    -------
    phi, d : (n,) float
    factor : (n,) float
        What the unit's own residual y - m is multiplied by, sign included.
    factor_slope : (n,) float
        Derivative of that factor in e.
    """
    one, zero = t.astype(float), 1.0 - t.astype(float)
    # The score of a group that stands for itself plays no part, and a learner may be certain of it: e = 0 or 1.
    own = np.where(t, 1.0 if estimand == "att" else e, 1.0 if estimand == "atc" else 1 - e)
    residual = y - np.where(t, m1, m0)
    match estimand:
        case "ate":
            factor, slope, d, contrast = (one - zero) / own, -1 / own**2, np.ones_like(y), m1 - m0
        case "att":
            # The treated compare with m_0; their own model plays no part.
            factor, slope, d = np.where(t, 0.0, -e / own), np.where(t, 0.0, -1 / own**2), one
            contrast = one * (y - m0)
        case _:
            factor, slope, d = np.where(t, (1 - e) / own, 0.0), np.where(t, -1 / own**2, 0.0), zero
            contrast = zero * (m1 - y)
    return contrast + factor * residual, d, factor, slope


def _parametric(
    y: FloatArray,
    t: BoolArray,
    x: FloatArray,
    z: FloatArray,
    w: FloatArray,
    *,
    estimand: str,
    propensity: str,
    outcome_model: str,
) -> tuple[float, FloatArray, FloatArray]:
    """Estimate, influence values that count all coefficients, and score."""
    score = mean_model(x, t.astype(float), weight=w, family=propensity, part="the sample")
    fit1 = mean_model(z, y, weight=np.where(t, w, 0.0), family=outcome_model, part="the treated")
    fit0 = mean_model(z, y, weight=np.where(t, 0.0, w), family=outcome_model, part="the comparison units")
    phi, d, factor, factor_slope = _augmented(y, t, score.mean, fit1.mean, fit0.mean, estimand=estimand)
    total = np.sum(w * d)
    estimate = float(np.sum(w * phi) / total)
    residual = y - np.where(t, fit1.mean, fit0.mean)
    # phi in m_1 and in m_0: through the contrast, and through the residuals of the group that the model was fitted to.
    in_m1 = (0.0 if estimand == "att" else d) - np.where(t, factor, 0.0)
    in_m0 = -(0.0 if estimand == "atc" else d) - np.where(t, 0.0, factor)
    influence = (
        w * (phi - estimate * d) / total
        + score.influence(score.x.T @ (w * residual * factor_slope * score.slope) / total)
        + fit1.influence(fit1.x.T @ (w * in_m1 * fit1.slope) / total)
        + fit0.influence(fit0.x.T @ (w * in_m0 * fit0.slope) / total)
    )
    return estimate, influence, score.mean


def _cross_fitted(
    y: FloatArray,
    t: BoolArray,
    x: FloatArray,
    z: FloatArray,
    w: FloatArray,
    *,
    estimand: str,
    propensity: Any,
    outcome_model: Any,
    fold: NDArray[np.int64],
    seed: int,
) -> tuple[float, FloatArray, FloatArray]:
    """Estimate, influence values and clipped score of one division into folds."""
    e, m1, m0 = np.zeros(y.size), np.zeros(y.size), np.zeros(y.size)
    w1, w0 = np.where(t, w, 0.0), np.where(t, 0.0, w)
    # (name, model, what it predicts, from what, who teaches it, where the prediction goes)
    models = [("score", propensity, t.astype(float), x, w, e)]
    if estimand != "att":
        models.append(("treated", outcome_model, y, z, w1, m1))
    if estimand != "atc":
        models.append(("comparison", outcome_model, y, z, w0, m0))
    for k in range(int(fold.max()) + 1):
        held = fold == k
        for name, model, target, known, teachers, prediction in models:
            prediction[held] = predicted_mean(
                model,
                known,
                target,
                weight=np.where(held, 0.0, teachers),
                of_score=name == "score",
                seed=seed_of(seed, name, k),
                part=f"the {name} model outside fold {k + 1}",
            )[held]
    e = _clipped(e, t, w, estimand=estimand)
    phi, d, _, _ = _augmented(y, t, e, m1, m0, estimand=estimand)
    total = np.sum(w * d)
    estimate = float(np.sum(w * phi) / total)
    return estimate, w * (phi - estimate * d) / total, e


def _clipped(e: FloatArray, t: BoolArray, w: FloatArray, *, estimand: str) -> FloatArray:
    """Keep a learned score away from where the target has nobody to be compared with, refusing if that is common."""
    low = CLIP if estimand != "att" else 0.0
    high = 1 - CLIP if estimand != "atc" else 1.0
    target = {"att": t, "atc": ~t, "ate": np.ones_like(t)}[estimand]
    alone = target & ((e < low) | (e > high))
    share = float(np.sum(w[alone]) / np.sum(w[target]))
    if share > CLIPPED_SHARE:
        raise DataError(
            f"methods: aipw: {share:.1%} of the target population have a learned score within {CLIP} of certainty, so "
            "nobody in the other group resembles them; restrict the study to common support (support: rule: crump), "
            "use fewer covariates, or propensity: logit"
        )
    return np.clip(e, low, high)
