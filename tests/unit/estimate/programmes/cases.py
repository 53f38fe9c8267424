"""A sample with a planted effect on households and persons, carried through the match stage."""

from typing import Any

import numpy as np
import pandas as pd

from dampak.estimate.programmes.effects import programme_effects
from dampak.match.programmes.stage import match_programme
from tests.unit.match.programmes.cases import PER_PSU, UNIVERSE, received, sample, study, terms

Tables = dict[str, pd.DataFrame]

# Effects on food of a household, by kabupaten/kota, and on the schooling of a person.
FOOD = {3501: 0.2, 3502: 0.4, 3503: 0.6, 3504: 0.8, 3505: 1.0, 3506: 1.2}
SCHOOL = 0.5
UNIVERSES = {
    "households": {**UNIVERSE, "outcomes": terms("food", "poor"), "placebo_outcomes": ["land"]},
    "children": {
        **UNIVERSE, "of": "persons", "keep": "person_age <= 40", "covariates": terms("male"), "within_areas": False,
        "outcomes": terms("school"), "placebo_outcomes": [],
    },
}  # fmt: skip


def planted(seed: int = 1) -> Tables:
    """Tables with outcomes that recipients differ in before treatment, with errors that PSU and households share."""
    tables = sample(seed)
    homes, persons = tables["households"], tables["persons"]
    rng = np.random.default_rng([seed, 1])
    n = len(homes)
    psu = rng.normal(0, 0.5, n // PER_PSU)[homes["psu"]]
    pkh = received(tables, "pkh")
    before = (
        0.05 * (homes["age"] - 45) - 0.8 * homes["urban"] + 0.1 * homes["size"] ** 2 + 0.3 * (homes["area_code"] % 7)
    )
    food = before + psu + rng.normal(0, 0.7, n)
    homes["true"] = homes["area_code"].map(FOOD)
    outcomes = pd.DataFrame(
        {"food": food + np.where(pkh, homes["true"], 0.0), "land": before + rng.normal(0, 1, n)}
    )  # fmt: skip
    outcomes["poor"] = (outcomes["food"] < 1.0).astype(float)
    home = np.searchsorted(homes["household_id"], persons["household_id"])
    shared = (before + psu + rng.normal(0, 0.5, n)).to_numpy()[home]
    school = shared + SCHOOL * pkh[home] + 0.3 * persons["male"] + rng.normal(0, 1, len(persons))
    return {**tables, "household_outcomes": outcomes, "person_outcomes": pd.DataFrame({"school": school})}


def settings(**changes: Any) -> dict[str, Any]:
    return study(**{"universes": UNIVERSES, **changes})


def estimated(tables: Tables, about: dict[str, Any], *, seen: Tables | None = None) -> Tables:
    """Effects of PKH; `seen` may differ from what was matched on."""
    made = match_programme("pkh", tables["households"], tables["persons"], tables["receipts"], about)
    matched = {name: made[name] for name in ("scores", "weights", "problems")}
    return programme_effects("pkh", {**(seen or tables), **matched}, about)


def row(found: Tables, outcome: str, method: str = "entropy_balancing", scope: str = "all") -> pd.Series:
    rows = found["effects"].query("outcome == @outcome and method == @method and subgroup == @scope")
    assert len(rows) == 1
    return rows.iloc[0]
