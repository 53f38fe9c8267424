"""What the options of greedy pairing promise, seen in small studies that can be checked by hand."""

from typing import Any

import numpy as np
import pytest

from dampak.errors import ConfigError
from dampak.match.greedy import FreeScores
from dampak.match.pairing import Pairs, nearest
from dampak.match.variable_ratio import match_quotas

TREATED = np.array([True, True, False, False, False, False])


def as_list(pairs: Pairs) -> list[tuple[int, int]]:
    return list(zip(pairs.focal.tolist(), pairs.match.tolist(), strict=True))


def test_the_closest_pair_is_formed_first_and_the_farthest_last() -> None:
    # Both treated units are nearest to unit 2; who gets it depends on who chooses first.
    score = np.array([0.50, 0.60, 0.56, 0.40, 0.90, 0.10])
    assert as_list(nearest(TREATED, score=score, order="closest")) == [(0, 3), (1, 2)]
    assert as_list(nearest(TREATED, score=score, order="farthest")) == [(0, 2), (1, 3)]


def test_a_negative_caliper_keeps_pairs_apart() -> None:
    score = np.array([0.50, 0.60, 0.56, 0.41, 0.90, 0.15])
    pairs = nearest(TREATED, score=score, caliper=-0.1, caliper_sd=1.0)
    assert as_list(pairs) == [(0, 5), (1, 3)]  # 2 and 3 are too near to 0


def test_a_caliper_on_a_covariate_is_in_its_own_units() -> None:
    score = np.full(6, 0.5)
    age = np.array([30.0, 40.0, 39.0, 33.0, 28.0, 41.5])
    for width, expected in ((1.0, [(1, 2)]), (2.0, [(0, 4), (1, 2)]), (-9.0, [(0, 5), (1, 4)])):
        found = nearest(TREATED, score=score, covariate_calipers=(age[:, None], np.array([width])))
        assert as_list(found) == expected


def test_a_pair_differs_in_every_variable_that_it_must_differ_in() -> None:
    score = np.array([0.50, 0.60, 0.50, 0.60, 0.55, 0.10])
    village, enumerator = np.array([1, 2, 1, 2, 1, 3]), np.array([1, 1, 2, 2, 2, 2])
    both = np.column_stack([village, enumerator])
    assert as_list(nearest(TREATED, score=score, anti_exact=both)) == [(0, 3), (1, 4)]
    assert as_list(nearest(TREATED, score=score, anti_exact=enumerator)) == [(0, 2), (1, 3)]
    alone = nearest(TREATED, score=score, anti_exact=village, exact=enumerator)
    assert as_list(alone) == []


def test_rows_that_share_an_id_are_used_once() -> None:
    """Two rounds of one household: when one is a match, or the focal unit itself, the other is spent."""
    score = np.array([0.50, 0.60, 0.50, 0.60, 0.59, 0.10])
    household = np.array([1, 2, 3, 4, 4, 5])
    assert as_list(nearest(TREATED, score=score, unit_id=household, order="data", ratio=2)) == [(0, 2), (0, 5), (1, 3)]
    same = np.array([1, 2, 2, 4, 4, 5])
    assert as_list(nearest(TREATED, score=score, unit_id=same, order="smallest")) == [(0, 2)]


@pytest.mark.parametrize("replace", [False, True])
def test_reuse_max_bounds_how_often_a_unit_serves(replace: bool) -> None:
    rng = np.random.default_rng(1)
    treatment, score = rng.random(60) < 0.6, rng.random(60)
    served = nearest(treatment, score=score, replace=replace, reuse_max=3)
    assert np.bincount(served.match).max() == 3
    assert served.focal.size == min(treatment.sum(), 3 * (~treatment).sum())
    unlimited = nearest(treatment, score=score, replace=True, ties="first")
    many = nearest(treatment, score=score, reuse_max=treatment.size)
    assert as_list(unlimited) == as_list(many)


@pytest.mark.parametrize("distance", ["propensity", "mahalanobis"])
def test_without_ties_cutting_them_makes_no_difference(distance: str) -> None:
    rng = np.random.default_rng(2)
    x, treatment = rng.normal(size=(120, 3)), rng.random(120) < 0.4
    options: dict[str, Any] = {"score": rng.random(120), "covariates": x, "distance": distance, "ratio": 3}
    for limits in ({}, {"caliper": 0.5}, {"anti_exact": rng.integers(0, 3, 120)}, {"caliper": -0.5}):
        kept = nearest(treatment, replace=True, ties="all", **options, **limits)
        cut = nearest(treatment, replace=True, ties="first", **options, **limits)
        assert as_list(kept) == as_list(cut)
        assert kept.distance == pytest.approx(cut.distance)


def test_ties_are_cut_to_the_units_met_first_on_the_score_and_last_on_covariates() -> None:
    treatment = np.arange(6) == 2
    score = np.array([0.4, 0.5, 0.5, 0.5, 0.5, 0.9])
    # Along the score the search meets unit 1 (left), then 3, then 4.
    found = nearest(treatment, score=score, replace=True, ratio=2, ties="first")
    assert as_list(found) == [(2, 1), (2, 3)]
    line = np.array([-5.0, 0, 0, 0, 0, 5])[:, None]
    found = nearest(treatment, covariates=line, distance="scaled_euclidean", replace=True, ratio=2, ties="first")
    assert as_list(found) == [(2, 3), (2, 4)]
    everyone = nearest(treatment, score=score, replace=True, ratio=2)
    assert everyone.match.tolist() == [1, 3, 4]


