"""Pairs are those of an exhaustive search, whatever the order, ratio, caliper, strata and ties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dampak.errors import ConfigError, DataError
from dampak.match.pairing import nearest
from dampak.match.replacement import TIE


@st.composite
def studies(draw, *, covariates=0):
    """Few units on a coarse grid, so that ties, empty strata and depleted pools are common."""
    n = draw(st.integers(4, 24))
    treatment = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    treatment[:2] = [True, False]
    score = np.array(draw(st.lists(st.integers(1, 15), min_size=n, max_size=n))) / 16
    score[:2] = [1 / 16, 15 / 16]  # it varies
    exact = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    x = None
    if covariates:
        grid = draw(st.lists(st.integers(0, 4), min_size=n * covariates, max_size=n * covariates))
        x = np.array(grid, dtype=float).reshape(n, covariates)
        x[:2] = [[0.0] * covariates, [4.0] * covariates]
    return treatment, score, exact, x


def exhaustive_greedy(treatment, score, exact, *, ratio, order, width):
    """Rounds; in each, every unit still in play looks at all free units and takes the nearest, the first on a tie."""
    focal = [int(i) for i in np.flatnonzero(treatment)]
    if order != "data":
        focal.sort(key=lambda i: -score[i] if order == "largest" else score[i])
    free = [int(j) for j in np.flatnonzero(~treatment)]
    pairs, playing = [], focal
    for _ in range(ratio):
        served = []
        for i in playing:
            near = [j for j in free if exact[i] == exact[j] and abs(score[j] - score[i]) <= width]
            if near:
                j = min(near, key=lambda j: (abs(score[j] - score[i]), j))
                free.remove(j)
                pairs.append((i, j))
                served.append(i)
        playing = served
    return sorted(pairs)


def exhaustive_replacement(treatment, score, exact, position, *, ratio, width, tie):
    """Look, for every focal unit, at the whole pool; keep the `ratio` nearest and all that tie with the last."""
    found = []
    for i in np.flatnonzero(treatment):
        near = [j for j in np.flatnonzero(~treatment) if exact[i] == exact[j] and abs(score[j] - score[i]) <= width]
        if not near:
            continue
        squared = np.array([((position[i] - position[j]) ** 2).sum() for j in near])
        last = np.sort(squared)[min(ratio, len(near)) - 1]
        kept = [int(j) for j, s in zip(near, squared, strict=True) if s <= last + tie + 1e-9]
        found += [(int(i), j, round(1 / len(kept), 12)) for j in kept]
    return sorted(found)


def as_tuples(pairs):
    return [
        (int(f), int(m), round(float(w), 12)) for f, m, w in zip(pairs.focal, pairs.match, pairs.weight, strict=True)
    ]


@settings(max_examples=150, deadline=None)
@given(
    study=studies(),
    ratio=st.integers(1, 3),
    order=st.sampled_from(["largest", "smallest", "data"]),
    caliper=st.sampled_from([None, 0.0, 0.5, 1.0]),
    strata=st.booleans(),
)
def test_without_replacement_each_in_turn_takes_the_nearest_free_unit(study, ratio, order, caliper, strata):
    treatment, score, exact, _ = study
    labels = exact if strata else np.zeros(score.size, dtype=int)
    width = np.inf if caliper is None else caliper * np.std(score, ddof=1)
    expected = exhaustive_greedy(treatment, score, labels, ratio=ratio, order=order, width=width)
    pairs = nearest(treatment, score=score, ratio=ratio, order=order, caliper=caliper, exact=exact if strata else None)
    assert list(zip(pairs.focal.tolist(), pairs.match.tolist(), strict=True)) == expected
    assert len(set(pairs.match.tolist())) == pairs.match.size
    assert pairs.distance == pytest.approx(np.abs(score[pairs.focal] - score[pairs.match]))
    assert np.bincount(pairs.focal, weights=pairs.weight)[np.unique(pairs.focal)] == pytest.approx(1.0)


@settings(max_examples=100, deadline=None)
@given(study=studies(), ratio=st.integers(1, 3), caliper=st.sampled_from([None, 0.0, 0.5]), strata=st.booleans())
def test_with_replacement_on_the_score_all_ties_of_the_last_match_count(study, ratio, caliper, strata):
    treatment, score, exact, _ = study
    labels = exact if strata else np.zeros(score.size, dtype=int)
    width = np.inf if caliper is None else caliper * np.std(score, ddof=1)
    expected = exhaustive_replacement(treatment, score, labels, score[:, None], ratio=ratio, width=width, tie=0.0)
    pairs = nearest(treatment, score=score, replace=True, ratio=ratio, caliper=caliper, exact=exact if strata else None)
    assert as_tuples(pairs) == expected


@settings(max_examples=100, deadline=None)
@given(
    study=studies(covariates=2),
    ratio=st.integers(1, 3),
    caliper=st.sampled_from([None, 0.5]),
    strata=st.booleans(),
)
def test_with_replacement_on_covariates_the_search_is_exhaustive(study, ratio, caliper, strata):
    treatment, score, exact, x = study
    labels = exact if strata else np.zeros(score.size, dtype=int)
    width = np.inf if caliper is None else caliper * np.std(score, ddof=1)
    position = x / x.std(axis=0, ddof=1)
    expected = exhaustive_replacement(treatment, score, labels, position, ratio=ratio, width=width, tie=TIE)
    pairs = nearest(
        treatment,
        score=score,
        covariates=x,
        distance="scaled_euclidean",
        replace=True,
        ratio=ratio,
        caliper=caliper,
        exact=exact if strata else None,
    )
    assert as_tuples(pairs) == expected
    assert pairs.distance == pytest.approx(np.linalg.norm(position[pairs.focal] - position[pairs.match], axis=1))


def normal_study(seed, *, n=80, k=3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k)) @ rng.normal(size=(k, k))
    treatment = rng.random(n) < 0.4
    return treatment, 1 / (1 + np.exp(-x[:, 0])), x


@pytest.mark.parametrize("caliper", [None, 0.3])
def test_mahalanobis_distance_is_the_quadratic_form_of_the_pooled_covariance_within_groups(caliper):
    treatment, score, x = normal_study(1)
    n1, n0 = treatment.sum(), (~treatment).sum()
    pooled = ((n1 - 1) * np.cov(x[treatment].T) + (n0 - 1) * np.cov(x[~treatment].T)) / (n1 + n0 - 2)
    inverse = np.linalg.inv(pooled)
    pairs = nearest(treatment, score=score, covariates=x, distance="mahalanobis", replace=True, caliper=caliper)
    width = np.inf if caliper is None else caliper * np.std(score, ddof=1)
    expected = {}
    for i in np.flatnonzero(treatment):
        near = [j for j in np.flatnonzero(~treatment) if abs(score[i] - score[j]) <= width]
        if near:
            distances = [np.sqrt((x[i] - x[j]) @ inverse @ (x[i] - x[j])) for j in near]
            expected[int(i)] = (int(near[int(np.argmin(distances))]), min(distances))
    assert dict(zip(pairs.focal.tolist(), pairs.match.tolist(), strict=True)) == {
        i: j for i, (j, _) in expected.items()
    }
    assert pairs.distance == pytest.approx([d for _, d in expected.values()])


@pytest.mark.parametrize("distance", ["propensity", "scaled_euclidean", "mahalanobis"])
@pytest.mark.parametrize("caliper", [None, 0.3])
def test_with_replacement_the_order_of_rows_does_not_matter(distance, caliper):
    treatment, score, x = normal_study(2)
    options = {"distance": distance, "replace": True, "ratio": 2, "caliper": caliper}
    shuffled = np.random.default_rng(3).permutation(score.size)
    one = nearest(treatment, score=score, covariates=x, **options)
    two = nearest(treatment[shuffled], score=score[shuffled], covariates=x[shuffled], **options)
    assert set(zip(one.focal, one.match, strict=True)) == set(
        zip(shuffled[two.focal], shuffled[two.match], strict=True)
    )


def test_calling_the_comparison_units_treated_turns_the_atc_into_the_att():
    treatment, score, _ = normal_study(4)
    exact = np.where(score > 0.5, 1, 0)
    for options in ({}, {"replace": True, "ratio": 2}, {"order": "smallest", "caliper": 0.2}):
        one = nearest(treatment, score=score, estimand="atc", exact=exact, **options)
        two = nearest(~treatment, score=score, estimand="att", exact=exact, **options)
        renamed = np.where(exact == 1, 20, 70)
        three = nearest(treatment, score=score, estimand="atc", exact=renamed, **options)
        for other in (two, three):
            assert as_tuples(one) == as_tuples(other)
        assert not treatment[one.focal].any()
        assert treatment[one.match].all()


@pytest.mark.parametrize("distance", ["scaled_euclidean", "mahalanobis"])
def test_the_unit_of_a_covariate_does_not_matter(distance):
    """Rupiah or thousands of rupiah, Celsius or Fahrenheit."""
    treatment, score, x = normal_study(5)
    other_units = x * np.array([1000.0, 1.8, 0.01]) + np.array([0.0, 32.0, -5.0])
    options = {"distance": distance, "replace": True, "ratio": 3}
    one = nearest(treatment, score=score, covariates=x, **options)
    two = nearest(treatment, score=score, covariates=other_units, **options)
    assert as_tuples(one) == as_tuples(two)
    assert one.distance == pytest.approx(two.distance)


def test_mahalanobis_distance_survives_any_linear_recombination_of_covariates_and_scaled_euclidean_does_not():
    treatment, score, x = normal_study(6)
    mixed = x @ np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -3.0], [0.5, 0.0, 1.0]])

    def pairs_of(covariates, distance):
        return as_tuples(nearest(treatment, score=score, covariates=covariates, distance=distance, replace=True))

    assert pairs_of(x, "mahalanobis") == pairs_of(mixed, "mahalanobis")
    assert pairs_of(x, "scaled_euclidean") != pairs_of(mixed, "scaled_euclidean")


def test_units_that_are_not_included_are_never_paired_yet_the_caliper_is_measured_on_all():
    treatment = np.array([True, True, False, False, False])
    score = np.array([0.50, 0.90, 0.52, 0.80, 0.10])
    include = np.array([True, True, False, True, True])
    pairs = nearest(treatment, score=score, include=include)
    assert as_tuples(pairs) == [(0, 4, 1.0), (1, 3, 1.0)]
    spread = np.std(score, ddof=1)
    for caliper, matched in ((0.101 / spread, [1]), (0.099 / spread, [])):
        found = nearest(treatment, score=score, include=include, caliper=caliper, replace=True)
        assert found.focal.tolist() == matched
    absolute = nearest(treatment, score=score, caliper=0.021, caliper_sd=1.0)
    assert as_tuples(absolute) == [(0, 2, 1.0)]


def test_impossible_requests_are_refused_in_a_sentence():
    treatment, score, x = normal_study(7)
    with pytest.raises(ConfigError, match="att or atc, not 'ate'; use ipw"):
        nearest(treatment, score=score, estimand="ate")
    with pytest.raises(ConfigError, match="distance: 'gower' is not known"):
        nearest(treatment, score=score, covariates=x, distance="gower", replace=True)
    with pytest.raises(DataError, match="a constant covariate has no distance"):
        nearest(treatment, score=score, covariates=x * [1, 1, 0], distance="scaled_euclidean", replace=True)
    with pytest.raises(DataError, match=r"singular.*scaled_euclidean"):
        nearest(treatment, score=score, covariates=x * [1, 1, 0], distance="mahalanobis", replace=True)
