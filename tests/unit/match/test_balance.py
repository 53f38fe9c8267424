"""Balance statistics follow their definitions, written out the long way."""

import math

import numpy as np
import pytest

from dampak.errors import ConfigError
from dampak.match.balance import balance, standardiser, weighted_variance


@pytest.fixture
def units():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 12, 60).astype(float)  # with ties
    treatment = rng.random(60) < 0.4
    weight = rng.uniform(0.2, 3, 60)
    weight[rng.random(60) < 0.2] = 0
    return x, treatment, weight


def test_a_variance_with_equal_weights_is_the_sample_variance(units):
    x, _, _ = units
    assert weighted_variance(x, np.full(60, 2.5)) == pytest.approx(np.var(x, ddof=1))
    assert math.isnan(weighted_variance(x[:1], np.ones(1)))


def test_the_scale_is_the_unweighted_groups_standard_deviation_of_the_estimand(units):
    x, treatment, _ = units
    one = np.ones(60)
    s1, s0 = np.std(x[treatment], ddof=1), np.std(x[~treatment], ddof=1)
    expected = {"att": s1, "atc": s0, "ate": math.sqrt((s1**2 + s0**2) / 2)}
    for estimand, scale in expected.items():
        assert standardiser(x, treatment, estimand=estimand, survey_weight=one) == pytest.approx(scale)
    binary = (x > 5).astype(float)
    p = binary[treatment].mean()
    assert standardiser(binary, treatment, estimand="att", survey_weight=one) == pytest.approx(math.sqrt(p * (1 - p)))


def test_the_scale_counts_survey_weights_as_repeated_units_for_a_binary_covariate(units):
    x, treatment, _ = units
    binary, times = (x > 5).astype(float), np.random.default_rng(1).integers(1, 4, 60)
    weighted = standardiser(binary, treatment, estimand="att", survey_weight=times.astype(float))
    repeated = standardiser(
        np.repeat(binary, times), np.repeat(treatment, times), estimand="att", survey_weight=np.ones(times.sum())
    )
    assert weighted == pytest.approx(repeated)


def test_balance_is_what_the_definitions_say(units):
    x, treatment, weight = units
    w1, w0 = weight * treatment, weight * ~treatment
    found = balance(x, treatment, weight=weight, scale=2.0)
    assert found.smd == pytest.approx((np.average(x, weights=w1) - np.average(x, weights=w0)) / 2.0)
    gaps = [abs(w1[x <= v].sum() / w1.sum() - w0[x <= v].sum() / w0.sum()) for v in np.unique(x[weight > 0])]
    assert found.ks == pytest.approx(max(gaps))
    assert found.ecdf_mean == pytest.approx(np.mean(gaps))

    def variance(group):
        w = weight[group] / weight[group].sum()
        mean = w @ x[group]
        return w @ (x[group] - mean) ** 2 / (1 - (w**2).sum())

    assert found.variance_ratio == pytest.approx(variance(treatment) / variance(~treatment))


def test_for_a_binary_covariate_the_distributions_differ_by_the_shares_and_no_variance_ratio_is_given(units):
    x, treatment, weight = units
    binary = (x > 5).astype(float)
    found = balance(binary, treatment, weight=weight, scale=1.0)
    shares = [np.average(binary[g], weights=weight[g]) for g in (treatment, ~treatment)]
    assert found.smd == pytest.approx(shares[0] - shares[1])
    assert found.ks == found.ecdf_mean == pytest.approx(abs(shares[0] - shares[1]))
    assert math.isnan(found.variance_ratio)


def test_neither_the_level_of_weights_nor_units_without_weight_change_balance(units):
    x, treatment, weight = units
    one = balance(x, treatment, weight=weight, scale=1.0)
    two = balance(x, treatment, weight=weight * 7, scale=1.0)
    used = weight > 0
    three = balance(x[used], treatment[used], weight=weight[used], scale=1.0)
    for other in (two, three):
        assert [other.smd, other.variance_ratio, other.ks, other.ecdf_mean] == pytest.approx(
            [one.smd, one.variance_ratio, one.ks, one.ecdf_mean]
        )


def test_identical_groups_are_balanced_and_a_missing_group_has_no_balance():
    x = np.tile(np.arange(10.0), 2)
    treatment = np.repeat([True, False], 10)
    same = balance(x, treatment, weight=np.ones(20), scale=1.0)
    assert (same.smd, same.variance_ratio, same.ks, same.ecdf_mean) == pytest.approx((0, 1, 0, 0))
    alone = balance(x, treatment, weight=treatment.astype(float), scale=1.0)
    assert all(math.isnan(v) for v in (alone.smd, alone.variance_ratio, alone.ks, alone.ecdf_mean))


def test_without_a_scale_equal_means_are_balanced_and_others_undefined():
    treatment = np.array([True, True, False, False])
    assert balance(np.full(4, 3.0), treatment, weight=np.ones(4), scale=0.0).smd == 0
    assert math.isnan(balance(np.array([3.0, 3, 5, 6]), treatment, weight=np.ones(4), scale=0.0).smd)


def test_the_scale_of_the_overlap_population_is_that_of_all_units_under_its_weights(units):
    """cobalt's s.d.denom for the ATO, "weighted"."""
    x, treatment, _ = units
    survey = np.random.default_rng(2).uniform(0.5, 2, 60)
    overlap = survey * np.where(treatment, 0.7, 0.3)
    mean = np.average(x, weights=overlap)
    share = overlap / overlap.sum()
    expected = math.sqrt(share @ (x - mean) ** 2 / (1 - (share**2).sum()))
    found = standardiser(x, treatment, estimand="ato", survey_weight=survey, overlap_weight=overlap)
    assert found == pytest.approx(expected)
    p = np.average(x > 5, weights=overlap)
    binary = (x > 5).astype(float)
    found = standardiser(binary, treatment, estimand="ato", survey_weight=survey, overlap_weight=overlap)
    assert found == pytest.approx(math.sqrt(p * (1 - p)))
    with pytest.raises(ConfigError, match="ato is standardised with its overlap weights"):
        standardiser(x, treatment, estimand="ato", survey_weight=survey)


def test_a_covariate_that_is_constant_in_the_target_group_is_scaled_by_all_units(units):
    """As cobalt does: the difference from the other group would else have no size."""
    x, treatment, _ = units
    x = np.where(treatment, 4.0, x)
    one = np.ones(60)
    assert standardiser(x, treatment, estimand="att", survey_weight=one) == pytest.approx(np.std(x, ddof=1))
    assert standardiser(np.full(60, 4.0), treatment, estimand="att", survey_weight=one) == 0


def test_weights_of_the_survey_and_of_the_analysis_multiply(units):
    """Integer survey weights times analysis weights are the analysis weights of repeated units."""
    x, treatment, weight = units
    times = np.random.default_rng(3).integers(1, 4, 60)
    found = balance(x, treatment, weight=weight * times, scale=1.0)
    repeated = balance(np.repeat(x, times), np.repeat(treatment, times), weight=np.repeat(weight, times), scale=1.0)
    assert (found.smd, found.ks, found.ecdf_mean) == pytest.approx((repeated.smd, repeated.ks, repeated.ecdf_mean))


def test_an_order_that_was_sorted_before_changes_nothing(units):
    x, treatment, weight = units
    order = np.argsort(x, kind="stable")
    assert balance(x, treatment, weight=weight, scale=2.0, order=order) == balance(
        x, treatment, weight=weight, scale=2.0
    )
