"""Maximum likelihood of a multinomial logit, and the refusal of data on which it has no maximum."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.match.standardised import Standardised

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

STEPS = 200
SETTLED = 1e-8  # largest change of a standardised coefficient; the step after it is below rounding
CERTAINTY = 10.0  # by how much the certificate of a maximum must hold, against rounding
UNITS = 3000  # units a linear programme starts with, and is given more of at a time


def maximum_likelihood(
    z: Standardised, code: IntArray, n_arms: int, *, weight: FloatArray, names: Sequence[str], arms: Sequence[str]
) -> FloatArray:
    """Coefficients of a multinomial logit, by Newton's method with a line search.

    Parameters
    ----------
    z : Standardised, n rows and k covariates
    code : (n,) int
        Arm of each unit, 0 to n_arms - 1; arm 0 is the base category.
    n_arms : int
    weight : (n,) float
        Positive.
    names, arms : sequences of str
        For messages.

    Returns
    -------
    (n_arms - 1, k + 1) float
        Coefficients of z, exact to rounding.

    Raises
    ------
    DataError
        When covariates separate arms, or Newton's method does not settle.

    References
    ----------
    Albert, A. and Anderson, J. (1984). Biometrika 71, 1-10.
    """
    beta = np.zeros((n_arms - 1, z.x.shape[1] + 1))
    value, gradient, information, longest = _state(z, code, weight, beta)
    settled = False
    for _ in range(STEPS):
        try:
            step = np.linalg.solve(information, gradient).reshape(beta.shape)
        except np.linalg.LinAlgError:
            break
        if not np.isfinite(step).all():
            break
        if np.abs(step).max() < SETTLED:
            beta, settled = beta + step, True
            value, gradient, information, longest = _state(z, code, weight, beta)
            break
        size = 1.0
        trial = _state(z, code, weight, beta + step)
        # `not >=` and not `<`: an overflow makes the value NaN, and is a step too far as well.
        while not trial[0] >= value - 1e-13 * abs(value) and size > 1e-10:
            size /= 2
            trial = _state(z, code, weight, beta + size * step)
        if size <= 1e-10:
            break
        beta = beta + size * step
        value, gradient, information, longest = trial
    if not (settled and _certified(gradient, information, longest)):
        _refuse_separation(z, code, n_arms, names, arms, settled=settled)
    return beta


def _state(
    z: Standardised, code: IntArray, weight: FloatArray, beta: FloatArray
) -> tuple[float, FloatArray, FloatArray, float]:
    """Mean log-likelihood, gradient, information, and length of the longest row of z."""
    others, width = beta.shape
    value, longest = 0.0, 0.0
    gradient, information = np.zeros((others, width)), np.zeros((others, width, others, width))
    with np.errstate(over="ignore", invalid="ignore"):
        for rows, block in z.blocks():
            linear = np.column_stack([np.zeros(block.shape[0]), block @ beta.T])
            top = linear.max(axis=1, keepdims=True)
            odds = np.exp(linear - top)
            total = odds.sum(axis=1, keepdims=True)
            p, w, own = odds / total, weight[rows], code[rows]
            at = np.arange(own.size)
            value += float(w @ (linear[at, own] - top[:, 0] - np.log(total[:, 0])))
            for j in range(others):
                gradient[j] += (w * ((own == j + 1) - p[:, j + 1])) @ block
                for m in range(j, others):
                    spread = p[:, j + 1] * ((j == m) - p[:, m + 1])
                    part = (block * (w * spread)[:, None]).T @ block
                    information[j, :, m, :] += part
                    if m != j:
                        information[m, :, j, :] += part
            longest = max(longest, float(np.einsum("ij,ij->i", block, block).max()))
    mass = float(weight.sum())
    size = others * width
    return value / mass, gradient.ravel() / mass, information.reshape(size, size) / mass, float(np.sqrt(longest))


def _certified(gradient: FloatArray, information: FloatArray, longest: float) -> bool:
    """Whether the state proves that the likelihood has a maximum.

    Along a unit direction that separates, every margin m of a unit's own arm over another is at least 0 and at most
    sqrt(2) longest, so that the curvature, sum w Var(m), is at most that times the slope, sum w E(m). Where the least
    eigenvalue of the information exceeds that bound at the steepest slope, no direction separates.
    """
    least = float(np.linalg.eigvalsh(information)[0])
    steepest = float(np.linalg.norm(gradient)) + np.finfo(float).eps * longest
    return bool(least > CERTAINTY * np.sqrt(2) * longest * steepest)


def _refuse_separation(
    z: Standardised, code: IntArray, n_arms: int, names: Sequence[str], arms: Sequence[str], *, settled: bool
) -> None:
    scaled = (z.x - z.centre) / z.spread
    if _separate(scaled, code, n_arms):
        culprits = list(range(scaled.shape[1]))
        # Leave out, one by one, what the separation does not need.
        for j in range(scaled.shape[1]):
            fewer = [other for other in culprits if other != j]
            if fewer and _separate(scaled[:, fewer], code, n_arms):
                culprits = fewer
        verb = "separates" if len(culprits) == 1 else "separate"
        raise DataError(
            f"clean/design.parquet: {', '.join(repr(names[j]) for j in culprits)} {verb} arms of the treatment "
            f"({', '.join(arms)}; some values occur in some arms only), so the generalised score has no finite "
            "estimate; remove or coarsen that covariate, or join or leave out a small arm"
        )
    if not settled:
        raise DataError(
            f"clean/design.parquet: covariates: the generalised score did not converge in {STEPS} steps; rescale "
            "covariates with extreme values (for instance by log1p) or remove one of those that nearly determine "
            "each other"
        )


def _separate(scaled: FloatArray, code: IntArray, n_arms: int) -> bool:
    """Whether coefficients exist by which every unit's own arm scores at least as high as all others, not all alike.

    A linear programme; it starts with some of the units and is given those that its answer puts on the wrong side.
    """
    from scipy.optimize import linprog

    n, width = scaled.shape[0], scaled.shape[1] + 1
    z = np.column_stack([np.ones(n), scaled])

    def margins(units: IntArray) -> FloatArray:
        """Rows (unit, other arm) of the coefficients' constraints; arm 0 has coefficients 0."""
        rows = np.zeros((units.size, n_arms - 1, n_arms, width))
        for slot in range(n_arms - 1):
            # The other arms in order, the own one left out.
            other = slot + (slot >= code[units])
            rows[np.arange(units.size), slot, code[units]] += z[units]
            rows[np.arange(units.size), slot, other] -= z[units]
        return rows[:, :, 1:, :].reshape(units.size * (n_arms - 1), (n_arms - 1) * width)

    everyone = np.arange(n)
    objective = np.zeros((n_arms - 1) * width)
    for start in range(0, n, UNITS):
        objective -= margins(everyone[start : start + UNITS]).sum(axis=0)
    chosen = np.unique(np.linspace(0, n - 1, min(n, UNITS)).astype(np.int64))
    while True:
        rows = margins(chosen)
        found = linprog(objective, A_ub=-rows, b_ub=np.zeros(rows.shape[0]), bounds=(-1, 1), method="highs")
        if found.status != 0 or -found.fun <= 1e-6:
            return False
        beta = np.vstack([np.zeros(width), found.x.reshape(n_arms - 1, width)])
        linear = z @ beta.T
        margin = linear[everyone, code][:, None] - linear
        margin[everyone, code] = 0.0
        worst = margin.min(axis=1)
        wrong = np.setdiff1d(np.flatnonzero(worst < -1e-6), chosen)
        if wrong.size == 0:
            # The optimum sums the margins of all units, and with them the solver's tolerance of each: judge one by one.
            return bool(worst.min() >= -1e-6 and margin.max() > 1e-3)
        chosen = np.concatenate([chosen, wrong[np.argsort(worst[wrong], kind="stable")[:UNITS]]])
