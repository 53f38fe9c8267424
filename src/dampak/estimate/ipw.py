"""Inverse probability weighting with the estimated score counted in the standard error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.estimate.effect import Effect
from dampak.estimate.estimated_weights import difference_with_estimated_weights, score_equation
from dampak.estimate.survey_design import SurveyDesign
from dampak.match.weighting import inverse_probability_weights

FloatArray = NDArray[np.float64]


def inverse_probability(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    propensity: FloatArray,
    covariates: FloatArray,
    survey_weight: FloatArray,
    estimand: str = "att",
    model: str = "logit",
    trim: float | None = None,
    include: NDArray[np.bool_] | None = None,
    design: SurveyDesign | None = None,
) -> Effect:
    """Hajek difference of inverse-probability-weighted means, with the M-estimation standard error.

    The estimating equations of the score, for the logit sum_i w_i (t_i - p_i) x_i = 0, and of the two weighted means
    are stacked (`difference_with_estimated_weights`). Without a survey design the variance has no small-sample
    factor, and the reference is normal. Stabilised weights give the same numbers, as each group is normalised.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    propensity : (n,) float
        Fitted by maximum likelihood of the treatment on an intercept and `covariates`, weighted by `survey_weight`,
        on all n units.
    covariates : (n, k) float
        The covariates of that model.
    survey_weight : (n,) float
        0 = outside the analysis.
    estimand : {"att", "atc", "ate", "ato"}
        The ato takes overlap weights.
    model : {"logit", "probit"}
        Link of the score.
    trim : None
        Trimmed weights are refused.
    include : (n,) bool or None
        Units whose outcomes are compared (common support); the score was still fitted on all.
    design : SurveyDesign or None
        Survey design, honoured by linearisation with t on the design degrees of freedom.

    Raises
    ------
    ConfigError
        For another estimand, a model whose estimation cannot be counted, or trimmed weights.

    References
    ----------
    Lunceford, J. and Davidian, M. (2004). Statistics in Medicine 23, 2937-2960. Li, F., Morgan, K. and Zaslavsky, A.
    (2018). JASA 113, 390-400 (ato). WeightIt's ``glm_weightit`` and Stata's ``teffects ipw`` agree.
    """
    if trim is not None:
        raise ConfigError(
            "ipw: the limit of trimmed weights is a quantile, no smooth function of the score, so m_estimation does "
            "not count it; use std_error hc1_score_fixed, or overlap weights (ato), which need no trimming"
        )
    used = survey_weight if include is None else np.where(include, survey_weight, 0.0)
    weight = inverse_probability_weights(propensity, treatment, estimand=estimand, survey_weight=used)
    equation, density = score_equation(
        covariates, treatment, propensity=propensity, survey_weight=survey_weight, model=model
    )
    slope = used * density * _weight_slope(propensity, treatment, inside=used > 0, estimand=estimand)
    return difference_with_estimated_weights(
        outcome, treatment, weight=weight, weight_slope=slope, equation=equation, design=design
    )


def _weight_slope(
    propensity: FloatArray, treatment: NDArray[np.bool_], *, inside: NDArray[np.bool_], estimand: str
) -> FloatArray:
    """Derivative of the weight in the score, without the survey weight; 0 for units that are not compared; (n,)."""
    sign = np.where(treatment, -1.0, 1.0)
    if estimand == "ato":
        return sign
    # The target group's weight is 1 whatever the score.
    varies = {"att": ~treatment, "atc": treatment, "ate": np.ones_like(treatment)}[estimand] & inside
    own = np.where(treatment, propensity, 1 - propensity)
    return np.where(varies, sign / np.where(varies, own, 1.0) ** 2, 0.0)
