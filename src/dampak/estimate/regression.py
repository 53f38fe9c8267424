"""Weighted least squares with influence functions, and the treatment coefficient of a regression."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.estimate.effect import Effect, effect
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import matched_set_variance, sampling_variance

FloatArray = NDArray[np.float64]

# R's `lm` calls a column aliased below this share of its norm; the same value keeps us on the same side.
ALIAS_TOLERANCE = 1e-7
# A column keeps at least this share of its norm beside earlier ones: the products then lose no more than four digits,
# and QR, which loses two but takes several times as long, is not needed.
INDEPENDENT = 1e-2


@dataclass(frozen=True, eq=False)
class Fit:
    """A weighted least-squares fit.

    Attributes
    ----------
    x : (n, k) float
        Design matrix.
    weight : (n,) float
        Weights; 0 = row not used.
    coefficients : (k,) float
        0 for aliased columns (those that depend linearly on earlier ones).
    residuals : (n,) float
    bread : (k, k) float
        Inverse of X'WX, with zero rows and columns for aliased columns.
    rank : int
        Number of coefficients estimated.
    """

    x: FloatArray
    weight: FloatArray
    coefficients: FloatArray
    residuals: FloatArray
    bread: FloatArray
    rank: int

    def influence(self, contrast: FloatArray) -> FloatArray:
        """Influence values of ``contrast @ coefficients``: c' (X'WX)^-1 x_i w_i e_i; shape (n,)."""
        return np.asarray(self.weight * self.residuals * (self.x @ (self.bread @ contrast)))

    @property
    def leverages(self) -> FloatArray:
        """Leverages w_i x_i' (X'WX)^-1 x_i; 0 for a unit that alone decides its fit, whose residual is 0; (n,)."""
        h = self.weight * np.einsum("ij,ij->i", self.x @ self.bread, self.x)
        return np.where(h > 1 - 1e-8, 0.0, h)

    def left_out_residuals(self, cluster: NDArray[np.int64] | None = None) -> FloatArray:
        """Residuals from the fit that leaves the unit's cluster out: (I - H_gg)^-1 e_g, H_gg = X_g (X'WX)^-1 X_g' W_g.

        The correction of HC3 for single units, of CR3 for clusters (Bell, R. M. and McCaffrey, D. F. 2002, Survey
        Methodology 28, 169-181). A cluster that alone decides a part of the fit keeps its residuals.

        Parameters
        ----------
        cluster : (n,) int or None
            Cluster of each row, numbered from 0; every row is one if None.

        Returns
        -------
        (n,) float
        """
        if cluster is None:
            return self.residuals / (1 - self.leverages)
        rows = np.flatnonzero(self.weight > 0)
        order = rows[np.argsort(cluster[rows], kind="stable")]
        starts = np.flatnonzero(np.diff(cluster[order], prepend=-1) != 0)
        sizes = np.diff(np.append(starts, order.size))
        left_out = self.residuals.copy()
        for size in np.unique(sizes):
            members = order[starts[sizes == size][:, None] + np.arange(size)]
            x, e = self.x[members], self.residuals[members]
            rest = np.eye(size) - (x @ self.bread) @ np.swapaxes(x, 1, 2) * self.weight[members][:, None, :]
            # The smallest eigenvalue of I - H_gg is positive but for a cluster that decides a part of the fit.
            lone = np.abs(np.linalg.det(rest)) < 1e-8
            rest[lone] = np.eye(size)
            left_out[members] = np.linalg.solve(rest, e[:, :, None])[:, :, 0]
        return left_out


def gram_inverse(x: FloatArray, *, weight: FloatArray) -> tuple[FloatArray, int]:
    """Inverse of X'WX, dropping columns that depend on earlier ones.

    Parameters
    ----------
    x : (n, k) float
    weight : (n,) float

    Returns
    -------
    bread : (k, k) float
        Zero in the rows and columns of dropped columns.
    rank : int
    """
    return _inverse(*_with_weight(weight, x, weight))


def _inverse(x: FloatArray, weight: FloatArray) -> tuple[FloatArray, int]:
    """As `gram_inverse`, of rows that all have a weight."""
    root = np.sqrt(weight)[:, None] * x
    norm = np.sqrt(np.einsum("ij,ij->j", root, root))
    kept = [j for j in range(x.shape[1]) if norm[j] > 0]
    # Unit columns: earnings in rupiah next to a dummy would otherwise cost ten digits in the normal equations.
    while kept:
        unit = (root if len(kept) == norm.size else root[:, kept]) / norm[kept]
        independent = _cholesky_of_independent(unit)
        if independent is not None:
            r = independent
            break
        r = np.asarray(np.linalg.qr(unit, mode="r"))
        diagonal = np.abs(np.diag(r)) if r.shape[0] == r.shape[1] else np.append(np.abs(np.diag(r)), 0.0)
        aliased = np.flatnonzero(diagonal < ALIAS_TOLERANCE)
        if aliased.size == 0:
            break
        del kept[int(aliased[0])]
    bread = np.zeros((x.shape[1], x.shape[1]))
    if kept:
        inverse = np.linalg.solve(r, np.eye(len(kept))) / norm[kept][:, None]
        bread[np.ix_(kept, kept)] = inverse @ inverse.T
    return bread, len(kept)


def _with_weight(weight: FloatArray, *columns: FloatArray) -> tuple[FloatArray, ...]:
    """Rows with a weight; of a group's regression they are often the fewest, and the others may hold anything."""
    used = weight > 0
    return tuple(column[used] for column in columns)


