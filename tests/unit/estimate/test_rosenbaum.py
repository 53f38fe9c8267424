"""Rosenbaum bounds: published tables, brute force over every confounder, and a planted hidden bias."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import norm, wilcoxon

from dampak.errors import ConfigError, DataError
from dampak.estimate.rosenbaum import _median_distance, p_upper, p_upper_sets, rosenbaum_gamma, rosenbaum_gamma_sets

# Morton et al. (1982), lead in the blood of 33 children of exposed fathers and their controls, micrograms per
# decilitre; as in the manual of R's rbounds (`psens`).
EXPOSED = [
    38, 23, 41, 18, 37, 36, 23, 62, 31, 34, 24, 14, 21, 17, 16, 20, 15, 10, 45, 39, 22, 35, 49, 48, 44, 35, 43, 39,
    34, 13, 73, 25, 27,
]  # fmt: skip
CONTROL = [
    16, 18, 18, 24, 19, 11, 10, 15, 16, 18, 18, 13, 19, 10, 16, 16, 24, 13, 9, 14, 21, 19, 7, 18, 19, 12, 11, 22, 25,
    16, 13, 11, 13,
]  # fmt: skip
LEAD = np.array(EXPOSED, dtype=float) - np.array(CONTROL)


def arms(sets: list[list[float]]):
    """Outcome, treatment, set of sets whose first member is the treated one."""
    outcome = np.concatenate([np.asarray(s, dtype=float) for s in sets])
    treatment = np.concatenate([np.arange(len(s)) == 0 for s in sets])
    return outcome, treatment, np.repeat(np.arange(len(sets)), [len(s) for s in sets])


@pytest.mark.parametrize(("gamma", "p"), [(2, 0.0018), (3, 0.0136), (4, 0.0388), (4.25, 0.0468), (5, 0.0740)])
def test_the_bounds_for_lead_in_childrens_blood_are_those_of_rosenbaum(gamma: float, p: float) -> None:
    """Rosenbaum (2002), Observational Studies, Table 4.1 (upper bounds, one-sided)."""
    assert p_upper(LEAD, gamma=gamma, alternative="greater") == pytest.approx(p, abs=5.1e-5)


def test_the_study_of_lead_withstands_a_bias_of_just_over_4_25() -> None:
    """Rosenbaum (2002), section 4.3.3: significant at 0.05 up to 4.25, no longer at 5."""
    gamma = rosenbaum_gamma(LEAD, alpha=0.05, alternative="greater")
    assert 4.25 < gamma < 4.5
    assert p_upper(LEAD, gamma=gamma, alternative="greater") == pytest.approx(0.05, abs=1e-9)
    assert rosenbaum_gamma(LEAD, alpha=0.05) < gamma


def test_without_hidden_bias_the_bound_is_wilcoxons_test() -> None:
    d = np.random.default_rng(1).normal(0.3, 1, 60)
    for alternative in ("greater", "less", "two-sided"):
        peer = wilcoxon(d, alternative=alternative, correction=False, method="asymptotic").pvalue
        assert p_upper(d, gamma=1, alternative=alternative) == pytest.approx(peer, rel=1e-9)
    assert math.isnan(rosenbaum_gamma(np.array([1.0, -1.0, 0.5, -0.5]), alpha=0.05))


def m_scores(sets: list[list[float]], trim: float) -> list[np.ndarray]:
    """Scores by their definition, written out unit by unit."""
    scale = np.median([abs(a - b) for s in sets for a, b in itertools.permutations(s, 2)])
    return [np.array([sum(max(-1.0, min(1.0, (a - b) / (trim * scale))) for b in s) / len(s) for a in s]) for s in sets]


def brute_force(sets: list[list[float]], gamma: float, trim: float) -> float:
    """One-sided p-value with the largest mean, then variance, over every confounder u in {0, 1}^m of each set."""
    value = mean = variance = 0.0
    for q in m_scores(sets, trim):
        moments = []
        for u in itertools.product([0, 1], repeat=q.size):
            p = gamma ** np.array(u, dtype=float)
            p /= p.sum()
            moments.append((p @ q, p @ q**2 - (p @ q) ** 2))
        best = max(m for m, _ in moments)
        value, mean = value + q[0], mean + best
        variance += max(v for m, v in moments if m > best - 1e-12)
    return float(norm.sf((value - mean) / math.sqrt(variance)))


@pytest.mark.parametrize("seed", range(4))
def test_bounds_for_matched_sets_are_the_worst_over_every_confounder(seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Rounded, so that scores tie within sets.
    sets = [list(np.round(rng.normal(0, 1, rng.integers(2, 6)), 1)) for _ in range(12)]
    for s in sets:
        s[0] += 0.9
    outcome, treatment, matched_set = arms(sets)
    for gamma, trim in itertools.product((1.0, 1.7, 4.0), (1.0, 2.5)):
        found = p_upper_sets(outcome, treatment, matched_set=matched_set, gamma=gamma, alternative="greater", trim=trim)
        assert found == pytest.approx(brute_force(sets, gamma, trim), rel=1e-9)
        mirrored = p_upper_sets(
            -outcome, treatment, matched_set=matched_set, gamma=gamma, alternative="less", trim=trim
        )
        assert mirrored == pytest.approx(found)


def test_several_treated_who_share_a_comparison_unit_are_the_mirror_of_one_with_several() -> None:
    outcome, treatment, matched_set = arms([[2.0, 0.1, 0.4], [1.5, 0.9, -1.0], [3.0, 1.0, 0.2, 0.3]])
    one = p_upper_sets(outcome, treatment, matched_set=matched_set, gamma=1.5, alternative="greater")
    other = p_upper_sets(-outcome, ~treatment, matched_set=matched_set, gamma=1.5, alternative="greater")
    assert other == pytest.approx(one)


def test_units_without_a_set_do_not_count() -> None:
    outcome, treatment, matched_set = arms([[2.0, 0.1], [1.5, 0.9, -1.0]])
    with_others = p_upper_sets(
        np.append(outcome, [50.0, -50.0]),
        np.append(treatment, [True, False]),
        matched_set=np.append(matched_set, [-1, -1]),
        gamma=2,
    )
    assert with_others == pytest.approx(p_upper_sets(outcome, treatment, matched_set=matched_set, gamma=2))


def test_the_bound_at_the_true_bias_rarely_rejects_a_true_null_where_the_naive_test_mostly_does() -> None:
    """No effect, but a hidden u raises the outcome and doubles the odds of treatment."""
    rejected = {1.0: 0, 2.0: 0}
    for seed in range(200):
        rng = np.random.default_rng(seed)
        u = rng.random((300, 2)) < 0.5
        y = 2.0 * u + rng.normal(size=u.shape)
        odds = 2.0**u
        first = rng.random(300) < odds[:, 0] / odds.sum(axis=1)
        d = np.where(first, y[:, 0] - y[:, 1], y[:, 1] - y[:, 0])
        for gamma in rejected:
            rejected[gamma] += p_upper(d, gamma=gamma, alternative="greater") < 0.05
    assert rejected[1.0] > 0.6 * 200
    assert rejected[2.0] <= 0.05 * 200


def test_a_strong_effect_withstands_more_bias_than_a_weak_one() -> None:
    rng = np.random.default_rng(5)
    noise, matched_set = rng.normal(size=900), np.tile(np.arange(300), 3)
    treatment = np.arange(900) < 300
    gammas = [
        rosenbaum_gamma_sets(noise + effect * treatment, treatment, matched_set=matched_set, alpha=0.05)
        for effect in (0.3, 0.6, 1.2)
    ]
    assert 1 < gammas[0] < gammas[1] < gammas[2]


def test_data_that_cannot_be_bounded_are_refused() -> None:
    y, t = np.arange(4.0), np.array([True, True, False, False])
    with pytest.raises(DataError, match="matched set 7 has 2 treated of 4 units"):
        p_upper_sets(y, t, matched_set=np.full(4, 7), gamma=2)
    with pytest.raises(DataError, match="has no scale"):
        p_upper_sets(np.zeros(4), t, matched_set=np.array([0, 1, 0, 1]), gamma=2)
    with pytest.raises(DataError, match="holds no pair"):
        p_upper(np.empty(0), gamma=2)
    with pytest.raises(ConfigError, match="at least 1"):
        p_upper(LEAD, gamma=0.5)
    with pytest.raises(ConfigError, match="alternative 'up' is not known"):
        p_upper(LEAD, gamma=2, alternative="up")


def test_differences_in_pieces_are_those_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets of full matching can have thousands of units: their differences are never all in memory."""
    rng = np.random.default_rng(12)
    matched_set = np.repeat(np.arange(40), [2, 2, 3, 5, 9, 17, 2, 4] * 5)
    treatment = np.diff(matched_set, prepend=-1) > 0
    outcome = rng.normal(size=matched_set.size) + 0.7 * treatment
    whole = p_upper_sets(outcome, treatment, matched_set=matched_set, gamma=1.3)
    gaps = [np.abs(a[:, None] - a)[np.triu_indices(a.size, 1)] for a in map(outcome.__getitem__, _sets(matched_set))]
    assert 0 < whole < 0.5
    for chunk in (1, 50, 333):
        monkeypatch.setattr("dampak.estimate.rosenbaum.CHUNK", chunk)
        assert p_upper_sets(outcome, treatment, matched_set=matched_set, gamma=1.3) == whole
    blocks = [outcome[rows][None, :] for rows in _sets(matched_set)]
    assert _median_distance(blocks) == np.median(np.concatenate(gaps))


def _sets(matched_set: np.ndarray) -> list[np.ndarray]:
    return [np.flatnonzero(matched_set == number) for number in np.unique(matched_set)]
