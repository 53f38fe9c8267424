"""From the name of a method in a study to its pairs, strata and weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.match.coarsen import coarsened
from dampak.match.covariate_balancing import covariate_balancing_weights
from dampak.match.entropy_balancing import entropy_balancing
from dampak.match.full import full_match
from dampak.match.optimal import optimal_pairs
from dampak.match.pairing import Pairs, nearest
from dampak.match.stratum_weights import stratum_weights
from dampak.match.subclass import subclasses
from dampak.match.weighting import inverse_probability_weights, pair_weights

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Families whose weights come from pairs, and those whose come from strata.
NEIGHBOUR_FAMILIES = ("nearest_1", "nearest_1_caliper", "nearest_5_bias_adjusted")
PAIR_FAMILIES = (*NEIGHBOUR_FAMILIES, "optimal")
STRATUM_FAMILIES = ("full", "subclass", "cem")
EXACT = "exact strata"  # their name among the covariates that are coarsened, or not, into cells


@dataclass(frozen=True, eq=False)
class Units:
    """What a method may see of the units of one specification: no outcome among it.

    Attributes
    ----------
    treatment : (n,) bool
    covariates : (n, k) float
    names : sequence of str, length k
    propensity : (n,) float
    survey_weight : (n,) float
    exact : (n,) int or None
        Numbers of the strata within which units are paired.
    """

    treatment: NDArray[np.bool_]
    covariates: FloatArray
    names: Sequence[str]
    propensity: FloatArray
    survey_weight: FloatArray
    exact: IntArray | None

    def columns(self, names: Sequence[str]) -> FloatArray:
        """Covariates by name, those that the specification has; (n, m)."""
        return self.covariates[:, [list(self.names).index(name) for name in names if name in self.names]]


@dataclass(frozen=True, eq=False)
class Matched:
    """What a method made of the units.

    Attributes
    ----------
    weight : (n,) float
        0 = not used.
    pairs : Pairs or None
    stratum : (n,) int
        Set or class of each unit, -1 = none.
    """

    weight: FloatArray
    pairs: Pairs | None = None
    stratum: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))


def units_of(design: pd.DataFrame, propensity: FloatArray, covariates: Sequence[str], exact: Sequence[str]) -> Units:
    """Collect the units of one specification.

    Parameters
    ----------
    design : DataFrame
        unit_id, treatment, survey_weight, exact columns, covariates.
    propensity : (n,) float
        In the order of the design.
    covariates : sequence of str
        Of the specification.
    exact : sequence of str
        Columns within whose values units are paired.
    """
    return Units(
        treatment=design["treatment"].to_numpy() == 1,
        covariates=design[list(covariates)].to_numpy(dtype=float),
        names=tuple(covariates),
        propensity=propensity,
        survey_weight=design["survey_weight"].to_numpy(dtype=float),
        exact=_strata(design, exact),
    )


def _strata(design: pd.DataFrame, exact: Sequence[str]) -> IntArray | None:
    """Return the number of each unit's combination of exact variables, or None where the study has none."""
    if not exact:
        return None
    groups = design.groupby(list(exact), sort=True, dropna=False, observed=True)
    return np.asarray(groups.ngroup(), dtype=np.int64)


def matched(method: Mapping[str, Any], units: Units, *, used: NDArray[np.bool_], estimand: str) -> Matched:
    """Pair, class or weight the units by one method.

    Parameters
    ----------
    method : mapping
        Family (`method`) and its options.
    units : Units
    used : (n,) bool
        Units that the method may use.
    estimand : {"att", "atc", "ate", "ato"}

    Returns
    -------
    Matched
        Families that only model the outcome keep the survey weights.
    """
    family = str(method["method"])
    if family in PAIR_FAMILIES:
        pair = optimal_pairs if family == "optimal" else nearest
        pairs = pair(units.treatment, **pairing_options(method, units, used=used, estimand=estimand))
        inherited = bool(method.get("replace", False))
        return Matched(pair_weights(pairs, survey_weight=units.survey_weight, inherited=inherited), pairs=pairs)
    if family in STRATUM_FAMILIES:
        stratum = _stratum(method, units, used=used, estimand=estimand)
        weight = stratum_weights(
            stratum,
            units.treatment,
            estimand=estimand,
            survey_weight=units.survey_weight,
            sets=family == "full",
        )
        return Matched(weight, stratum=stratum)
    weight = np.zeros(used.size)
    weight[used] = _weights(method, units, used=used, estimand=estimand)
    return Matched(weight)


