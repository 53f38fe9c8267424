"""Other orders and other cuts of ties give other pairs; without ties there is one cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dampak.errors import ConfigError
from dampak.match.order_sensitivity import order_sensitivity
from dampak.match.pairing import ORDERS, nearest


def study(seed, n=60, levels=6):
    rng = np.random.default_rng(seed)
    treatment = np.append(rng.random(n - 2) < 0.4, [True, False])
    return treatment, rng.integers(1, levels + 1, n) / (levels + 1)


def pairs_of(found, label):
    inside = found.draw == found.labels.index(label)
    return found.focal[inside], found.match[inside], found.weight[inside]


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_gives_the_pairs_of_nearest_in_that_order(order):
    treatment, score = study(1)
    found = order_sensitivity(treatment, score=score, seed=1, name="m", orders=ORDERS, tie_draws=3, caliper=0.5)
    expected = nearest(treatment, score=score, order=order, caliper=0.5)
    focal, match, weight = pairs_of(found, f"order: {order}")
    assert (focal.tolist(), match.tolist()) == (expected.focal.tolist(), expected.match.tolist())
    assert weight.tolist() == expected.weight.tolist()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), ratio=st.integers(1, 2), atc=st.booleans(), strata=st.booleans())
def test_every_cut_of_ties_is_a_matching_in_which_each_gap_could_have_been_chosen(seed, ratio, atc, strata):
    treatment, score = study(seed)
    exact = np.random.default_rng(seed).integers(0, 2, 60) if strata else None
    options = {"ratio": ratio, "caliper": 1.0, "exact": exact, "estimand": "atc" if atc else "att"}
    found = order_sensitivity(treatment, score=score, seed=seed, name="m", orders=("largest",), tie_draws=4, **options)
    gaps = []
    for label in found.labels:
        focal, match, weight = pairs_of(found, label)
        assert np.unique(match).size == match.size
        assert (treatment[focal] != atc).all()
        assert (treatment[match] == atc).all()
        assert np.bincount(focal, weights=weight)[np.unique(focal)] == pytest.approx(1.0)
        assert exact is None or (exact[focal] == exact[match]).all()
        gap = np.abs(score[focal] - score[match])
        assert (gap <= np.std(score, ddof=1) * (1 + 1e-12)).all()
        gaps.append(np.sort(gap.round(9))[:1].tolist())
    assert all(g == gaps[0] for g in gaps)  # the nearest pair of all is as near however ties fall


def test_ties_fall_every_way_when_drawn_often():
    """One treated unit, three comparison units of its score: each is the match in about a third of the draws."""
    treatment, score = np.array([True, False, False, False, False]), np.array([0.5, 0.5, 0.5, 0.5, 0.9])
    found = order_sensitivity(treatment, score=score, seed=1, name="m", orders=ORDERS, tie_draws=300)
    drawn = found.match[found.draw >= len(ORDERS)]
    assert set(drawn) == {1, 2, 3}
    assert np.bincount(drawn)[1:4].min() > 70
    assert set(found.match[found.draw < len(ORDERS)]) == {1}
    assert found.n_tied == 3


def test_without_ties_there_is_nothing_to_draw():
    rng = np.random.default_rng(0)
    treatment, score = rng.random(80) < 0.3, rng.random(80)
    found = order_sensitivity(treatment, score=score, seed=1, name="m", orders=ORDERS, tie_draws=50)
    assert found.n_tied == 0
    assert found.labels == tuple(f"order: {order}" for order in ORDERS)


def test_units_that_are_left_out_do_not_tie():
    treatment, score = np.array([True, True, False, False]), np.array([0.5, 0.5, 0.4, 0.6])
    include = np.array([True, False, True, True])
    assert order_sensitivity(treatment, score=score, seed=1, name="m", orders=ORDERS, include=include).n_tied == 0
    assert order_sensitivity(treatment, score=score, seed=1, name="m", orders=ORDERS).n_tied == 2


def test_draws_hang_on_the_seed_and_the_name_of_the_method_only():
    treatment, score = study(3)
    one, same, other = (
        order_sensitivity(treatment, score=score, seed=1, name=name, orders=ORDERS, tie_draws=5)
        for name in ("m", "m", "another")
    )
    assert one.match.tolist() == same.match.tolist()
    assert one.match.tolist() != other.match.tolist()


def test_matching_with_replacement_has_no_order():
    treatment, score = study(4)
    with pytest.raises(ConfigError, match="order sensitivity is a question of matching without replacement"):
        order_sensitivity(treatment, score=score, seed=1, name="m", replace=True)
    with pytest.raises(ConfigError, match="not from a distance_matrix"):
        order_sensitivity(treatment, score=score, seed=1, name="m", distance_matrix=np.zeros((60, 60)))


def test_a_unit_that_may_serve_twice_is_still_a_matter_of_order():
    treatment, score = study(5)
    found = order_sensitivity(treatment, score=score, seed=1, name="m", tie_draws=3, replace=True, reuse_max=2)
    for label in found.labels:
        assert np.bincount(pairs_of(found, label)[1]).max() == 2


def test_options_with_a_row_per_unit_follow_the_units():
    treatment, score = study(6)
    rng = np.random.default_rng(6)
    column, household = rng.normal(size=(60, 1)), rng.integers(0, 8, 60)
    found = order_sensitivity(
        treatment,
        score=score,
        seed=1,
        name="m",
        tie_draws=5,
        covariate_calipers=(column, np.array([0.5])),
        anti_exact=household,
    )
    assert found.focal.size > 0
    assert np.abs(column[found.focal, 0] - column[found.match, 0]).max() <= 0.5
    assert (household[found.focal] != household[found.match]).all()
