"""Contrasts of programme arms: the truth is covered, and two arms are the case of one treatment."""

from __future__ import annotations

import numpy as np
import pytest

from dampak.errors import ConfigError, DataError
from dampak.estimate.contrasts import contrast_table, pairwise_contrasts
from dampak.estimate.effect import interval
from dampak.estimate.ipw import inverse_probability
from dampak.estimate.survey_design import SurveyDesign
from dampak.match.multivalued import generalised_score

ARMS = np.array(["none", "food", "cash"])


def study(seed: int, n: int = 1500, clusters: int = 0):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=n), rng.random(n) < 0.4]).astype(float)
    cluster, shared = np.arange(n), np.zeros(n)
    if clusters:
        cluster = np.arange(n) % clusters
        shared = rng.normal(0, 0.7, clusters)[cluster]
        x[:, 0] = 0.9 * x[:, 0] + rng.normal(0, 0.4, clusters)[cluster]
    linear = np.column_stack([np.zeros(n), 0.5 * x[:, 0], -0.4 * x[:, 0] + 0.5 * x[:, 1]])
    p = np.exp(linear) / np.exp(linear).sum(axis=1, keepdims=True)
    code = (rng.random(n)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    y = x @ [1.0, 0.5] + np.array([0.0, 1.0, 2.0])[code] + 0.5 * (code == 2) * x[:, 0] + shared + rng.normal(size=n)
    return x, ARMS[code], y, cluster, p


def contrasts_of(x, arm, y, **options):
    propensity = generalised_score(x, arm, names=["a", "b"])
    return pairwise_contrasts(y, arm, propensity=propensity, covariates=x, survey_weight=np.ones(len(y)), **options)


def truth_of(estimand: str, clusters: int) -> dict[tuple[str, str], float]:
    """Effects differ by x among those who get cash, so the population of the estimand decides."""
    x, _, _, _, p = study(0, n=400_000, clusters=40_000 if clusters else 0)
    tilt = {"ate": np.ones(len(x)), "att": p[:, 2], "ato": 1 / (1 / p).sum(axis=1)}[estimand]
    cash = 2 + 0.5 * float(np.average(x[:, 0], weights=tilt))
    return {("food", "cash"): 1 - cash, ("none", "cash"): -cash, ("none", "food"): -1.0}


@pytest.mark.parametrize(("estimand", "target"), [("ate", None), ("att", "cash"), ("ato", None)])
@pytest.mark.parametrize("clusters", [0, 150])
def test_intervals_cover_the_planted_contrasts(estimand: str, target: str | None, clusters: int) -> None:
    """200 samples, three contrasts each: 95 % within 3 points (a standard error of 0.9 for the mean of 600)."""
    truth, hits, gaps = truth_of(estimand, clusters), [], []
    for seed in range(200):
        x, arm, y, cluster, _ = study(seed + 1, clusters=clusters)
        design = SurveyDesign(psu=cluster) if clusters else None
        for found in contrasts_of(x, arm, y, estimand=estimand, target=target, design=design):
            true = truth[found.arm, found.comparison]
            bounds = interval(found.effect, alpha=0.05)
            hits.append(bounds.low <= true <= bounds.high)
            gaps.append((found.effect.estimate - true) / found.effect.std_error)
    assert 0.92 <= np.mean(hits) <= 0.98
    assert abs(np.mean(gaps)) < 0.15


def test_leaving_out_that_the_score_was_estimated_overstates_the_error_of_the_ate() -> None:
    """The known-bad variant: the standard error with the score taken as known is visibly larger."""
    ratios = []
    for seed in range(20):
        x, arm, y, _, _ = study(seed)
        propensity = generalised_score(x, arm, names=["a", "b"])
        found = pairwise_contrasts(y, arm, propensity=propensity, covariates=x, survey_weight=np.ones(len(y)))
        code = propensity.code(arm)
        w = 1 / propensity.score[np.arange(len(y)), code]
        psi = [np.where(code == a, w * (y - np.average(y[code == a], weights=w[code == a])), 0.0) for a in range(3)]
        psi = [v / w[code == a].sum() for a, v in enumerate(psi)]
        fixed = [np.sqrt(((psi[b] - psi[a]) ** 2).sum()) for a, b in ((0, 1), (0, 2), (1, 2))]
        ratios.append(np.mean(fixed) / np.mean([c.effect.std_error for c in found]))
    assert np.mean(ratios) > 1.1


@pytest.mark.parametrize(("estimand", "target", "binary"), [("ate", None, "ate"), ("att", "none", "att")])
@pytest.mark.parametrize("surveyed", [False, True])
def test_with_two_arms_it_is_inverse_probability_weighting(estimand, target, binary, surveyed) -> None:
    x, arm, y, _, _ = study(3)
    two = arm != "food"
    x, arm, y = x[two], arm[two], y[two]
    weight = np.random.default_rng(1).uniform(0.5, 2, len(y))
    design = SurveyDesign(psu=np.arange(len(y)) // 5) if surveyed else None
    propensity = generalised_score(x, arm, names=["a", "b"], weight=weight)
    include = propensity.score.min(axis=1) > 0.2
    (found,) = pairwise_contrasts(
        y, arm, propensity=propensity, covariates=x, survey_weight=weight, estimand=estimand, target=target,
        include=include, design=design,
    )  # fmt: skip
    peer = inverse_probability(
        y, arm == "none", propensity=propensity.score[:, 1], covariates=x, survey_weight=weight, estimand=binary,
        include=include, design=design,
    )  # fmt: skip
    assert (found.arm, found.comparison) == ("none", "cash")
    assert (found.effect.estimate, found.effect.std_error) == pytest.approx((peer.estimate, peer.std_error), rel=1e-9)
    assert (found.effect.df, found.effect.n_treated, found.effect.n_comparison) == (
        peer.df, peer.n_treated, peer.n_comparison,
    )  # fmt: skip


def test_contrasts_are_transitive_and_a_reference_picks_its_own() -> None:
    x, arm, y, _, _ = study(4)
    found = {(c.arm, c.comparison): c.effect for c in contrasts_of(x, arm, y)}
    assert list(found) == [("food", "cash"), ("none", "cash"), ("none", "food")]
    assert found["none", "cash"].estimate == pytest.approx(
        found["none", "food"].estimate + found["food", "cash"].estimate
    )
    against = {(c.arm, c.comparison): c.effect for c in contrasts_of(x, arm, y, reference="none")}
    assert list(against) == [("cash", "none"), ("food", "none")]
    assert against["food", "none"].estimate == pytest.approx(-found["none", "food"].estimate)
    assert against["food", "none"].std_error == pytest.approx(found["none", "food"].std_error)
    assert against["food", "none"].n_treated == (arm == "food").sum()


@pytest.mark.parametrize(("estimand", "target"), [("ate", None), ("att", "food"), ("ato", None)])
def test_the_error_is_that_of_the_derivatives_in_the_weight_of_each_unit(estimand: str, target: str | None) -> None:
    """The influence value of a unit is d estimate / d log w_i, the score fitted anew; here by central differences."""
    x, arm, y, _, _ = study(5, n=120)

    def estimates(weight):
        propensity = generalised_score(x, arm, names=["a", "b"], weight=weight)
        found = pairwise_contrasts(
            y, arm, propensity=propensity, covariates=x, survey_weight=weight, estimand=estimand, target=target
        )
        return np.array([[c.effect.estimate, c.effect.std_error] for c in found])

    weight, step = np.random.default_rng(0).uniform(0.5, 2, 120), 1e-4
    squares = np.zeros(3)
    for i in range(120):
        up, down = weight.copy(), weight.copy()
        up[i] *= 1 + step
        down[i] *= 1 - step
        squares += ((estimates(up)[:, 0] - estimates(down)[:, 0]) / (2 * step)) ** 2
    assert estimates(weight)[:, 1] == pytest.approx(np.sqrt(squares), rel=1e-5)


def test_the_table_adjusts_over_all_contrasts_by_holm() -> None:
    x, arm, y, _, _ = study(6, n=300)
    table = contrast_table(contrasts_of(x, arm, y * 0.1), alpha=0.05)
    p = np.sort(table["p_value"].to_numpy())
    adjusted = np.minimum(np.maximum.accumulate(p * [3, 2, 1]), 1)
    assert np.sort(table["p_adjusted"].to_numpy()) == pytest.approx(adjusted)
    assert (table["ci_low"] < table["estimate"]).all()


def test_strangers_and_empty_arms_are_refused() -> None:
    x, arm, y, _, _ = study(7, n=300)
    with pytest.raises(ConfigError, match="reference: 'voucher' is not an arm of the treatment; use cash, food, none"):
        contrasts_of(x, arm, y, reference="voucher")
    with pytest.raises(DataError, match="no food unit has a positive weight"):
        contrasts_of(x, arm, y, include=arm != "food")
