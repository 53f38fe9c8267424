"""Full matching: sets are stars, everybody is used, and no other division has a smaller sum of distances."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dampak.errors import ConfigError, DataError
from dampak.match.full import full_match


@st.composite
def studies(draw, largest=8):
    """Few units on a coarse grid, so that ties, distances of 0 and units without a match are common."""
    n = draw(st.integers(3, largest))
    treatment = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    treatment[:2] = [True, False]
    grid = np.array(draw(st.lists(st.integers(0, 8), min_size=3 * n, max_size=3 * n)), dtype=float).reshape(3, n)
    grid[:, :2] = [0, 8]
    exact = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    return treatment, grid[0] / 8, grid[1:].T, exact


def distance_within(sets, distance, treatment):
    """Sum of distances between treated and comparison units of the same set."""
    same = (sets[:, None] == sets) & (sets >= 0)[:, None] & treatment[:, None] & ~treatment
    return float(distance[same].sum())


def require_stars(sets, treatment):
    for number in range(sets.max() + 1):
        treated, comparison = np.sum(treatment[sets == number]), np.sum(~treatment[sets == number])
        assert min(treated, comparison) == 1


def every_cover(arcs, n):
    """Choices of arcs by which no arc is needless, with the number of arcs at each unit."""
    for choice in product((False, True), repeat=len(arcs)):
        degree = [0] * n
        kept = [arc for arc, taken in zip(arcs, choice, strict=True) if taken]
        for i, j in kept:
            degree[i] += 1
            degree[j] += 1
        if all(min(degree[i], degree[j]) == 1 for i, j in kept):
            yield kept, degree


@settings(max_examples=120, deadline=None)
@given(
    study=studies(),
    caliper=st.sampled_from([None, 0.5]),
    distance=st.sampled_from(["propensity", "scaled_euclidean"]),
    strata=st.booleans(),
)
def test_no_other_division_that_uses_everybody_has_a_smaller_sum(study, caliper, distance, strata):
    treatment, score, x, exact = study
    width = np.inf if caliper is None else caliper * np.std(score, ddof=1)
    scaled = score[:, None] if distance == "propensity" else x / x.std(axis=0, ddof=1)
    gap = np.sqrt(((scaled[:, None] - scaled) ** 2).sum(axis=2))
    admissible = treatment[:, None] & ~treatment & (np.abs(score[:, None] - score) <= width)
    if strata:
        admissible &= exact[:, None] == exact
    arcs = [(int(i), int(j)) for i, j in np.argwhere(admissible)]
    if len(arcs) > 12:
        return
    reachable = admissible.any(axis=0) | admissible.any(axis=1)
    least = min(
        sum(gap[arc] for arc in kept)
        for kept, degree in every_cover(arcs, score.size)
        if all(d > 0 for d, r in zip(degree, reachable, strict=True) if r)
    )
    for bound in (None, 100.0):  # a bound that does not bind: the linear programme must find the same sum
        sets = full_match(
            treatment,
            score=score,
            covariates=x,
            distance=distance,
            caliper=caliper,
            exact=exact if strata else None,
            max_controls=bound,
        )
        assert ((sets >= 0) == reachable).all()
        require_stars(sets, treatment)
        assert distance_within(sets, gap, treatment) == pytest.approx(least, abs=1e-7)
        assert all(
            admissible[i, j]
            for i, j in np.argwhere((sets[:, None] == sets) & (sets >= 0))
            if admissible[i].any() and not treatment[j]
        )


@settings(max_examples=80, deadline=None)
@given(
    study=studies(largest=7),
    bounds=st.sampled_from([(None, 1.0), (None, 2.0), (0.5, 2.0), (0.5, None), (0.5, 1.0)]),
    estimand=st.sampled_from(["att", "atc", "ate"]),
)
def test_bounds_leave_out_as_few_as_possible_and_then_the_sum_is_least(study, bounds, estimand):
    treatment, score, _, _ = study
    gap = np.abs(score[:, None] - score)
    arcs = [(int(i), int(j)) for i, j in np.argwhere(treatment[:, None] & ~treatment)]
    most = np.where(treatment, bounds[1] or np.inf, 1 / bounds[0] if bounds[0] else np.inf)
    price = np.where(treatment, 2 if estimand == "att" else 1, 2 if estimand == "atc" else 1)
    least = min(
        (int(price[np.array(degree) == 0].sum()), sum(gap[arc] for arc in kept))
        for kept, degree in every_cover(arcs, score.size)
        if (np.array(degree) <= most).all()
    )
    sets = full_match(treatment, score=score, estimand=estimand, min_controls=bounds[0], max_controls=bounds[1])
    require_stars(sets, treatment)
    assert int(price[sets < 0].sum()) == least[0]
    assert distance_within(sets, gap, treatment) == pytest.approx(least[1], abs=1e-7)


def normal_study(seed, *, n=200):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    treatment = rng.random(n) < 1 / (1 + np.exp(1 - x[:, 0]))
    return treatment, 1 / (1 + np.exp(-x.sum(axis=1))), x


def partition(sets, units):
    return {frozenset(units[sets == number].tolist()) for number in range(sets.max() + 1)}


@pytest.mark.parametrize("distance", ["propensity", "mahalanobis"])
def test_neither_the_order_of_rows_nor_the_labels_of_strata_matter(distance):
    treatment, score, x = normal_study(1)
    exact = (x[:, 1] > 0.3).astype(int)
    shuffled = np.random.default_rng(2).permutation(score.size)
    options = {"distance": distance, "caliper": 0.5}
    one = full_match(treatment, score=score, covariates=x, exact=exact, **options)
    two = full_match(
        treatment[shuffled], score=score[shuffled], covariates=x[shuffled], exact=7 - 3 * exact[shuffled], **options
    )
    assert partition(one, np.arange(score.size)) == partition(two, shuffled)
    assert all(np.unique(exact[one == number]).size == 1 for number in range(one.max() + 1))


def test_sets_are_numbered_by_their_first_unit_and_companions_of_equal_distance_are_dealt_out_evenly():
    treatment = np.array([True, False, False, True, False, True, False, False, False])
    sets = full_match(treatment, score=np.full(9, 0.5))
    assert np.bincount(sets).tolist() == [3, 3, 3]
    first = [int(np.flatnonzero(sets == number)[0]) for number in range(3)]
    assert first == sorted(first)


def test_at_least_two_comparison_units_per_treated_unit_are_given_or_refused():
    treatment = np.array([True, True, False, False, False, False, False])
    score = np.array([0.2, 0.8, 0.1, 0.15, 0.25, 0.3, 0.7])
    sets = full_match(treatment, score=score, min_controls=2)
    assert sorted(np.bincount(sets[~treatment]).tolist()) == [2, 3]
    with pytest.raises(DataError, match=r"min_controls and max_controls cannot be met.*lower min_controls"):
        full_match(treatment, score=score, min_controls=3)


def test_units_that_are_not_included_are_in_no_set():
    treatment, score, _ = normal_study(3)
    include = score < 0.7
    sets = full_match(treatment, score=score, include=include)
    assert ((sets >= 0) == include).all()
    assert (full_match(treatment, score=score, include=treatment) == -1).all()


def test_impossible_requests_are_refused_in_a_sentence():
    treatment, score, _ = normal_study(4)
    with pytest.raises(ConfigError, match="att, atc or ate, not 'ato'; use overlap"):
        full_match(treatment, score=score, estimand="ato")
    with pytest.raises(ConfigError, match=r"min_controls 3 and max_controls 2 admit no set; name a positive range"):
        full_match(treatment, score=score, min_controls=3, max_controls=2)
    with pytest.raises(ConfigError, match="distance 'propensity' needs a score"):
        full_match(treatment)
    many = np.arange(2_000) < 800
    with pytest.raises(DataError, match=r"full \(with bounds\): 960,000 admissible pairs.*narrow `caliper`"):
        full_match(many, score=np.linspace(0.1, 0.9, 2_000), max_controls=3)
