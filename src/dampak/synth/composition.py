"""Who lives in a household: heads, spouses, children, married children, parents; and their family cards (KK)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.synth.sections import Composition
from dampak.synth.terms import MARITAL, RELATIONS, named

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

MAX_CHILDREN = 5
MAX_GRANDCHILDREN = 3
OLDEST = 95
OLDEST_MOTHER = 47


@dataclass
class _Slot:
    """One possible member of every household; arrays are (n,)."""

    present: BoolArray
    age: IntArray
    male: BoolArray
    relation: str
    marital: IntArray
    family: IntArray
    """1 the head's card, 2 a married child's, 3 a parent's."""
    family_head: BoolArray
    in_couple: BoolArray
    youngest: IntArray
    """Age of the youngest own child in the household; OLDEST where there is none."""


class _Builder:
    """Draws the members slot by slot; a later slot sees the earlier ones."""

    def __init__(self, n: int, settings: Composition, rng: np.random.Generator) -> None:
        self.n, self.settings, self.rng = n, settings, rng
        self.slots: list[_Slot] = []
        self.none = np.full(n, OLDEST, dtype=np.int64)
        self.first = np.ones(n, dtype=np.int64)

    def chance(self, p: float | NDArray[np.float64]) -> BoolArray:
        return np.asarray(self.rng.random(self.n) < p)

    def years(self, mean: float, spread: float, low: int, high: int) -> IntArray:
        drawn = np.rint(mean + spread * self.rng.standard_normal(self.n))
        return np.clip(drawn, low, high).astype(np.int64)

    def status(self, text: str) -> IntArray:
        return np.full(self.n, MARITAL.index(text), dtype=np.int64)

    def add(self, present: BoolArray, age: IntArray, male: BoolArray, relation: str, marital: IntArray, *,
            family: IntArray | None = None, family_head: BoolArray | None = None, in_couple: BoolArray | None = None,
            youngest: IntArray | None = None) -> None:  # fmt: skip
        no = np.zeros(self.n, dtype=bool)
        self.slots.append(
            _Slot(present, np.clip(age, 0, OLDEST), male, relation, marital,
                  self.first if family is None else family, no if family_head is None else family_head,
                  no if in_couple is None else in_couple, self.none if youngest is None else youngest)
        )  # fmt: skip

    def nuclear(self) -> tuple[IntArray, BoolArray]:
        """Head, spouse and unmarried children; returns the head's age and whether he or she ever married."""
        rng, n = self.rng, self.n
        age = np.floor(22 + 68 * rng.beta(2.3, 3.2, n)).astype(np.int64)
        alone = self.chance(0.07 + 0.36 / (1 + np.exp(-(age - 63) / 8)))
        male = ~np.where(alone, self.chance(0.72), self.chance(0.025))
        never = alone & (age < 30)
        widowed = alone & ~never & self.chance(np.clip((age - 30) / 30, 0.1, 0.95))
        marital = np.where(never, 0, np.where(~alone, 1, np.where(widowed, 3, 2))).astype(np.int64)
        gap = self.years(4, 4, -6, 18)
        spouse_age = np.clip(np.where(male, age - gap, age + gap), 17, OLDEST)
        mother_age = np.where(male, np.where(alone, age - 4, spouse_age), age)
        births = np.minimum(rng.poisson(self.settings.births.value, n), MAX_CHILDREN) * ~never
        child_age = mother_age - self.years(22.5, 3.5, 17, 36)
        youngest, children = self.none.copy(), []
        for order in range(MAX_CHILDREN):
            # Children leave home from 18 on.
            stays = self.chance(np.where(child_age < 18, 1.0, np.clip(0.8 - 0.07 * (child_age - 18), 0.04, 1)))
            present = (order < births) & (child_age >= 0) & (mother_age - child_age <= OLDEST_MOTHER) & stays
            children.append((present, child_age, self.chance(0.51)))
            youngest = np.where(present, np.minimum(youngest, child_age), youngest)
            child_age = child_age - 2 - np.floor(rng.exponential(2.4, n)).astype(np.int64)
        yes = np.ones(n, dtype=bool)
        self.add(yes, age, male, "head", marital, family_head=yes, in_couple=~alone, youngest=youngest)
        self.add(~alone, spouse_age, ~male, "spouse", self.status("married"), in_couple=~alone, youngest=youngest)
        for present, ages, boy in children:
            self.add(present, ages, boy, "child", self.status("never"))
        return age, ~never

    def married_child(self, head_age: IntArray, ever_married: BoolArray) -> None:
        """A married child with spouse and children, on the head's card or their own."""
        rng, settings = self.rng, self.settings
        present = (head_age >= 44) & ever_married & self.chance(settings.married_child_share.value / 0.62)
        age = np.minimum(20 + np.floor(18 * rng.random(self.n)).astype(np.int64), np.maximum(head_age - 20, 20))
        male, couple = self.chance(0.45), present & self.chance(0.93)
        own = present & self.chance(settings.married_child_own_card.value)
        family = np.where(own, 2, 1).astype(np.int64)
        spouse_age = np.clip(np.where(male, age - 3, age + 3), 18, OLDEST)
        mother_age = np.where(male, spouse_age, age)
        grandchildren = np.minimum(rng.poisson(1.2, self.n), MAX_GRANDCHILDREN)
        youngest, drawn = self.none.copy(), []
        for order in range(MAX_GRANDCHILDREN):
            ages = np.floor(rng.random(self.n) * np.maximum(mother_age - 17, 1)).astype(np.int64)
            there = present & (order < grandchildren)
            drawn.append((there, ages, self.chance(0.51)))
            youngest = np.where(there, np.minimum(youngest, ages), youngest)
        # Where there is a couple the man heads the card, as family cards do.
        child_heads, spouse_heads = own & (male | ~couple), own & couple & ~male
        marital = np.where(couple, 1, 2).astype(np.int64)
        self.add(present, age, male, "child", marital, family=family, family_head=child_heads,
                 in_couple=couple, youngest=youngest)  # fmt: skip
        self.add(couple, spouse_age, ~male, "child_in_law", self.status("married"), family=family,
                 family_head=spouse_heads, in_couple=couple, youngest=youngest)  # fmt: skip
        for there, ages, boy in drawn:
            self.add(there, ages, boy, "grandchild", self.status("never"), family=family)

    def elders(self, head_age: IntArray) -> None:
        """One or both parents of a younger head, on the head's card or their own; and another relative."""
        settings = self.settings
        present = (head_age < 60) & self.chance(settings.parent_share.value / 0.72)
        age = np.minimum(head_age + self.years(25, 5, 17, 38), OLDEST)
        own = present & self.chance(settings.parent_own_card.value)
        family = np.where(own, 3, 1).astype(np.int64)
        both = present & self.chance(0.3)
        male = self.chance(np.where(both, 1.0, 0.2))
        marital = np.where(both, 1, 3).astype(np.int64)
        self.add(present, age, male, "parent", marital, family=family, family_head=own, in_couple=both)
        self.add(both, np.maximum(age - 4, head_age + 16), ~male, "parent", self.status("married"), family=family,
                 in_couple=both)  # fmt: skip
        other = self.chance(settings.other_share.value)
        self.add(other, 8 + np.floor(50 * self.rng.random(self.n)).astype(np.int64), self.chance(0.5), "other",
                 self.status("never"))  # fmt: skip


