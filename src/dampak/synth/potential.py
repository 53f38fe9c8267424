"""Potential outcomes: what a household and its members would show under any set of programmes.

Each unit keeps what is random about it, so the outcome under another assignment is the same unit, not another draw.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.synth.effects import Setting, added
from dampak.synth.sections import Effects, Outcomes
from dampak.synth.terms import HOUSEHOLD_EVENTS, LOG_OUTCOMES, PERSON_EVENTS
from dampak.synth.welfare import Consumption

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

CHANCE_BOUNDS = (0.005, 0.995)
_BEGIN_SMP, _BEGIN_SMA = 13, 16


@dataclass(frozen=True)
class Event:
    """A yes-no outcome: it happens where `draw` is below the chance.

    Parameters
    ----------
    unit : (m,) int
        Rows (of households or persons) for whom the outcome exists.
    household : (m,) int
        Row of their household.
    chance : (m,) float
        Probability without any programme.
    draw : (m,) float
        Uniform on [0, 1), kept for every assignment.
    """

    unit: IntArray
    household: IntArray
    chance: FloatArray
    draw: FloatArray


@dataclass(frozen=True)
class Potential:
    """All that decides outcomes but the assignment.

    Parameters
    ----------
    setting : Setting
        Region and urban of every household.
    effects : Effects
        Planted effects.
    multiplier : (n,) float
        Of a household's effects on consumption; mean 1.
    log_without : mapping
        `food`, `nonfood` -> (n,) float, log Rp per person per month without programmes.
    events : mapping
        Name of a probability outcome -> Event.
    """

    setting: Setting
    effects: Effects
    multiplier: FloatArray
    log_without: Mapping[str, FloatArray]
    events: Mapping[str, Event]

    def shifted(self, shift: FloatArray) -> "Potential":
        """Move every household's log consumption by `shift`, (n,) float."""
        moved = {name: log + shift for name, log in self.log_without.items()}
        return replace(self, log_without=moved)

    def consumption(self, assignment: BoolArray) -> dict[str, FloatArray]:
        """Food, non-food and total under an assignment.

        Parameters
        ----------
        assignment : (n, p) bool
            Households by `PROGRAMMES`.

        Returns
        -------
        dict of (n,) float
            `food`, `nonfood` (whole Rp per person per month) and their sum `consumption`.
        """
        parts = {
            name: np.rint(np.exp(log + self.multiplier * added(self.effects, name, assignment, self.setting)))
            for name, log in self.log_without.items()
        }
        return {**parts, "consumption": parts["food"] + parts["nonfood"]}

    def event(self, name: str, assignment: BoolArray) -> BoolArray:
        """Whether a yes-no outcome happens to each of its units under an assignment, (m,) bool."""
        event = self.events[name]
        change = added(self.effects, name, assignment, self.setting)[event.household]
        return np.asarray(event.draw < np.clip(event.chance + change, *CHANCE_BOUNDS))


def draw_potential(
    households: pd.DataFrame,
    persons: pd.DataFrame,
    consumption: Consumption,
    settings: Outcomes,
    effects: Effects,
    rng: np.random.Generator,
) -> Potential:
    """Draw what decides the outcomes of a population.

    Parameters
    ----------
    households : DataFrame
        `region`, `urban`, `standing`.
    persons : DataFrame
        `household`, `age`, `male`, `birth_last_two_years`.
    consumption : Consumption
    settings : Outcomes
        Chances without programmes.
    effects : Effects
    rng : Generator
    """
    n, row = len(households), persons["household"].to_numpy()
    well, age = households["standing"].to_numpy(), persons["age"].to_numpy()
    chances = _person_chances(age, persons["male"].to_numpy(), well[row], settings)
    asked = {
        "attends_school": (age >= 7) & (age <= 18),
        "outpatient": np.ones(len(age), dtype=bool),
        "assisted_delivery": persons["birth_last_two_years"].to_numpy(),
        "works": (age >= 15) & (age <= 64),
    }
    multiplier = 1 + effects.heterogeneity.value * rng.standard_normal(n)
    insecure = settings.food_insecure.value + settings.food_insecure_slope.value * well
    everyone = np.arange(n)
    events = {"food_insecure": Event(everyone, everyone, insecure, rng.random(n))}
    for name in PERSON_EVENTS:
        unit = np.flatnonzero(asked[name])
        events[name] = Event(unit, row[unit], chances[name][unit], rng.random(len(unit)))
    log_without = {name: getattr(consumption, name) for name in LOG_OUTCOMES}
    setting = Setting(households["region"].to_numpy(), households["urban"].to_numpy())
    return Potential(
        setting, effects, multiplier, log_without, {e: events[e] for e in HOUSEHOLD_EVENTS + PERSON_EVENTS}
    )


def _person_chances(age: NDArray[np.int16], male: BoolArray, well: FloatArray, settings: Outcomes
                    ) -> dict[str, FloatArray]:  # fmt: skip
    """Chance of each person outcome without programmes, (persons,) float."""
    s = settings
    sd, sma = age < _BEGIN_SMP, age >= _BEGIN_SMA
    attends = np.where(sd, s.attends_sd.value, np.where(sma, s.attends_sma.value, s.attends_smp.value))
    steep = np.where(sd, 0.5, np.where(sma, 2.0, 1.0))
    works = np.where(male, s.works_men.value, s.works_women.value)
    # The young are at school; those of 60-64 work less.
    works = works * np.where(age < 19, 0.25, np.where(age >= 60, 0.8, 1.0))
    ill = s.outpatient.value * np.where(age < 6, 1.3, np.where(age >= 60, 1.5, 0.9))
    return {
        "attends_school": attends + s.attends_slope.value * steep * well,
        "outpatient": ill + s.outpatient_slope.value * well,
        "assisted_delivery": s.assisted_delivery.value + s.assisted_delivery_slope.value * well,
        "works": works + s.works_slope.value * well,
    }
