"""The population: households, families and persons of March 2020, what they receive and what became of them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.seeds import seed_of
from dampak.synth.calibration import level_shift
from dampak.synth.composition import compose
from dampak.synth.families import components, family_table, need_score
from dampak.synth.parameters import Parameters
from dampak.synth.potential import Potential, draw_potential
from dampak.synth.programmes import enrol
from dampak.synth.settlement import area_table, settle
from dampak.synth.terms import HOUSEHOLD_EVENTS, LEVELS, PERSON_EVENTS, PROGRAMMES, named
from dampak.synth.transfers import grant
from dampak.synth.welfare import Consumption, dwelling, log_consumption, schooling, standing

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Population:
    """A drawn population.

    Parameters
    ----------
    households : DataFrame
        One row per household: place (`region` a code of `REGIONS`, `kab_code`, `kecamatan`, `urban`, `stratum`,
        `psu`), `represents` (real households), `size`, `n_families`, dwelling, assets, `food`, `nonfood`,
        `consumption` and the same `_before` (Rp per person per month, this round and the previous one), `line` and
        `line_before`, `poor`, `food_insecure`, `female_head`, `head_age`, `has_elderly`, `has_disability`, and one
        boolean per programme (any of its families). `standing` is latent: no survey measures it.
    families : DataFrame
        One row per KK: members, head, components, `score`, `dtks`, one boolean per programme, `pkh_status`.
    persons : DataFrame
        One row per person: family, relation, sex, age, marital status, `schooling` (finished), `level` (attended,
        one of `LEVELS`; none outside 7-18), disability, pregnancy, the outcomes `attends_school` (7-18),
        `outpatient` (all), `assisted_delivery` (birth in the last two years), `works` (15-64), each with pandas'
        missing value outside its ages.
    receipts : DataFrame
        Grants of the year, see `dampak.synth.transfers.grant`.
    potential : Potential
        What decides outcomes under every assignment: for the truth only, never written beside the data.
    """

    households: pd.DataFrame
    families: pd.DataFrame
    persons: pd.DataFrame
    receipts: pd.DataFrame
    potential: Potential

    @property
    def assignment(self) -> BoolArray:
        """Households by `PROGRAMMES`, (n, p) bool."""
        return self.households[list(PROGRAMMES)].to_numpy(dtype=bool)


def draw_population(parameters: Parameters, *, seed: int) -> Population:
    """Draw the population of the parameters.

    Parameters
    ----------
    parameters : Parameters
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    Population
        In every area the share of persons below the line is the published one to the nearest household, and
        `represents` x `size` sums to the area's persons.
    """

    def stream(stage: str) -> np.random.Generator:
        return np.random.default_rng(seed_of(seed, "synth", stage))

    areas, households = area_table(parameters), settle(parameters)
    persons = compose(households["household_id"].to_numpy(), parameters.composition, stream("composition"))
    households = _described(households, persons, areas)
    households["standing"] = standing(households["psu"].to_numpy(), parameters.welfare, stream("standing"))
    persons["schooling"] = schooling(persons, households, areas, stream("schooling"))
    households = pd.concat([households, dwelling(households, areas, parameters.dwelling, stream("dwelling"))], axis=1)
    component = components(persons, elderly_age=parameters.rules.pkh_elderly_age.value)
    families = _enrolled(persons, households, areas, component, parameters, stream("programmes"))
    received = _any_family(families, len(households))
    households = pd.concat([households, received], axis=1)
    logs = log_consumption(households, areas, parameters.welfare, stream("consumption"))
    potential = draw_potential(households, persons, logs, parameters.outcomes, parameters.effects, stream("potential"))
    shift = _levels(potential, households, areas, received.to_numpy())
    potential = potential.shifted(shift)
    households = _with_consumption(households, potential, logs, shift, areas, parameters.welfare.line_growth.value)
    households, persons = _with_events(households, persons, potential, received.to_numpy())
    receipts = grant(persons, families, component, parameters)
    return Population(households, families, persons.drop(columns="household"), receipts, potential)


def _described(households: pd.DataFrame, persons: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Add what follows from the members: size, cards, head, and how many real households each stands for."""
    row, n, area = persons["household"].to_numpy(), len(households), households["area"].to_numpy()
    size = np.bincount(row, minlength=n)
    families = np.unique(persons["family_id"].to_numpy()) // 10
    drawn = np.bincount(area, weights=size)
    elderly, disabled = persons["age"].to_numpy() >= 60, persons["severe_disability"].to_numpy()
    head = persons["number"].to_numpy() == 1
    return households.assign(
        size=size,
        n_families=np.bincount(np.searchsorted(households["household_id"].to_numpy(), families), minlength=n),
        represents=(areas["persons_2020_derived"].to_numpy() / drawn)[area],
        female_head=~persons["male"].to_numpy()[head],
        head_age=persons["age"].to_numpy()[head],
        has_elderly=np.bincount(row[elderly], minlength=n) > 0,
        has_disability=np.bincount(row[disabled], minlength=n) > 0,
    )


