"""Subclassification: strata of the propensity score at the quantiles of the target group."""

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.match.stratum_weights import require_stratum_estimand

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def subclasses(
    score: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    count: int = 6,
    estimand: str = "att",
    min_n: int = 1,
    exact: NDArray[np.int64] | None = None,
    include: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Divide the units at the quantiles of the score in the target group, as MatchIt's ``method = "subclass"``.

    Bounds are the k / `count` quantiles (linear between order statistics, R's type 7) of the score of the treated
    (att), of the comparison units (atc) or of all (ate); a score on a bound belongs to the higher subclass. Equal
    scores are never divided by the bounds, so that a discrete score may give fewer subclasses than asked for.

    Where a group has fewer than `min_n` units in a subclass, units of that group move in from the neighbouring
    subclasses, those with the nearest scores first, from the side that has more to give.

    Parameters
    ----------
    score : (n,) float
    treatment : (n,) bool
    count : int
        Subclasses, 2 or more; in each exact stratum.
    estimand : {"att", "atc", "ate"}
    min_n : int
        Fewest units of each group; 0 = move nobody, and drop subclasses that lack a group.
    exact : (n,) int or None
        Numbers of strata, each divided on its own; one that lacks a group is not used.
    include : (n,) bool or None
        Units that are divided; all if None.

    Returns
    -------
    (n,) int
        Numbers ascending with the score, within ascending exact strata; -1 = not used.

    Raises
    ------
    ConfigError
        For another estimand or an impossible `count` or `min_n`.
    DataError
        When a group is too small for `min_n` units in each subclass.

    References
    ----------
    Rosenbaum, P. and Rubin, D. (1984). Journal of the American Statistical Association 79, 516-524. Cochran, W. (1968).
    Biometrics 24, 295-313 (five subclasses remove about nine tenths of the bias, not all).
    """
    require_stratum_estimand(estimand)
    if count < 2 or min_n < 0:
        raise ConfigError(f"subclass: count {count} and min_n {min_n}: name 2 subclasses or more, and min_n 0 or more")
    allowed = np.ones(treatment.size, dtype=bool) if include is None else include
    label = np.zeros(treatment.size, dtype=np.int64) if exact is None else exact
    number, start = np.full(treatment.size, -1, dtype=np.int64), 0
    for stratum in np.unique(label[allowed]):
        units = np.flatnonzero(allowed & (label == stratum))
        treated = treatment[units]
        if treated.all() or not treated.any():
            continue
        target = {"att": treated, "atc": ~treated}.get(estimand, np.ones(units.size, dtype=bool))
        bounds = quantile_bounds(score[units][target], count)
        place = np.searchsorted(bounds, score[units], side="right")
        place = np.unique(place, return_inverse=True)[1]
        if min_n == 0:
            both = np.intersect1d(place[treated], place[~treated])
            place = np.where(np.isin(place, both), np.searchsorted(both, place), -1)
        else:
            for group, name in ((treated, "treated"), (~treated, "comparison")):
                place[group] = _filled(
                    place[group], score[units][group], classes=place.max() + 1, min_n=min_n, name=name
                )
        number[units] = np.where(place >= 0, place + start, -1)
        start += int(place.max()) + 1
    return number


def quantile_bounds(x: FloatArray, count: int) -> FloatArray:
    """Return the inner bounds of `count` equal parts, linear between order statistics (R's type 7); (count - 1,).

    The place of a quantile is a fraction of whole numbers: k / `count` of n - 1 in floating point could fall beside the
    order statistic that it names, and send that unit into the lower part.
    """
    ordered, numerator = np.sort(x), np.arange(1, count) * (x.size - 1)
    low, rest = numerator // count, (numerator % count) / count
    return np.asarray(ordered[low] + rest * (ordered[np.minimum(low + 1, x.size - 1)] - ordered[low]))


def _filled(place: IntArray, score: FloatArray, *, classes: int, min_n: int, name: str) -> IntArray:
    """Move units of one group between neighbouring subclasses until each holds `min_n` of them.

    One unit for every subclass is secured in each of `min_n` rounds; what is left over is free to move. A subclass
    in need takes from the side whose surplus, each unit divided by its distance in subclasses, is larger, the left on
    a tie; on equal scores the last in data order moves, as in MatchIt. It takes from the next subclass that holds any
    unit, which may then need one itself, so that within a group subclasses stay in the order of scores; with `min_n`
    above 1 MatchIt may pass over a subclass.
    """
    if place.size < classes * min_n:
        raise DataError(
            f"subclass: {place.size} {name} units are too few for {min_n} in each of {classes} subclasses; lower "
            "`count` or `min_n`"
        )
    place = place.copy()
    for secured in range(min_n):
        free = np.bincount(place, minlength=classes) - secured
        while free.min() <= 0:
            empty = int(np.argmax(free <= 0))
            surplus = np.maximum(free - 1, 0).astype(float)
            offset = np.arange(classes) - empty
            pull = float(np.sum(surplus[offset != 0] / offset[offset != 0]))
            leftwards = empty == classes - 1 or (empty > 0 and pull <= 0)
            giver = empty - 1 if leftwards else empty + 1 + int(np.argmax(free[empty + 1 :] + secured > 0))
            members = np.flatnonzero(place == giver)
            # The last in data order among those nearest to the empty subclass.
            nearest = score[members] if leftwards else -score[members]
            place[members[members.size - 1 - int(np.argmax(nearest[::-1]))]] = empty
            free[giver] -= 1
            free[empty] += 1
    return place
