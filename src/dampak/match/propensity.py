"""The propensity score: an unpenalised logit, by maximum likelihood, as R's `glm(family = binomial)`."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import DataError

FloatArray = NDArray[np.float64]

# A logit beyond this, or a solver that did not settle, starts the (slower) search for separation. The logit and not a
# slope: a covariate that separates only a handful of units has a small standardised slope, but their logits diverge.
SUSPICIOUS_LOGIT = 10.0


@dataclass(frozen=True)
class Propensity:
    """A fitted score.

    Attributes
    ----------
    score : (n,) float
        Probability of treatment.
    linear : (n,) float
        Its logit.
    coefficients : (k + 1,) float
        Intercept, then the slopes in the order of the covariates, in the covariates' own units.
    """

    score: FloatArray
    linear: FloatArray
    coefficients: FloatArray


def logit_score(
    covariates: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    names: Sequence[str],
    weight: FloatArray | None = None,
) -> Propensity:
    """Fit the probability of treatment given covariates.

    Parameters
    ----------
    covariates : (n, k) float
    treatment : (n,) bool
    names : sequence of str, length k
        Names of the covariates, for messages.
    weight : (n,) float or None
        Survey weights; 1 if None.

    Returns
    -------
    Propensity

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
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    x = np.asarray(covariates, dtype=np.float64)
    n = x.shape[0]
    w = np.ones(n) if weight is None else np.asarray(weight, dtype=np.float64)
    if not treatment.any() or treatment.all():
        raise DataError(
            f"clean/design.parquet: treatment: all {n} units are in one group; a score "
            "needs treated and comparison units, check `treatment`"
        )
    centre, spread = x.mean(axis=0), x.std(axis=0)
    _require_variation(x, spread, names)
    z = (x - centre) / spread
    _require_rank(z, names)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=200)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(z, treatment.astype(int), sample_weight=w / w.mean())
    slopes = np.asarray(model.coef_[0], dtype=np.float64)
    unsettled = any(issubclass(c.category, ConvergenceWarning) for c in caught)
    intercept = float(model.intercept_[0])
    if unsettled or np.abs(intercept + z @ slopes).max() > SUSPICIOUS_LOGIT:
        _require_no_separation(z, treatment, names, unsettled=unsettled)
    slopes, intercept = _polish(z, treatment, w / w.mean(), slopes, intercept)
    # Summed row by row: a matrix product may give equal rows unequal last bits, and so break ties of the score.
    linear = intercept + (z * slopes).sum(axis=1)
    raw = slopes / spread
    return Propensity(
        score=1.0 / (1.0 + np.exp(-linear)),
        linear=linear,
        coefficients=np.concatenate([[intercept - float(raw @ centre)], raw]),
    )


def _polish(
    z: FloatArray, treatment: NDArray[np.bool_], weight: FloatArray, slopes: FloatArray, intercept: float
) -> tuple[FloatArray, float]:
    """Take the solver's answer to machine precision by Newton steps, so that bytes do not hang on its tolerance."""
    design = np.column_stack([np.ones(z.shape[0]), z])
    beta = np.concatenate([[intercept], slopes])
    for _ in range(3):
        p = 1.0 / (1.0 + np.exp(-design @ beta))
        gradient = design.T @ (weight * (treatment - p))
        information = (design * (weight * p * (1 - p))[:, None]).T @ design
        beta = beta + np.linalg.solve(information, gradient)
    return beta[1:], float(beta[0])


def _require_variation(x: FloatArray, spread: FloatArray, names: Sequence[str]) -> None:
    for j, name in enumerate(names):
        if np.ptp(x[:, j]) == 0 or spread[j] == 0:
            raise DataError(
                f"clean/design.parquet: covariate '{name}' is constant ({x[0, j]:g} for all {x.shape[0]} units), so it "
                "cannot enter the propensity score; remove it from `covariates`"
            )


def _require_rank(z: FloatArray, names: Sequence[str]) -> None:
    """Refuse a covariate that the ones before it determine."""
    design = np.column_stack([np.ones(z.shape[0]), z])
    diagonal = np.abs(np.diag(np.linalg.qr(design, mode="r"))) / np.sqrt(z.shape[0])
    # Column j of R keeps on its diagonal the part of covariate j that the earlier columns do not explain.
    determined = [names[j] for j in range(z.shape[1]) if diagonal[j + 1] < 1e-7]
    if determined:
        raise DataError(
            f"clean/design.parquet: covariate '{determined[0]}' is an exact combination of the covariates before "
            "it, so their effects cannot be told apart; remove it from `covariates`"
        )


def _require_no_separation(
    z: FloatArray, treatment: NDArray[np.bool_], names: Sequence[str], *, unsettled: bool
) -> None:
    """Refuse data in which covariates separate the groups.

    A direction b with (2 t - 1) (z b) >= 0 for all units, > 0 for some, exists exactly when the likelihood has no
    maximum; a linear programme finds it.
    """
    if _separate(z, treatment):
        culprits = [j for j in range(z.shape[1]) if _separates_alone(z[:, j], treatment)]
        if not culprits:
            culprits = list(range(z.shape[1]))
            # Leave out, one by one, what the separation does not need.
            for j in range(z.shape[1]):
                fewer = [other for other in culprits if other != j]
                if fewer and _separate(z[:, fewer], treatment):
                    culprits = fewer
        verb = "separates" if len(culprits) == 1 else "separate"
        raise DataError(
            f"clean/design.parquet: {', '.join(repr(names[j]) for j in culprits)} {verb} treated from "
            "comparison units (some values occur in one group only), so the propensity score has no finite estimate; "
            "remove or coarsen that covariate, or restrict the study to where both groups occur"
        )
    if unsettled:
        raise DataError(
            "clean/design.parquet: covariates: the propensity score did not converge in 200 steps; rescale covariates "
            "with extreme values (for instance by log1p) or remove one of those that nearly determine each other"
        )


def _separate(z: FloatArray, treatment: NDArray[np.bool_]) -> bool:
    """Whether a direction of these covariates separates the groups, at least for some units."""
    from scipy.optimize import linprog

    signed = np.where(treatment, 1.0, -1.0)[:, None] * np.column_stack([np.ones(z.shape[0]), z])
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(z.shape[0]), bounds=(-1, 1), method="highs")
    if found.status != 0:
        return False
    # The optimum sums the margins of all units, and with them the solver's tolerance of each: judge them one by one.
    margin = signed @ found.x
    return bool(margin.min() >= -1e-6 and margin.max() > 1e-3)


def _separates_alone(column: FloatArray, treatment: NDArray[np.bool_]) -> bool:
    inside, outside = column[treatment], column[~treatment]
    return bool(inside.min() >= outside.max() or inside.max() <= outside.min())
