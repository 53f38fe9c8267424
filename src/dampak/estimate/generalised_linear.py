"""Models of a mean by maximum likelihood, with the influence of every unit on what they predict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.estimate.regression import gram_inverse, weighted_least_squares

FloatArray = NDArray[np.float64]

FAMILIES = ("linear", "logit", "probit", "poisson", "tilting")

STEPS = 100
# Newton's decrement per unit of weight at which a further step only moves rounding errors.
SETTLED = 1e-24
# A linear predictor beyond this is a probability within 1e-13 (logit) of 0 or 1: the likelihood has no maximum.
LIMIT = {"linear": np.inf, "logit": 30.0, "probit": 8.0, "poisson": 100.0, "tilting": 30.0}


@dataclass(frozen=True, eq=False)
class MeanModel:
    """A fitted model E(y | x) = mean(x'beta).

    Attributes
    ----------
    x : (n, k) float
        Design matrix of all units, also of those that the fit did not use.
    weight : (n,) float
        Weights of the fit; 0 = not used in it.
    coefficients : (k,) float
        0 for aliased columns.
    mean : (n,) float
        Predicted mean of every unit.
    slope : (n,) float
        Derivative of the mean in the linear predictor.
    residual : (n,) float
        Derivative of the log-likelihood in the linear predictor (y - mean in the canonical families).
    bread : (k, k) float
        Inverse of sum_i w_i h_i x_i x_i', with h the negative second derivative of the log-likelihood; zero rows and
        columns for aliased columns.
    rank : int
    """

    x: FloatArray
    weight: FloatArray
    coefficients: FloatArray
    mean: FloatArray
    slope: FloatArray
    residual: FloatArray
    bread: FloatArray
    rank: int

    def influence(self, gradient: FloatArray) -> FloatArray:
        """Influence values of a quantity with this gradient in the coefficients; (n,).

        g' (sum w h x x')^-1 w_i r_i x_i (Stefanski and Boos 2002): the model's part in the variance of whatever is
        computed from its predictions.
        """
        return np.asarray(self.weight * self.residual * (self.x @ (self.bread @ gradient)))


def mean_model(
    covariates: FloatArray, outcome: FloatArray, *, weight: FloatArray, family: str, part: str = "the sample"
) -> MeanModel:
    """Fit E(y | x) on an intercept and covariates by weighted maximum likelihood.

    Parameters
    ----------
    covariates : (n, k) float
    outcome : (n,) float
    weight : (n,) float
        0 = predicted, not used in the fit.
    family : {"linear", "logit", "probit", "poisson", "tilting"}
        ``tilting`` is a logit of a 0/1 outcome fitted so that the units with 0, weighted by their odds, have the
        covariate means of those with 1 (inverse probability tilting), instead of by maximum likelihood.
    part : str
        Which units these are, for messages.

    Returns
    -------
    MeanModel

    Raises
    ------
    ConfigError
        Unknown family.
    DataError
        The outcome is outside the range of the family, or the fit has no maximum.

    References
    ----------
    McCullagh, P. and Nelder, J. (1989). Generalized Linear Models. Graham, B., Pinto, C. and Egel, D. (2012). Review of
    Economic Studies 79, 1053-1079 (tilting).
    """
    if family not in FAMILIES:
        raise ConfigError(f"methods: a model of a mean is one of {', '.join(FAMILIES)}, not '{family}'")
    x = np.column_stack([np.ones(outcome.shape[0]), covariates])
    _require_range(outcome[weight > 0], family, part)
    if family == "linear":
        fit = weighted_least_squares(x, outcome, weight=weight)
        mean = x @ fit.coefficients
        return MeanModel(x, weight, fit.coefficients, mean, np.ones_like(mean), outcome - mean, fit.bread, fit.rank)
    kept = np.flatnonzero(np.diag(gram_inverse(x, weight=weight)[0]) > 0)
    beta = _maximise(x[:, kept], outcome, weight, family, part)
    linear = x[:, kept] @ beta
    if np.abs(linear[weight > 0]).max(initial=0.0) > LIMIT[family]:
        raise DataError(_no_maximum(family, part))
    _, residual, curvature = _likelihood(outcome, linear, family)
    bread = np.zeros((x.shape[1], x.shape[1]))
    bread[np.ix_(kept, kept)] = gram_inverse(x[:, kept], weight=weight * curvature)[0]
    coefficients = np.zeros(x.shape[1])
    coefficients[kept] = beta
    mean, slope = _mean(linear, family)
    return MeanModel(x, weight, coefficients, mean, slope, residual, bread, int(kept.size))


def _maximise(x: FloatArray, y: FloatArray, weight: FloatArray, family: str, part: str) -> FloatArray:
    """Newton's method with step halving on a concave log-likelihood."""
    used = weight > 0
    x, y, weight = x[used], y[used], weight[used]
    beta = np.zeros(x.shape[1])
    beta[0] = _start(float(np.sum(weight * y) / np.sum(weight)), family)
    value, residual, curvature = _likelihood(y, x @ beta, family)
    total = float(np.sum(weight * value))
    for _ in range(STEPS):
        bread, rank = gram_inverse(x, weight=weight * curvature)
        if rank < x.shape[1]:
            break
        gradient = x.T @ (weight * residual)
        step = bread @ gradient
        decrement = float(gradient @ step)
        if decrement <= SETTLED * float(np.sum(weight)):
            return beta + step
        size, slack = 1.0, 1e-12 * (1 + abs(total))
        while size > 1e-10:
            value, residual, curvature = _likelihood(y, x @ (beta + size * step), family)
            candidate = float(np.sum(weight * value))
            if candidate >= total + 1e-4 * size * decrement - slack:
                break
            size /= 2
        else:
            break
        beta, total = beta + size * step, candidate
    raise DataError(_no_maximum(family, part))


