"""What each family was granted in the year: one row per family, programme and component, by the rules of 2020."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.synth.parameters import Parameters
from dampak.synth.terms import COMPONENTS, PROGRAMMES, named

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

FAMILY = 0
"""`person_id` of what is granted to the family as a whole."""

RECEIPT_COLUMNS = ["family_id", "programme", "component", "person_id", "amount"]
_PUPILS = {"sd": (7, 12), "smp": (13, 15), "sma": (16, 18)}
_FAMILY_WIDE = ("bpnt", "bst", "blt_desa", "jatim_puspa", "kip_jawara")


def grant(persons: pd.DataFrame, families: pd.DataFrame, component: pd.DataFrame, parameters: Parameters
          ) -> pd.DataFrame:  # fmt: skip
    """List all grants of the year.

    PKH pays the (at most four) components of a family with the highest amounts. PIP pays every pupil of a family,
    PKH Plus its oldest member, aid for disability each severely disabled member of at most 60 years (kabupaten aid:
    its oldest member where there is none).

    Parameters
    ----------
    persons : DataFrame
        `person_id`, `family_id`, `age`, `severe_disability`.
    families : DataFrame
        `family_id` (sorted) and one boolean column per programme.
    component : DataFrame
        From `components`, aligned with `persons`.
    parameters : Parameters

    Returns
    -------
    DataFrame
        Columns `RECEIPT_COLUMNS`; `amount` in Rp per year (int), `person_id` `FAMILY` where the family is granted.
        Sorted by family, programme, person.
    """
    row = np.searchsorted(families["family_id"].to_numpy(), persons["family_id"].to_numpy())
    age, person = persons["age"].to_numpy(), persons["person_id"].to_numpy()
    paid: list[pd.DataFrame] = [
        _pkh(row, person, component, families["pkh"].to_numpy(), parameters),
    ]

    def amounts(name: str) -> dict[str, int]:
        return {key: round(value.value) for key, value in parameters.programmes[name].amounts.items()}

    def to_persons(programme: str, part: str, mask: BoolArray) -> None:
        where = np.flatnonzero(mask & families[programme].to_numpy()[row])
        paid.append(_rows(row[where], programme, part, person[where], amounts(programme)[part]))

    for part, (low, high) in _PUPILS.items():
        to_persons("pip", part, (age >= low) & (age <= high))
    oldest = _oldest(row, age)
    to_persons("pkh_plus", "elderly", oldest)
    disabled = persons["severe_disability"].to_numpy() & (age <= 60)
    any_disabled = np.bincount(row[disabled], minlength=len(families))[row] > 0
    to_persons("aspd", "person", disabled)
    to_persons("kabupaten_aid", "person", np.where(any_disabled, disabled, oldest))
    for programme in _FAMILY_WIDE:
        where = np.flatnonzero(families[programme].to_numpy())
        for part, amount in amounts(programme).items():
            paid.append(_rows(where, programme, part, np.full(len(where), FAMILY), amount))
    table = pd.concat(paid, ignore_index=True)
    order = np.lexsort((table["part"], table["person_id"], table["programme"], table["row"]))
    table = table.iloc[order].reset_index(drop=True)
    parts = list(dict.fromkeys(part for name in PROGRAMMES for part in parameters.programmes[name].amounts))
    return pd.DataFrame(
        {
            "family_id": families["family_id"].to_numpy()[table["row"]],
            "programme": named(table["programme"].to_numpy(), PROGRAMMES),
            "component": pd.Categorical(table["part"], categories=parts),
            "person_id": table["person_id"],
            "amount": table["amount"],
        }
    )


def _rows(row: IntArray, programme: str, part: str, person: IntArray, amount: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": row,
            "programme": np.full(len(row), PROGRAMMES.index(programme), dtype=np.int8),
            "part": pd.Series([part], dtype=object).repeat(len(row)).to_numpy(),
            "person_id": person,
            "amount": np.full(len(row), amount, dtype=np.int64),
        }
    )


def _oldest(row: IntArray, age: NDArray[np.int16]) -> BoolArray:
    """Mark the oldest member of each family (the first of equals), (n,) bool."""
    order = np.lexsort((-age, row))
    first = np.r_[True, row[order][1:] != row[order][:-1]]
    marked = np.zeros(len(row), dtype=bool)
    marked[order[first]] = True
    return marked


def _pkh(row: IntArray, person: IntArray, component: pd.DataFrame, active: BoolArray, parameters: Parameters
         ) -> pd.DataFrame:  # fmt: skip
    """Pay the components of active families, the highest amounts first, up to the limit."""
    amount = np.array([round(parameters.programmes["pkh"].amounts[name].value) for name in COMPONENTS])
    who, which = np.nonzero(component[list(COMPONENTS)].to_numpy() & active[row][:, None])
    order = np.lexsort((person[who], -amount[which], row[who]))
    who, which = who[order], which[order]
    rank = np.arange(len(who)) - np.searchsorted(row[who], row[who])
    kept = rank < parameters.rules.pkh_max_components.value
    who, which = who[kept], which[kept]
    table = _rows(row[who], "pkh", "", person[who], 0)
    return table.assign(part=np.array(COMPONENTS, dtype=object)[which], amount=amount[which])
