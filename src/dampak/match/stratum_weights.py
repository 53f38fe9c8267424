"""Weights that strata imply: matched sets, subclasses and coarsened cells."""

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError

FloatArray = NDArray[np.float64]


def stratum_weights(
    stratum: NDArray[np.int64],
    treatment: NDArray[np.bool_],
    *,
    estimand: str,
    survey_weight: FloatArray,
    sets: bool = False,
) -> FloatArray:
    """Weigh both groups of every stratum to the stratum's share of the target group.

    With W_gs the survey weight of group g in stratum s and A_s that of the target group there (att: the treated; atc:
    the comparison units; ate: both), unit i of that cell gets w_i A_s / W_gs. In each group the weights sum to the
    survey weight of the target group over the strata used. This is MatchIt's formula for subclasses with survey
    weights counted instead of units; MatchIt rescales a reweighted group to its number of units, which changes no
    weighted mean.

    Parameters
    ----------
    stratum : (n,) int
        -1 = not matched.
    treatment : (n,) bool
    estimand : {"att", "atc", "ate"}
    survey_weight : (n,) float
        1 if none; 0 = outside the analysis.
    sets : bool
        Strata are matched sets of a few units: the survey weight is multiplied by a ratio of counts, not of survey
        weights. A set's few weights would pass from unit to unit, and units that share a score need not share them
        (see `pair_weights`).

    Returns
    -------
    (n,) float
        0 for units that are not matched, and for strata where a group has no survey weight.

    Raises
    ------
    ConfigError
        For another estimand.

    References
    ----------
    Ho, D., Imai, K., King, G. and Stuart, E. (2011). Journal of Statistical Software 42 (8). Stuart, E. (2010).
    Statistical Science 25, 1-21, section 4.
    """
    require_stratum_estimand(estimand)
    cell, total = _cells(stratum, treatment, (survey_weight > 0).astype(float) if sets else survey_weight)
    target = {"att": total[1], "atc": total[0]}.get(estimand, total[0] + total[1])
    shared = (total[0] > 0) & (total[1] > 0)
    weight = np.zeros(treatment.size)
    used = (stratum >= 0) & (survey_weight > 0)
    used[used] = shared[cell[used]]
    own = total[treatment[used].astype(int), cell[used]]
    weight[used] = survey_weight[used] * target[cell[used]] / own
    return weight


def require_stratum_estimand(estimand: str) -> None:
    """Refuse an estimand that is not a reweighting of strata to a group.

    Raises
    ------
    ConfigError
        Unless it is att, atc or ate.
    """
    if estimand not in ("att", "atc", "ate"):
        raise ConfigError(
            f"strata estimate att, atc or ate, not '{estimand}'; use the method overlap for the effect on those who "
            "could be in either group"
        )


def _cells(
    stratum: NDArray[np.int64], treatment: NDArray[np.bool_], survey_weight: FloatArray
) -> tuple[NDArray[np.int64], FloatArray]:
    """Code of each unit's stratum, 0 where it has none, and (2, strata) survey weight of comparison and treated."""
    used = stratum >= 0
    cell = np.zeros(stratum.size, dtype=np.int64)
    names, cell[used] = np.unique(stratum[used], return_inverse=True)
    size = max(names.size, 1)
    total = [
        np.bincount(cell[g], weights=survey_weight[g], minlength=size) for g in (used & ~treatment, used & treatment)
    ]
    return cell, np.asarray(total, dtype=np.float64)
