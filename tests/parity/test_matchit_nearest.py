"""Nearest-neighbour pairs are those of MatchIt >= 4.6 on `lalonde`, option by option.

Source: tests/testthat/test-nearest_snapshots.R and its snapshots; each case is named as its test there, and the numbers
are computed from the snapshot's match.matrix: focal units with a match, pairs, distinct matches, mean over focal units
of the difference of re78 from the mean of their matches (treated minus comparison), sum and maximum over pairs of the
difference of propensity scores (R's logit of treat on all covariates; we pair on ours).

Many units are equally near on age, education and two earnings that are often 0. Three of the Mahalanobis cases
('farthest', replace=TRUE, reuse.max=2) hinge on how such ties come out of rounding: recorded on another processor, the
snapshot itself would differ. `scaled_covariates` runs its sums in an order that gives MatchIt's recorded choice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from dampak.match.pairing import Pairs, nearest

from .lalonde import Data, Summary, lalonde, lalonde_glm_score, lalonde_score, summary

CENTS, SIXTH_DECIMAL = 5.1e-5, 5.1e-7


@dataclass(frozen=True)
class Case:
    """One test of MatchIt: the options in our words, its numbers, and ours."""

    name: str
    options: dict[str, Any]
    expected: Summary
    pair: Callable[..., Pairs]

    def ours(self) -> Summary:
        """Pair with these options and summarise."""
        data, score, rows = lalonde(), lalonde_glm_score(), slice(None)
        if self.pair is on_matrix:
            data, score, rows = subset(), score[SUBSET], SUBSET
        options = {name: value(lalonde())[rows] if callable(value) else value for name, value in self.options.items()}
        if "covariate_calipers" in options:
            column, width = options["covariate_calipers"]
            options["covariate_calipers"] = (data.columns(column), np.array([width]))
        return summary(data, score, self.pair(**options))


def on_score(**options: Any) -> Pairs:
    """Pair on the propensity score."""
    return nearest(lalonde().t, score=lalonde_score(), **options)


def on_covariates(**options: Any) -> Pairs:
    """Pair by Mahalanobis distance on age, educ, re74, re75 (`mahvars`); the score orders and sets calipers."""
    x = lalonde().columns("age", "educ", "re74", "re75")
    return nearest(lalonde().t, score=lalonde_score(), covariates=x, distance="mahalanobis", **options)


def on_covariates_alone(**options: Any) -> Pairs:
    """As `on_covariates`, without a score (``distance = "mahalanobis"``)."""
    x = lalonde().columns("age", "educ", "re74", "re75")
    return nearest(lalonde().t, covariates=x, distance="mahalanobis", **options)


# 50 treated and 50 comparison units, for the cases with a distance matrix.
SUBSET = np.r_[0:50, 185:235]


def subset() -> Data:
    """Return the 100 rows."""
    return Data(lalonde().table.take(SUBSET.tolist()).reset_index(drop=True), lalonde().names)


def on_matrix(**options: Any) -> Pairs:
    """Pair by MatchIt's scaled_euclidean_dist: columns over their pooled standard deviation within groups."""
    data = subset()
    x, t = data.columns("age", "educ", "re74", "re75"), data.t
    pooled = ((t.sum() - 1) * x[t].var(axis=0, ddof=1) + ((~t).sum() - 1) * x[~t].var(axis=0, ddof=1)) / (len(x) - 2)
    z = x / np.sqrt(pooled)
    matrix = np.sqrt(((z[t][:, None, :] - z[~t][None, :, :]) ** 2).sum(axis=2))
    return nearest(t, distance_matrix=matrix, **options)


def race(data: Data) -> Any:
    return (data.table["black"] + 2 * data.table["hispan"]).to_numpy()


def married(data: Data) -> Any:
    return data.table["married"].to_numpy()


def age(data: Data) -> Any:
    return data.table["age"].to_numpy()


