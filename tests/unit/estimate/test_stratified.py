"""Differences within strata: the algebra of the estimands, and standard errors that cover a planted effect.

With 300 replications the simulation error of a 95 % coverage is 1.3 points.
"""

import math

import numpy as np
import pytest

from dampak.errors import ConfigError, DataError
from dampak.estimate.effect import Effect, interval
from dampak.estimate.stratified import stratified_difference
from dampak.estimate.survey_design import SurveyDesign
from dampak.estimate.weighted import weighted_difference
from dampak.match.full import full_match
from dampak.match.stratum_weights import stratum_weights
from dampak.match.subclass import subclasses

ESTIMANDS = ["att", "atc", "ate"]
REPLICATIONS = 300


def study(seed, *, n=240, strata=6):
    rng = np.random.default_rng(seed)
    stratum = rng.integers(-1, strata, n)
    treatment = rng.random(n) < 0.2 + 0.1 * stratum
    treatment[stratum < 0] = rng.random(int(np.sum(stratum < 0))) < 0.5
    outcome = stratum + (1 + 0.3 * stratum) * treatment + rng.normal(size=n)
    return outcome, treatment, stratum, rng.integers(1, 5, n).astype(float)


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_the_estimate_is_the_mean_gap_over_the_target_group_and_that_of_the_stratum_weights(estimand):
    y, t, s, w = study(1)
    found = stratified_difference(y, t, stratum=s, survey_weight=w, estimand=estimand)
    target = {"att": t, "atc": ~t, "ate": np.ones(t.size, dtype=bool)}[estimand]
    gaps, shares = [], []
    for number in range(6):
        treated, comparison = (s == number) & t, (s == number) & ~t
        gaps.append(np.average(y[treated], weights=w[treated]) - np.average(y[comparison], weights=w[comparison]))
        shares.append(w[(s == number) & target].sum())
    assert found.estimate == pytest.approx(np.average(gaps, weights=shares))
    weight = stratum_weights(s, t, estimand=estimand, survey_weight=w)
    assert found.estimate == pytest.approx(weighted_difference(y, t, weight=weight).estimate)
    assert found.n_treated == np.sum((s >= 0) & t)


@pytest.mark.parametrize("std_error", ["linearized", "matched_sets"])
@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_labels_order_and_zero_weight_rows_change_nothing(estimand, std_error):
    y, t, s, w = study(2)
    options = {"estimand": estimand, "std_error": std_error}
    one = stratified_difference(y, t, stratum=s, survey_weight=w, **options)
    order = np.random.default_rng(3).permutation(y.size)
    renamed = np.where(s >= 0, 50 - 4 * s, -1)
    junk = 9
    two = stratified_difference(
        np.append(y[order], np.full(junk, 1e6)),
        np.append(t[order], np.arange(junk) % 2 == 0),
        stratum=np.append(renamed[order], np.full(junk, 50)),
        survey_weight=np.append(w[order], np.zeros(junk)),
        **options,
    )
    assert two.estimate == pytest.approx(one.estimate)
    assert two.std_error == pytest.approx(one.std_error)
    assert (two.df, two.n_treated, two.n_comparison) == (one.df, one.n_treated, one.n_comparison)


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_two_copies_of_everybody_with_half_the_survey_weight_are_the_same_survey(estimand):
    y, t, s, w = study(4)
    one = stratified_difference(y, t, stratum=s, survey_weight=w, estimand=estimand)
    two = stratified_difference(
        np.tile(y, 2), np.tile(t, 2), stratum=np.tile(s, 2), survey_weight=np.tile(w / 2, 2), estimand=estimand
    )
    assert two.estimate == pytest.approx(one.estimate)
    psu = np.arange(y.size)
    alone = stratified_difference(
        y, t, stratum=s, survey_weight=w, estimand=estimand, std_error="matched_sets", design=SurveyDesign(psu=psu)
    )
    both = stratified_difference(
        np.tile(y, 2),
        np.tile(t, 2),
        stratum=np.tile(s, 2),
        survey_weight=np.tile(w / 2, 2),
        estimand=estimand,
        std_error="matched_sets",
        design=SurveyDesign(psu=np.tile(psu, 2)),
    )
    assert both.std_error == pytest.approx(alone.std_error)