def _enrolled(persons: pd.DataFrame, households: pd.DataFrame, areas: pd.DataFrame, component: pd.DataFrame,
              parameters: Parameters, rng: np.random.Generator) -> pd.DataFrame:  # fmt: skip
    """Families with their score and programmes."""
    families = family_table(persons, households, component)
    row = np.searchsorted(families["family_id"].to_numpy(), persons["family_id"].to_numpy())
    age = persons["age"].to_numpy(dtype=np.int64)
    oldest = np.zeros(len(families), dtype=np.int64)
    np.maximum.at(oldest, row, age)
    helped = persons["severe_disability"].to_numpy() & (age <= 60)
    families["aid_to_disabled"] = np.bincount(row[helped], minlength=len(families)) > 0
    families["score"] = np.round(need_score(families, households, parameters.score.points), 6)
    enrolled = enrol(families, households, areas, families["score"].to_numpy(), oldest, parameters, rng)
    return pd.concat([families.drop(columns="aid_to_disabled"), enrolled], axis=1).drop(columns=["household", "area"])


def _any_family(families: pd.DataFrame, n: int) -> pd.DataFrame:
    """Programmes that any family of a household receives, (n, p) bool: a survey counts households."""
    _, row = np.unique(families["household_id"].to_numpy(), return_inverse=True)
    return pd.DataFrame({p: np.bincount(row[families[p].to_numpy()], minlength=n) > 0 for p in PROGRAMMES})


def _levels(potential: Potential, households: pd.DataFrame, areas: pd.DataFrame, assignment: BoolArray) -> FloatArray:
    """Log shift of every household that brings its area to the published headcount, (n,) float."""
    area = households["area"].to_numpy()
    line = areas["line_2020_derived"].to_numpy(dtype=float)
    start = np.log(line)[area] + 0.5  # Near the level, so that whole rupiah are as fine as they will be.
    drawn = potential.shifted(start).consumption(assignment)["consumption"]
    persons = (households["represents"] * households["size"]).to_numpy()
    shift = level_shift(drawn, persons, area, line=line, headcount=areas["p0_2020_pct"].to_numpy(dtype=float) / 100)
    return np.asarray(start + shift[area])


def _with_consumption(households: pd.DataFrame, potential: Potential, logs: Consumption, shift: FloatArray,
                      areas: pd.DataFrame, line_growth: float) -> pd.DataFrame:  # fmt: skip
    """Add consumption of both rounds, the lines and poverty."""
    assignment = households[list(PROGRAMMES)].to_numpy(dtype=bool)
    now = {name: value.astype(np.int64) for name, value in potential.consumption(assignment).items()}
    past = {"food_before": logs.food_before, "nonfood_before": logs.nonfood_before}
    before = {name: np.rint(np.exp(log + shift)).astype(np.int64) for name, log in past.items()}
    line = areas["line_2020_derived"].to_numpy()[households["area"].to_numpy()]
    return households.assign(
        **now,
        **before,
        consumption_before=before["food_before"] + before["nonfood_before"],
        line=line,
        line_before=np.rint(line * np.exp(-line_growth)).astype(np.int64),
        poor=now["consumption"] < line,
    ).drop(columns="area")


def _with_events(households: pd.DataFrame, persons: pd.DataFrame, potential: Potential, assignment: BoolArray
                 ) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Add the yes-no outcomes as they happened; missing where the question is not asked."""
    for name in HOUSEHOLD_EVENTS:
        households = households.assign(**{name: potential.event(name, assignment)})
    columns = {}
    for name in PERSON_EVENTS:
        values, missing = np.zeros(len(persons), dtype=bool), np.ones(len(persons), dtype=bool)
        unit = potential.events[name].unit
        values[unit], missing[unit] = potential.event(name, assignment), False
        columns[name] = pd.arrays.BooleanArray(values, missing)
    school = pd.cut(persons["age"], [6, 12, 15, 18], labels=False).fillna(-1).to_numpy(dtype=np.int64) + 1
    attends = columns["attends_school"].fillna(False).to_numpy(dtype=bool)
    return households, persons.assign(**columns, level=named(np.where(attends, school, 0), LEVELS))