def test_strata_are_searched_apart_unless_an_id_may_stand_in_several() -> None:
    treatment = np.arange(8) == 5
    stratum = np.array([0, 1, 0, 0, 0, 1, 0, 1])
    same = np.where(np.arange(8) < 1, 1.0, 0.0)[:, None]  # all but the first are equal
    options: dict[str, Any] = {"covariates": same, "distance": "scaled_euclidean", "exact": stratum}
    # In the stratum 1, [5], 7 the right neighbour is met last; among all units 1 is further from 5 than 7.
    assert as_list(nearest(treatment, **options)) == [(5, 7)]
    assert as_list(nearest(treatment, unit_id=np.arange(8), **options)) == [(5, 1)]


def test_with_all_ties_the_covariance_is_that_of_all_units_and_else_of_the_included() -> None:
    rng = np.random.default_rng(4)
    x, treatment = rng.normal(size=(200, 2)), np.arange(200) < 60
    x[150:, 1] = 8 * x[150:, 0]  # those who are left out would turn the axes
    include = np.arange(200) < 150
    options: dict[str, Any] = {"covariates": x, "distance": "mahalanobis", "replace": True}
    alone = nearest(treatment[:150], covariates=x[:150], distance="mahalanobis", replace=True)
    cut = nearest(treatment, include=include, ties="first", **options)
    kept = nearest(treatment, include=include, **options)
    assert as_list(cut) == as_list(alone) != as_list(kept)


def test_a_given_matrix_is_the_distance() -> None:
    matrix = np.array([[3.0, 1.0, 2.0, np.inf], [np.inf, np.inf, np.inf, np.inf]])
    pairs = nearest(TREATED, distance_matrix=matrix, ratio=4)
    assert as_list(pairs) == [(0, 2), (0, 3), (0, 4)]  # an infinite distance is no pair
    assert pairs.distance.tolist() == [3.0, 1.0, 2.0]
    square = np.full((6, 6), 7.0)
    square[:2, 2:] = matrix
    assert as_list(nearest(TREATED, distance_matrix=square)) == [(0, 3), (1, 2)][:1]
    back = nearest(TREATED, distance_matrix=matrix, estimand="atc")
    assert as_list(back) == [(2, 0)]
    kept = nearest(TREATED, distance_matrix=matrix, replace=True)
    assert as_list(kept) == [(0, 3)]


@pytest.mark.parametrize(
    ("focal", "others", "ratio", "low", "high", "expected"),
    [
        (5, 20, 2, 1, 3, [1, 1, 2, 3, 3]),  # 10 matches: two get 3, two get 1, one is between
        (4, 20, 2.5, 1, 4, [1, 1, 4, 4]),
        (4, 20, 3, 3, 4, [3, 3, 3, 3]),
        (3, 20, 3, 1, 3, [3, 3, 3]),
        (4, 20, 1.75, 1, 2, [1, 2, 2, 2]),
        (4, 30, 3.25, 2, 6, [2, 2, 3, 6]),
    ],
)
def test_quotas_are_extremal_and_add_up(
    focal: int, others: int, ratio: float, low: int, high: int, expected: list[int]
) -> None:
    score = np.concatenate([np.linspace(0.9, 0.5, focal), np.linspace(0.1, 0.6, others)])
    members = np.arange(focal)
    quota = match_quotas(score, members, np.arange(focal, focal + others), ratio=ratio, min_ratio=low, max_ratio=high)
    assert quota[:focal].tolist() == expected  # the largest score, least like the others, gets the fewest
    assert quota[focal:].sum() == 0 and quota.sum() == round(ratio * focal)
    mirrored = match_quotas(
        1 - score, members, np.arange(focal, focal + others), ratio=ratio, min_ratio=low, max_ratio=high
    )
    assert mirrored.tolist() == quota.tolist()


def test_free_scores_forget_who_is_taken() -> None:
    score = np.array([0.5, 0.4, 0.55, 0.7])
    search = FreeScores(score, np.array([0]), np.array([1, 2, 3]), width=0.15)
    assert search.nearest(0) == (2, pytest.approx(0.05))
    search.take(0, 2)
    assert not search.is_free(2) and search.is_free(1)
    assert search.nearest(0) == (1, pytest.approx(0.1))
    search.take(0, 1)
    assert search.nearest(0) is None  # 0.7 is beyond the caliper
    assert search.may_choose(0, 3) and not search.may_choose(0, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": "random"}, "order: 'random' is not known; use largest, smallest, data, closest or farthest"),
        ({"estimand": "ato"}, "att or atc, not 'ato'; use ipw"),
        ({"ties": "random"}, "ties: 'random' is not known; use all or first"),
        ({"reuse_max": 0}, "reuse_max: 0 is too small"),
        ({"ratio": 0}, "ratio: 0 is too small"),
        ({"ratio": 1.5}, "1.5 is not a whole number; give max_ratio too"),
        ({"ratio": 3, "max_ratio": 2}, "min_ratio, ratio, max_ratio: 1, 3, 2 must rise"),
        ({"score": None}, "distance 'propensity' needs a score"),
        ({"score": None, "order": "largest"}, "by propensity score, and there is none; use data, closest"),
        ({"score": None, "max_ratio": 2, "distance_matrix": np.ones((2, 4))}, "varies with the propensity score"),
        ({"score": None, "caliper": 0.2, "distance_matrix": np.ones((2, 4))}, "caliper: it is measured on the prop"),
        ({"distance": "mahalanobis"}, "distance 'mahalanobis' needs covariates"),
        ({"distance_matrix": np.ones((3, 3))}, r"its shape is \(3, 3\).*\(2, 4\).*\(6, 6\)"),
        ({"covariate_calipers": (np.ones((6, 2)), np.ones(1))}, "1 widths for columns of shape"),
    ],
)
def test_impossible_requests_are_refused_in_a_sentence(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        nearest(TREATED, **({"score": np.linspace(0.1, 0.9, 6)} | options))