def pairing_options(
    method: Mapping[str, Any], units: Units, *, used: NDArray[np.bool_], estimand: str
) -> dict[str, Any]:
    """Options that a method of pairs gives to `nearest`, or `optimal_pairs`, besides the treatment."""
    options: dict[str, Any] = {
        "score": units.propensity,
        "covariates": units.covariates,
        "distance": str(method["distance"]),
        "estimand": estimand,
        "ratio": int(method["ratio"]),
        "caliper": method["caliper"],
        "exact": units.exact,
        "include": used,
    }
    if method["method"] == "optimal":
        return options
    # A specification leaves covariates out so that they cannot explain a placebo outcome: nor may their calipers.
    calipers = {name: width for name, width in method["covariate_calipers"].items() if name in units.names}
    apart = units.columns(method["anti_exact"])
    if calipers:
        options["covariate_calipers"] = (units.columns(list(calipers)), np.array(list(calipers.values())))
    if apart.shape[1]:
        options["anti_exact"] = apart
    return options | {"replace": bool(method["replace"]), "order": str(method["order"])}


def _stratum(method: Mapping[str, Any], units: Units, *, used: NDArray[np.bool_], estimand: str) -> IntArray:
    match method["method"]:
        case "full":
            return full_match(
                units.treatment,
                score=units.propensity,
                covariates=units.covariates,
                distance=str(method["distance"]),
                caliper=method["caliper"],
                exact=units.exact,
                include=used,
            )
        case "subclass":
            return subclasses(
                units.propensity,
                units.treatment,
                count=int(method["count"]),
                estimand=estimand,
                exact=units.exact,
                include=used,
            )
        case _:
            return _cells(units, method["bins"], used=used)


def _cells(units: Units, bins: Any, *, used: NDArray[np.bool_]) -> IntArray:
    """Cells of coarsened covariates, within the exact strata of the study."""
    names, columns = list(units.names), units.covariates
    # A specification leaves covariates out so that they cannot explain a placebo outcome: nor may their bins.
    by_name = {name: bins[name] for name in names if name in bins} if isinstance(bins, Mapping) else bins
    if units.exact is not None:
        by_name = dict(by_name) if isinstance(by_name, Mapping) else dict.fromkeys(names, by_name)
        by_name[EXACT] = 0
        names, columns = [*names, EXACT], np.column_stack([columns, units.exact.astype(float)])
    return coarsened(columns, units.treatment, names=names, bins=by_name, include=used)


def _weights(method: Mapping[str, Any], units: Units, *, used: NDArray[np.bool_], estimand: str) -> FloatArray:
    """Weights of the used units, in their order."""
    treatment, survey = units.treatment[used], units.survey_weight[used]
    match method["method"]:
        case "ipw" | "overlap":
            return inverse_probability_weights(
                units.propensity[used],
                treatment,
                estimand=estimand,
                survey_weight=survey,
                stabilised=bool(method.get("stabilised", False)),
                trim=method.get("trim"),
            )
        case "entropy_balancing":
            return entropy_balancing(
                units.covariates[used],
                treatment,
                names=units.names,
                estimand=estimand,
                moments=int(method["moments"]),
                survey_weight=survey,
            )
        case "cbps":
            return covariate_balancing_weights(
                units.covariates[used], treatment, names=units.names, estimand=estimand, survey_weight=survey
            )
        case _:
            return survey