def test_in_one_stratum_the_error_is_that_of_two_means_and_in_pairs_that_of_the_gaps():
    rng = np.random.default_rng(5)
    t = np.arange(50) < 20
    y = rng.normal(size=50) + t
    one = stratified_difference(y, t, stratum=np.zeros(50, dtype=int), survey_weight=np.ones(50))
    expected = np.var(y[t]) / 20 * 20 / 19 + np.var(y[~t], ddof=1) / 30 * (1 - 1 / 20) * 20 / 19
    assert one.std_error == pytest.approx(math.sqrt(expected))
    pairs = np.concatenate([np.arange(20), np.arange(20)])
    y, t = y[:40], t[:40]
    gap = y[:20] - y[20:]
    for std_error in ("linearized", "matched_sets"):
        paired = stratified_difference(y, t, stratum=pairs, survey_weight=np.ones(40), std_error=std_error)
        factor = 1.0 if std_error == "linearized" else 39 / 38
        assert paired.std_error == pytest.approx(np.std(gap, ddof=1) / math.sqrt(20) * math.sqrt(factor))
        assert paired.df == 19


def test_a_single_comparison_unit_is_given_the_variance_of_the_others():
    """Its own deviation is 0; without the pooled variance the error would shrink as cells get smaller."""
    rng = np.random.default_rng(6)
    t = np.array([True] * 40 + [False] * 41)
    s = np.concatenate([np.repeat([0, 1], 20), np.zeros(40, dtype=int), [1]])
    y = rng.normal(size=81)
    found = stratified_difference(y, t, stratum=s, survey_weight=np.ones(81))
    comparison = y[40:80]
    gap = np.array([y[:20].mean() - comparison.mean(), y[20:40].mean() - y[80]])
    tau = gap.mean()
    base = np.concatenate([comparison.mean() + tau * np.ones(20), y[80] + tau * np.ones(20)])
    pooled = np.var(comparison, ddof=1)
    expected = 40 / 39 * (np.sum((y[:40] - base) ** 2) / 40**2 + 0.25 * (1 - 1 / 20) * pooled / 40)
    expected += 0.25 * (1 - 1 / 20) * pooled
    assert found.std_error == pytest.approx(math.sqrt(expected))
    with pytest.raises(DataError, match=r"every stratum holds one comparison unit.*use std_error matched_sets"):
        stratified_difference(y[:44], np.arange(44) < 40, stratum=np.arange(44) % 4, survey_weight=np.ones(44))


def coverage(results: list[Effect], truth: float) -> tuple[float, float, float]:
    """Coverage of 95 % intervals, mean standard error over empirical SD, bias over empirical SD."""
    bounds = [interval(r, alpha=0.05) for r in results]
    estimates = np.array([r.estimate for r in results])
    spread = estimates.std(ddof=1)
    inside = float(np.mean([b.low <= truth <= b.high for b in bounds]))
    return inside, float(np.mean([r.std_error for r in results]) / spread), float((estimates.mean() - truth) / spread)


@pytest.mark.parametrize("estimand", ["att", "ate"])
def test_linearized_errors_cover_an_effect_that_differs_between_cells_some_of_them_tiny(estimand):
    rng = np.random.default_rng(101)
    chance, effect = np.linspace(0.15, 0.7, 12), np.linspace(0, 2, 12)
    truth = {"att": float(chance @ effect / chance.sum()), "ate": float(effect.mean())}[estimand]
    linearized, clustered = [], []
    for _ in range(REPLICATIONS):
        z = rng.integers(0, 12, 300)
        t = rng.random(300) < chance[z]
        y = effect[z] * t + 0.4 * z + rng.normal(size=300) * (1 + 0.5 * t)
        options = {"stratum": z, "survey_weight": np.ones(300), "estimand": estimand}
        linearized.append(stratified_difference(y, t, **options))
        clustered.append(stratified_difference(y, t, std_error="matched_sets", **options))
    inside, ratio, bias = coverage(linearized, truth)
    assert 0.92 <= inside <= 0.98
    assert 0.9 <= ratio <= 1.1
    assert abs(bias) < 0.2
    # A dozen strata are no matched sets: clusters take the differences between strata for noise.
    assert coverage(clustered, truth)[1] > 1.15


