"""The propensity score: logit or probit by maximum likelihood, or boosted trees."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.match.concave_maximum import Curve, maximise
from dampak.match.separation import require_maximum, require_rank, require_two_groups, require_variation
from dampak.match.standardised import Standardised, one_blas_thread, standardised

FloatArray = NDArray[np.float64]

MODELS = ("logit", "probit", "gradient_boosting")


@dataclass(frozen=True, eq=False)
class Propensity:
    """A fitted score.

    Attributes
    ----------
    score : (n,) float
        Probability of treatment.
    linear : (n,) float
        The score before the link function: its logit, for a probit the normal quantile.
    coefficients : (k + 1,) float
        Intercept, then the slopes in the order of the covariates, in the covariates' own units; empty for models
        without.
    """

    score: FloatArray
    linear: FloatArray
    coefficients: FloatArray


def propensity_score(
    covariates: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    names: Sequence[str],
    weight: FloatArray | None = None,
    model: str = "logit",
    seed: int = 0,
    folds: int = 5,
) -> Propensity:
    """Fit the probability of treatment given covariates by the model named.

    Parameters
    ----------
    covariates : (n, k) float
    treatment : (n,) bool
    names : sequence of str, length k
        Names of the covariates, for messages.
    weight : (n,) float or None
        Survey weights; 1 if None. Units of weight 0 are scored but play no part in the fit.
    model : {"logit", "probit", "gradient_boosting"}
    seed, folds : int
        Of the gradient boosting, which is cross-fitted; the others draw nothing.

    Raises
    ------
    ConfigError
        For another model.
    DataError
        As the models.
    """
    match model:
        case "logit":
            return logit_score(covariates, treatment, names=names, weight=weight)
        case "probit":
            return probit_score(covariates, treatment, names=names, weight=weight)
        case "gradient_boosting":
            from dampak.match.boosted_score import boosted_score

            return boosted_score(covariates, treatment, names=names, weight=weight, seed=seed, folds=folds)
        case other:
            raise ConfigError(
                f"propensity: model: '{other}' is not known; use {', '.join(MODELS[:-1])} or {MODELS[-1]}"
            )


def logit_score(
    covariates: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    names: Sequence[str],
    weight: FloatArray | None = None,
) -> Propensity:
    """Fit an unpenalised logit of the treatment on the covariates, as R's `glm(family = binomial)`.

    Parameters
    ----------
    covariates : (n, k) float
    treatment : (n,) bool
    names : sequence of str, length k
        Names of the covariates, for messages.
    weight : (n,) float or None
        Survey weights; 1 if None. Units of weight 0 are scored but play no part in the fit.

    Returns
    -------
    Propensity
        Equal rows have equal scores, to the last bit.

    Raises
    ------
    DataError
        When one group is empty, a covariate is constant or a combination of others, or covariates separate the
        groups, so that no maximum of the likelihood exists.

    References
    ----------
    Rosenbaum, P. and Rubin, D. (1983). Biometrika 70, 41-55. Albert, A. and Anderson, J. (1984). Biometrika 71, 1-10
    (existence of the maximum).
    """
    z, beta = fit(covariates, treatment, names=names, weight=weight, curve=logit_likelihood)
    linear = z.linear(beta)
    return Propensity(1.0 / (1.0 + np.exp(-linear)), linear, z.in_own_units(beta))


def probit_score(
    covariates: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    names: Sequence[str],
    weight: FloatArray | None = None,
) -> Propensity:
    """Fit a probit of the treatment on the covariates, as Stata's `probit`.

    Parameters
    ----------
    covariates, treatment, names, weight
        As `logit_score`, and so are the result and the refusals.

    Raises
    ------
    DataError

    References
    ----------
    Bliss, C. (1935). Annals of Applied Biology 22, 134-167. Albert, A. and Anderson, J. (1984). Biometrika 71, 1-10.
    """
    from scipy.special import ndtr

    z, beta = fit(covariates, treatment, names=names, weight=weight, curve=probit_likelihood)
    linear = z.linear(beta)
    return Propensity(ndtr(linear), linear, z.in_own_units(beta))


def fit(
    covariates: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    names: Sequence[str],
    weight: FloatArray | None,
    curve: Curve,
) -> tuple[Standardised, FloatArray]:
    """Maximise a likelihood of the treatment, refusing data on which it has no single maximum.

    Parameters
    ----------
    covariates, treatment, names, weight
        As `logit_score`.
    curve : Curve
        Log-likelihood of a unit.

    Returns
    -------
    z : Standardised
        All n units, standardised by those that have a weight.
    beta : (k + 1,) float
        Coefficients of z.

    Raises
    ------
    DataError
    """
    x = np.asarray(covariates, dtype=np.float64)
    w = np.ones(x.shape[0]) if weight is None else np.asarray(weight, dtype=np.float64)
    inside = w > 0
    fitted, t, w = (x, treatment, w) if inside.all() else (x[inside], treatment[inside], w[inside])
    require_two_groups(t)
    z = standardised(fitted)
    require_variation(z, names)
    with one_blas_thread(t.size):
        gram, longest = z.gram()
        require_rank(z, names, gram=gram)
        found = maximise(z, t, weight=w, curve=curve)
    require_maximum(found, z, t, names, longest=longest)
    return Standardised(x, z.centre, z.spread), found.beta


def logit_likelihood(linear: FloatArray, treatment: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log-likelihood of a logit, its slope t - p and its curvature p (1 - p)."""
    sign = np.where(treatment, 1.0, -1.0)
    odds = np.exp(-sign * linear)  # of the group that the unit is not in
    own = 1.0 / (1.0 + odds)
    other = odds * own
    return -np.log1p(odds), sign * other, own * other


def probit_likelihood(linear: FloatArray, treatment: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log-likelihood of a probit; with the inverse Mills ratio m of s = +-z'b, slope +-m and curvature m (m + s)."""
    from scipy.special import log_ndtr

    sign = np.where(treatment, 1.0, -1.0)
    own = sign * linear
    likelihood = log_ndtr(own)
    mills = np.exp(-0.5 * own**2 - 0.5 * np.log(2 * np.pi) - likelihood)
    return likelihood, sign * mills, mills * (mills + own)
