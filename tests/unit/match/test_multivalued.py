"""The generalised score is the maximum of the likelihood, and its weights carry every arm to one population."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dampak.errors import ConfigError, DataError
from dampak.match.multivalued import generalised_score, generalised_support, generalised_weights
from dampak.match.propensity import logit_score
from dampak.match.weighting import inverse_probability_weights

NAMES = ["age", "income"]


def study(seed=0, n=1200):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(40, 10, n), rng.gamma(2, 1000, n)])
    z = (x - [40, 2000]) / [10, 1500]
    linear = np.column_stack([np.zeros(n), -0.2 + 0.7 * z[:, 0], -0.6 - 0.5 * z[:, 0] + 0.6 * z[:, 1]])
    p = np.exp(linear) / np.exp(linear).sum(axis=1, keepdims=True)
    arm = np.array(["none", "cash", "cash+food"])[(rng.random(n)[:, None] > p.cumsum(axis=1)).sum(axis=1)]
    return x, arm, rng.uniform(0.5, 2, n)


def test_the_score_is_the_maximum_likelihood_fit_of_statsmodels():
    from statsmodels.discrete.discrete_model import MNLogit

    x, arm, _ = study()
    found = generalised_score(x, arm, names=NAMES)
    spread = x.std(axis=0)
    design = np.column_stack([np.ones(len(x)), x / spread])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = MNLogit(found.code(arm), design).fit(disp=0, method="newton", tol=1e-14, maxiter=100)
    assert found.arms == ("cash", "cash+food", "none")
    assert found.coefficients * np.append(1.0, spread) == pytest.approx(peer.params.T, rel=1e-8, abs=1e-8)
    assert found.score == pytest.approx(peer.predict(design), abs=1e-8)


def test_with_two_arms_it_is_the_logit():
    x, arm, weight = study(1)
    two = arm != "cash+food"
    found = generalised_score(x[two], arm[two], names=NAMES, weight=weight[two])
    peer = logit_score(x[two], arm[two] == "none", names=NAMES, weight=weight[two])
    assert found.score[:, 1] == pytest.approx(peer.score, abs=1e-12)
    assert found.coefficients[0] == pytest.approx(peer.coefficients, rel=1e-9)


def test_integer_weights_repeat_units_and_weight_0_leaves_them_out():
    x, arm, _ = study(2, n=300)
    times = np.random.default_rng(3).integers(0, 4, 300)
    found = generalised_score(x, arm, names=NAMES, weight=times.astype(float))
    repeated = generalised_score(np.repeat(x, times, axis=0), np.repeat(arm, times), names=NAMES)
    assert found.coefficients == pytest.approx(repeated.coefficients, rel=1e-9, abs=1e-12)
    assert found.score.shape == (300, 3)
    assert found.score.sum(axis=1) == pytest.approx(1.0)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_at_the_maximum_the_scores_reproduce_the_covariate_totals_of_every_arm(seed):
    """The likelihood equations: sum_i w_i (1{A_i = j} - e_ij) x_i = 0."""
    x, arm, weight = study(seed, n=400)
    found = generalised_score(x, arm, names=NAMES, weight=weight)
    own = found.code(arm)[:, None] == np.arange(3)
    rest = (weight[:, None] * (own - found.score)).T @ np.column_stack([np.ones(400), x / x.std(axis=0)])
    assert np.abs(rest).max() < 1e-8 * weight.sum()


def test_the_order_of_rows_does_not_matter():
    x, arm, weight = study(4, n=300)
    shuffle = np.random.default_rng(0).permutation(300)
    one = generalised_score(x, arm, names=NAMES, weight=weight)
    two = generalised_score(x[shuffle], arm[shuffle], names=NAMES, weight=weight[shuffle])
    assert two.score == pytest.approx(one.score[shuffle], abs=1e-12)


def test_covariates_that_separate_an_arm_are_named_and_others_are_not():
    x, arm, _ = study(5, n=300)
    x[:, 1] = np.where(arm == "cash+food", 1.0, np.random.default_rng(0).random(300) < 0.5)
    with pytest.raises(DataError, match=r"'income' separates arms of the treatment \(cash, cash\+food, none; some"):
        generalised_score(x, arm, names=NAMES)
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 300))
    together = np.where(a + b > 1, "high", np.where(rng.random(300) < 0.5, "none", "low"))
    with pytest.raises(DataError, match="'a', 'b' separate arms"):
        generalised_score(np.column_stack([a, b, rng.normal(size=300)]), together, names=["a", "b", "c"])


def test_arms_apart_from_each_other_but_not_from_a_third_have_a_finite_score():
    """`high` and `low` never meet, yet `none` lies on both sides: the likelihood has a maximum."""
    rng = np.random.default_rng(2)
    a = rng.normal(size=400)
    arm = np.where(rng.random(400) < 0.5, "none", np.where(a > 0, "high", "low"))
    found = generalised_score(a[:, None], arm, names=["a"])
    own = found.code(arm)[:, None] == np.arange(3)
    assert np.abs((own - found.score).T @ np.column_stack([np.ones(400), a])).max() < 1e-6


def test_data_without_a_score_are_refused():
    x, arm, weight = study(6, n=100)
    with pytest.raises(DataError, match="are in one arm"):
        generalised_score(x, np.full(100, "cash"), names=NAMES)
    with pytest.raises(DataError, match="'income' is constant"):
        generalised_score(np.column_stack([x[:, 0], np.ones(100)]), arm, names=NAMES)
    with pytest.raises(DataError, match="'income' is an exact combination"):
        generalised_score(np.column_stack([x[:, 0], 2 * x[:, 0] + 1]), arm, names=NAMES)
    with pytest.raises(DataError, match="arm 'none' occurs with survey weight 0 only"):
        generalised_score(x, arm, names=NAMES, weight=np.where(arm == "none", 0, weight))
    with pytest.raises(DataError, match="'voucher' is none of the arms"):
        generalised_score(x, arm, names=NAMES).code(np.array(["cash", "voucher"]))


@pytest.mark.parametrize(("estimand", "target"), [("ate", None), ("att", "cash"), ("ato", None)])
def test_weights_carry_every_arm_to_the_same_covariate_means(estimand, target):
    x, arm, weight = study(7, n=60_000)
    found = generalised_score(x, arm, names=NAMES, weight=weight)
    w = generalised_weights(found, arm, estimand=estimand, survey_weight=weight, target=target)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    means = np.array([np.average(z[arm == a], axis=0, weights=w[arm == a]) for a in found.arms])
    assert np.ptp(means, axis=0).max() < 0.03
    if target:
        assert w[arm == target] == pytest.approx(weight[arm == target])
        assert means[0] == pytest.approx(np.average(z[arm == target], axis=0, weights=weight[arm == target]))
    raw = np.array([np.average(z[arm == a], axis=0, weights=weight[arm == a]) for a in found.arms])
    assert np.ptp(raw, axis=0).max() > 0.3


def test_overlap_weights_equate_means_exactly_with_two_arms_and_never_exceed_the_survey_weight():
    x, arm, weight = study(8)
    two = arm != "cash+food"
    found = generalised_score(x[two], arm[two], names=NAMES, weight=weight[two])
    w = generalised_weights(found, arm[two], estimand="ato", survey_weight=weight[two])
    means = [np.average(x[two][arm[two] == a], axis=0, weights=w[arm[two] == a]) for a in found.arms]
    assert means[0] == pytest.approx(means[1], rel=1e-9)
    three = generalised_score(x, arm, names=NAMES)
    assert (generalised_weights(three, arm, estimand="ato", survey_weight=weight) < weight).all()


@pytest.mark.parametrize(("estimand", "target", "binary"), [("ate", None, "ate"), ("att", "none", "att")])
def test_with_two_arms_the_weights_are_those_of_two_groups(estimand, target, binary):
    x, arm, weight = study(9)
    two = arm != "cash+food"
    found = generalised_score(x[two], arm[two], names=NAMES, weight=weight[two])
    w = generalised_weights(found, arm[two], estimand=estimand, survey_weight=weight[two], target=target)
    peer = inverse_probability_weights(
        found.score[:, 1], arm[two] == "none", estimand=binary, survey_weight=weight[two]
    )
    assert w == pytest.approx(peer)


def test_estimands_of_several_arms_that_do_not_exist_are_refused():
    x, arm, weight = study(10, n=200)
    found = generalised_score(x, arm, names=NAMES)
    with pytest.raises(ConfigError, match="compared by ate, att, ato, not 'atc'; use att"):
        generalised_weights(found, arm, estimand="atc", survey_weight=weight)
    with pytest.raises(ConfigError, match="needs a target: 'None' is not an arm of the treatment; use cash, cash"):
        generalised_weights(found, arm, estimand="att", survey_weight=weight)


def test_common_support_is_the_range_that_all_arms_share():
    x, arm, _ = study(11)
    found = generalised_score(x, arm, names=NAMES)
    reasons = generalised_support(found, arm, rule="minmax")
    inside = np.ones(len(x), dtype=bool)
    for j in range(3):
        lows = [found.score[arm == a, j].min() for a in found.arms]
        highs = [found.score[arm == a, j].max() for a in found.arms]
        inside &= (found.score[:, j] >= max(lows)) & (found.score[:, j] <= min(highs))
    assert [not r for r in reasons] == inside.tolist()
    assert 0 < inside.sum() < len(x)
    assert set(reasons) <= {"", *(f"score of arm '{a}' outside the range that all arms share" for a in found.arms)}


def test_crump_keeps_units_to_whom_every_arm_was_open():
    x, arm, _ = study(12)
    found = generalised_score(x, arm, names=NAMES)
    reasons = generalised_support(found, arm, rule="crump", trim=0.1)
    assert [not r for r in reasons] == (found.score.min(axis=1) >= 0.1).tolist()
    assert generalised_support(found, arm, rule="none") == [""] * len(x)
    with pytest.raises(ConfigError, match=r"scores of 3 arms add up to 1, so no unit has 0.4 for each; use less"):
        generalised_support(found, arm, rule="crump", trim=0.4)
    with pytest.raises(ConfigError, match="rule: 'caliper' is not known"):
        generalised_support(found, arm, rule="caliper")
