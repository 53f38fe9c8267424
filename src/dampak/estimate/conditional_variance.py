"""The variance of the outcome at each unit, given covariates and treatment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError

FloatArray = NDArray[np.float64]

# Distances are equal up to rounding of the coordinates.
TIE_TOLERANCE = 1e-9


def conditional_variance(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    coordinates: FloatArray,
    needed: NDArray[np.bool_] | None = None,
    neighbours: int = 2,
) -> FloatArray:
    """Estimate sigma_i^2 = Var(Y | X = x_i, T = t_i) from the nearest units of the same treatment.

    sigma_i^2 is the sample variance of the outcomes of i and of its nearest units, at least `neighbours` of them: all
    ties count, so that the order of rows does not matter. Unbiased where they have one mean and variance, as
    Abadie and Imbens' J / (J + 1) (Y_i - mean of the J nearest)^2, and less noisy; Stata's ``teffects`` computes
    it so. Survey weights play no part: units with the same covariates have the same conditional variance however
    they were sampled.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    coordinates : (n,) or (n, d) float
        Units in the space whose Euclidean distance matched them.
    needed : (n,) bool or None
        Units whose variance is wanted; None = all.
    neighbours : int
        J, at least 1.

    Returns
    -------
    (n,) float
        0 where not needed.

    Raises
    ------
    ConfigError
        `neighbours` below 1.
    DataError
        A group with too few units.

    References
    ----------
    Abadie, A. and Imbens, G. (2006). Econometrica 74, 235-267, section 4.
    """
    if neighbours < 1:
        raise ConfigError(f"methods: the matched variance needs at least 1 neighbour, not {neighbours}")
    wanted = np.ones(outcome.shape[0], dtype=bool) if needed is None else needed
    place = coordinates.reshape(outcome.shape[0], -1)
    variance = np.zeros(outcome.shape[0])
    for group, name in ((treatment, "treated"), (~treatment, "comparison")):
        if not np.any(wanted & group):
            continue
        if int(np.sum(group)) <= neighbours:
            raise DataError(
                f"clean/design.parquet: column treatment: {int(np.sum(group))} {name} units, and the matched variance "
                f"compares each with {neighbours} others; use the homoscedastic variance"
            )
        variance[group] = _within_group(outcome[group], place[group], wanted[group], neighbours)
    return variance


def _within_group(outcome: FloatArray, place: FloatArray, wanted: NDArray[np.bool_], neighbours: int) -> FloatArray:
    """`conditional_variance` among units of one treatment, by places: units that share one are ties at distance 0."""
    from scipy.spatial import cKDTree

    points, at = np.unique(place, axis=0, return_inverse=True)
    at = at.reshape(-1)
    # Deviations from the mean keep the digits of sums of squares of large outcomes.
    centred = outcome - float(np.mean(outcome))
    size = np.bincount(at).astype(np.float64)
    sums = np.stack([size, np.bincount(at, weights=centred), np.bincount(at, weights=centred**2)], axis=1)
    around = sums.copy()
    short = np.flatnonzero((size <= neighbours) & (np.bincount(at, weights=wanted) > 0))
    if short.size:
        tree = cKDTree(points)
        near = min(neighbours + 1, points.shape[0])
        distance, index = (a.reshape(short.size, near) for a in tree.query(points[short], k=near))
        reached = np.cumsum(size[index], axis=1) > neighbours
        radius = distance[np.arange(short.size), np.argmax(reached, axis=1)]
        balls = tree.query_ball_point(points[short], radius * (1 + TIE_TOLERANCE))
        for point, ball in zip(short, balls, strict=True):
            around[point] = np.sum(sums[np.sort(np.asarray(ball))], axis=0)
    count, total, square = around[at].T
    # A place that is not wanted was not widened, and may hold a single unit.
    variance = np.maximum(square - total**2 / count, 0.0) / np.maximum(count - 1, 1.0)
    return np.where(wanted, variance, 0.0)
