"""Common support of the propensity score, and the table of who was dropped and why."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.match.pairing import Pairs

FloatArray = NDArray[np.float64]
KEPT = "kept"


def support_reasons(score: FloatArray, treatment: NDArray[np.bool_], *, rule: str, trim: float = 0.1) -> list[str]:
    """Return for every unit why it is off common support, or an empty text.

    Parameters
    ----------
    score : (n,) float
        Propensity scores.
    treatment : (n,) bool
    rule : {"none", "minmax", "crump"}
        `minmax`: the range of scores that both groups share (MatchIt's ``discard = "both"``);
        `crump`: scores within [trim, 1 - trim].
    trim : float
        Bound of the `crump` rule.

    Returns
    -------
    list of str, length n

    Raises
    ------
    ConfigError
        For another rule.

    References
    ----------
    Dehejia, R. and Wahba, S. (1999). JASA 94, 1053-1062. Crump, R., Hotz, V., Imbens, G. and Mitnik, O. (2009).
    Biometrika 96, 187-199.
    """
    match rule:
        case "none":
            low, high = -np.inf, np.inf
            below = above = ""
        case "minmax":
            low = max(score[treatment].min(), score[~treatment].min())
            high = min(score[treatment].max(), score[~treatment].max())
            below, above = "score below the range of the other group", "score above the range of the other group"
        case "crump":
            low, high = trim, 1 - trim
            below, above = f"score below {trim:g}", f"score above {1 - trim:g}"
        case other:
            raise ConfigError(f"support: rule: '{other}' is not known; use none, minmax or crump")
    reasons: list[str] = np.where(score < low, below, np.where(score > high, above, "")).tolist()
    return reasons


def pairing_reasons(
    pairs: Pairs,
    is_focal: NDArray[np.bool_],
    *,
    score: FloatArray,
    exact: NDArray[np.int64] | None,
    used: NDArray[np.bool_],
    caliper: float | None,
    sought: str,
    limits: Sequence[str] = (),
) -> pd.Series:
    """Say for every unit what a pairing method did with it.

    Parameters
    ----------
    pairs : Pairs
    is_focal : (n,) bool
        Units that a match was sought for; the others are the pool.
    score : (n,) float
        Propensity score, which the caliper is measured on.
    exact : (n,) int or None
        Numbers of strata.
    used : (n,) bool
        Units that the method was allowed to pair.
    caliper : float or None
        In standard deviations of the score over all units.
    sought : {"comparison", "treated"}
        Name of the group of the pool.
    limits : sequence of str
        Further options that kept units from being paired, named where neither stratum nor caliper explains it.

    Returns
    -------
    (n,) Series of str
        `KEPT`, or why the unit is in no pair.
    """
    left = f"no {sought} unit left" + (f" that meets {' and '.join(limits)}" if limits else "")
    why = np.where(is_focal, left, "not chosen").astype(object)
    stratum = np.zeros(score.size, dtype=np.int64) if exact is None else exact
    lonely = np.flatnonzero(is_focal & used & ~np.isin(np.arange(score.size), pairs.focal))
    width = np.inf if caliper is None else caliper * float(np.std(score, ddof=1))
    for number in np.unique(stratum[lonely]):
        pool = np.sort(score[(stratum == number) & used & ~is_focal])
        mine = lonely[stratum[lonely] == number]
        if pool.size == 0:
            why[mine] = f"no {sought} unit in the same exact stratum"
            continue
        place = np.searchsorted(pool, score[mine])
        below = score[mine] - pool[np.maximum(place - 1, 0)]
        above = pool[np.minimum(place, pool.size - 1)] - score[mine]
        why[mine[np.minimum(np.abs(below), np.abs(above)) > width]] = f"no {sought} unit within the caliper"
    why[~used] = "off common support"
    why[pairs.focal] = KEPT
    why[pairs.match] = KEPT
    return pd.Series(why)


def support_rows(
    reasons: pd.Series, treatment: NDArray[np.bool_], survey_weight: FloatArray, *, name: str
) -> pd.DataFrame:
    """Count units by reason.

    Parameters
    ----------
    reasons : (n,) Series of str
        Empty for units that are kept.
    treatment : (n,) bool
    survey_weight : (n,) float
    name : str
        Name of the treatment.

    Returns
    -------
    DataFrame
        treatment, reason, n_treated, n_comparison, weight_treated (survey weight of the treated); sorted by reason.
    """
    frame = pd.DataFrame(
        {
            "reason": reasons.to_numpy(),
            "n_treated": treatment.astype(int),
            "n_comparison": (~treatment).astype(int),
            "weight_treated": np.where(treatment, survey_weight, 0.0),
        }
    )
    counted = frame.groupby("reason", as_index=False, sort=True).sum()
    counted.insert(0, "treatment", name)
    return counted
