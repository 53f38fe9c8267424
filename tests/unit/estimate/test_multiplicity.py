"""Adjusted p-values: against other code, by their properties, and the errors that they promise to control."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, stdtr
from statsmodels.stats.multitest import multipletests

from dampak.errors import ConfigError
from dampak.estimate.multiplicity import anderson_q, holm, multiplier_draws, romano_wolf, step_down
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.variance import linearized


@pytest.mark.parametrize("m", [1, 2, 5, 12])
def test_holm_is_that_of_statsmodels(m: int) -> None:
    p = np.random.default_rng(m).uniform(0, 0.2, size=m)
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_lies_between_the_p_value_and_bonferroni_and_keeps_the_order(p: list[float]) -> None:
    found, order = holm(np.array(p)), np.argsort(p, kind="stable")
    assert np.all((found >= np.array(p)) & (found <= np.minimum(len(p) * np.array(p), 1)))
    assert np.all(np.diff(found[order]) >= 0)


def test_holm_of_a_single_outcome_is_its_p_value() -> None:
    assert holm(np.array([0.03])).tolist() == [0.03]


def one_level_at_a_time(p: list[float]) -> list[float]:
    """Anderson's loop over q, one q after the other, in plain Python."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    m, q = len(p), [1.0] * len(p)
    for thousandth in range(1000, 0, -1):
        level = thousandth / 1000 / (1 + thousandth / 1000)
        first = max([r for r in range(1, m + 1) if p[order[r - 1]] <= level * r / m], default=0)
        # Stata takes m / 0 as missing, and missing as larger than any number.
        sharper = level * m / (m - first) if first < m else math.inf
        second = max([r for r in range(1, m + 1) if p[order[r - 1]] <= sharper * r / m], default=0)
        for r in range(second):
            q[order[r]] = thousandth / 1000
    return q


@given(st.lists(st.one_of(st.floats(0, 1), st.floats(0, 0.05)), min_size=1, max_size=12))
def test_anderson_q_is_what_his_loop_gives(p: list[float]) -> None:
    found, expected = anderson_q(np.array(p)), np.array(one_level_at_a_time(p))
    assert np.all(np.abs(found - expected) <= 0.001 + 1e-9)
    assert np.mean(found == expected) >= 1 - 1 / len(p)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=12))
def test_anderson_q_rises_with_the_p_value(p: list[float]) -> None:
    order = np.argsort(p, kind="stable")
    assert np.all(np.diff(anderson_q(np.array(p))[order]) >= 0)


def test_anderson_q_by_hand() -> None:
    """m = 3. 0.012 is rejected from q' = 0.036 on, so q = 0.038; one being rejected, 0.03 <= q' 2 / 2 follows at the
    same q. With two rejected, 0.9 <= q' 3 / 1 from q' = 0.3 on, so q = 0.429."""
    assert anderson_q(np.array([0.9, 0.012, 0.03])).tolist() == [0.429, 0.038, 0.038]


def test_many_findings_sharpen_the_q_values_below_the_p_values() -> None:
    p = np.append(np.full(19, 0.001), 0.04)
    assert anderson_q(p)[-1] < 0.04


def test_anderson_q_controls_the_false_discovery_rate() -> None:
    rng = np.random.default_rng(1)
    false, power = [], []
    for effects in (0, 10):
        for _ in range(500):
            z = rng.normal(size=30) + np.where(np.arange(30) < effects, 3.0, 0.0)
            found = anderson_q(2 * ndtr(-np.abs(z))) <= 0.1
            false.append(found[effects:].sum() / max(found.sum(), 1))
            if effects:
                power.append(found[:effects].mean())
        assert np.mean(false) <= 0.12
    assert np.mean(power) > 0.7


def family(rng: np.random.Generator, *, rho: float, effects: int = 0) -> tuple[np.ndarray, np.ndarray, SurveyDesign]:
    """p-values and influence values of eight outcomes in 30 PSUs of two strata."""
    psu = np.repeat(np.arange(30), 4)
    design = SurveyDesign(psu % 2, psu)
    luck = math.sqrt(rho) * rng.normal(size=(30, 1)) + math.sqrt(1 - rho) * rng.normal(size=(30, 8))
    y = luck[psu] + math.sqrt(rho) * rng.normal(size=(120, 1)) + rng.normal(size=(120, 8)) / 2
    y[:, :effects] += 0.65
    influence = (y - y.mean(axis=0)) / 120
    p = []
    for column, estimate in zip(influence.T, y.mean(axis=0), strict=True):
        variance, df = linearized(column, design=design)
        p.append(2 * float(stdtr(df, -abs(estimate) / math.sqrt(variance))))
    return np.array(p), influence, design