def _cholesky_of_independent(unit: FloatArray) -> FloatArray | None:
    """R of unit columns with R'R their products, None unless each column is clearly independent of the earlier ones."""
    try:
        r = np.asarray(np.linalg.cholesky(unit.T @ unit).T, dtype=np.float64)
    except np.linalg.LinAlgError:
        return None
    return r if np.diag(r).min() > INDEPENDENT else None


def weighted_least_squares(x: FloatArray, y: FloatArray, *, weight: FloatArray) -> Fit:
    """Fit y on x by weighted least squares.

    Parameters
    ----------
    x : (n, k) float
        Include a column of ones for an intercept.
    y : (n,) float
    weight : (n,) float
        Non-negative.

    Returns
    -------
    Fit
    """
    rows, response, w = _with_weight(weight, x, y, weight)
    bread, rank = _inverse(rows, w)
    coefficients = bread @ (rows.T @ (w * response))
    # Corrected semi-normal equations (Bjorck 1987): one refinement step gives the accuracy of a full QR solve.
    coefficients = coefficients + bread @ (rows.T @ (w * (response - rows @ coefficients)))
    return Fit(x, weight, coefficients, y - x @ coefficients, bread, rank)


def _treatment_fit(
    outcome: FloatArray, treatment: NDArray[np.bool_], covariates: FloatArray, weight: FloatArray
) -> Fit:
    """Regression on an intercept, the treatment and the covariates, refusing an unidentified coefficient."""
    # The treatment comes last, so that it is the one found aliased when the covariates determine it.
    x = np.column_stack([np.ones(outcome.shape[0]), covariates, treatment.astype(float)])
    fit = weighted_least_squares(x, outcome, weight=weight)
    if fit.bread[-1, -1] == 0:
        raise DataError(
            "clean/design.parquet: column treatment is constant or determined by the covariates, so a regression "
            "cannot tell its effect from theirs; drop the covariate that encodes the treatment"
        )
    return fit


def require_sets(matched_set: NDArray[np.int64], *, weight: FloatArray) -> None:
    """Refuse a unit that counts and is in no matched set: its part of the variance would be lost."""
    stray = int(np.sum((matched_set < 0) & (weight > 0)))
    if stray:
        raise DataError(
            f"match/weights.parquet: column weight: {stray} units have a weight but no match in match/pairs.parquet; "
            "run the match stage again with this study"
        )


def regression(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    covariates: FloatArray,
    weight: FloatArray,
    design: SurveyDesign | None = None,
    matched_set: NDArray[np.int64] | None = None,
) -> Effect:
    """Coefficient of the treatment in a linear regression with additive covariates.

    It answers for a constant effect; with heterogeneous effects it is a variance-weighted average, not the ATT. On
    matched or weighted data the covariates take away what imbalance is left; the weights are taken as given.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    covariates : (n, k) float
    weight : (n,) float
        Survey weight, or matching or balancing weight times survey weight; 0 = not used.
    design : SurveyDesign or None
        Survey design; without one the standard error is HC1 with n - k degrees of freedom. With PSUs only it is
        cluster-robust, with t on the number of clusters less one.
    matched_set : (n,) int or None
        Set of each unit after matching without replacement, -1 = not matched; the standard error then clusters
        on the sets. It holds whether or not the outcome is linear in the covariates, which one that takes units as
        independent does not.

    Raises
    ------
    DataError
        The covariates determine the treatment, or a unit with a weight is in no matched set.

    References
    ----------
    Imbens, G. and Xu, Y. (2024). LaLonde (1986) after Nearly Four Decades, row "Reg". Abadie, A. and Spiess, J. (2022).
    Journal of the American Statistical Association 117, 983-995, section 3 (`matched_set`).
    """
    fit = _treatment_fit(outcome, treatment, covariates, weight)
    contrast = np.zeros(fit.x.shape[1])
    contrast[-1] = 1.0
    influence = fit.influence(contrast)
    if matched_set is None:
        n = int(np.sum(weight > 0))
        variance, df = sampling_variance(influence, design=design, n=n, n_parameters=fit.rank)
    else:
        require_sets(matched_set, weight=weight)
        variance, df = matched_set_variance(influence, matched_set=matched_set, design=design, n_parameters=fit.rank)
    estimate = float(fit.coefficients[-1])
    return effect(estimate, variance, df=df, treatment=treatment, weight=weight, influence=influence)


def partial_f(
    outcome: FloatArray, treatment: NDArray[np.bool_], *, covariates: FloatArray, weight: FloatArray
) -> tuple[float, int]:
    """Cohen's partial f of the treatment with the outcome, |t| / sqrt(df) with the classical t, and its df.

    This is algebra about the fitted residuals, not inference, so robust errors play no part in it.

    References
    ----------
    Cinelli, C. and Hazlett, C. (2020). JRSS B 82, 39-67, section 4.
    """
    fit = _treatment_fit(outcome, treatment, covariates, weight)
    residual = float(np.sum(weight * fit.residuals**2))
    explained = float(fit.coefficients[-1]) ** 2 / float(fit.bread[-1, -1])
    return math.sqrt(explained / residual) if residual > 0 else math.inf, int(np.sum(weight > 0)) - fit.rank
