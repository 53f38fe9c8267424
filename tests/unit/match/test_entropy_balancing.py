"""Entropy balancing equates what it promises to equate, and says so when it cannot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dampak.errors import ConfigError, DataError
from dampak.match.entropy_balancing import entropy_balancing, moment_columns
from dampak.match.standardised import BLOCK


def study(seed=0, n=500):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(40, 10, n), rng.gamma(2, 1000, n), rng.random(n) < 0.4]).astype(float)
    linear = -0.5 + 0.03 * (x[:, 0] - 40) - 0.0002 * (x[:, 1] - 2000) + 0.5 * x[:, 2]
    return x, rng.random(n) < 1 / (1 + np.exp(-linear)), rng.uniform(0.5, 2, n)


NAMES = ["age", "income", "urban"]


@pytest.mark.parametrize("estimand", ["att", "atc", "ate"])
@pytest.mark.parametrize("moments", [1, 2, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_entropy_balancing_equates_the_moments_and_the_totals(estimand, moments, weighted):
    x, treatment, survey = study()
    base = survey if weighted else np.ones(len(x))
    weight = entropy_balancing(
        x, treatment, names=NAMES, estimand=estimand, moments=moments, survey_weight=survey if weighted else None
    )
    target = {"att": treatment, "atc": ~treatment, "ate": np.ones_like(treatment)}[estimand]
    if estimand != "ate":
        assert weight[target] == pytest.approx(base[target], abs=0)
    assert (weight > 0).all()
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    for group in (treatment, ~treatment):
        assert weight[group].sum() == pytest.approx(base[target].sum())
        for power in range(1, moments + 1):
            goal = np.average(z[target] ** power, axis=0, weights=base[target])
            assert np.average(z[group] ** power, axis=0, weights=weight[group]) == pytest.approx(goal, abs=1e-8)
    if moments == 1:  # the next moment is left to chance: `moments` does something
        second = [np.average(z[g] ** 2, axis=0, weights=weight[g]) for g in (treatment, ~treatment)]
        assert np.abs(second[0] - second[1])[:2].max() > 1e-3


def test_entropy_weights_are_an_exponential_tilt_of_the_base_weights():
    """Hainmueller's eq. 8: log(w / q) is linear in the covariates, which makes the solution the unique one."""
    x, treatment, survey = study(1)
    weight = entropy_balancing(x, treatment, names=NAMES, survey_weight=survey)
    tilt = np.log(weight[~treatment] / survey[~treatment])
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    design = np.column_stack([np.ones((~treatment).sum()), z[~treatment]])
    fitted = design @ np.linalg.lstsq(design, tilt, rcond=None)[0]
    assert tilt == pytest.approx(fitted, abs=1e-9)


def test_a_target_outside_the_values_of_the_other_group_names_the_covariate_and_the_group():
    x, treatment, _ = study(2)
    x[treatment, 1] += 1e6
    with pytest.raises(DataError, match=r"covariate 'income': no weights of the comparison units reach its target"):
        entropy_balancing(x, treatment, names=NAMES)
    with pytest.raises(DataError, match=r"covariate 'income': no weights of the treated units reach"):
        entropy_balancing(x, treatment, names=NAMES, estimand="atc")


def test_targets_that_cannot_be_reached_together_are_refused():
    """Each mean is within range, but no comparison unit lies on the side of the line where both would be met."""
    rng = np.random.default_rng(3)
    low = rng.dirichlet([1, 1, 1], 200)[:, :2]  # a + b <= 1
    high = 1 - low  # a + b >= 1
    x, treatment = np.vstack([low, high]), np.repeat([False, True], 200)
    with pytest.raises(DataError, match=r"no positive weights reach all target means at once .*'(a|b)'"):
        entropy_balancing(x, treatment, names=["a", "b"])


