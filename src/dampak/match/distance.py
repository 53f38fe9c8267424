"""Covariates in the units that distances are measured in, and the distance of a unit from others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

COVARIATE_DISTANCES = ("scaled_euclidean", "mahalanobis", "robust_mahalanobis")
# A pivot of a correlation-like matrix below this is rounding: some covariate is determined by others.
SINGULAR = 1e-10


@dataclass(frozen=True, eq=False)
class Measure:
    """How far units are apart: on a score, on scaled covariates, or as given.

    Attributes
    ----------
    score : (n,) float or None
    position : (n, k) float or None
        Scaled covariates; their squared Euclidean distance is compared, column by column, so that equal units are
        equally far to the last digit.
    matrix : float array or None
        Distances of focal units (rows) from the units they choose from (columns).
    row, column : (n,) int or None
        Where each unit stands in `matrix`.
    """

    score: FloatArray | None = None
    position: FloatArray | None = None
    matrix: FloatArray | None = None
    row: IntArray | None = None
    column: IntArray | None = None

    def gap(self, unit: int | IntArray, others: IntArray) -> FloatArray:
        """Return what is compared: a distance, or its square where it is measured on covariates."""
        if self.matrix is not None and self.row is not None and self.column is not None:
            return np.asarray(self.matrix[self.row[unit], self.column[others]], dtype=np.float64)
        if self.position is not None:
            return squared_distance(self.position[unit], self.position[others])
        assert self.score is not None
        return np.asarray(np.abs(self.score[others] - self.score[unit]))

    def distance(self, gap: FloatArray) -> FloatArray:
        """Turn what is compared into a distance."""
        return np.sqrt(gap) if self.position is not None and self.matrix is None else gap

    def points(self) -> FloatArray | None:
        """Return the units as points, or None where only their distances are known."""
        if self.matrix is not None:
            return None
        if self.position is not None:
            return self.position
        assert self.score is not None
        return self.score[:, None]


def measured_on(
    treatment: BoolArray,
    *,
    score: FloatArray | None,
    covariates: FloatArray | None,
    distance: str,
    matrix: FloatArray | None,
    estimand: str,
    include: BoolArray | None,
) -> Measure:
    """Choose what distances are measured on; for the parameters see `dampak.match.pairing.nearest`.

    Returns
    -------
    Measure
        On `matrix` if there is one, else on the score or covariates as `distance` says.

    Raises
    ------
    ConfigError
        When what the distance is measured on is missing, or the matrix does not fit the units.
    """
    n = treatment.size
    if matrix is not None:
        matrix = np.asarray(matrix, dtype=np.float64)
        treated = int(treatment.sum())
        if matrix.shape not in ((treated, n - treated), (n, n)):
            raise ConfigError(
                f"distance_matrix: its shape is {matrix.shape}; give one row per treated unit and one column per "
                f"comparison unit ({treated}, {n - treated}), or all units by all ({n}, {n})"
            )
        place = np.arange(n)
        if matrix.shape != (n, n):
            place = np.where(treatment, np.cumsum(treatment), np.cumsum(~treatment)) - 1
        return Measure(matrix=matrix if estimand == "att" else matrix.T, row=place, column=place)
    if distance == "propensity":
        if score is None:
            raise ConfigError("distance 'propensity' needs a score; give `score`, or a distance on covariates")
        return Measure(score=score)
    if covariates is None:
        raise ConfigError(f"distance '{distance}' needs covariates")
    return Measure(position=scaled_covariates(covariates, treatment, distance=distance, include=include))


def squared_distance(one: FloatArray, other: FloatArray) -> FloatArray:
    """Sum the squared differences of coordinates (last axis), one after the other."""
    total = (one[..., 0] - other[..., 0]) ** 2
    for column in range(1, one.shape[-1]):
        total = total + (one[..., column] - other[..., column]) ** 2
    return np.asarray(total)


def scaled_covariates(
    covariates: FloatArray, treatment: BoolArray, *, distance: str, include: BoolArray | None = None
) -> FloatArray:
    """Transform covariates so that their Euclidean distance is the one asked for.

    Parameters
    ----------
    covariates : (n, k) float
    treatment : (n,) bool
    distance : {"scaled_euclidean", "mahalanobis", "robust_mahalanobis"}
        `scaled_euclidean`: each column over its standard deviation (n - 1), which weights by inverse variances as R's
        ``Matching::Match(Weight = 1)``. `mahalanobis`: whitened by the pooled within-group covariance, as MatchIt
        does. `robust_mahalanobis`: ranks (ties at their average) whitened by their covariance, which is rescaled to
        the variance of untied ranks, so that neither outliers nor rare binary covariates dominate.
    include : (n,) bool or None
        Units from whom variances and covariances are computed; all if None.

    Returns
    -------
    (n, k) float

    Raises
    ------
    ConfigError
        For another distance.
    DataError
        When the covariates do not vary, or determine each other.

    Notes
    -----
    Symmetric units are equally far only up to rounding, and a greedy choice among them falls by it. All sums here run
    in a fixed order and without BLAS, so that the choice is the same on every machine.

    References
    ----------
    Rubin, D. (1980). Biometrics 36, 293-298. Rosenbaum, P. (2010). Design of Observational Studies, section 8.3.
    """
    x = np.asarray(covariates, dtype=np.float64)
    used = np.ones(x.shape[0], dtype=bool) if include is None else include
    match distance:
        case "scaled_euclidean":
            spread = x[used].std(axis=0, ddof=1)
            if np.any(spread == 0):
                raise DataError("covariates: a constant covariate has no distance; remove it from `covariates`")
            return np.asarray(x / spread)
        case "mahalanobis":
            z = _standardised(x)
            groups = [used & treatment, used & ~treatment]
            return _whitened(z, _within_covariance(z, groups))
        case "robust_mahalanobis":
            ranks = np.zeros(x.shape)
            ranks[used] = np.column_stack([_average_ranks(column) for column in x[used].T])
            covariance = _within_covariance(ranks, [used])
            variance = np.diag(covariance)
            if np.any(variance <= 0):
                raise _singular()
            untied = np.sqrt(np.arange(int(used.sum()), dtype=np.float64).var(ddof=1) / variance)
            return _whitened(ranks, covariance * untied[:, None] * untied[None, :])
        case other:
            known = ", ".join(COVARIATE_DISTANCES[:-1])
            raise ConfigError(f"distance: '{other}' is not known; use propensity, {known} or {COVARIATE_DISTANCES[-1]}")


def _singular() -> DataError:
    return DataError(
        "covariates: their covariance within groups is singular, so there is no Mahalanobis distance; "
        "remove a covariate that others determine, or use scaled_euclidean"
    )


def _standardised(x: FloatArray) -> FloatArray:
    """Centre and scale each column over all units, so that the covariance is well conditioned in any unit."""
    columns = []
    for column in x.T:
        centred = column - np.add.accumulate(column)[-1] / column.size
        spread = np.sqrt(np.add.accumulate(centred * centred)[-1] / (column.size - 1))
        if not spread > 0:
            raise _singular()
        columns.append(centred / spread)
    return np.column_stack(columns)


def _within_covariance(z: FloatArray, groups: list[BoolArray]) -> FloatArray:
    """Pool the covariance of the columns around the mean of each group: sum of products / (units - groups)."""
    parts = []
    for group in groups:
        columns = [np.ascontiguousarray(column) for column in z[group].T]
        # The mean is refined once, by the mean of what it leaves.
        means = [float(np.sum(c)) / max(c.size, 1) for c in columns]
        means = [m + float(np.sum(c - m)) / max(c.size, 1) for c, m in zip(columns, means, strict=True)]
        parts.append((group, means))
    centred = z.copy()
    for group, means in parts:
        centred[group] -= means
    used = np.logical_or.reduce(groups)
    columns = [np.ascontiguousarray(column) for column in centred[used].T]
    freedom = int(used.sum()) - len(groups)
    if freedom < 1:
        raise _singular()
    k = z.shape[1]
    covariance = np.empty((k, k))
    for a in range(k):
        for b in range(a + 1):
            covariance[a, b] = covariance[b, a] = float(np.sum(columns[a] * columns[b])) / freedom
    return covariance


def _whitened(z: FloatArray, covariance: FloatArray) -> FloatArray:
    """Rotate and scale so that squared distances are (z_i - z_j)' covariance^-1 (z_i - z_j)."""
    root = _upper_root(_inverse(covariance))
    coordinates = []
    for row in root:
        total = z[:, 0] * row[0]
        for column in range(1, z.shape[1]):
            total = total + z[:, column] * row[column]
        coordinates.append(total)
    return np.column_stack(coordinates)


