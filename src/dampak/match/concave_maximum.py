"""Newton's method for concave sums over units: the likelihoods and balance equations of propensity models."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dampak.match.standardised import Standardised

FloatArray = NDArray[np.float64]

STEPS = 200
SETTLED = 1e-8  # largest change of a standardised coefficient; the step after it is below rounding


class Curve(Protocol):
    """A unit's concave contribution f(z'b; t): its value, first derivative and minus its second, each (n,)."""

    def __call__(
        self, linear: FloatArray, treatment: NDArray[np.bool_], /
    ) -> tuple[FloatArray, FloatArray, FloatArray]: ...


@dataclass(frozen=True, eq=False)
class State:
    """The sum at one point, over the sum of weights: value, gradient (k,), minus the Hessian (k, k)."""

    value: float
    gradient: FloatArray
    information: FloatArray
    furthest: float  # largest absolute linear predictor


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where Newton's method ended: coefficients (k,), whether it settled there, and the state there."""

    beta: FloatArray
    settled: bool
    state: State


def maximise(
    z: Standardised, treatment: NDArray[np.bool_], *, weight: FloatArray, curve: Curve, start: FloatArray | None = None
) -> Maximum:
    """Maximise sum_i w_i f(z_i'b; t_i) over b.

    Parameters
    ----------
    z : Standardised, n rows and k - 1 covariates
    treatment : (n,) bool
    weight : (n,) float
    curve : Curve
        Concave in its first argument.
    start : (k,) float or None
        0 if None.

    Returns
    -------
    Maximum
        Exact to rounding where it settled. Where it did not, the sum may have no maximum.
    """
    beta = np.zeros(z.x.shape[1] + 1) if start is None else start
    state = _state(z, treatment, weight, curve, beta)
    for _ in range(STEPS):
        step = _newton_step(state)
        if step is None:
            return Maximum(beta, False, state)
        if np.abs(step).max() < SETTLED:
            beta = beta + step
            return Maximum(beta, True, _state(z, treatment, weight, curve, beta))
        size = 1.0
        trial = _state(z, treatment, weight, curve, beta + step)
        # `not >=` and not `<`: an overflow makes the value NaN, and is a step too far as well.
        while not trial.value >= state.value - 1e-13 * abs(state.value):
            size /= 2
            if size < 1e-10:
                return Maximum(beta, False, state)
            trial = _state(z, treatment, weight, curve, beta + size * step)
        beta, state = beta + size * step, trial
    return Maximum(beta, False, state)


def _state(z: Standardised, treatment: NDArray[np.bool_], weight: FloatArray, curve: Curve, beta: FloatArray) -> State:
    value, furthest = 0.0, 0.0
    gradient, information = np.zeros(beta.size), np.zeros((beta.size, beta.size))
    with np.errstate(over="ignore", invalid="ignore"):
        for rows, block in z.blocks():
            linear = block @ beta
            f, slope, curvature = curve(linear, treatment[rows])
            w = weight[rows]
            value += float(w @ f)
            gradient += (w * slope) @ block
            information += (block * (w * curvature)[:, None]).T @ block
            furthest = max(furthest, float(np.abs(linear).max()))
    total = float(weight.sum())
    return State(value / total, gradient / total, information / total, furthest)


def _newton_step(state: State) -> FloatArray | None:
    """Solve information * step = gradient; None where the information is singular."""
    scale = np.sqrt(np.diag(state.information))
    if not (np.isfinite(scale).all() and (scale > 0).all()):
        return None
    try:
        root = np.linalg.cholesky(state.information / np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return None
    step = np.linalg.solve(root.T, np.linalg.solve(root, state.gradient / scale)) / scale
    return np.asarray(step) if np.isfinite(step).all() else None