@pytest.mark.parametrize("estimand", ["att", "ate"])
def test_the_solution_has_the_least_entropy_of_all_that_balance(estimand):
    """Any other balancing weights, here a small feasible move away, lie further from the base weights."""
    x, treatment, survey = study(5, n=200)
    weight = entropy_balancing(x, treatment, names=NAMES, estimand=estimand, survey_weight=survey)
    c, q = ~treatment, survey[~treatment]
    design = np.column_stack([np.ones(c.sum()), (x[c] - x[c].mean(axis=0)) / x[c].std(axis=0)])
    rng = np.random.default_rng(0)
    divergence = np.sum(weight[c] * np.log(weight[c] / q))
    for _ in range(20):
        move = rng.normal(size=c.sum())
        move -= design @ np.linalg.lstsq(design, move, rcond=None)[0]
        other = weight[c] + 0.3 * weight[c].min() * move / np.abs(move).max()
        assert np.sum(other * np.log(other / q)) > divergence


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), estimand=st.sampled_from(["att", "atc", "ate"]), moments=st.integers(1, 2))
def test_order_units_of_measurement_and_units_of_no_weight_do_not_matter(seed, estimand, moments):
    rng = np.random.default_rng(seed)
    x, treatment, survey = study(seed, n=300)
    options = {"estimand": estimand, "moments": moments}
    weight = entropy_balancing(x, treatment, names=NAMES, survey_weight=survey, **options)
    strange = np.vstack([x, [[1e7, -1e7, 0.5]]])
    rows = rng.permutation(301)
    moved = entropy_balancing(
        (strange * [12, 1e-3, 1] + [5, 0, 1])[rows],
        np.append(treatment, rng.random() < 0.5)[rows],
        names=NAMES,
        survey_weight=np.append(survey, 0.0)[rows],
        **options,
    )
    assert moved == pytest.approx(np.append(weight, 0.0)[rows], rel=1e-6, abs=1e-12)


def test_more_units_than_fit_in_a_block_are_balanced_as_few_are():
    x, treatment, survey = study(6, n=2 * BLOCK + 777)
    weight = entropy_balancing(x, treatment, names=NAMES, estimand="ate", survey_weight=survey)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    for group in (treatment, ~treatment):
        reached = np.average(z[group], axis=0, weights=weight[group])
        assert reached == pytest.approx(np.average(z, axis=0, weights=survey), abs=1e-10)


def test_redundant_covariates_change_nothing():
    x, treatment, survey = study(7)
    once = entropy_balancing(x, treatment, names=NAMES, survey_weight=survey)
    twice = entropy_balancing(
        np.column_stack([x, 2 * x[:, 0] - x[:, 2]]), treatment, names=[*NAMES, "sum"], survey_weight=survey
    )
    assert twice == pytest.approx(once, rel=1e-8)


def test_moment_columns_leave_out_the_powers_of_a_binary_covariate():
    x, _, _ = study(8)
    assert moment_columns(x, moments=3).shape == (500, 7)
    assert np.corrcoef(moment_columns(x, moments=1), x, rowvar=False)[:3, 3:].diagonal() == pytest.approx([1, 1, 1])


def test_an_estimand_that_it_does_not_support_is_refused():
    x, treatment, _ = study(4)
    with pytest.raises(ConfigError, match="att, atc or ate, not 'ato'; use overlap"):
        entropy_balancing(x, treatment, names=NAMES, estimand="ato")


def test_both_groups_must_reach_the_ate_s_target():
    x, treatment, _ = study(2)
    x[treatment, 1] += 1e6
    with pytest.raises(DataError, match="covariate 'income': no weights of the comparison units reach its target"):
        entropy_balancing(x, treatment, names=NAMES, estimand="ate")
    low = study(2)[0]
    low[~treatment, 1] -= 1e6
    low[treatment, 1] += 1e6
    with pytest.raises(DataError, match=r"covariate 'income': no weights of the (comparison|treated) units reach"):
        entropy_balancing(low, treatment, names=NAMES, estimand="ate")
