"""Weights balance what they promise to balance, and say so when they cannot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dampak.errors import ConfigError, DataError
from dampak.match.pairing import nearest
from dampak.match.weighting import (
    effective_sample_size,
    entropy_balancing,
    inverse_probability_weights,
    pair_weights,
)


def study(seed=0, n=500):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(40, 10, n), rng.gamma(2, 1000, n), rng.random(n) < 0.4]).astype(float)
    linear = -0.5 + 0.03 * (x[:, 0] - 40) - 0.0002 * (x[:, 1] - 2000) + 0.5 * x[:, 2]
    return x, rng.random(n) < 1 / (1 + np.exp(-linear)), rng.uniform(0.5, 2, n)


NAMES = ["age", "income", "urban"]


@pytest.mark.parametrize("estimand", ["att", "atc"])
@pytest.mark.parametrize("moments", [1, 2, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_entropy_balancing_equates_the_moments_and_the_totals(estimand, moments, weighted):
    x, treatment, survey = study()
    base = survey if weighted else np.ones(len(x))
    weight = entropy_balancing(
        x, treatment, names=NAMES, estimand=estimand, moments=moments, survey_weight=survey if weighted else None
    )
    target = treatment if estimand == "att" else ~treatment
    assert weight[target] == pytest.approx(base[target], abs=0)
    assert weight[~target].sum() == pytest.approx(base[target].sum())
    assert (weight > 0).all()
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    for power in range(1, moments + 1):
        goal = np.average(z[target] ** power, axis=0, weights=weight[target])
        reached = np.average(z[~target] ** power, axis=0, weights=weight[~target])
        assert reached == pytest.approx(goal, abs=1e-7)
    if moments == 1:  # the next moment is left to chance: `moments` does something
        apart = np.average(z[target] ** 2, axis=0, weights=weight[target]) - np.average(
            z[~target] ** 2, axis=0, weights=weight[~target]
        )
        assert np.abs(apart[:2]).max() > 1e-3


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


def test_inverse_probability_weights_follow_their_definitions():
    p, survey = np.array([0.2, 0.5, 0.8, 0.4]), np.array([1.0, 2.0, 1.0, 3.0])
    treatment = np.array([True, True, False, False])
    expected = {
        "att": [1, 1, 0.8 / 0.2, 0.4 / 0.6],
        "atc": [0.8 / 0.2, 1, 1, 1],
        "ate": [1 / 0.2, 1 / 0.5, 1 / 0.2, 1 / 0.6],
    }
    for estimand, weight in expected.items():
        found = inverse_probability_weights(p, treatment, estimand=estimand, survey_weight=survey)
        assert found == pytest.approx(survey * weight)


def test_estimands_that_a_method_does_not_support_are_refused():
    x, treatment, survey = study(4)
    with pytest.raises(ConfigError, match="att, atc or ate, not 'ato'"):
        inverse_probability_weights(np.full(len(x), 0.5), treatment, estimand="ato", survey_weight=survey)
    with pytest.raises(ConfigError, match="att or atc, not 'ate'; use ipw"):
        entropy_balancing(x, treatment, names=NAMES, estimand="ate")


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), replace=st.booleans(), ratio=st.integers(1, 3), atc=st.booleans())
def test_the_matches_stand_for_exactly_the_focal_units_that_found_one(seed, replace, ratio, atc):
    rng = np.random.default_rng(seed)
    treatment = np.append(rng.random(30) < 0.5, [True, False])
    score, survey = rng.integers(1, 9, 32) / 9, rng.uniform(0.5, 3, 32)
    pairs = nearest(treatment, score=score, replace=replace, ratio=ratio, caliper=0.8, estimand="atc" if atc else "att")
    weight = pair_weights(pairs, treatment, survey_weight=survey)
    focal = ~treatment if atc else treatment
    matched = np.unique(pairs.focal)
    assert weight[matched] == pytest.approx(survey[matched])
    assert weight[focal].sum() == pytest.approx(survey[matched].sum())
    assert weight[~focal].sum() == pytest.approx(survey[matched].sum())
    unused = np.setdiff1d(np.arange(32), np.concatenate([pairs.focal, pairs.match]))
    assert (weight[unused] == 0).all()


def test_the_effective_sample_size_counts_equal_weights_and_discounts_unequal_ones():
    assert effective_sample_size(np.full(7, 3.5)) == pytest.approx(7)
    assert effective_sample_size(np.array([1.0, 0.0, 0.0])) == pytest.approx(1)
    assert effective_sample_size(np.array([3.0, 1.0])) == pytest.approx(16 / 10)
    assert effective_sample_size(np.zeros(3)) == 0
