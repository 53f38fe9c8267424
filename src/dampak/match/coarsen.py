"""Coarsened exact matching: strata of units that agree on all covariates once these are binned."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.match.subclass import quantile_bounds

FloatArray = NDArray[np.float64]
Bins = str | int | Sequence[float]

ON_BOUND = 1e-9  # of a bin's width
RULES = "use sturges, scott, fd, q and a number (q5: quintiles), a number of bins (0: exact, 1: ignore) or cutpoints"


def coarsened(
    covariates: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    names: Sequence[str],
    bins: Bins | Mapping[str, Bins] = "sturges",
    include: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Put units with the same bins in all covariates into one stratum, as MatchIt's ``method = "cem"``.

    Bins are of equal width between the smallest and the largest value, or between cutpoints; a value on a boundary goes
    into the higher bin. Strata that lack a group are not used, so that the effect is on those who are left.

    Parameters
    ----------
    covariates : (n, k) float
    treatment : (n,) bool
    names : sequence of str, length k
    bins : str, int, sequence of float, or mapping of name to one of these
        `"sturges"`, `"scott"`, `"fd"`: rules for the number of bins (R's ``nclass``); `"q5"`: quintiles; an int: that
        many bins, 0 = every value its own bin, 1 = the covariate does not count; a sequence: cutpoints. A mapping gives
        the covariates that it leaves out `"sturges"`. A covariate of two values stays exact with two or more bins of
        equal width; quantiles may join its values.
    include : (n,) bool or None
        Units that are matched, and whose values give the bins; all if None.

    Returns
    -------
    (n,) int
        Numbers in the order of the bins of the first covariate, then the second, ...; -1 = no stratum with both groups.

    Raises
    ------
    ConfigError
        A rule that is not among those above, or a name that is not a covariate.
    DataError
        When no stratum holds both groups.

    References
    ----------
    Iacus, S., King, G. and Porro, G. (2012). Political Analysis 20, 1-24. Sturges, H. (1926). JASA 21, 65-66. Scott, D.
    (1979). Biometrika 66, 605-610. Freedman, D. and Diaconis, P. (1981). Z. Wahrscheinlichkeitstheorie 57, 453-476.
    """
    chosen: dict[str, Bins] = dict.fromkeys(names, "sturges")
    if isinstance(bins, Mapping):
        for name, rule in bins.items():
            if name not in chosen:
                raise ConfigError(f"cem: bins: '{name}' is not a covariate; name one of {', '.join(names)}")
            chosen[name] = rule
    else:
        chosen = dict.fromkeys(names, bins)
    units = np.arange(treatment.size) if include is None else np.flatnonzero(include)
    number = np.full(treatment.size, -1, dtype=np.int64)
    if units.size == 0:
        raise DataError("cem: no unit is included, so there is nothing to match; relax `support` or the sample")
    x = np.asarray(covariates, dtype=np.float64)[units]
    binned = [np.zeros(units.size, dtype=np.int64)]
    binned += [_bin(x[:, j], chosen[name], name=name) for j, name in enumerate(names)]
    cell = np.unique(np.column_stack(binned), axis=0, return_inverse=True)[1].reshape(-1)
    both = np.intersect1d(cell[treatment[units]], cell[~treatment[units]])
    if both.size == 0:
        raise DataError(
            f"cem: no two units of different groups agree on the bins of {', '.join(names)}; use fewer or wider "
            "`bins`, or fewer covariates"
        )
    kept = np.isin(cell, both)
    number[units[kept]] = np.searchsorted(both, cell[kept])
    return number


def _bin(x: FloatArray, rule: Bins, *, name: str) -> NDArray[np.int64]:
    """Number of the bin of each value."""
    problem = f"cem: bins: {name}: {rule!r} is no way to bin a covariate; {RULES}"
    if isinstance(rule, str):
        quantiles = rule[1:] if rule[:1] == "q" else ""
        if quantiles.isdigit() and int(quantiles) > 1:
            return _between(x, quantile_bounds(x, int(quantiles)))
        if rule not in ("sturges", "scott", "fd"):
            raise ConfigError(problem)
        return _equal_width(x, _number_of_bins(x, rule))
    if isinstance(rule, Sequence | np.ndarray):
        cuts = np.asarray(rule, dtype=np.float64)
        if cuts.ndim != 1 or cuts.size == 0 or not np.isfinite(cuts).all():
            raise ConfigError(problem)
        return _between(x, cuts)
    if isinstance(rule, bool) or not isinstance(rule, int | np.integer) or rule < 0:
        raise ConfigError(problem)
    if rule == 0:
        return np.asarray(np.unique(x, return_inverse=True)[1], dtype=np.int64)
    return _equal_width(x, int(rule))


def _between(x: FloatArray, cuts: FloatArray) -> NDArray[np.int64]:
    return np.asarray(np.searchsorted(np.unique(cuts), x, side="right"), dtype=np.int64)


def _equal_width(x: FloatArray, number: int) -> NDArray[np.int64]:
    low, span = float(x.min()), float(np.ptp(x))
    if span == 0:
        return np.zeros(x.size, dtype=np.int64)
    # A value within rounding of a bound is on it: whole numbers may come in tenths, and fall into the same bins.
    place = np.floor((x - low) / span * number + ON_BOUND)
    return np.asarray(np.minimum(place, number - 1), dtype=np.int64)


def _number_of_bins(x: FloatArray, rule: str) -> int:
    """R's nclass.Sturges, nclass.scott and nclass.FD."""
    if rule == "sturges":
        return math.ceil(math.log2(x.size) + 1)
    scott = 3.5 * float(np.std(x, ddof=1)) * x.size ** (-1 / 3) if x.size > 1 else 0.0
    width = scott
    if rule == "fd":
        width = _quantile_width(x) * x.size ** (-1 / 3) or scott
    return max(1, math.ceil(float(np.ptp(x)) / width)) if width > 0 else 1


def _quantile_width(x: FloatArray) -> float:
    """Twice the interquartile range; where that is 0, what further quantiles give, up to 1/512; 0 if none.

    R rounds to five significant digits first.
    """
    digits = 10.0 ** (4 - np.floor(np.log10(np.abs(x, where=x != 0, out=np.ones_like(x)))))
    rounded = np.rint(x * digits) / digits
    share = 1 / 4
    while share >= 1 / 512:
        low, high = np.quantile(rounded, [share, 1 - share])
        if high > low:
            return float(high - low) / (1 - 2 * share)
        share /= 2
    return 0.0