def _inverse(matrix: FloatArray) -> FloatArray:
    """Invert by Gaussian elimination with partial pivoting."""
    k = matrix.shape[0]
    left, right = matrix.copy(), np.eye(k)
    scale = np.abs(matrix).max()
    for c in range(k):
        pivot = c + int(np.argmax(np.abs(left[c:, c])))
        if not abs(left[pivot, c]) > SINGULAR * scale:
            raise _singular()
        for part in (left, right):
            part[[c, pivot]] = part[[pivot, c]]
        for r in range(c + 1, k):
            factor = left[r, c] / left[c, c]
            left[r] -= factor * left[c]
            right[r] -= factor * right[c]
    for c in reversed(range(k)):
        right[c] /= left[c, c]
        for r in range(c):
            right[r] -= left[r, c] * right[c]
    return right


def _upper_root(matrix: FloatArray) -> FloatArray:
    """Return R with R'R = matrix (positive definite), upper triangular after the largest pivots are taken first."""
    k = matrix.shape[0]
    rest, order, root = matrix.copy(), np.arange(k), np.zeros((k, k))
    for j in range(k):
        pivot = j + int(np.argmax(np.diag(rest)[j:]))
        if not rest[pivot, pivot] > 0:
            raise _singular()
        rest[[j, pivot]] = rest[[pivot, j]]
        for part in (rest, root):
            part[:, [j, pivot]] = part[:, [pivot, j]]
        order[[j, pivot]] = order[[pivot, j]]
        root[j, j] = np.sqrt(rest[j, j])
        root[j, j + 1 :] = rest[j, j + 1 :] / root[j, j]
        for a in range(j + 1, k):
            rest[a, j + 1 :] -= root[j, a] * root[j, j + 1 :]
    return root[:, np.argsort(order)]


def _average_ranks(column: FloatArray) -> FloatArray:
    """Rank from 1, ties at the average of their ranks."""
    _, code, count = np.unique(column, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[code])