def test_subclasses_of_a_known_score_cover_and_six_leave_more_bias_than_ten():
    rng = np.random.default_rng(102)
    results: dict[int, list[Effect]] = {6: [], 10: []}
    for _ in range(REPLICATIONS):
        x = rng.normal(size=1000)
        score = 1 / (1 + np.exp(0.7 - 0.5 * x))
        t = rng.random(1000) < score
        y = t + 0.5 * x + rng.normal(size=1000)
        for count, found in results.items():
            s = subclasses(score, t, count=count)
            found.append(stratified_difference(y, t, stratum=s, survey_weight=np.ones(1000)))
    inside, ratio, bias = coverage(results[10], 1.0)
    assert 0.91 <= inside <= 0.98
    assert 0.9 <= ratio <= 1.1
    assert 0 < bias < coverage(results[6], 1.0)[2]


def test_both_errors_cover_after_full_matching():
    rng = np.random.default_rng(103)
    results: dict[str, list[Effect]] = {"linearized": [], "matched_sets": []}
    for _ in range(REPLICATIONS):
        x = rng.normal(size=200)
        t = rng.random(200) < 1 / (1 + np.exp(0.7 - 0.8 * x))
        y = t + x + rng.normal(size=200)
        s = full_match(t, score=x)
        for std_error, found in results.items():
            found.append(stratified_difference(y, t, stratum=s, survey_weight=np.ones(200), std_error=std_error))
    for found in results.values():
        inside, ratio, _ = coverage(found, 1.0)
        assert 0.91 <= inside <= 0.98
        assert 0.87 <= ratio <= 1.1


def test_the_survey_design_is_honoured():
    rng = np.random.default_rng(104)
    psu = np.repeat(np.arange(60), 12)
    design = SurveyDesign(strata=psu // 15, psu=psu)
    honoured, ignored = [], []
    for _ in range(REPLICATIONS):
        z = rng.integers(0, 6, psu.size)
        t = (rng.random(60) < 0.5)[psu] ^ (rng.random(psu.size) < 0.2)
        w = np.exp(0.4 * rng.normal(size=60))[psu]
        y = t + 0.4 * z + rng.normal(size=60)[psu] + rng.normal(size=psu.size)
        options = {"stratum": z, "survey_weight": w}
        honoured.append(stratified_difference(y, t, design=design, **options))
        ignored.append(stratified_difference(y, t, **options))
    inside, ratio, _ = coverage(honoured, 1.0)
    assert 0.91 <= inside <= 0.98
    assert 0.9 <= ratio <= 1.1
    assert honoured[0].df == 56
    assert coverage(ignored, 1.0)[0] < 0.8


def test_impossible_requests_are_refused_in_a_sentence():
    y, t, s, w = study(7)
    with pytest.raises(ConfigError, match="att, atc or ate, not 'ato'; use the method overlap"):
        stratified_difference(y, t, stratum=s, survey_weight=w, estimand="ato")
    with pytest.raises(ConfigError, match="std_error is linearized or matched_sets, not 'hc1'"):
        stratified_difference(y, t, stratum=s, survey_weight=w, std_error="hc1")
    with pytest.raises(DataError, match="no stratum holds both treated and comparison units"):
        stratified_difference(y, t, stratum=t.astype(int), survey_weight=w)
    with pytest.raises(DataError, match="2 units in 1 strata leave no degrees of freedom"):
        stratified_difference(y[:2], np.array([True, False]), stratum=np.zeros(2, dtype=int), survey_weight=w[:2])
