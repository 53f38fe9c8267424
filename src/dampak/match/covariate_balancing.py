"""Covariate balancing propensity score: a logit fitted so that its weights balance the covariates."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.match.concave_maximum import Curve, maximise
from dampak.match.propensity import Propensity, fit, logit_likelihood
from dampak.match.standardised import Standardised, one_blas_thread
from dampak.match.weighting import inverse_probability_weights

FloatArray = NDArray[np.float64]

IMBALANCE = 1e-9  # of standardised means


def covariate_balancing_score(
    covariates: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    names: Sequence[str],
    estimand: str = "att",
    weight: FloatArray | None = None,
) -> Propensity:
    """Fit a just-identified covariate balancing propensity score.

    The coefficients of the logit solve, instead of the score equations of its likelihood, the balance equations of
    the weights that the estimand takes from it,

        att: sum_i w_i [t_i - (1 - t_i) e_i / (1 - e_i)] x_i = 0,
        atc: sum_i w_i [t_i (1 - e_i) / e_i - (1 - t_i)] x_i = 0,
        ate: sum_i w_i [t_i / e_i - (1 - t_i) / (1 - e_i)] x_i = 0,

    with an intercept in x, so that `inverse_probability_weights` balances all means exactly. Each is the gradient of a
    concave function, which Newton's method maximises from the maximum of the likelihood. For the att and the atc the
    weights are those of entropy balancing (Zhao and Percival 2017); for the ate the groups meet each other's means,
    not those of the sample.

    Parameters
    ----------
    covariates : (n, k) float
    treatment : (n,) bool
    names : sequence of str, length k
        Names of the covariates, for messages.
    estimand : {"att", "atc", "ate"}
    weight : (n,) float or None
        Survey weights; 1 if None. Units of weight 0 are scored but play no part in the fit.

    Returns
    -------
    Propensity

    Raises
    ------
    ConfigError
        For another estimand.
    DataError
        As `logit_score`, and where no coefficients balance the covariates.

    References
    ----------
    Imai, K. and Ratkovic, M. (2014). J. Royal Statistical Society B 76, 243-263, eqs. 11-13. Zhao, Q. and Percival, D.
    (2017). Journal of Causal Inference 5, 20160010.
    """
    if estimand not in CURVES:
        raise ConfigError(
            f"cbps estimates att, atc or ate, not '{estimand}'; use overlap, whose weights from a logit balance the "
            "covariates exactly (ato)"
        )
    z, likeliest = fit(covariates, treatment, names=names, weight=weight, curve=logit_likelihood)
    w = np.ones(treatment.size) if weight is None else np.asarray(weight, dtype=np.float64)
    inside = w > 0
    used, t, w = (z, treatment, w) if inside.all() else (_rows(z, inside), treatment[inside], w[inside])
    with one_blas_thread(t.size):
        found = maximise(used, t, weight=w, curve=CURVES[estimand], start=likeliest)
    # The equations sum to the size of the target; the means that they equate are per unit of it.
    share = {"att": float(w[t].sum()), "atc": float(w[~t].sum()), "ate": float(w.sum())}[estimand] / float(w.sum())
    imbalance = np.abs(found.state.gradient) / share
    if not found.settled or imbalance.max() > IMBALANCE:
        worst = int(np.argmax(imbalance[1:]))
        raise DataError(
            f"cbps: no propensity score balances all covariates (the mean of '{names[worst]}' stays "
            f"{imbalance[1 + worst]:.2g} standard deviations away); remove covariates, or use on_support: true"
        )
    linear = z.linear(found.beta)
    return Propensity(1.0 / (1.0 + np.exp(-linear)), linear, z.in_own_units(found.beta))


def covariate_balancing_weights(
    covariates: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    names: Sequence[str],
    estimand: str = "att",
    survey_weight: FloatArray | None = None,
) -> FloatArray:
    """Weights of the covariate balancing propensity score, under which the weighted means of both groups are equal.

    Parameters
    ----------
    covariates, treatment, names, estimand
        As `covariate_balancing_score`.
    survey_weight : (n,) float or None
        Multiplies the weights; 1 if None, 0 = outside the analysis.

    Returns
    -------
    (n,) float

    Raises
    ------
    ConfigError, DataError
        As `covariate_balancing_score`.
    """
    base = np.ones(treatment.size) if survey_weight is None else np.asarray(survey_weight, dtype=np.float64)
    found = covariate_balancing_score(covariates, treatment, names=names, estimand=estimand, weight=base)
    return inverse_probability_weights(found.score, treatment, estimand=estimand, survey_weight=base)


def _rows(z: Standardised, inside: NDArray[np.bool_]) -> Standardised:
    return Standardised(z.x[inside], z.centre, z.spread)


def _treated(linear: FloatArray, treatment: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray, FloatArray]:
    odds = np.where(treatment, 0.0, np.exp(np.where(treatment, 0.0, linear)))
    return treatment * linear - odds, treatment - odds, odds


def _comparison(linear: FloatArray, treatment: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray, FloatArray]:
    value, slope, curvature = _treated(-linear, ~treatment)
    return value, -slope, curvature


def _all(linear: FloatArray, treatment: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray, FloatArray]:
    sign = np.where(treatment, 1.0, -1.0)
    odds = np.exp(-sign * linear)  # 1 / own probability - 1
    return sign * linear - odds, sign * (1 + odds), odds


# Balance equations as derivatives of concave functions of the linear predictor.
CURVES: dict[str, Curve] = {"att": _treated, "atc": _comparison, "ate": _all}
