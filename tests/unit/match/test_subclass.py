"""Subclasses hold equal shares of the target group, both groups everywhere, and never mix the order of scores."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dampak.errors import ConfigError, DataError
from dampak.match.subclass import subclasses


def study(seed, *, n=600):
    rng = np.random.default_rng(seed)
    score = rng.beta(2, 3, size=n)
    return score, rng.random(n) < score


@pytest.mark.parametrize(("estimand", "count"), [("att", 6), ("atc", 5), ("ate", 4)])
def test_the_target_group_is_divided_equally(estimand, count):
    score, treatment = study(1)
    number = subclasses(score, treatment, count=count, estimand=estimand)
    target = {"att": treatment, "atc": ~treatment, "ate": np.ones(score.size, dtype=bool)}[estimand]
    sizes = np.bincount(number[target])
    assert sizes.size == count
    assert np.ptp(sizes) <= 1
    order = np.argsort(score)
    assert (np.diff(number[order]) >= 0).all()


def test_a_score_on_a_bound_belongs_to_the_higher_subclass():
    score = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.3, 0.29, 0.9, 0.05])
    treatment = np.arange(9) < 5  # median of the treated: 0.3
    assert subclasses(score, treatment, count=2).tolist() == [0, 0, 1, 1, 1, 1, 0, 1, 0]


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(), count=st.integers(2, 4), min_n=st.integers(1, 2), estimand=st.sampled_from(["att", "atc", "ate"])
)
def test_every_subclass_holds_the_fewest_of_each_group_whatever_the_ties(data, count, min_n, estimand):
    n = data.draw(st.integers(18, 40))
    score = np.array(data.draw(st.lists(st.integers(1, 9), min_size=n, max_size=n))) / 10
    treatment = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    treatment[:16] = np.arange(16) < 8
    number = subclasses(score, treatment, count=count, min_n=min_n, estimand=estimand)
    classes = number.max() + 1
    for group in (treatment, ~treatment):
        assert np.bincount(number[group], minlength=classes).min() >= min_n
        # Within a group, moving in from neighbours keeps the order of scores.
        scores = [score[group & (number == k)] for k in range(classes)]
        assert all(low.max() <= high.min() for low, high in pairwise(scores))
    shuffled = np.random.default_rng(0).permutation(n)
    again = subclasses(score[shuffled], treatment[shuffled], count=count, min_n=min_n, estimand=estimand)
    for group in (treatment, ~treatment):
        tables = [
            sorted(zip(s[g].tolist(), k[g].tolist(), strict=True))
            for s, k, g in ((score, number, group), (score[shuffled], again, group[shuffled]))
        ]
        assert tables[0] == tables[1]


def test_an_empty_subclass_takes_the_nearest_from_the_side_with_more_to_give():
    treated = np.array([0.1, 0.2, 0.45, 0.5, 0.8, 0.9])
    comparison = np.array([0.11, 0.12, 0.13, 0.75, 0.85])  # none between 0.4 and 0.6
    score = np.concatenate([treated, comparison])
    number = subclasses(score, np.arange(11) < 6, count=3)
    # Surplus 2 to the left, 1 to the right: 0.13, the nearest of the left, moves.
    assert number[6:].tolist() == [0, 0, 1, 2, 2]
    assert number[:6].tolist() == [0, 0, 1, 1, 2, 2]
    balanced = np.delete(score, 6)  # surplus 1 on both sides: the left gives
    assert subclasses(balanced, np.arange(10) < 6, count=3)[6:].tolist() == [0, 1, 2, 2]


def test_a_subclass_that_gives_what_it_needs_takes_from_the_next():
    score = np.array([1, 2, 3, 3, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2]) / 10
    treatment = np.arange(18) < 8
    number = subclasses(score, treatment, count=4, min_n=2, estimand="ate")
    # The treated unit of 0.2 moves down, and two of 0.3 take its place: nobody of 0.3 passes it.
    assert number[:2].tolist() == [0, 0]
    assert np.bincount(number[:8]).tolist() == [2, 2, 4]


def test_without_a_fewest_number_subclasses_that_lack_a_group_are_dropped():
    score = np.array([0.1, 0.2, 0.5, 0.55, 0.8, 0.9, 0.15, 0.85])
    number = subclasses(score, np.arange(8) < 6, count=3, min_n=0)
    assert number.tolist() == [0, 0, -1, -1, 1, 1, 0, 1]


def test_each_exact_stratum_is_divided_on_its_own_and_one_without_both_groups_is_not_used():
    score, treatment = study(2)
    exact = np.arange(score.size) % 3
    treatment = treatment & (exact != 2)
    number = subclasses(score, treatment, count=4, exact=exact, include=score < 0.95)
    assert (number[(exact == 2) | (score >= 0.95)] == -1).all()
    for stratum in (0, 1):
        mine = (exact == stratum) & (score < 0.95)
        alone = subclasses(score[mine], treatment[mine], count=4)
        assert (number[mine] == alone + 4 * stratum).all()


def test_impossible_requests_are_refused_in_a_sentence():
    score, treatment = study(3)
    with pytest.raises(ConfigError, match="att, atc or ate, not 'ato'; use the method overlap"):
        subclasses(score, treatment, estimand="ato")
    with pytest.raises(ConfigError, match="count 1 and min_n 1: name 2 subclasses or more"):
        subclasses(score, treatment, count=1)
    few = np.arange(score.size) < 4
    with pytest.raises(DataError, match=r"4 treated units are too few for 2 in each of . subclasses; lower `count`"):
        subclasses(score, few, count=3, min_n=2)
