"""Abadie-Imbens variances: Stata's published ones, by hand, in both directions, and with planted truth."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from dampak.errors import ConfigError, DataError
from dampak.estimate.conditional_variance import conditional_variance
from dampak.estimate.effect import interval
from dampak.estimate.neighbours import nearest_neighbours


def all_ties(place: np.ndarray, groups: list[np.ndarray], *, ratio: int = 1) -> dict[str, np.ndarray]:
    """Pairs of each focal unit with its nearest units of the other group, all ties, by brute force."""
    parts = []
    for focal_group in groups:
        focal, other = np.flatnonzero(focal_group), np.flatnonzero(~focal_group)
        distance = cdist(place[focal], place[other])
        last = np.partition(distance, ratio - 1, axis=1)[:, ratio - 1]
        chosen = distance <= last[:, None] * (1 + 1e-9) + 1e-9
        row, column = np.nonzero(chosen)
        parts.append((focal[row], other[column], 1 / chosen.sum(axis=1)[row]))
    focal, match, share = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {"focal": focal, "match": match, "pair_weight": share}


@pytest.mark.parametrize(
    ("estimand", "estimate", "std_error"), [("ate", -210.0558, 29.32803), ("att", -238.5204, 30.41661)]
)
def test_statas_birth_weights(estimand: str, estimate: float, std_error: float) -> None:
    """teffects nnmatch (bweight mmarried mage fage medu prenatal1) (mbsmoke), ematch(mmarried prenatal1)
    biasadj(mage fage medu), ate or atet: Stata's manual, [TE] teffects nnmatch; data of cattaneo2, which
    statsmodels ships. Its vce(robust, nn(2)) is the heteroscedastic variance with two neighbours."""
    file = resources.files("statsmodels") / "treatment/tests/results/cataneo2.csv"
    table = pd.read_csv(str(file))
    t = table["mbsmoke_"].to_numpy() == 1
    x = table[["mmarried_", "mage", "fage", "medu", "prenatal1_"]].to_numpy(dtype=float)
    # Far apart where the exact variables differ, so that nobody is matched across them.
    place = np.column_stack([np.linalg.solve(np.linalg.cholesky(np.cov(x.T)), x.T).T, 1000 * x[:, [0, 4]]])
    result = nearest_neighbours(
        table["bweight"].to_numpy(dtype=float),
        t,
        **all_ties(place, [t, ~t] if estimand == "ate" else [t]),
        survey_weight=np.ones(t.size),
        covariates=x[:, 1:4],
        bias_adjust=True,
        variance="heteroscedastic",
        coordinates=place,
    )
    assert result.estimate == pytest.approx(estimate, abs=5.1e-5)
    assert result.std_error == pytest.approx(std_error, abs=5.1e-6)


def test_the_conditional_variance_is_that_among_a_unit_and_its_neighbours_with_ties() -> None:
    y = np.array([1.0, 3.0, 8.0, 5.0, 2.0, 9.0, 4.0])
    t = np.array([True, True, True, True, False, False, False])
    place = np.array([0.0, 1.0, -1.0, 5.0, 0.0, 0.0, 3.0])
    one = conditional_variance(y, t, coordinates=place, neighbours=1)
    # Unit 0 is tied between 1 and 2; 3 has 1; of the comparison units 4 and 5 share a place.
    expected = [np.var(y[[0, 1, 2]], ddof=1), *(np.var(y[list(s)], ddof=1) for s in ((0, 1), (0, 2), (1, 3), (4, 5)))]
    assert one[:5] == pytest.approx(expected)
    assert one[5] == one[4]
    assert one[6] == pytest.approx(np.var(y[[4, 5, 6]], ddof=1))


def test_the_conditional_variance_does_not_depend_on_the_order_of_rows() -> None:
    rng = np.random.default_rng(1)
    y, t, place = rng.normal(size=300), rng.random(300) < 0.4, rng.integers(0, 5, size=(300, 2)).astype(float)
    order = rng.permutation(300)
    moved = conditional_variance(y[order], t[order], coordinates=place[order], neighbours=3)
    assert moved == pytest.approx(conditional_variance(y, t, coordinates=place, neighbours=3)[order])


def test_the_conditional_variance_is_that_of_brute_force() -> None:
    rng = np.random.default_rng(2)
    y, t, place = rng.normal(size=80), rng.random(80) < 0.5, rng.normal(size=(80, 3))
    found = conditional_variance(y, t, coordinates=place, neighbours=4, needed=y > 0)
    for i in range(80):
        group = np.flatnonzero(t == t[i])
        near = group[np.argsort(np.linalg.norm(place[group] - place[i], axis=1))[:5]]
        assert found[i] == pytest.approx(y[near].var(ddof=1) if y[i] > 0 else 0)


def test_the_variance_of_the_ate_is_that_of_abadie_and_imbens() -> None:
    """V = 1/N^2 [ sum (tau_i - tau)^2 + sum sigma_i^2 ((K_i / M)^2 + (2M - 1) / M K_i / M) ], M = 2."""
    rng = np.random.default_rng(3)
    y, t, place = rng.normal(size=50), np.arange(50) < 20, rng.normal(size=(50, 2))
    pairs = all_ties(place, [t, ~t], ratio=2)
    options = {"variance": "heteroscedastic", "coordinates": place}
    result = nearest_neighbours(y, t, **pairs, survey_weight=np.ones(50), **options)
    k = np.bincount(pairs["match"], minlength=50)
    other = np.array([y[pairs["match"][pairs["focal"] == i]].mean() for i in range(50)])
    tau = np.where(t, y - other, other - y)
    sigma2 = conditional_variance(y, t, coordinates=place)
    variance = np.sum((tau - tau.mean()) ** 2) + np.sum(sigma2 * ((k / 2) ** 2 + 1.5 * k / 2))
    assert result.estimate == pytest.approx(tau.mean())
    assert result.std_error == pytest.approx(np.sqrt(variance) / 50)


def test_the_ate_is_the_weighted_average_of_att_and_atc() -> None:
    rng = np.random.default_rng(4)
    y, t, place, w = rng.normal(size=40), np.arange(40) < 15, rng.normal(size=(40, 1)), rng.uniform(1, 3, size=40)
    found = [
        nearest_neighbours(
            y, t, **all_ties(place, groups), survey_weight=w, covariates=place, bias_adjust=True
        ).estimate
        for groups in ([t], [~t], [t, ~t])
    ]
    assert found[2] == pytest.approx((w[t].sum() * found[0] + w[~t].sum() * found[1]) / w.sum())


def test_a_unit_with_weight_two_is_two_units_at_one_place() -> None:
    rng = np.random.default_rng(5)
    y, t, place = rng.normal(size=30), np.arange(30) < 10, rng.normal(size=(30, 1))
    w = np.where(np.arange(30) < 5, 2.0, 1.0)
    options = {"variance": "heteroscedastic", "coordinates": place}
    weighted = nearest_neighbours(y, t, **all_ties(place, [t]), survey_weight=w, **options)
    twice = np.concatenate([np.arange(30), np.arange(5)])
    doubled = nearest_neighbours(y[twice], t[twice], **all_ties(place[twice], [t[twice]]), survey_weight=np.ones(35))
    assert weighted.estimate == pytest.approx(doubled.estimate)


def test_the_heteroscedastic_variance_covers_where_the_constant_one_does_not() -> None:
    """The comparison units that are used most are the noisiest, and the effect varies with x."""
    rng = np.random.default_rng(6)
    robust, constant = [], []
    for _ in range(500):
        t = np.arange(400) < 100
        x = np.where(t, rng.normal(1.3, 0.5, size=400), rng.normal(0.0, 1.0, size=400))[:, None]
        y = 1.0 * t + x[:, 0] + np.where(t, 0.3, np.exp(x[:, 0]) / 2) * rng.normal(size=400)
        pairs = all_ties(x, [t])
        common = {**pairs, "survey_weight": np.ones(400), "covariates": x, "bias_adjust": True}
        for found, options in ((robust, {"variance": "heteroscedastic", "coordinates": x}), (constant, {})):
            bounds = interval(nearest_neighbours(y, t, **common, **options), alpha=0.05)
            found.append(bounds.low <= 1 <= bounds.high)
    assert 0.925 <= np.mean(robust) <= 0.975
    assert np.mean(constant) < np.mean(robust) - 0.02


def test_what_the_heteroscedastic_variance_needs_is_asked_for() -> None:
    y, t, place = np.arange(4.0), np.array([True, True, False, False]), np.arange(4.0)
    pairs = {"focal": np.array([0]), "match": np.array([2]), "pair_weight": np.ones(1), "survey_weight": np.ones(4)}
    with pytest.raises(ConfigError, match="coordinates that units were matched on"):
        nearest_neighbours(y, t, **pairs, variance="heteroscedastic")
    with pytest.raises(ConfigError, match="homoscedastic or heteroscedastic, not 'bootstrap'"):
        nearest_neighbours(y, t, **pairs, variance="bootstrap")
    with pytest.raises(DataError, match=r"2 comparison units.*compares each with 2 others"):
        nearest_neighbours(y, t, **pairs, variance="heteroscedastic", coordinates=place)
    with pytest.raises(ConfigError, match="at least 1 neighbour, not 0"):
        conditional_variance(y, t, coordinates=place, neighbours=0)
