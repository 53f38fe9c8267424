"""Weights balance what they promise to balance, and say so when they cannot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dampak.errors import ConfigError, DataError
from dampak.match.pairing import nearest
from dampak.match.propensity import logit_score
from dampak.match.weighting import effective_sample_size, inverse_probability_weights, pair_weights


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


def test_overlap_weights_are_the_chance_of_the_other_group_and_never_infinite():
    p, survey = np.array([0.2, 1.0, 0.8, 0.0]), np.array([1.0, 2.0, 1.0, 3.0])
    treatment = np.array([True, True, False, False])
    found = inverse_probability_weights(p, treatment, estimand="ato", survey_weight=survey)
    assert found == pytest.approx([0.8, 0.0, 0.8, 0.0])


def test_overlap_weights_of_a_logit_balance_every_covariate_exactly():
    """Li, Morgan and Zaslavsky (2018), theorem 3."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3)) * [1, 5, 0.1]
    treatment = rng.random(400) < 1 / (1 + np.exp(-x[:, 0]))
    survey = rng.uniform(0.5, 2, 400)
    score = logit_score(x, treatment, names=["a", "b", "c"], weight=survey).score
    w = inverse_probability_weights(score, treatment, estimand="ato", survey_weight=survey)
    means = [np.average(x[group], axis=0, weights=w[group]) for group in (treatment, ~treatment)]
    assert means[0] == pytest.approx(means[1], abs=1e-10)


def test_stabilised_weights_keep_the_ate_weights_of_a_group_up_to_its_share():
    rng = np.random.default_rng(1)
    p, survey, treatment = rng.uniform(0.1, 0.9, 50), rng.uniform(0.5, 2, 50), rng.random(50) < 0.3
    plain = inverse_probability_weights(p, treatment, estimand="ate", survey_weight=survey)
    found = inverse_probability_weights(p, treatment, estimand="ate", survey_weight=survey, stabilised=True)
    share = survey[treatment].sum() / survey.sum()
    assert found == pytest.approx(plain * np.where(treatment, share, 1 - share))
    with pytest.raises(ConfigError, match="stabilised weights are those of the ate; for the att"):
        inverse_probability_weights(p, treatment, estimand="att", survey_weight=survey, stabilised=True)


@pytest.mark.parametrize("estimand", ["att", "atc", "ate"])
def test_trimming_cuts_a_group_s_weights_to_their_quantile_and_no_others(estimand):
    rng = np.random.default_rng(2)
    p, treatment, one = rng.uniform(0.05, 0.95, 40), np.arange(40) < 20, np.ones(40)
    plain = inverse_probability_weights(p, treatment, estimand=estimand, survey_weight=one)
    found = inverse_probability_weights(p, treatment, estimand=estimand, survey_weight=one, trim=0.9)
    for group in (treatment, ~treatment):
        limit = np.sort(plain[group])[17]  # 18 of 20 weights, 90 %, are at most this
        assert found[group] == pytest.approx(np.minimum(plain[group], limit), abs=0)
    cut = found < plain
    assert cut[treatment].sum() == (0 if estimand == "att" else 2)
    assert cut[~treatment].sum() == (0 if estimand == "atc" else 2)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), trim=st.floats(0.51, 0.99), estimand=st.sampled_from(["att", "atc", "ate"]))
def test_units_split_in_two_halves_are_trimmed_as_before(seed, trim, estimand):
    """A unit of survey weight 2 is two units of 1, in whatever order; a unit of weight 0 is none."""
    rng = np.random.default_rng(seed)
    p, treatment = rng.uniform(0.05, 0.95, 30), np.append(rng.random(28) < 0.5, [True, False])
    survey = rng.integers(0, 4, 30).astype(float)
    survey[-2:] = 1
    options = {"estimand": estimand, "trim": trim}
    whole = inverse_probability_weights(p, treatment, survey_weight=survey, **options)
    rows = rng.permutation(np.repeat(np.arange(30), survey.astype(int)))
    parts = inverse_probability_weights(p[rows], treatment[rows], survey_weight=np.ones(rows.size), **options)
    assert parts * survey[rows] == pytest.approx(whole[rows])


def test_units_outside_the_analysis_may_be_certain_of_their_group():
    p, treatment = np.array([0.5, 0.5, 1.0, 0.0]), np.array([True, False, False, True])
    for estimand in ("att", "atc", "ate", "ato"):
        w = inverse_probability_weights(p, treatment, estimand=estimand, survey_weight=np.array([1.0, 1.0, 0.0, 0.0]))
        assert (w[2:] == 0).all()
    with pytest.raises(DataError, match="1 units have a score of 0 or 1 against their own group"):
        inverse_probability_weights(p, treatment, estimand="atc", survey_weight=np.ones(4))
    with pytest.raises(DataError, match="2 units"):
        inverse_probability_weights(p, treatment, estimand="ate", survey_weight=np.ones(4))


def test_options_without_sense_are_refused():
    p, treatment, one = np.full(4, 0.5), np.arange(4) < 2, np.ones(4)
    with pytest.raises(ConfigError, match="att, atc, ate or ato, not 'atm'"):
        inverse_probability_weights(p, treatment, estimand="atm", survey_weight=one)
    with pytest.raises(ConfigError, match="need no trimming"):
        inverse_probability_weights(p, treatment, estimand="ato", survey_weight=one, trim=0.9)
    for trim in (0.5, 1.0, 3.0):
        with pytest.raises(ConfigError, match=r"a quantile between 0\.5 and 1"):
            inverse_probability_weights(p, treatment, estimand="ate", survey_weight=one, trim=trim)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), replace=st.booleans(), ratio=st.integers(1, 3), atc=st.booleans())
def test_the_matches_stand_for_exactly_the_focal_units_that_found_one(seed, replace, ratio, atc):
    rng = np.random.default_rng(seed)
    treatment = np.append(rng.random(30) < 0.5, [True, False])
    score, survey = rng.integers(1, 9, 32) / 9, rng.uniform(0.5, 3, 32)
    pairs = nearest(treatment, score=score, replace=replace, ratio=ratio, caliper=0.8, estimand="atc" if atc else "att")
    weight = pair_weights(pairs, survey_weight=survey, inherited=True)
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