def compose(household_id: IntArray, settings: Composition, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the members of every household.

    Parameters
    ----------
    household_id : (n,) int
        Rising.
    settings : Composition
    rng : Generator

    Returns
    -------
    DataFrame
        One row per person, by household: `person_id` (household and number), `family_id` (household and card),
        `household_id`, `household` (row of the household), `number` (from 1; the head is 1), `relation`,
        `family_head`, `male`, `age` (years), `marital`, `in_couple`, `severe_disability`, `pregnant`,
        `birth_last_two_years` (a woman whose youngest child at home is 0 or 1).
    """
    builder = _Builder(len(household_id), settings, rng)
    head_age, ever_married = builder.nuclear()
    builder.married_child(head_age, ever_married)
    builder.elders(head_age)
    slots = builder.slots
    present = np.column_stack([slot.present for slot in slots])

    def flat(name: str) -> NDArray[np.generic]:
        return np.asarray(np.column_stack([getattr(slot, name) for slot in slots])[present])

    household, slot = np.nonzero(present)
    number = np.arange(len(household)) - np.searchsorted(household, household) + 1
    ids = household_id[household]
    age, male, couple = flat("age").astype(np.int16), flat("male").astype(bool), flat("in_couple").astype(bool)
    codes = np.array([RELATIONS.index(s.relation) for s in slots], dtype=np.int8)
    m = len(household)
    fertile = ~male & (age >= 17) & (age <= 49)
    disabled = rng.random(m) < settings.severe_disability.value * np.where(age >= 60, 5, 1)
    pregnant = fertile & couple & (age >= 18) & (age <= 39) & (rng.random(m) < settings.pregnancy.value)
    return pd.DataFrame(
        {
            "person_id": ids * 100 + number,
            "family_id": ids * 10 + flat("family").astype(np.int64),
            "household_id": ids,
            "household": household.astype(np.int64),
            "number": number.astype(np.int8),
            "relation": named(codes[slot], RELATIONS),
            "family_head": flat("family_head").astype(bool),
            "male": male,
            "age": age,
            "marital": named(flat("marital"), MARITAL),
            "in_couple": couple,
            "severe_disability": disabled,
            "pregnant": pregnant,
            "birth_last_two_years": fertile & (flat("youngest").astype(np.int64) <= 1),
        }
    )
