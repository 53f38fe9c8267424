"""The profile of the dropped compares the treated, and shows no small group."""

import numpy as np
import pytest

from dampak.match.profile import dropped_profile


def study(n=400, dropped=0.3):
    rng = np.random.default_rng(0)
    treatment = rng.random(n) < 0.5
    columns = {"age": rng.normal(40, 10, n), "urban": (rng.random(n) < 0.4).astype(float)}
    kept = rng.random(n) > dropped
    return columns, treatment, kept, rng.uniform(0.5, 2, n)


def row(table, covariate):
    return table.set_index("covariate").loc[covariate]


def test_means_are_those_of_the_treated_with_their_survey_weights():
    columns, treatment, kept, weight = study()
    table = dropped_profile(columns, treatment, kept, survey_weight=weight)
    for name, x in columns.items():
        stay, gone = treatment & kept, treatment & ~kept
        found = row(table, name)
        assert (found["n_kept"], found["n_dropped"]) == (stay.sum(), gone.sum())
        means = [np.average(x[g], weights=weight[g]) for g in (stay, gone)]
        assert found[["mean_kept", "mean_dropped"]].tolist() == pytest.approx(means)
    age = columns["age"][treatment]
    w = weight[treatment]
    mean = np.average(age, weights=w)
    spread = np.sqrt((w * (age - mean) ** 2).sum() / (w.sum() - (w**2).sum() / w.sum()))
    found = row(table, "age")
    assert found["std_difference"] == pytest.approx((found["mean_dropped"] - found["mean_kept"]) / spread)


def test_fewer_dropped_than_the_smallest_cell_are_neither_counted_nor_described():
    columns, treatment, kept, weight = study()
    kept[:] = True
    kept[np.flatnonzero(treatment)[:9]] = False
    table = dropped_profile(columns, treatment, kept, survey_weight=weight, min_cell=10)
    assert table[["n_dropped", "mean_kept", "mean_dropped", "std_difference"]].isna().all().all()
    assert table["n_kept"].tolist() == [treatment.sum() - 9] * 2
    shown = dropped_profile(columns, treatment, kept, survey_weight=weight, min_cell=5)
    assert row(shown, "age").notna().all()


def test_a_trait_that_few_of_the_dropped_have_is_blanked_but_a_trait_of_none_or_all_is_not():
    _, treatment, kept, weight = study()
    gone = np.flatnonzero(treatment & ~kept)
    for holders, hidden in ((0, False), (1, True), (9, True), (10, False), (gone.size, False), (gone.size - 1, True)):
        x = np.where(np.arange(400) % 2 == 0, 1.0, 0.0)
        x[gone] = 0.0
        x[gone[:holders]] = 1.0
        found = row(dropped_profile({"trait": x}, treatment, kept, survey_weight=weight), "trait")
        assert np.isnan(found["mean_dropped"]) == hidden
        assert np.isnan(found["mean_kept"]) == hidden  # else the difference to a published total would tell


def test_nobody_dropped_is_said_as_such():
    columns, treatment, kept, weight = study(dropped=-1)
    table = dropped_profile(columns, treatment, kept, survey_weight=weight)
    assert table["n_dropped"].tolist() == [0, 0]
    assert table["mean_dropped"].isna().all()


def test_units_outside_the_survey_do_not_count():
    columns, treatment, kept, weight = study()
    weight[::3] = 0
    inside = weight > 0
    found = dropped_profile(columns, treatment, kept, survey_weight=weight)
    alone = dropped_profile(
        {name: x[inside] for name, x in columns.items()}, treatment[inside], kept[inside], survey_weight=weight[inside]
    )
    assert np.allclose(found.iloc[:, 1:].astype(float), alone.iloc[:, 1:].astype(float))
