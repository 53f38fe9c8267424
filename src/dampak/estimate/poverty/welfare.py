"""What poverty and targeting are measured on: consumption, line, persons and transfers of the surveyed households."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.estimate.poverty.domains import Domains
from dampak.estimate.survey_design import SurveyDesign

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

MONTHS = 12
HOUSEHOLDS, OUTCOMES, RECEIPTS = (
    "clean/households.parquet", "clean/household_outcomes.parquet", "match/receipts.parquet",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Welfare:
    """Surveyed households.

    Attributes
    ----------
    household_id : (n,) int
    weight : (n,) float
        Real households that each stands for; 0 for a household without consumption or line, so that every measure is
        one of the others (totals are then too low by them).
    left_out : (n,) float
        What that household would stand for; 0 for the others.
    size : (n,) float
        Persons.
    consumption, line : (n,) float
        Rp per person per month; both 1 for a household that is left out.
    domains : Domains
        Areas and survey design.
    programmes : tuple of str, length p
    received : (n, p) bool
        An accepted link to the programme.
    amount : (n, p) float
        Rp per household per year over accepted links.
    """

    household_id: IntArray
    weight: FloatArray
    left_out: FloatArray
    size: FloatArray
    consumption: FloatArray
    line: FloatArray
    domains: Domains
    programmes: tuple[str, ...]
    received: BoolArray
    amount: FloatArray

    @property
    def persons(self) -> FloatArray:
        """Person weights: household weight x size; (n,)."""
        return self.weight * self.size

    def rupiah(self, programme: int) -> FloatArray:
        """Rupiah per year that the programme pays to what each household stands for; (n,)."""
        return np.asarray(self.weight * self.amount[:, programme])

    def beneficiaries(self, programme: int) -> FloatArray:
        """Persons of recipient households that each household stands for; (n,)."""
        return np.asarray(self.persons * self.received[:, programme])

    def without_transfer(self, programme: int) -> FloatArray:
        """Consumption less the programme's own transfer, not below 0; (n,) Rp per person per month.

        The transfer counts as if it were consumed in full and replaced by nothing else: no behavioural reply. The
        other programmes' transfers stay.
        """
        return np.asarray(np.maximum(self.consumption - self.amount[:, programme] / MONTHS / self.size, 0.0))


def read_welfare(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> Welfare:
    """Align households, outcomes and receipts.

    Parameters
    ----------
    tables : mapping of DataFrame
        `households` (household_id, area_code, design columns, size), `outcomes` (the same rows: welfare and line),
        `receipts` (household_id, programme, accepted, amount).
    settings : mapping
        poverty {welfare, line, size}, design {weight, strata, psu, population, lonely}, registers {register:
        programme}.

    Returns
    -------
    Welfare
        A household whose consumption or line is missing stays, with weight 0.

    Raises
    ------
    DataError
        A column is missing, or holds no number (other than a missing consumption or line) or an impossible one; no
        household has all that poverty needs; the tables do not speak of the same households.
    """
    households, outcomes, poverty = tables["households"], tables["outcomes"], settings["poverty"]
    if not np.array_equal(households["household_id"].to_numpy(), outcomes["household_id"].to_numpy()):
        raise DataError(
            f"{OUTCOMES}: its {len(outcomes)} rows are not, one by one, the {len(households)} households of "
            f"{HOUSEHOLDS}; run the clean stage again"
        )
    if not len(households):
        raise DataError(f"{HOUSEHOLDS}: has no rows, so there is no poverty to measure; look into the ledger")
    identity = households["household_id"].to_numpy(dtype=np.int64)
    weight = settings["design"].get("weight")
    n = identity.size
    weights = np.ones(n) if weight is None else _numbers(households, weight, HOUSEHOLDS, low=0.0)
    consumption = _numbers(outcomes, poverty["welfare"], OUTCOMES, low=0.0, missing=True)
    line = _numbers(outcomes, poverty["line"], OUTCOMES, above=0.0, missing=True)
    known = np.isfinite(consumption) & np.isfinite(line)
    if not (weights * known).any():
        raise DataError(
            f"{OUTCOMES}: columns {poverty['welfare']}, {poverty['line']}: none of {n} households has both and a "
            "weight above 0, so there is no poverty to measure; look into the quarantine and the survey's codebooks"
        )
    names, area = np.unique(households["area_code"].to_numpy(dtype=np.int64), return_inverse=True)
    design = _design(households, settings["design"])
    programmes = tuple(dict.fromkeys(str(name) for name in settings["registers"].values()))
    received, amount = _spread(tables["receipts"], identity, programmes)
    return Welfare(
        household_id=identity,
        weight=weights * known,
        left_out=weights * ~known,
        size=_numbers(households, poverty["size"], HOUSEHOLDS, above=0.0),
        consumption=np.where(known, consumption, 1.0),
        line=np.where(known, line, 1.0),
        domains=Domains(area.reshape(-1).astype(np.int64), tuple(str(code) for code in names), design),
        programmes=programmes,
        received=received,
        amount=amount,
    )


def _numbers(
    table: pd.DataFrame,
    name: str,
    file: str,
    *,
    low: float | None = None,
    above: float | None = None,
    missing: bool = False,
) -> FloatArray:
    """Return a column of finite numbers within its bounds; NaN for empty cells, where they may be missing."""
    if name not in table:
        raise DataError(f"{file}: column {name}: is missing; name an existing variable in the study's file")
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~np.isfinite(values)
    if missing:
        bad &= ~table[name].isna().to_numpy()
    if low is not None:
        bad |= values < low
    if above is not None:
        bad |= values <= above
    if bad.any():
        bound = f"at least {low:g}" if low is not None else f"above {above:g}"
        raise DataError(
            f"{file}: column {name}: row {int(np.argmax(bad)) + 1} and {int(bad.sum()) - 1} others hold no number "
            f"{bound}; set required: true and a range in the codebook so that such rows are quarantined"
        )
    return values


def _design(households: pd.DataFrame, design: Mapping[str, Any]) -> SurveyDesign:
    """Read the design; without strata and PSUs every household is its own PSU."""
    labels = {role: design.get(role) for role in ("strata", "psu", "population")}
    for role, name in labels.items():
        if name is not None and name not in households:
            raise DataError(f"{HOUSEHOLDS}: column {name}: is missing; design: {role} names it in the study's file")
    found = {role: None if name is None else households[name].to_numpy() for role, name in labels.items()}
    population = None if found["population"] is None else found["population"].astype(np.float64)
    lonely = str(design.get("lonely") or "refuse")
    return SurveyDesign(strata=found["strata"], psu=found["psu"], population=population, lonely=lonely)


def _spread(receipts: pd.DataFrame, identity: IntArray, programmes: tuple[str, ...]) -> tuple[BoolArray, FloatArray]:
    """Accepted receipts and their amounts by household and programme; (n, p) each."""
    n, p = identity.size, len(programmes)
    kept = receipts[receipts["accepted"].to_numpy(dtype=bool) & receipts["programme"].isin(programmes).to_numpy()]
    order = np.argsort(identity, kind="stable")
    ids = kept["household_id"].to_numpy(dtype=np.int64)
    row = order[np.minimum(np.searchsorted(identity[order], ids), n - 1)]
    strange = identity[row] != ids
    if strange.any():
        raise DataError(
            f"{RECEIPTS}: {int(strange.sum())} rows are of households that {HOUSEHOLDS} does not hold; "
            "run the match stage again"
        )
    cell = row * p + pd.Index(programmes).get_indexer(pd.Index(kept["programme"].astype(str)))
    money = np.nan_to_num(kept["amount"].to_numpy(dtype=np.float64))
    received = np.bincount(cell, minlength=n * p).reshape(n, p) > 0
    return received, np.bincount(cell, weights=money, minlength=n * p).astype(np.float64).reshape(n, p)
