"""What has no meaning for an effect moves no method: names, units of measurement, the order of rows and columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.properties.chain import differences, run
from tests.properties.menu import Method, menu
from tests.properties.strategies import COVARIATES, Sample, every_kind


def greedy_on_covariates(method: Method) -> bool:
    """Pairs without replacement by a distance on covariates.

    Where covariates have few values, many distances are equal but for their last bit. Who is taken then falls by that
    bit and by the first covariate, as in MatchIt; `optimal` and `full` round distances to 30 binary digits instead,
    and matching with replacement takes all that tie.
    """
    return method["method"].startswith("nearest_1") and method["distance"] != "propensity" and not method["replace"]


def asked(sample: Sample, *, but: Any = lambda method: False) -> list[Method]:
    """The menu, without those methods for which the samples of tied units leave a choice that is arbitrary."""
    return [m for m in menu(sample) if not (sample.tied and (greedy_on_covariates(m) or but(m)))]


@every_kind("survey", "weighted")
def test_names_of_units_that_keep_their_order_are_only_names(sample: Sample) -> None:
    new = {unit: f"hh{7 * number:06d}" for number, unit in enumerate(sample.design["unit_id"])}
    old = {name: unit for unit, name in new.items()}
    renamed = sample.changed(unit_id=sample.design["unit_id"].map(new))
    renamed = replace(renamed, outcomes=sample.outcomes.assign(unit_id=sample.outcomes["unit_id"].map(new)))
    tables = run(renamed, menu(sample))
    for name, table in tables.items():
        columns = table.columns.intersection(["unit_id", "focal_id", "match_id"])
        tables[name] = table.assign(**{column: table[column].map(old) for column in columns})
    assert differences(run(sample, menu(sample)), tables, tolerance=0) == []


@every_kind("survey", "clustered")
def test_labels_of_strata_psus_and_exact_values_are_only_labels(sample: Sample) -> None:
    """In another order of sorting, too; the wild bootstrap draws the same signs for the same clusters."""
    labels = {}
    for column in sample.design.columns.intersection(["strata", "psu", "area"]):
        values = sorted(sample.design[column].unique())
        labels[column] = sample.design[column].map({value: f"z{len(values) - i}" for i, value in enumerate(values)})
    assert differences(run(sample, menu(sample)), run(sample.changed(**labels), menu(sample))) == []


@every_kind("clustered", "simple")
def test_columns_that_the_study_does_not_name_are_not_looked_at(sample: Sample) -> None:
    rng = np.random.default_rng(1)
    wider = sample.changed(food=sample.outcomes["food"], later=rng.normal(size=len(sample.design)))
    assert differences(run(sample, menu(sample)), run(wider, menu(sample)), tolerance=0) == []


@every_kind(tied=False)
def test_the_order_of_rows_moves_nothing_where_nothing_is_tied(sample: Sample) -> None:
    """Not so for `order: data`, which lets units choose in the order of their rows, sorted by unit_id."""
    methods = [m for m in menu(sample) if m.get("order") != "data"]
    shuffled = sample.rows(np.random.default_rng(1).permutation(len(sample.design)))
    assert differences(run(sample, methods), run(shuffled, methods)) == []


@every_kind("survey", "simple")
def test_the_order_of_covariates_moves_nothing(sample: Sample) -> None:
    methods = asked(sample)
    other = run(sample, methods, covariates=[{"name": name, "expression": None} for name in reversed(COVARIATES)])
    assert differences(run(sample, methods), other) == []


@pytest.mark.parametrize(("factor", "shift"), [(1e6, -3e6), (1e-6, 2e-6), (1.0, 2000.0), (-2.5, 4.0)])
@every_kind("survey", "simple")
def test_the_unit_of_a_covariate_moves_nothing(sample: Sample, factor: float, shift: float) -> None:
    """Nor do its zero and its sign; calipers and bounds of bins, which are in that unit, go with it.

    Two conventions of coarsened exact matching look at more than the distances of values: a value on a bound of a bin
    belongs to the higher bin, which a change of sign turns into the lower; and the rule `fd` rounds values to five
    digits (as R), which depends on where zero is.
    """
    methods = asked(sample, but=lambda m: m["method"] == "cem" and factor < 0)
    methods = [m for m in methods if m.get("bins") != "fd" or shift == 0]
    moved = sample.changed(age=lambda age: factor * age + shift, income=lambda income: factor * income)
    in_new_unit = []
    for m in methods:
        new = dict(m)
        if m.get("covariate_calipers"):
            new["covariate_calipers"] = {name: abs(factor) * width for name, width in m["covariate_calipers"].items()}
        if isinstance(m.get("bins"), dict):
            new["bins"] = m["bins"] | {"age": sorted(factor * bound + shift for bound in m["bins"]["age"])}
        in_new_unit.append(new)
    before, after = run(sample, methods), run(moved, in_new_unit)
    assert differences(before, after) == []
    assert differences(before, after, of=("scores",), tolerance=1e-9) == []


@every_kind()
def test_the_coding_of_a_binary_covariate_moves_nothing(sample: Sample) -> None:
    methods, score = asked(sample), {"model": "probit" if "psu" in sample.parts else "logit", "folds": 5}
    recoded = sample.changed(female=lambda female: 1 - female)
    assert differences(run(sample, methods, propensity=score), run(recoded, methods, propensity=score)) == []


@every_kind("clustered", "weighted")
def test_only_ratios_of_survey_weights_count(sample: Sample) -> None:
    scale = 1e-4 if "psu" in sample.parts else 1e5
    other = run(sample.changed(survey_weight=lambda w: w * scale), menu(sample))
    other["weights"] = other["weights"].assign(weight=other["weights"]["weight"] / scale)
    assert differences(run(sample, menu(sample)), other) == []


@every_kind()
def test_an_effect_is_in_the_unit_of_its_outcome(sample: Sample) -> None:
    """Of y -> a y + b, estimates and limits take the factor a, standard errors its size; nothing takes the shift.

    Not so for a logit or Poisson model, whose outcome has no other unit.
    """
    factor, shift = (-3.0, 0.0) if "psu" in sample.parts else (1e6, 5.0)
    methods = [m for m in menu(sample) if m.get("model") not in ("logit", "poisson")]
    other = run(sample.with_outcomes(lambda y: factor * y + shift), methods)
    effects = other["effects"]
    low, high = effects["ci_low"] / factor, effects["ci_high"] / factor
    other["effects"] = effects.assign(
        estimate=effects["estimate"] / factor,
        std_error=effects["std_error"] / abs(factor),
        ci_low=np.minimum(low, high),
        ci_high=np.maximum(low, high),
    )
    assert differences(run(sample, methods), other) == []
