"""The analysis table of one treatment and universe: who is treated, who is compared, on which covariates.

It is handed no outcome. Units that cannot be compared are left out with a reason: other recipients, missing covariates,
kabupaten without recipients, values of a yes-no covariate that only one group has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.clean.expression import evaluate
from dampak.match.independent import independent_columns
from dampak.match.methods import Units
from dampak.match.support import KEPT

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# Person numbers stay below it: a unit's number is that of its household times this, plus its own.
PERSONS = 100
AREA = "kab_"
# Where an area is a covariate, fewer units of one group cannot stand for that group there.
IN_AREA = 5


@dataclass(frozen=True, eq=False)
class Analysis:
    """Units of one treatment in one universe; n kept units, rows aligned.

    Attributes
    ----------
    unit_id : (n,) int
        Household number, or that times 100 plus the person's number.
    row : (n,) int
        Row of the universe's table (households or persons as given).
    household : (n,) int
        Row of the household.
    treatment : (n,) bool
    covariates : (n, k) float
    names : sequence of str, length k
    survey_weight : (n,) float
    area_code : (n,) int
    exact : (n,) int or None
    left_out : DataFrame
        reason, n_treated, n_comparison, weight_treated; the units left out, and those kept.
    """

    unit_id: IntArray
    row: IntArray
    household: IntArray
    treatment: BoolArray
    covariates: FloatArray
    names: Sequence[str]
    survey_weight: FloatArray
    area_code: IntArray
    exact: IntArray | None
    left_out: pd.DataFrame

    def part(self, inside: BoolArray) -> Analysis:
        """Return the analysis of some units, without those and the covariates that do not compare among them."""
        return _comparable(self.taken(np.flatnonzero(inside)), [])

    def taken(self, at: IntArray) -> Analysis:
        """Return the analysis of the units at some rows, as they are."""
        return replace(
            self,
            unit_id=self.unit_id[at],
            row=self.row[at],
            household=self.household[at],
            treatment=self.treatment[at],
            covariates=self.covariates[at],
            survey_weight=self.survey_weight[at],
            area_code=self.area_code[at],
            exact=None if self.exact is None else self.exact[at],
        )

    def units(self, propensity: FloatArray) -> Units:
        """Return what a method of matching may see of the units, with their scores (n,)."""
        return Units(
            treatment=self.treatment,
            covariates=self.covariates,
            names=self.names,
            propensity=propensity,
            survey_weight=self.survey_weight,
            exact=self.exact,
        )


def receipt_table(receipts: pd.DataFrame, household_id: IntArray, programmes: Sequence[str], column: str) -> FloatArray:
    """Spread receipts over households: (n, p) float, 0 where a household has none.

    Parameters
    ----------
    receipts : DataFrame
        household_id, programme, `column`.
    household_id : (n,) int
        Sorted.
    programmes : sequence of str, length p
    column : str
        `accepted`, `probability` or `amount`.
    """
    table = np.zeros((household_id.size, len(programmes)))
    known = receipts[receipts["programme"].isin(programmes)]
    row = np.searchsorted(household_id, known["household_id"].to_numpy())
    number = pd.Index(programmes).get_indexer(pd.Index(known["programme"]))
    table[row, number] = known[column].to_numpy(dtype=float)
    return table


def group_of(spec: Mapping[str, Any], received: FloatArray, programmes: Sequence[str]) -> IntArray:
    """Group of every household: 1 treated, 0 comparison, -1 neither.

    Parameters
    ----------
    spec : mapping
        receives, not_receives, comparison_without, given.
    received : (n, p) float
        1 where a household receives a programme.
    programmes : sequence of str, length p
    """

    def any_of(names: Sequence[str]) -> BoolArray:
        return np.asarray(received[:, [programmes.index(name) for name in names]].any(axis=1))

    def all_of(names: Sequence[str]) -> BoolArray:
        return np.asarray(received[:, [programmes.index(name) for name in names]].all(axis=1))

    given = all_of(spec["given"])
    treated = given & all_of(spec["receives"]) & ~any_of(spec["not_receives"])
    comparison = given & ~any_of(spec["comparison_without"]) & ~treated
    return np.where(treated, 1, np.where(comparison, 0, -1)).astype(np.int64)


def analysis_of(
    treatment: str,
    universe: str,
    *,
    households: pd.DataFrame,
    persons: pd.DataFrame,
    receipts: pd.DataFrame,
    settings: Mapping[str, Any],
) -> Analysis:
    """Assemble the units of one treatment in one universe.

    Parameters
    ----------
    treatment, universe : str
        Keys of the study.
    households : DataFrame
        household_id (sorted), area_code, design variables, household variables. No outcome.
    persons : DataFrame
        household_id, person number, person variables. No outcome.
    receipts : DataFrame
        household_id, programme, accepted.
    settings : mapping
        treatments, universes, covariates, crossed_with_receipt, within_areas, exact, design, survey (household_id,
        person_number), programmes, path.

    Returns
    -------
    Analysis
        Perhaps without units: the caller decides whether there are enough.
    """
    spec, about = settings["treatments"][treatment], settings["universes"][universe]
    where = f"{settings['path']}: treatments: {treatment}"
    key, number = settings["survey"]["household_id"], settings["survey"]["person_number"]
    identity = households[key].to_numpy(dtype=np.int64)
    programmes = list(settings["programmes"])
    received = receipt_table(receipts, identity, programmes, "accepted")
    group = group_of(spec, received, programmes)
    reason = np.where(group < 0, "receives another combination of programmes", "").astype(object)
    if spec["among"]:
        meant = evaluate(spec["among"], households, where=f"{where}: among") == 1
        reason[(reason == "") & ~meant] = f"not meant for it: {spec['among']}"
    by_household = _columns(settings["covariates"], households, where=f"{settings['path']}: covariates")
    for programme in spec["adjust_for"]:
        receives = received[:, programmes.index(programme)]
        by_household[f"receives_{programme}"] = receives
        for name in settings["crossed_with_receipt"]:
            by_household[f"receives_{programme}_by_{name}"] = receives * households[name].to_numpy(dtype=float)
    area = households["area_code"].to_numpy(dtype=np.int64)
    within_areas = settings["within_areas"] if about["within_areas"] is None else about["within_areas"]
    if within_areas:
        by_household |= {f"{AREA}{code}": (area == code).astype(float) for code in np.unique(area)}
    if about["of"] == "households":
        table, household = households, np.arange(identity.size)
        unit = identity
    else:
        table = persons
        household = np.searchsorted(identity, persons[key].to_numpy(dtype=np.int64))
        unit = identity[household] * PERSONS + persons[number].to_numpy(dtype=np.int64)
    inside = np.ones(len(table), dtype=bool)
    own_where = f"{settings['path']}: universes: {universe}"
    if about["keep"]:
        inside = evaluate(about["keep"], table, where=f"{own_where}: keep") == 1
    at = np.flatnonzero(inside)
    own = _columns(about["covariates"], table.iloc[at], where=f"{own_where}: covariates")
    names = [*by_household, *own]
    covariates = np.column_stack(
        [np.column_stack(list(by_household.values()))[household[at]], *(column[:, None] for column in own.values())]
    )
    reason = reason[household[at]]
    weight = households[settings["design"]["weight"]].to_numpy(dtype=float)[household[at]]
    for j in np.flatnonzero(~np.isfinite(covariates).all(axis=0)):
        reason[(reason == "") & ~np.isfinite(covariates[:, j])] = f"missing_covariate: {names[j]}"
    kept = np.flatnonzero(reason == "")
    return _comparable(
        Analysis(
            unit_id=unit[at][kept],
            row=at[kept],
            household=household[at][kept],
            treatment=group[household[at]][kept] == 1,
            covariates=covariates[kept],
            names=names,
            survey_weight=weight[kept],
            area_code=area[household[at]][kept],
            exact=_strata(households, settings["exact"], household[at][kept]),
            left_out=pd.DataFrame(),
        ),
        _reasons(reason, group[household[at]] == 1, weight),
    )


def _columns(terms: Sequence[Mapping[str, Any]], table: pd.DataFrame, *, where: str) -> dict[str, FloatArray]:
    """Covariates by name."""
    return {
        str(term["name"]): evaluate(str(term["expression"] or term["name"]), table, where=f"{where}: {term['name']}")
        for term in terms
    }


def _strata(households: pd.DataFrame, exact: Sequence[str], household: IntArray) -> IntArray | None:
    if not exact:
        return None
    number = households.groupby(list(exact), sort=True, dropna=False, observed=True).ngroup()
    return np.asarray(number.to_numpy(dtype=np.int64)[household], dtype=np.int64)


def _reasons(reason: NDArray[Any], treated: BoolArray, weight: FloatArray) -> list[dict[str, Any]]:
    """Rows of `left_out` for every reason but none."""
    named = reason != ""
    return [_row(str(why), treated & (reason == why), ~treated & (reason == why), weight) for why in
            np.unique(reason[named].astype(str))]  # fmt: skip


def _row(reason: str, treated: BoolArray, comparison: BoolArray, weight: FloatArray) -> dict[str, Any]:
    return {
        "reason": reason,
        "n_treated": int(treated.sum()),
        "n_comparison": int(comparison.sum()),
        "weight_treated": float(weight[treated].sum()),
    }


def _comparable(whole: Analysis, rows: list[dict[str, Any]]) -> Analysis:
    """Leave out units whose kabupaten or yes-no covariate only one group has, then covariates that tell nothing."""
    kept = np.ones(whole.unit_id.size, dtype=bool)
    treated, x = whole.treatment, whole.covariates
    binary = np.flatnonzero(((x == 0) | (x == 1)).all(axis=0)) if kept.size else np.empty(0, dtype=np.int64)
    ones = x[:, binary] == 1
    while True:
        before = kept.sum()
        n_treated, n_comparison = int((kept & treated).sum()), int((kept & ~treated).sum())
        if not n_treated or not n_comparison:
            break
        counts = {True: ones[kept & treated].sum(axis=0), False: ones[kept & ~treated].sum(axis=0)}
        for j in range(binary.size):
            for value in (1, 0):
                have = {g: counts[g][j] if value else n - counts[g][j] for g, n in
                        ((True, n_treated), (False, n_comparison))}  # fmt: skip
                for group in (True, False):
                    name = whole.names[binary[j]]
                    least = IN_AREA if name.startswith(AREA) and value else 1
                    if have[group] and have[not group] < least:
                        out = kept & (ones[:, j] == (value == 1)) & ((treated == group) | (least > 1))
                        rows.append(_row(_why(name, value, group), out & treated, out & ~treated, whole.survey_weight))
                        kept = kept & ~out
                        break
            if kept.sum() != before:
                break  # The counts are those of before.
        if kept.sum() == before:
            break
    rows.append(_row(KEPT, kept & treated, kept & ~treated, whole.survey_weight))
    at = np.flatnonzero(kept)
    found = whole.taken(at)
    usable = independent_columns(found.covariates) if at.size else np.arange(x.shape[1])
    return replace(
        found,
        covariates=np.ascontiguousarray(found.covariates[:, usable]),
        names=[whole.names[j] for j in usable],
        left_out=pd.DataFrame(rows).groupby("reason", sort=True, as_index=False).sum(),
    )


def _why(name: str, value: int, group: bool) -> str:
    """Why the units of a group with a value of a covariate are left out."""
    other = "comparison unit" if group else "recipient"
    if name.startswith(AREA) and value:
        return f"kabupaten/kota with fewer than {IN_AREA} {other}s"
    return f"no {other} has {name} = {value}"
