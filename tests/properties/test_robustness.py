"""Balance, other orders of matching and robustness move with nothing that has no meaning either."""

from __future__ import annotations

import numpy as np

from tests.properties.chain import differences, run
from tests.properties.menu import Method, menu
from tests.properties.strategies import Sample, every_kind

FAMILIES = ("regression_att", "nearest_1_att", "nearest_1_atc", "nearest_1_caliper_att", "optimal_att", "full_ate",
            "subclass_att", "cem_att_bins_3", "ipw_atc", "entropy_balancing_ate")  # fmt: skip
OF = ("balance", "orders", "robustness", "dropped", "frontier")


def some(sample: Sample) -> list[Method]:
    return [m for m in menu(sample) if m["label"] in FAMILIES]


@every_kind("survey", "simple")
def test_units_of_covariates_and_weights_do_not_show_in_balance_and_robustness(sample: Sample) -> None:
    changed = sample.changed(
        age=lambda age: 1e6 * age + 3e6, income=lambda income: income / 1e3, survey_weight=lambda w: 100 * w
    )
    other = run(changed, some(sample), further=True)
    # Means of a covariate are in its unit, and that is all.
    dropped = other["dropped"].set_index("covariate")
    for name, factor, shift in (("age", 1e6, 3e6), ("income", 1e-3, 0.0)):
        means = [column for column in dropped.columns if column.startswith("mean")]
        dropped.loc[name, means] = (dropped.loc[name, means] - shift) / factor
    other["dropped"] = dropped.reset_index()
    assert differences(run(sample, some(sample), further=True), other, of=OF, tolerance=1e-6) == []


@every_kind("clustered", "weighted")
def test_the_unit_of_the_outcome_shows_only_where_robustness_is_in_it(sample: Sample) -> None:
    """Robustness values, bounds and E-values have none."""
    other = run(sample.with_outcomes(lambda y: -1e4 * y + 7), some(sample), further=True)
    table = other["robustness"]
    in_unit = table["measure"].str.contains("confounder|imum")
    turned = {"order_minimum": "order_maximum", "ties_minimum": "ties_maximum"}
    turned |= {high: low for low, high in turned.items()}
    other["robustness"] = table.assign(
        value=np.where(in_unit, table["value"] / -1e4, table["value"]), measure=table["measure"].replace(turned)
    )
    assert differences(run(sample, some(sample), further=True), other, of=OF, tolerance=1e-6) == []


@every_kind(tied=False)
def test_the_order_of_rows_does_not_show_in_balance_and_robustness_where_nothing_is_tied(sample: Sample) -> None:
    """But in the alternative `order: data`, which is that of the rows."""
    shuffled = sample.rows(np.random.default_rng(len(sample.design)).permutation(len(sample.design)))
    one, two = (run(s, some(sample), further=True) for s in (sample, shuffled))
    for tables in (one, two):
        tables["orders"] = tables["orders"].query("alternative != 'order: data'")
        tables["robustness"] = tables["robustness"][~tables["robustness"]["measure"].str.startswith("order_")]
    assert differences(one, two, of=OF, tolerance=1e-6) == []