def test_romano_wolf_keeps_the_familywise_error_and_finds_more_than_holm() -> None:
    rng = np.random.default_rng(2)
    errors = {"romano_wolf": [], "holm": [], "none": []}
    power = {"romano_wolf": [], "holm": []}
    for i in range(500):
        p, influence, design = family(rng, rho=0.9, effects=2)
        adjusted = {
            "romano_wolf": romano_wolf(p, influence=influence, design=design, seed=i, draws=999),
            "holm": holm(p),
        }
        for name, values in {**adjusted, "none": p}.items():
            errors[name].append(np.any(values[2:] < 0.05))
        for name, values in adjusted.items():
            power[name].append(np.mean(values[:2] < 0.05))
    assert np.mean(errors["romano_wolf"]) <= 0.07
    assert np.mean(errors["none"]) > 0.10
    assert np.mean(power["romano_wolf"]) > np.mean(power["holm"]) + 0.05


def test_romano_wolf_of_independent_outcomes_is_close_to_sidaks_step_down() -> None:
    rng = np.random.default_rng(3)
    p, influence = np.array([0.004, 0.03, 0.2, 0.6]), rng.normal(size=(20_000, 4))
    found = romano_wolf(p, influence=influence, seed=1, draws=40_000)
    expected = np.maximum.accumulate(1 - (1 - p) ** np.array([4, 3, 2, 1]))
    assert found == pytest.approx(expected, abs=0.01)


def test_an_outcome_told_twice_costs_nothing() -> None:
    rng = np.random.default_rng(4)
    psi = rng.normal(size=(500, 1))
    twice = romano_wolf(np.array([0.02, 0.02]), influence=np.hstack([psi, -psi]), seed=1, draws=40_000)
    assert twice == pytest.approx(0.02, abs=0.003)
    assert holm(np.array([0.02, 0.02]))[0] == 0.04


@given(st.lists(st.floats(0.0001, 1), min_size=4, max_size=4), st.integers(0, 100))
def test_romano_wolf_never_lowers_a_p_value_by_more_than_chance_nor_changes_their_order(
    p: list[float], seed: int
) -> None:
    influence = np.random.default_rng(seed).normal(size=(50, 4)) @ np.array(
        [[1, 0.5, 0, 0], [0, 1, 0.5, 0], [0, 0, 1, 0.5], [0, 0, 0, 1]]
    )
    found = romano_wolf(np.array(p), influence=influence, seed=seed, draws=999)
    assert np.all(np.diff(found[np.argsort(p, kind="stable")]) >= 0)
    assert np.all(found >= np.array(p) - 0.07)
    assert np.all((found > 0) & (found <= 1))


def test_the_draws_have_the_correlation_that_the_design_gives() -> None:
    rng = np.random.default_rng(5)
    psu = np.repeat(np.arange(25), 4)
    shared = rng.normal(size=(25, 1))[psu]
    influence = np.hstack([shared + rng.normal(size=(100, 2)), np.zeros((100, 1))])
    totals = np.stack([np.bincount(psu, weights=c) for c in influence.T[:2]])
    draws = multiplier_draws(influence, design=SurveyDesign(psu=psu), draws=40_000, seed=1)
    assert np.corrcoef(draws[:, :2].T)[0, 1] == pytest.approx(np.corrcoef(totals)[0, 1], abs=0.02)
    assert draws[:, :2].std(axis=0) == pytest.approx(1, abs=0.02)
    assert np.all(draws[:, 2] == 0)


def test_the_step_down_by_hand() -> None:
    """Four draws; largest of all: 3, 1, 2.5, 0.5; without the second hypothesis: 3, 1, 0, 0.5."""
    null = np.array([[3.0, 0.1], [-1.0, 0.5], [0.0, 2.5], [0.5, -0.5]])
    found = step_down(np.array([0.8, -2.0]), null=null)
    assert found.tolist() == [(1 + 2) / 5, (1 + 2) / 5]
    assert step_down(np.array([0.2, -2.6]), null=null).tolist() == [(1 + 3) / 5, (1 + 1) / 5]


def test_a_family_and_its_influence_values_must_fit() -> None:
    with pytest.raises(ConfigError, match=r"3 p-values need as many columns"):
        romano_wolf(np.ones(3), influence=np.ones((5, 2)), seed=1)


def test_the_same_family_gives_the_same_values_and_another_name_other_draws() -> None:
    influence, p = np.random.default_rng(6).normal(size=(40, 3)), np.array([0.02, 0.04, 0.3])
    first, second, other = (romano_wolf(p, influence=influence, seed=1, name=n, draws=499) for n in ("a", "a", "b"))
    assert first.tolist() == second.tolist()
    assert first.tolist() != other.tolist()
