"""Small random studies: who was treated, covariates, survey design, outcomes of two rounds."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dampak.seeds import seed_of

COVARIATES = ("age", "income", "female")

# What surveys bring along: weights, primary sampling units, strata.
DESIGNS = {
    "survey": ("weight", "strata", "psu"),
    "clustered": ("weight", "psu"),
    "weighted": ("weight",),
    "simple": (),
}


@dataclass(frozen=True, eq=False)
class Sample:
    """Tables as the clean stage writes them, and what their study says of the survey.

    Attributes
    ----------
    design, outcomes : DataFrame
        Sorted by unit_id.
    parts : tuple of str
        Of the survey design.
    exact : tuple of str
        Columns within whose values units are matched.
    tied : bool
        Covariates are whole numbers of few values, so that units share scores.
    """

    design: pd.DataFrame
    outcomes: pd.DataFrame
    parts: tuple[str, ...]
    exact: tuple[str, ...]
    tied: bool

    def changed(self, **columns: Any) -> Sample:
        """With other columns of the design: arrays, or functions of the column as it is."""
        new = {name: f(self.design[name].to_numpy()) if callable(f) else f for name, f in columns.items()}
        return replace(self, design=self.design.assign(**new))

    def with_outcomes(self, change: Callable[[Any], Any]) -> Sample:
        """With every outcome changed by a function of its values."""
        columns = {name: change(self.outcomes[name].to_numpy()) for name in self.outcomes.columns.drop("unit_id")}
        return replace(self, outcomes=self.outcomes.assign(**columns))

    def rows(self, order: Any) -> Sample:
        """With the rows of the design in another order, each unit what it was."""
        return replace(self, design=self.design.iloc[order].reset_index(drop=True))


def a_sample(
    seed: int, *, kind: str, tied: bool | None = None, exact: bool | None = None, n: int | None = None
) -> Sample:
    """Draw a sample of 60 to 200 units; the groups overlap well, so that hardly a method refuses it."""
    rng = np.random.default_rng(seed)
    drawn, sides = int(rng.integers(60, 201)), rng.random(2) < 0.5
    n = drawn if n is None else n
    tied, exact = (bool(side if asked is None else asked) for asked, side in zip((tied, exact), sides, strict=True))
    z = rng.uniform(-1.7, 1.7, size=(n, 2))
    age, income = (np.rint(z) if tied else z).T
    female = rng.permutation(np.arange(n) % 2).astype(float)
    linear = 0.4 * age - 0.3 * income + 0.4 * female - 0.2
    treatment = (rng.random(n) < 1 / (1 + np.exp(-linear))).astype("int8")
    parts = DESIGNS[kind]
    psu = rng.permutation(np.arange(n) % 12)
    design = pd.DataFrame(
        {
            "unit_id": [f"u{i:04d}" for i in range(n)],
            "treatment": treatment,
            "survey_weight": rng.uniform(0.5, 2, n) if "weight" in parts else np.ones(n),
            "age": 40 + 10 * age,
            "income": 3 + income,
            "female": female,
            "area": np.where(rng.random(n) < 0.5, "rural", "urban"),
        }
    )
    if "strata" in parts:
        design["strata"] = np.where(psu < 5, "north", "south")
    if "psu" in parts:
        design["psu"] = [f"p{i:02d}" for i in psu]
    village = rng.normal(size=12)[psu]
    before = 10 + age - income + village + rng.normal(size=n)
    food = before + 0.5 * age * (1 + treatment) + 0.7 * treatment + rng.normal(size=n)
    outcomes = pd.DataFrame(
        {
            "unit_id": design["unit_id"],
            "food": food,
            "food_before": before,
            "school": (food + rng.normal(size=n) * 2 > np.median(food)).astype(float),
            "visits": rng.poisson(np.exp(0.2 * age + 0.3 * treatment)).astype(float),
        }
    )
    return Sample(design, outcomes, parts, ("area",) if exact else (), tied)


def every_kind(
    *kinds: str, examples: int = 1, tied: bool | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Hold a property against samples of every kind of survey named, of all if none is.

    Hypothesis draws the samples: the same in every run, others for every property. An example that fails is shown as
    it is; to shrink it would take minutes.

    Parameters
    ----------
    *kinds : str
        Of `DESIGNS`.
    examples : int
        Samples of each kind.
    tied : bool or None
        Whether units share scores; half of the samples, if None.
    """
    few = settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, phases=(Phase.explicit, Phase.generate)
    )

    def decorate(claim: Callable[..., None]) -> Callable[..., None]:
        @pytest.mark.parametrize("kind", kinds or list(DESIGNS))
        def test(kind: str, **chosen: Any) -> None:
            def holds(sample: Sample) -> None:
                claim(sample, **chosen)

            # Hypothesis begins with the least of a range.
            first = seed_of(0, claim.__name__, kind, *map(str, chosen.values())) % 2**32
            drawn = st.builds(a_sample, st.integers(first, first + 2**32), kind=st.just(kind), tied=st.just(tied))
            few(given(sample=drawn)(holds))()

        test.__name__, test.__doc__, test.__module__ = claim.__name__, claim.__doc__, claim.__module__
        of_pytest = [p for name, p in inspect.signature(claim).parameters.items() if name != "sample"]
        names = [inspect.Parameter("kind", inspect.Parameter.POSITIONAL_OR_KEYWORD), *of_pytest]
        vars(test)["__signature__"] = inspect.Signature(names)
        return cast("Callable[..., None]", test)

    return decorate
