"""Optimal pairs are those of an exhaustive search: most units, most pairs, least distance."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dampak.errors import ConfigError, DataError
from dampak.match import arcs
from dampak.match.optimal import optimal_pairs
from dampak.match.pairing import nearest


@st.composite
def studies(draw):
    """Few units on a coarse grid, so that ties, empty strata and forbidden pairs are common."""
    n = draw(st.integers(4, 9))
    treatment = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    treatment[:2] = [True, False]
    grid = np.array(draw(st.lists(st.integers(0, 8), min_size=3 * n, max_size=3 * n)), dtype=float).reshape(3, n)
    grid[:, :2] = [0, 8]
    exact = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    return treatment, grid[0] / 8, grid[1:].T, exact


def exhaustive(allowed, distance, ratio):
    """Most focal units, most pairs and least distance over all ways to deal the pool out; allowed is (focal, pool)."""
    n_focal, n_pool = allowed.shape
    best = (0, 0, 0.0)
    for owner in product(range(-1, n_focal), repeat=n_pool):
        count, total = [0] * n_focal, 0.0
        for j, i in enumerate(owner):
            if i >= 0:
                if not allowed[i, j]:
                    break
                count[i] += 1
                total += distance[i, j]
        else:
            if max(count) <= ratio:
                best = min(best, (-sum(c > 0 for c in count), -sum(count), total))
    return best


@settings(max_examples=120, deadline=None)
@given(
    study=studies(),
    ratio=st.integers(1, 2),
    caliper=st.sampled_from([None, 0.4, 1.0]),
    distance=st.sampled_from(["propensity", "scaled_euclidean"]),
    strata=st.booleans(),
)
def test_no_other_matching_has_more_units_more_pairs_or_a_smaller_sum(study, ratio, caliper, distance, strata):
    treatment, score, x, exact = study
    i, j = np.flatnonzero(treatment), np.flatnonzero(~treatment)
    if (i.size + 1) ** j.size > 40_000:
        return
    width = np.inf if caliper is None else caliper * np.std(score, ddof=1)
    allowed = np.abs(score[i][:, None] - score[j]) <= width
    if strata:
        allowed &= exact[i][:, None] == exact[j]
    scaled = score[:, None] if distance == "propensity" else x / x.std(axis=0, ddof=1)
    gap = np.sqrt(((scaled[i][:, None] - scaled[j]) ** 2).sum(axis=2))
    units, pairs, total = exhaustive(allowed, gap, ratio)
    found = optimal_pairs(
        treatment,
        score=score,
        covariates=x,
        distance=distance,
        ratio=ratio,
        caliper=caliper,
        exact=exact if strata else None,
    )
    assert (np.unique(found.focal).size, found.focal.size) == (-units, -pairs)
    assert found.distance.sum() == pytest.approx(total, abs=1e-7)
    assert np.unique(found.match).size == found.match.size
    assert treatment[found.focal].all()
    assert not treatment[found.match].any()
    assert all(
        allowed[np.searchsorted(i, f), np.searchsorted(j, m)] for f, m in zip(found.focal, found.match, strict=True)
    )
    assert found.distance == pytest.approx(
        [gap[np.searchsorted(i, f), np.searchsorted(j, m)] for f, m in zip(found.focal, found.match, strict=True)]
    )
    if found.focal.size:
        assert np.bincount(found.focal, weights=found.weight)[np.unique(found.focal)] == pytest.approx(1.0)


def normal_study(seed, *, n=300, k=2):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k))
    treatment = rng.random(n) < 1 / (1 + np.exp(1 - x[:, 0]))
    return treatment, 1 / (1 + np.exp(-x @ np.ones(k))), x


@pytest.mark.parametrize("distance", ["propensity", "scaled_euclidean", "mahalanobis"])
@pytest.mark.parametrize("caliper", [None, 0.1])
def test_the_order_of_rows_does_not_matter(distance, caliper):
    treatment, score, x = normal_study(1)
    shuffled = np.random.default_rng(2).permutation(score.size)
    options = {"distance": distance, "caliper": caliper, "ratio": 2}
    one = optimal_pairs(treatment, score=score, covariates=x, **options)
    two = optimal_pairs(treatment[shuffled], score=score[shuffled], covariates=x[shuffled], **options)
    assert set(zip(one.focal, one.match, strict=True)) == set(
        zip(shuffled[two.focal], shuffled[two.match], strict=True)
    )


def test_on_the_score_pairs_are_in_order_and_equal_scores_are_taken_in_data_order():
    treatment = np.array([False, False, False, True, True, False, True])
    score = np.array([0.6, 0.6, 0.9, 0.1, 0.6, 0.6, 0.2])
    pairs = optimal_pairs(treatment, score=score)
    assert list(zip(pairs.focal.tolist(), pairs.match.tolist(), strict=True)) == [(3, 0), (4, 5), (6, 1)]
    treatment, score, _ = normal_study(3)
    pairs = optimal_pairs(treatment, score=score, caliper=0.2)
    by_focal = np.argsort(score[pairs.focal], kind="stable")
    assert (np.diff(score[pairs.match][by_focal]) >= 0).all()


@pytest.mark.parametrize("ratio", [1, 2])
def test_of_units_with_equal_scores_the_first_in_data_order_are_matched(ratio):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        treatment, score = rng.random(40) < 0.3, rng.integers(1, 6, 40) / 8
        pairs = optimal_pairs(treatment, score=score, ratio=ratio, caliper=0.5)
        for group, members in ((treatment, pairs.focal), (~treatment, pairs.match)):
            for value in np.unique(score[members]):
                equals = np.flatnonzero(group & (score == value))
                matched = np.unique(members[score[members] == value])
                assert matched.tolist() == equals[: matched.size].tolist()


def test_a_caliper_is_exact_to_the_last_digit():
    treatment, score = np.array([True, False]), np.array([0.3, 0.1])
    gap = score[0] - score[1]
    assert optimal_pairs(treatment, score=score, caliper=gap, caliper_sd=1.0).focal.tolist() == [0]
    assert optimal_pairs(treatment, score=score, caliper=np.nextafter(gap, 0), caliper_sd=1.0).focal.size == 0


def test_the_greedy_choice_is_never_better_and_often_worse():
    worse = 0
    for seed in range(10):
        treatment, score, _ = normal_study(seed)
        greedy = nearest(treatment, score=score, caliper=0.1)
        best = optimal_pairs(treatment, score=score, caliper=0.1)
        assert best.focal.size >= greedy.focal.size
        worse += best.focal.size > greedy.focal.size or best.distance.sum() < greedy.distance.sum() - 1e-9
    assert worse >= 5


def test_calling_the_comparison_units_treated_turns_the_atc_into_the_att():
    treatment, score, x = normal_study(4)
    exact = (x[:, 1] > 0).astype(int)
    one = optimal_pairs(treatment, score=score, estimand="atc", exact=exact, caliper=0.5)
    two = optimal_pairs(~treatment, score=score, exact=exact, caliper=0.5)
    assert one.focal.tolist() == two.focal.tolist()
    assert one.match.tolist() == two.match.tolist()
    assert not treatment[one.focal].any()


def test_units_that_are_not_included_are_never_paired_and_no_pool_gives_no_pairs():
    treatment, score, _ = normal_study(5)
    include = score < 0.6
    pairs = optimal_pairs(treatment, score=score, include=include)
    assert include[pairs.focal].all()
    assert include[pairs.match].all()
    assert optimal_pairs(treatment, score=score, include=treatment).focal.size == 0
    assert optimal_pairs(treatment, score=score, caliper=0.0).focal.size == 0


def test_impossible_requests_are_refused_in_a_sentence(monkeypatch):
    treatment, score, x = normal_study(6)
    with pytest.raises(ConfigError, match="att or atc, not 'ate'; use full or ipw"):
        optimal_pairs(treatment, score=score, estimand="ate")
    with pytest.raises(ConfigError, match="ratio: 0 matches per unit make no pairs; use 1 or more"):
        optimal_pairs(treatment, score=score, ratio=0)
    with pytest.raises(ConfigError, match="distance 'propensity' needs a score"):
        optimal_pairs(treatment)
    with pytest.raises(ConfigError, match="distance 'mahalanobis' needs covariates"):
        optimal_pairs(treatment, score=score, distance="mahalanobis")
    with pytest.raises(ConfigError, match=r"caliper: .*give a score or leave the caliper out"):
        optimal_pairs(treatment, covariates=x, distance="mahalanobis", caliper=0.2)
    n = 15_000
    many = np.arange(n) < 5_000
    with pytest.raises(DataError, match=r"25,000,000 admissible pairs.*narrow `caliper`.*`exact`"):
        optimal_pairs(many, score=np.linspace(0.1, 0.9, n))
    assert arcs.MOST_ARCS < 25_000_000
