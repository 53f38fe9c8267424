"""Refusals before and after a propensity model is fitted: covariates that leave it without one finite answer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.match.concave_maximum import STEPS, Maximum
from dampak.match.standardised import Standardised

FloatArray = NDArray[np.float64]

# The share of a covariate that earlier ones do not explain, below which it counts as their combination; and the share
# down to which the Cholesky factor of the Gram matrix, which squares it, still tells so.
REDUNDANT = 1e-7
CHOLESKY_TELLS = 1e-4
CERTAINTY = 10.0  # by how much the certificate of a maximum must hold, against rounding
CONSTRAINTS = 2000  # rows a linear programme starts with, and is given more of at a time


def require_two_groups(treatment: NDArray[np.bool_]) -> None:
    """Refuse data with one group only.

    Parameters
    ----------
    treatment : (n,) bool

    Raises
    ------
    DataError
    """
    if not treatment.any() or treatment.all():
        raise DataError(
            f"clean/design.parquet: treatment: all {treatment.size} units are in one group; a score "
            "needs treated and comparison units, check `treatment`"
        )


def require_variation(z: Standardised, names: Sequence[str]) -> None:
    """Refuse a constant covariate.

    Parameters
    ----------
    z : Standardised, k covariates
    names : sequence of str, length k

    Raises
    ------
    DataError
    """
    constant = (z.x.min(axis=0) == z.x.max(axis=0)) | (z.spread == 0)
    if constant.any():
        j = int(constant.argmax())
        raise DataError(
            f"clean/design.parquet: covariate '{names[j]}' is constant ({z.x[0, j]:g} for all {z.x.shape[0]} units), "
            "so it cannot enter the propensity score; remove it from `covariates`"
        )


def require_rank(z: Standardised, names: Sequence[str], *, gram: FloatArray) -> None:
    """Refuse a covariate that the ones before it determine.

    Parameters
    ----------
    z : Standardised, k covariates
    names : sequence of str, length k
    gram : (k + 1, k + 1) float
        Mean of z z'.

    Raises
    ------
    DataError
    """
    try:
        diagonal = np.diag(np.linalg.cholesky(gram))
    except np.linalg.LinAlgError:
        diagonal = np.zeros(1)
    if diagonal.min() < CHOLESKY_TELLS:
        diagonal = np.abs(np.diag(z.triangle()))
    # Column j of R keeps on its diagonal the part of covariate j that the earlier columns do not explain.
    determined = [name for name, own in zip(names, diagonal[1:], strict=True) if own < REDUNDANT]
    if determined:
        raise DataError(
            f"clean/design.parquet: covariate '{determined[0]}' is an exact combination of the covariates before "
            "it, so their effects cannot be told apart; remove it from `covariates`"
        )


def require_maximum(
    found: Maximum, z: Standardised, treatment: NDArray[np.bool_], names: Sequence[str], *, longest: float
) -> None:
    """Refuse data in which covariates separate the groups, so that the likelihood has no maximum.

    A direction b with (2 t - 1) (z'b) >= 0 for all units, > 0 for some, exists exactly when the likelihood has no
    maximum. Along such a unit vector, the gradient is at least the information over the longest row of z (times, for
    the probit, 1 + the largest linear predictor). Where the least eigenvalue of the information says otherwise, none
    exists; else a linear programme looks for it.

    Parameters
    ----------
    found : Maximum
    z : Standardised, n rows and k covariates
    treatment : (n,) bool
    names : sequence of str, length k
    longest : float
        Length of the longest row of z.

    Raises
    ------
    DataError
    """
    if found.settled:
        least = float(np.linalg.eigvalsh(found.state.information)[0])
        reach = longest * (1 + found.state.furthest)
        # The gradient itself is known to rounding of its largest terms only.
        steepest = float(np.linalg.norm(found.state.gradient)) + np.finfo(float).eps * longest
        if least > CERTAINTY * reach * steepest:
            return
    scaled = (z.x - z.centre) / z.spread
    culprits = [j for j in range(scaled.shape[1]) if _separates_alone(scaled[:, j], treatment)]
    if culprits or _separate(scaled, treatment):
        if not culprits:
            culprits = list(range(scaled.shape[1]))
            # Leave out, one by one, what the separation does not need.
            for j in range(scaled.shape[1]):
                fewer = [other for other in culprits if other != j]
                if fewer and _separate(scaled[:, fewer], treatment):
                    culprits = fewer
        verb = "separates" if len(culprits) == 1 else "separate"
        raise DataError(
            f"clean/design.parquet: {', '.join(repr(names[j]) for j in culprits)} {verb} treated from "
            "comparison units (some values occur in one group only), so the propensity score has no finite estimate; "
            "remove or coarsen that covariate, or restrict the study to where both groups occur"
        )
    if not found.settled:
        raise DataError(
            f"clean/design.parquet: covariates: the propensity score did not converge in {STEPS} steps; rescale "
            "covariates with extreme values (for instance by log1p) or remove one of those that nearly determine "
            "each other"
        )


def _separate(scaled: FloatArray, treatment: NDArray[np.bool_]) -> bool:
    """Whether a direction of these covariates separates the groups, at least for some units.

    The programme starts with some of the units and is given those that its answer puts on the wrong side.
    """
    from scipy.optimize import linprog

    n = scaled.shape[0]
    signed = np.where(treatment, 1.0, -1.0)[:, None] * np.column_stack([np.ones(n), scaled])
    rows = np.unique(np.linspace(0, n - 1, min(n, CONSTRAINTS)).astype(int))
    while True:
        found = linprog(
            -signed.sum(axis=0), A_ub=-signed[rows], b_ub=np.zeros(rows.size), bounds=(-1, 1), method="highs"
        )
        if found.status != 0 or -found.fun <= 1e-6:
            return False
        # The optimum sums the margins of all units, and with them the solver's tolerance of each: judge one by one.
        margin = signed @ found.x
        wrong = np.setdiff1d(np.flatnonzero(margin < -1e-6), rows)
        if wrong.size == 0:
            return bool(margin.min() >= -1e-6 and margin.max() > 1e-3)
        rows = np.concatenate([rows, wrong[np.argsort(margin[wrong], kind="stable")[:CONSTRAINTS]]])


def _separates_alone(column: FloatArray, treatment: NDArray[np.bool_]) -> bool:
    inside, outside = column[treatment], column[~treatment]
    return bool(inside.min() >= outside.max() or inside.max() <= outside.min())