def _start(mean: float, family: str) -> float:
    """Intercept of the model without covariates (for the probit: near it)."""
    return float(np.log(mean)) if family == "poisson" else float(np.log(mean / (1 - mean)))


def _likelihood(y: FloatArray, linear: FloatArray, family: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log-likelihood of each unit, its first and its negative second derivative in the linear predictor."""
    with np.errstate(over="ignore", invalid="ignore"):
        match family:
            case "logit":
                p = _logistic(linear)
                return y * linear - np.logaddexp(0.0, linear), y - p, p * (1 - p)
            case "poisson":
                mean = np.exp(linear)
                return y * linear - mean, y - mean, mean
            case "tilting":
                odds = np.exp(linear)
                return y * linear - (1 - y) * odds, y - (1 - y) * odds, (1 - y) * odds
            case _:
                from scipy.special import log_ndtr

                log_density = -0.5 * linear**2 - 0.5 * np.log(2 * np.pi)
                up, down = (np.exp(log_density - log_ndtr(sign * linear)) for sign in (1.0, -1.0))
                value = y * log_ndtr(linear) + (1 - y) * log_ndtr(-linear)
                curvature = y * up * (up + linear) + (1 - y) * down * (down - linear)
                return value, y * up - (1 - y) * down, curvature


def _mean(linear: FloatArray, family: str) -> tuple[FloatArray, FloatArray]:
    """Mean and its derivative in the linear predictor."""
    match family:
        case "poisson":
            mean = np.exp(linear)
            return mean, mean
        case "probit":
            from scipy.special import ndtr

            return np.asarray(ndtr(linear)), np.exp(-0.5 * linear**2) / np.sqrt(2 * np.pi)
        case _:
            p = _logistic(linear)
            return p, p * (1 - p)


def _logistic(linear: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-linear)))


def _require_range(y: FloatArray, family: str, part: str) -> None:
    """Refuse an outcome that the family cannot have produced, and one without variation."""
    if y.size == 0:
        raise DataError(
            f"clean/design.parquet: no unit of {part} has a positive weight, so no model can be fitted among them; "
            "widen the common support or check `treatment`"
        )
    if family == "linear":
        return
    low, high = float(y.min()), float(y.max())
    if family == "poisson":
        if low < 0 or high == 0:
            raise DataError(
                f"clean/design.parquet: the outcome runs from {low:g} to {high:g} in {part}; a poisson model needs "
                "counts or amounts of 0 and more, not all 0: use model linear"
            )
        return
    if low < 0 or high > 1:
        raise DataError(
            f"clean/design.parquet: the outcome runs from {low:g} to {high:g} in {part}; a {family} model needs values "
            "from 0 to 1: use model linear, or recode the outcome"
        )
    if high == 0 or low == 1:
        raise DataError(
            f"clean/design.parquet: the outcome of a {family} model is {low:g} for every unit of {part}, so the model "
            "has no finite estimate: use model linear, or restrict the study to where both values occur"
        )


def _no_maximum(family: str, part: str) -> str:
    if family == "tilting":
        return (
            "clean/design.parquet: covariates: no weights of the comparison units reach the covariate means of the "
            "treated, so the tilted propensity score does not exist; remove or coarsen a covariate, or use method "
            "traditional"
        )
    return (
        f"clean/design.parquet: covariates: the {family} model of {part} has no finite estimate, because some values "
        "of the covariates occur with one outcome only; remove or coarsen that covariate, or use a linear model"
    )
