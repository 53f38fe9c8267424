"""The balance stage: what the methods did to the covariates, and at what cost in units. It is handed no outcome."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.match.balance import Balance, balance, standardiser
from dampak.match.frontier import frontier
from dampak.match.methods import PAIR_FAMILIES, STRATUM_FAMILIES
from dampak.match.profile import PROFILE_COLUMNS, dropped_profile
from dampak.match.specification import estimand_of, specifications
from dampak.match.stage import scores_of
from dampak.match.weighting import inverse_probability_weights

FloatArray = NDArray[np.float64]

BALANCE_KEYS = ["treatment", "method", "covariate"]
BALANCE_VALUES = [
    f"{measure}_{when}" for measure in ("smd", "variance_ratio", "ks", "ecdf_mean") for when in ("before", "after")
]
# Differences of means and distributions below half of this are rounding of the weights (ten significant digits), and
# their digits depend on the processor; exact balance is written as 0.
DECIMALS = 9
FRONTIER_POINTS = 100


def balance_stage(
    design: pd.DataFrame, scores: pd.DataFrame, weights: pd.DataFrame, settings: Mapping[str, Any]
) -> dict[str, pd.DataFrame]:
    """Measure balance before (survey weights only) and after every method, for the specification `main`.

    Parameters
    ----------
    design, scores, weights : DataFrame
        As written by the stages before.
    settings : mapping
        treatment, covariates, placebo_outcomes, estimands, methods.

    Returns
    -------
    dict of DataFrame
        `balance`: keys treatment, method, covariate (and `propensity`); smd, variance_ratio, ks, ecdf_mean, each
        `_before` and `_after`; differences to nine decimals. `dropped`: keys treatment, method, covariate; the
        treated that the method leaves out beside those it keeps (`dampak.match.profile`), for methods that may leave
        out. `frontier`: treatment and the columns of `dampak.match.frontier`.
    """
    ids, name = design["unit_id"].to_numpy(), str(settings["treatment"]["name"])
    treatment = design["treatment"].to_numpy() == 1
    survey = design["survey_weight"].to_numpy(dtype=float)
    propensity = scores_of(scores, "main", ids)["propensity"].to_numpy(dtype=float)
    covariates = {c: design[c].to_numpy(dtype=float) for c in specifications(settings)["main"]}
    columns = covariates | {"propensity": propensity}
    main = weights[weights["specification"] == "main"]
    scales = _Scales(columns, treatment, survey)
    sorting = {covariate: np.argsort(x, kind="stable") for covariate, x in columns.items()}
    rows, dropped = [], []
    for method in settings["methods"]:
        of_method = main[main["method"] == method["label"]].set_index("unit_id")["weight"]
        weight = of_method.loc[ids].to_numpy(dtype=float)
        scale = scales.of(estimand_of(method, settings))
        for covariate, x in columns.items():
            before, after = (
                balance(x, treatment, weight=w, scale=scale[covariate], order=sorting[covariate])
                for w in (survey, weight)
            )
            key = dict(zip(BALANCE_KEYS, (name, method["label"], covariate), strict=True))
            rows.append(key | balance_values(before, after))
        if method["on_support"] or method["method"] in (*PAIR_FAMILIES, *STRATUM_FAMILIES):
            profile = dropped_profile(covariates, treatment, weight > 0, survey_weight=survey)
            profile.insert(0, "method", method["label"])
            dropped.append(profile)
    curve = frontier(np.column_stack(list(covariates.values())), treatment, points=FRONTIER_POINTS)
    curve.insert(0, "treatment", name)
    left_out = pd.concat(dropped) if dropped else pd.DataFrame(columns=["method", *PROFILE_COLUMNS])
    left_out.insert(0, "treatment", name)
    return {
        "balance": pd.DataFrame(rows).sort_values(BALANCE_KEYS, ignore_index=True),
        "dropped": left_out.sort_values(BALANCE_KEYS, ignore_index=True),
        "frontier": curve,
    }


def balance_values(before: Balance, after: Balance) -> dict[str, float]:
    """Value columns of a covariate's row in the balance table."""
    pairs = (
        (rounded(before.smd), rounded(after.smd)),
        (before.variance_ratio, after.variance_ratio),
        (rounded(before.ks), rounded(after.ks)),
        (rounded(before.ecdf_mean), rounded(after.ecdf_mean)),
    )
    return dict(zip(BALANCE_VALUES, (value for pair in pairs for value in pair), strict=True))


def rounded(difference: float) -> float:
    """A difference to `DECIMALS`; without the sign that rounding may leave before a zero."""
    return round(difference, DECIMALS) + 0.0


class _Scales:
    """Standard deviations of the covariates by estimand, each computed once."""

    def __init__(self, columns: Mapping[str, FloatArray], treatment: NDArray[np.bool_], survey: FloatArray) -> None:
        self._columns, self._treatment, self._survey = columns, treatment, survey
        self._found: dict[str, dict[str, float]] = {}

    def of(self, estimand: str) -> dict[str, float]:
        """Standard deviation of each covariate for one estimand."""
        if estimand not in self._found:
            overlap = None
            if estimand == "ato":
                overlap = inverse_probability_weights(
                    self._columns["propensity"], self._treatment, estimand=estimand, survey_weight=self._survey
                )
            self._found[estimand] = {
                c: standardiser(
                    x, self._treatment, estimand=estimand, survey_weight=self._survey, overlap_weight=overlap
                )
                for c, x in self._columns.items()
            }
        return self._found[estimand]
