"""What balance costs in units: the least imbalance for every sample size, and balance as a caliper narrows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.match.balance import balance, standardiser
from dampak.match.distance import scaled_covariates
from dampak.match.pairing import nearest
from dampak.match.weighting import pair_weights

FloatArray = NDArray[np.float64]

FRONTIER_COLUMNS = ["n_pruned", "n_kept", "n_treated", "n_comparison", "imbalance", "estimand"]
PATH_COLUMNS = [
    "caliper", "n_treated", "n_comparison", "share_treated", "smd_mean", "smd_max", "worst_covariate", "estimand",
]  # fmt: skip
# Distances that differ by less, relative to the largest, differ by the rounding of the covariates' units.
TIE = 1e-9
WHOLE, PART = "all treated", "treated who are left"


def frontier(
    covariates: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    distance: str = "mahalanobis",
    include: NDArray[np.bool_] | None = None,
    points: int | None = None,
) -> pd.DataFrame:
    """Least average imbalance that any subset of each size has, from all units to the first point of no imbalance.

    The average Mahalanobis imbalance is the mean over the units kept, of either group, of the distance to the nearest
    unit of the other group. Removing the units whose distance is largest gives, for every size, the smallest average
    that any subset of that size can have: such a unit is nearest to others only if theirs is as large, and
    those leave with it. So distances need to be found once.

    Parameters
    ----------
    covariates : (n, k) float
    treatment : (n,) bool
    distance : {"mahalanobis", "scaled_euclidean"}
        As in `dampak.match.distance`, measured once, on the units included.
    include : (n,) bool or None
        Units that are looked at; all if None. Survey weights play no part: the frontier counts units.
    points : int or None
        At most so many rows, spread evenly over the sizes; all if None.

    Returns
    -------
    DataFrame
        Columns `FRONTIER_COLUMNS`, sorted by n_pruned; units that tie leave together. `estimand` says of whom the
        effect would be: once a treated unit is pruned it is no longer that on all treated.

    Raises
    ------
    DataError
        When one group is empty.

    References
    ----------
    King, G., Lucas, C. and Nielsen, R. (2017). American Journal of Political Science 61, 473-489, section "FSATT and
    average Mahalanobis imbalance".
    """
    used = np.ones(treatment.size, dtype=bool) if include is None else include
    t = treatment[used]
    if not t.any() or t.all():
        raise DataError(
            "clean/design.parquet: treatment: only one group is left, and imbalance is a distance between two; "
            "relax `support`"
        )
    nearest_gap = _nearest_distance(scaled_covariates(covariates[used], t, distance=distance), t)
    # From the farthest: those who leave, step by step, with ties in one step.
    order = np.argsort(-nearest_gap, kind="stable")
    gap, is_treated = nearest_gap[order], t[order]
    left = np.flatnonzero(np.append(True, gap[:-1] - gap[1:] > TIE * gap[0]))
    # Summed from the nearest: the small numbers first, and no cancellation.
    remaining = np.cumsum(gap[::-1])[::-1]
    treated_left = np.cumsum(is_treated[::-1])[::-1]
    table = pd.DataFrame(
        {
            "n_pruned": left,
            "n_kept": gap.size - left,
            "n_treated": treated_left[left],
            "n_comparison": gap.size - left - treated_left[left],
            "imbalance": remaining[left] / (gap.size - left),
        }
    )
    table["estimand"] = np.where(table["n_treated"] == int(t.sum()), WHOLE, PART)
    if points is not None and len(table) > points:
        wanted = np.linspace(0, int(table["n_pruned"].iloc[-1]), points)
        rows = np.unique(np.searchsorted(table["n_pruned"].to_numpy(), wanted))
        table = table.iloc[rows].reset_index(drop=True)
    return table[FRONTIER_COLUMNS]


def _nearest_distance(position: FloatArray, treatment: NDArray[np.bool_]) -> FloatArray:
    """Distance of every unit to the nearest unit of the other group; (n,)."""
    from scipy.spatial import cKDTree

    gap = np.empty(treatment.size)
    for group in (treatment, ~treatment):
        who = np.flatnonzero(group)
        other = np.flatnonzero(~group)
        found = other[cKDTree(position[other]).query(position[who])[1]]
        # Summed along rows, so that a pair of mutual neighbours has one distance, to the last bit.
        gap[who] = np.sqrt(((position[who] - position[found]) ** 2).sum(axis=1))
    return gap


def caliper_path(
    treatment: NDArray[np.bool_],
    *,
    score: FloatArray,
    covariates: FloatArray,
    names: Sequence[str],
    survey_weight: FloatArray,
    calipers: Sequence[float] = (1.0, 0.5, 0.25, 0.2, 0.1, 0.05, 0.02, 0.01),
    **options: Any,
) -> pd.DataFrame:
    """Balance, and how many treated are left, as the caliper of nearest-neighbour matching narrows.

    Parameters
    ----------
    treatment : (n,) bool
    score : (n,) float
    covariates : (n, k) float
    names : sequence of str, length k
    survey_weight : (n,) float
    calipers : sequence of float
        In standard deviations of the score over all units; a first row without a caliper is added.
    **options
        Other options of `nearest` (replace, ratio, order, exact, include, ...); estimand att.

    Returns
    -------
    DataFrame
        Columns `PATH_COLUMNS`. share_treated: part of the survey weight of the treated that is kept. smd: absolute
        standardised mean differences over the covariates, NaN where nobody is matched. caliper: NaN = none.
    """
    given = float(survey_weight[treatment].sum())
    scales = [standardiser(x, treatment, estimand="att", survey_weight=survey_weight) for x in covariates.T]
    rows = []
    for caliper in [None, *sorted(calipers, reverse=True)]:
        pairs = nearest(treatment, score=score, caliper=caliper, **options)
        weight = pair_weights(pairs, survey_weight=survey_weight)
        smd = np.array(
            [
                abs(balance(x, treatment, weight=weight, scale=scale).smd)
                for x, scale in zip(covariates.T, scales, strict=True)
            ]
        )
        known = np.isfinite(smd)
        kept = weight > 0
        rows.append(
            (
                np.nan if caliper is None else float(caliper),
                int((kept & treatment).sum()),
                int((kept & ~treatment).sum()),
                float(survey_weight[kept & treatment].sum()) / given,
                float(smd[known].mean()) if known.any() else np.nan,
                float(smd[known].max()) if known.any() else np.nan,
                names[int(np.where(known, smd, -1.0).argmax())] if known.any() else "",
                WHOLE if (kept & treatment).sum() == treatment.sum() else PART,
            )
        )
    return pd.DataFrame(rows, columns=PATH_COLUMNS)
