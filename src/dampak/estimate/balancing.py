"""Entropy balancing and covariate balancing scores with the estimated weights counted in the standard error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.estimate.effect import Effect
from dampak.estimate.estimated_weights import EstimatingEquation, counted, difference_with_estimated_weights
from dampak.estimate.regression import weighted_least_squares
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.weighted import weighted_mean
from dampak.match.entropy_balancing import moment_columns

FloatArray = NDArray[np.float64]

METHODS = ("entropy_balancing", "cbps")


def balancing_difference(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    weight: FloatArray,
    covariates: FloatArray,
    survey_weight: FloatArray,
    method: str = "entropy_balancing",
    estimand: str = "att",
    moments: int = 1,
    leverage: bool = False,
    cluster: NDArray[np.int64] | None = None,
    design: SurveyDesign | None = None,
) -> Effect:
    """Difference of weighted means under balancing weights, their estimation and that of their target counted.

    Entropy balancing. The equations of the dual, sum_i w_i (c_i - m) = 0 in each reweighted group, those of the
    target moments m and those of the means are stacked. With b the slopes of the regression of y on c in a group,
    weighted by w, the influence value of the group's mean mu is

        psi_i = w_i [y_i - mu - b'(c_i - m)] / sum(w) in the group  +  q_i b'(c_i - m) / sum(q) in the target,

    that of a regression estimator: what c explains of y is known as well as m is. For the group that is the target
    itself this is w_i (y_i - mu) / sum(w).

    The regression fits best the units with the largest weights, so that their residuals are too small where many
    covariates rest on few of them. `leverage` takes the residual from the fit without the unit, which divides it by
    1 - h_i, h_i = w_i x_i' (X'WX)^-1 x_i with x = (1, c - m): the jackknife's correction, HC3. Households of one PSU
    were drawn together, and persons of one household share most of x and all of the treatment; with `cluster` they are
    left out together (CR3).

    Covariate balancing score. The balance equations (`covariate_balancing_score`) take the place of the
    likelihood's in `difference_with_estimated_weights`. For the att and atc the two agree.

    Without a survey design the variance is sum(psi^2), with no small-sample factor, and the reference is normal.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    weight : (n,) float
        From `entropy_balancing`, or from `inverse_probability_weights` of a `covariate_balancing_score`; 0 = not used.
    covariates : (n, k) float
        Those balanced.
    survey_weight : (n,) float
        The base weights; 0 = outside the analysis.
    method : {"entropy_balancing", "cbps"}
    estimand : {"att", "atc", "ate"}
    moments : int
        Moments that entropy balancing equated.
    leverage : bool
        Correct for leverage; of entropy balancing only.
    cluster : (n,) int or None
        Units that `leverage` leaves out together; each by itself if None.
    design : SurveyDesign or None
        Survey design, honoured by linearisation with t on the design degrees of freedom.

    Raises
    ------
    ConfigError
        Unknown method or estimand.

    References
    ----------
    Zhao, Q. and Percival, D. (2017). Journal of Causal Inference 5, 20160010, theorem 1 and section 4. Imai, K. and
    Ratkovic, M. (2014). J. Royal Statistical Society B 76, 243-263.
    """
    if method not in METHODS:
        raise ConfigError(f"methods: balancing weights come from {' or '.join(METHODS)}, not from '{method}'")
    if estimand not in ("att", "atc", "ate"):
        raise ConfigError(f"{method} estimates att, atc or ate, not '{estimand}'; use overlap for the ato")
    base = np.where(weight > 0, survey_weight, 0.0)
    if method == "cbps":
        slope, equation = _balance_equation(weight, treatment, covariates=covariates, base=base, estimand=estimand)
        return difference_with_estimated_weights(
            outcome, treatment, weight=weight, weight_slope=slope, equation=equation, design=design
        )
    target = {"att": treatment, "atc": ~treatment, "ate": np.ones_like(treatment)}[estimand]
    q = np.where(target, base, 0.0)
    columns = moment_columns(covariates, moments=moments) if moments > 1 else covariates
    gap = columns - np.average(columns, axis=0, weights=q)
    x = np.column_stack([np.ones(treatment.size), gap])
    means, influence = [], np.zeros(outcome.shape[0])
    for group, name, sign in ((treatment, "treated", 1.0), (~treatment, "comparison", -1.0)):
        w = np.where(group, weight, 0.0)
        mean = weighted_mean(outcome, w, group=name)
        own = outcome - mean
        if estimand == "ate" or not np.array_equal(group, target):
            fit = weighted_least_squares(x, outcome, weight=w)
            explained = gap @ fit.coefficients[1:]
            residual = own - explained
            if leverage:
                residual = fit.left_out_residuals(cluster)
            influence += sign * (w * residual / np.sum(w) + q * explained / np.sum(q))
        else:
            influence += sign * w * own / np.sum(w)
        means.append(mean)
    return counted(means[0] - means[1], influence, treatment=treatment, weight=weight, design=design)


def _balance_equation(
    weight: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    covariates: FloatArray,
    base: FloatArray,
    estimand: str,
) -> tuple[FloatArray, EstimatingEquation]:
    """Derivative of the weights in the linear predictor, and the balance equations.

    The weights hold all that is needed: with the odds o = e / (1 - e) they are q o for comparison units (att), q / o
    for the treated (atc), q (1 + 1 / o) and q (1 + o) (ate); o changes as fast as it is large.
    """
    x = np.column_stack([np.ones(treatment.size), covariates])
    varying = {
        "att": np.where(treatment, 0.0, weight),
        "atc": np.where(treatment, weight, 0.0),
        "ate": weight - base,
    }[estimand]
    sign = np.where(treatment, 1.0, -1.0)
    return -sign * varying, EstimatingEquation(x, sign * weight, varying)
