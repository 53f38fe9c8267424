"""The frontier is the least imbalance of every size, by brute force; the caliper path is that of single matchings."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dampak.errors import DataError
from dampak.match.balance import balance, standardiser
from dampak.match.distance import scaled_covariates
from dampak.match.frontier import caliper_path, frontier
from dampak.match.pairing import nearest
from dampak.match.weighting import pair_weights


def imbalance(position, treatment, kept):
    """Mean distance of the units kept to the nearest unit kept of the other group."""
    gaps = []
    for i in kept:
        others = [j for j in kept if treatment[j] != treatment[i]]
        if not others:
            return np.inf
        gaps.append(min(np.linalg.norm(position[i] - position[j]) for j in others))
    return np.mean(gaps)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6))
def test_no_subset_of_a_size_on_the_frontier_is_better_balanced(seed):
    rng = np.random.default_rng(seed)
    n = 9
    x, treatment = rng.normal(size=(n, 2)), rng.permutation(np.arange(n) < 4)
    position = scaled_covariates(x, treatment, distance="mahalanobis")
    table = frontier(x, treatment)
    for size, found in zip(table["n_kept"], table["imbalance"], strict=True):
        best = min(imbalance(position, treatment, kept) for kept in itertools.combinations(range(n), size))
        assert found == pytest.approx(best)


def test_pruning_starts_with_everybody_and_only_improves():
    rng = np.random.default_rng(0)
    n = 400
    x = rng.normal(size=(n, 3))
    treatment = rng.random(n) < 1 / (1 + np.exp(1 - x[:, 0]))
    table = frontier(x, treatment)
    assert table.loc[0, "n_kept"] == n
    assert (table["n_kept"] == table["n_treated"] + table["n_comparison"]).all()
    assert (table["n_pruned"] + table["n_kept"] == n).all()
    assert (np.diff(table["imbalance"]) < 0).all()
    whole = table["n_treated"] == treatment.sum()
    assert (table["estimand"] == np.where(whole, "all treated", "treated who are left")).all()
    assert whole[0]
    assert not whole.iloc[-1]


def test_twins_of_the_other_group_end_the_frontier_at_no_imbalance():
    x = np.array([[0.0, 1], [0, 1], [3, 2], [3, 2], [9, 0], [5, 5]])
    treatment = np.array([1, 0, 1, 0, 1, 0]) == 1
    last = frontier(x, treatment).iloc[-1]
    assert (last["imbalance"], last["n_treated"], last["n_comparison"]) == (0, 2, 2)


def test_a_shorter_table_keeps_rows_of_the_long_one_and_both_ends():
    rng = np.random.default_rng(1)
    x, treatment = rng.normal(size=(300, 2)), rng.random(300) < 0.4
    long, short = frontier(x, treatment), frontier(x, treatment, points=20)
    assert len(short) <= 20 < len(long)
    merged = short.merge(long)
    assert len(merged) == len(short)
    assert short.iloc[0].equals(long.iloc[0])
    assert short["n_pruned"].iloc[-1] == long["n_pruned"].iloc[-1]


def test_left_out_units_are_no_ones_neighbour():
    rng = np.random.default_rng(2)
    x, treatment = rng.normal(size=(100, 2)), np.arange(100) < 40
    include = rng.random(100) < 0.7
    assert frontier(x, treatment, include=include).equals(frontier(x[include], treatment[include]))
    with pytest.raises(DataError, match="only one group is left"):
        frontier(x, treatment, include=treatment)


def test_a_row_of_the_caliper_path_is_one_matching():
    rng = np.random.default_rng(3)
    n = 500
    x = rng.normal(size=(n, 2))
    score = 1 / (1 + np.exp(-(x[:, 0] - 1 + 0.5 * x[:, 1])))
    treatment, survey = rng.random(n) < score, rng.uniform(0.5, 2, n)
    table = caliper_path(
        treatment, score=score, covariates=x, names=["a", "b"], survey_weight=survey, calipers=(0.05, 0.5)
    )
    assert table["caliper"].tolist()[1:] == [0.5, 0.05]
    assert np.isnan(table["caliper"][0])
    weight = pair_weights(nearest(treatment, score=score, caliper=0.05), survey_weight=survey)
    kept = treatment & (weight > 0)
    smd = []
    for j in range(2):
        scale = standardiser(x[:, j], treatment, estimand="att", survey_weight=survey)
        smd.append(abs(balance(x[:, j], treatment, weight=weight, scale=scale).smd))
    row = table.iloc[-1]
    assert (row["n_treated"], row["n_comparison"]) == (kept.sum(), (weight[~treatment] > 0).sum())
    assert row["share_treated"] == pytest.approx(survey[kept].sum() / survey[treatment].sum())
    assert (row["smd_max"], row["smd_mean"]) == pytest.approx((max(smd), np.mean(smd)))
    assert row["worst_covariate"] == ["a", "b"][int(np.argmax(smd))]
    assert table["estimand"].tolist() == ["all treated", "treated who are left", "treated who are left"]
    assert (np.diff(table["n_treated"]) <= 0).all()


def test_a_caliper_that_nobody_meets_leaves_no_balance_to_speak_of():
    score, treatment = np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1]) == 1
    table = caliper_path(
        treatment, score=score, covariates=score[:, None], names=["a"], survey_weight=np.ones(4), calipers=(0.01,)
    )
    assert table.loc[1, ["n_treated", "share_treated", "worst_covariate"]].tolist() == [0, 0.0, ""]
    assert np.isnan(table.loc[1, "smd_max"])
