"""Which units may be matched, and how far apart they are: the arcs of an optimal matching problem."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.match.distance import scaled_covariates

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_ARCS = 20_000_000  # a solver needs about 100 bytes for each: 2 GB
RESOLUTION = 30  # binary digits of a distance that count, so that ties do not hang on rounding


@dataclass(frozen=True, eq=False)
class Arcs:
    """The admissible pairs of one exact stratum.

    Attributes
    ----------
    focal, pool : int arrays
        Positions in the data, sorted by score, covariates and position, so that what is done with them does not
        depend on the order of rows unless units are alike in all of these.
    low, high : (n_focal,) int
        Units of the pool that the caliper may admit: `pool[low[i] : high[i]]`.
    score : (n,) float or None
    position : (n, k) float
        Coordinates whose Euclidean distance is the one asked for.
    width : float
        Largest admissible difference of scores.
    """

    focal: IntArray
    pool: IntArray
    low: IntArray
    high: IntArray
    score: FloatArray | None
    position: FloatArray
    width: float

    def of(self, i: int) -> tuple[IntArray, FloatArray]:
        """Return the places in `pool` that focal unit `i` may be matched with, and their distances from it."""
        places = np.arange(self.low[i], self.high[i])
        unit, near = self.focal[i], self.pool[self.low[i] : self.high[i]]
        if self.score is not None and np.isfinite(self.width):
            inside = np.abs(self.score[near] - self.score[unit]) <= self.width
            places, near = places[inside], near[inside]
        if self.position.shape[1] == 1:
            return places, np.abs(self.position[near, 0] - self.position[unit, 0])
        squared = np.zeros(near.size)
        for column in self.position.T:  # column by column: the same sum on every processor
            squared += (column[near] - column[unit]) ** 2
        return places, np.sqrt(squared)


def arcs_by_stratum(
    treatment: NDArray[np.bool_],
    *,
    focal: NDArray[np.bool_],
    score: FloatArray | None,
    covariates: FloatArray | None,
    distance: str,
    caliper: float | None,
    caliper_sd: float | None,
    exact: NDArray[np.int64] | None,
    include: NDArray[np.bool_] | None,
) -> Iterator[Arcs]:
    """Yield the matching problem of every exact stratum that holds both groups, by number of stratum.

    Parameters
    ----------
    treatment : (n,) bool
    focal : (n,) bool
        Which group matches are sought for.
    score : (n,) float or None
        Propensity score, for the distance or the caliper.
    covariates : (n, k) float or None
    distance : {"propensity", "scaled_euclidean", "mahalanobis"}
    caliper, caliper_sd : float or None
        Largest difference of scores, in units of `caliper_sd`, or of the standard deviation of `score` (n - 1).
    exact : (n,) int or None
    include : (n,) bool or None

    Raises
    ------
    ConfigError
        Unknown distance, or what it needs is missing.
    DataError
        Covariates without a distance.
    """
    columns = [] if score is None else [np.asarray(score, dtype=np.float64)]
    if distance == "propensity":
        if score is None:
            raise ConfigError("distance 'propensity' needs a score; name covariates and another distance instead")
        position = columns[0][:, None]
    else:
        if covariates is None:
            raise ConfigError(f"distance '{distance}' needs covariates")
        position = scaled_covariates(covariates, treatment, distance=distance)
        columns += list(np.asarray(covariates, dtype=np.float64).T)
    width = np.inf
    if caliper is not None:
        if score is None:
            raise ConfigError("caliper: it is measured on the propensity score; give a score or leave the caliper out")
        width = caliper * (float(np.std(columns[0], ddof=1)) if caliper_sd is None else caliper_sd)
    units = np.arange(treatment.size) if include is None else np.flatnonzero(include)
    units = units[np.lexsort([units, *(column[units] for column in reversed(columns))])]
    label = np.zeros(treatment.size, dtype=np.int64) if exact is None else exact
    for number in np.unique(label[units]):
        members = units[label[units] == number]
        seekers, pool = members[focal[members]], members[~focal[members]]
        if seekers.size == 0 or pool.size == 0:
            continue
        low, high = np.zeros(seekers.size, dtype=np.int64), np.full(seekers.size, pool.size)
        if np.isfinite(width):
            # A rounding error wider than the caliper; the exact test follows in `Arcs.of`.
            reach = width * (1 + 1e-9) + 1e-15
            low = np.searchsorted(columns[0][pool], columns[0][seekers] - reach, side="left")
            high = np.searchsorted(columns[0][pool], columns[0][seekers] + reach, side="right")
        yield Arcs(seekers, pool, low, high, columns[0] if score is not None else None, position, width)


def whole_numbers(distance: FloatArray, *, largest: float, digits: int = RESOLUTION) -> FloatArray:
    """Express distances as whole numbers up to 2 ** `digits`, so that sums are exact and near-ties are ties.

    Parameters
    ----------
    distance : (a,) float
    largest : float
        Largest distance of the problem.
    digits : int
        Binary digits.

    Returns
    -------
    (a,) float
        Whole numbers; the unit is a power of two of the distance's.
    """
    if largest <= 0:
        return np.zeros_like(distance)
    return np.asarray(np.rint(np.ldexp(distance, digits - int(np.ceil(np.log2(largest))))))


def require_room(arcs: int, *, method: str, most: int = MOST_ARCS) -> None:
    """Refuse a problem whose arcs would not fit in memory.

    Parameters
    ----------
    arcs : int
    method : str
        Name of the method, for the message.
    most : int

    Raises
    ------
    DataError
        When there are more than `most`.
    """
    if arcs > most:
        raise DataError(
            f"{method}: {arcs:,} admissible pairs are more than the {most:,} that fit in memory; narrow `caliper`, "
            "name variables in `exact`, or use nearest_1"
        )