def earned_at_most_15000(data: Data) -> Any:
    return (data.table["re74"] <= 15000).to_numpy()


def absolute(caliper: float) -> dict[str, Any]:
    """A caliper in units of the score (``std.caliper = FALSE``)."""
    return {"caliper": caliper, "caliper_sd": 1.0}


_ALL = [
    Case(
        "baseline: PS vector, m.order='largest' (default)",
        {},
        (185, 185, 185, 894.3675, 39.692799, 0.449206),
        on_score,
    ),
    Case(
        "baseline: distance matrix, m.order='data'",
        {"order": "data"},
        (50, 50, 50, -5283.4979, 24.884979, 0.760441),
        on_matrix,
    ),
    Case(
        "baseline: Mahalanobis, m.order='closest'",
        {"order": "closest"},
        (185, 185, 185, 578.4136, 70.65357, 0.767532),
        on_covariates,
    ),
    Case(
        "PS vector, m.order='data'",
        {"order": "data"},
        (185, 185, 185, 894.3675, 39.909812, 0.75615),
        on_score,
    ),
    Case(
        "PS vector, m.order='farthest' (close=FALSE)",
        {"order": "farthest"},
        (185, 185, 185, 894.3675, 40.165415, 0.658849),
        on_score,
    ),
    Case(
        "Mahalanobis, m.order='farthest' (mahcovs_closest close=FALSE)",
        {"order": "farthest"},
        (185, 185, 185, 524.9279, 75.680312, 0.804762),
        on_covariates,
    ),
    Case(
        "distance matrix, m.order='farthest' (distmat_closest close=FALSE)",
        {"order": "farthest"},
        (50, 50, 50, -5283.4979, 23.560494, 0.756168),
        on_matrix,
    ),
    Case(
        "ratio=3, replace=TRUE (no pool depletion)",
        {"ratio": 3, "replace": True, "ties": "first"},
        (185, 555, 153, 1573.7489, 3.149627, 0.089018),
        on_score,
    ),
    Case(
        "ratio=2, negative caliper (anti-caliper)",
        {"ratio": 2, **absolute(-0.05)},
        (185, 367, 367, 358.7796, 137.502352, 0.752182),
        on_score,
    ),
    Case(
        "m.order='largest' + caliper + replace=FALSE",
        {"order": "largest", **absolute(0.1)},
        (119, 119, 119, 1487.1989, 6.634824, 0.099899),
        on_score,
    ),
    Case(
        "exact + ratio=2 (within-stratum depletion)",
        {"ratio": 2, "exact": race},
        (116, 145, 145, 1389.3423, 11.329245, 0.461373),
        on_score,
    ),
    Case(
        "exact + antiexact (inclusion + exclusion)",
        {"exact": race, "anti_exact": married},
        (83, 83, 83, 2556.1953, 12.862042, 0.565051),
        on_score,
    ),
    Case(
        "mahvars + distance caliper (Mahalanobis match with PS caliper)",
        absolute(0.2),
        (128, 128, 128, 1233.1564, 13.61093, 0.199949),
        on_covariates,
    ),
    Case(
        "mahvars + replace=TRUE (mahcovs path, reuse allowed)",
        {"replace": True, "ties": "first"},
        (185, 185, 101, 563.5406, 69.716978, 0.767532),
        on_covariates,
    ),
    Case(
        "mahvars + antiexact (mahcovs path with antiexact)",
        {"anti_exact": married},
        (185, 185, 185, 66.665, 87.446519, 0.767532),
        on_covariates,
    ),
    Case(
        "reuse.max=2 + ratio=2 + caliper (bounded replacement + caliper)",
        {"ratio": 2, "reuse_max": 2, **absolute(0.2)},
        (185, 244, 141, 1262.1616, 9.219357, 0.199949),
        on_score,
    ),
    Case(
        "mahvars + reuse.max=2 + m.order='closest' (mahcovs_closest bounded)",
        {"ratio": 2, "reuse_max": 2, "order": "closest"},
        (185, 370, 224, 262.8631, 143.404716, 0.779977),
        on_covariates,
    ),
    Case(
        "variable ratio + caliper (min/max with restriction)",
        {"ratio": 2, "min_ratio": 1, "max_ratio": 4, **absolute(0.2)},
        (128, 223, 223, 1407.3435, 14.851545, 0.199949),
        on_score,
    ),
    Case(
        "variable ratio baseline (min/max.controls, PS vector)",
        {"ratio": 2, "min_ratio": 1, "max_ratio": 4},
        (185, 370, 370, 394.0699, 89.192035, 0.545798),
        on_score,
    ),
    Case(
        "estimand='ATC' + mahvars (mahcovs path, ATC focal)",
        {"estimand": "atc", "order": "smallest"},
        (185, 185, 185, -2620.7445, 100.475763, 0.823127),
        on_covariates,
    ),
    Case(
        "covariate caliper + distance caliper (both simultaneously)",
        {"covariate_calipers": ("age", 2.0), **absolute(0.1)},
        (105, 105, 105, 1106.4288, 3.634824, 0.099173),
        on_score,
    ),
    Case(
        "standardized caliper (std.caliper=TRUE, PS vector)",
        {"caliper": 0.25},
        (116, 116, 116, 2029.3275, 4.99739, 0.072507),
        on_score,
    ),
    Case(
        "antiexact alone, PS vector",
        {"anti_exact": married},
        (185, 185, 185, 197.368, 74.866956, 0.664586),
        on_score,
    ),
    Case(
        "discard logical vector, PS vector path",
        {"include": earned_at_most_15000},
        (181, 181, 181, 803.6874, 40.6108, 0.465216),
        on_score,
    ),
    Case(
        "discard + mahvars (mahcovs path with discards)",
        {"include": earned_at_most_15000},
        (181, 181, 181, 783.0155, 67.925897, 0.767532),
        on_covariates,
    ),
    Case(
        "unit.id + m.order='closest' (vec_closest path with unit.id)",
        {"unit_id": age, "ratio": 2, "order": "closest"},
        (32, 32, 32, 4324.4508, 0.979092, 0.340076),
        on_score,
    ),
    Case(
        "distmat + m.order='closest' + replace=TRUE + ratio=2",
        {"replace": True, "ties": "first", "ratio": 2},
        (50, 100, 7, 2784.4164, 42.112156, 0.750618),
        on_matrix,
    ),
    Case(
        "distmat + antiexact (distmat path with antiexact constraint)",
        {"anti_exact": married, "order": "data"},
        (44, 44, 44, -4110.3337, 22.861847, 0.760441),
        on_matrix,
    ),
    Case(
        "full Mahalanobis + m.order='closest'",
        {"order": "closest"},
        (185, 185, 185, 578.4136, 70.65357, 0.767532),
        on_covariates_alone,
    ),
]
CASES: dict[str, Case] = {case.name: case for case in _ALL}


@pytest.mark.parametrize("name", CASES)
def test_pairs_are_those_of_matchit(name: str) -> None:
    case = CASES[name]
    found = case.ours()
    assert found[:3] == case.expected[:3]
    assert found[3] == pytest.approx(case.expected[3], abs=CENTS)
    assert found[4:] == pytest.approx(case.expected[4:], abs=SIXTH_DECIMAL)


@pytest.mark.parametrize("name", CASES)
def test_pairs_do_not_depend_on_how_the_pool_is_searched(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """614 units are searched whole; a million are searched by a tree, with the same result."""
    monkeypatch.setattr("dampak.match.candidates.WHOLE", 0)
    monkeypatch.setattr("dampak.match.candidates.NARROW", 0)
    found = CASES[name].ours()
    assert found[:3] == CASES[name].expected[:3]
    assert found[3:] == pytest.approx(CASES[name].expected[3:], abs=CENTS)
