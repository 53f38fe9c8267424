"""The wild cluster bootstrap: by brute force, against another package, and where clusters are few."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dampak.errors import ConfigError, DataError
from dampak.estimate.effect import interval
from dampak.estimate.regression import regression
from dampak.estimate.wild_bootstrap import wild_cluster_bootstrap


def villages(seed: int, g: int, *, k: int = 0) -> dict[str, np.ndarray]:
    """g villages of 8 to 30 families, every second one treated, effect 0.5."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(g), rng.integers(8, 30, size=g))
    x = rng.normal(size=(cluster.size, k)) + 0.5 * rng.normal(size=(g, k))[cluster]
    y = 0.5 * (cluster % 2) + x.sum(axis=1) + 0.6 * rng.normal(size=g)[cluster] + rng.normal(size=cluster.size)
    w = rng.uniform(0.5, 2, size=cluster.size)
    return {"outcome": y, "treatment": cluster % 2 == 1, "cluster": cluster, "covariates": x, "weight": w}


def regressions_one_by_one(data: dict[str, np.ndarray], b: float) -> float:
    """p-value of "effect = b" by fitting the regression to every one of the 2^G bootstrap samples."""
    y, t, code, w = data["outcome"], data["treatment"].astype(float), data["cluster"], data["weight"]
    z = np.column_stack([np.ones(y.size), data["covariates"]])
    x = np.column_stack([z, t])
    g = code.max() + 1
    inverse = np.linalg.inv(x.T @ (w[:, None] * x))

    def statistic(outcome: np.ndarray) -> float:
        beta = inverse @ (x.T @ (w * outcome))
        scores = np.zeros((g, x.shape[1]))
        np.add.at(scores, code, x * (w * (outcome - x @ beta))[:, None])
        return abs(beta[-1] - b) / np.sqrt((inverse @ scores.T @ scores @ inverse)[-1, -1])

    fit = z @ np.linalg.solve(z.T @ (w[:, None] * z), z.T @ (w * (y - b * t))) + b * t
    signs = 1.0 - 2.0 * ((np.arange(2**g)[:, None] >> np.arange(g)) & 1)
    drawn = np.array([statistic(fit + v[code] * (y - fit)) for v in signs])
    return float(np.mean(drawn >= statistic(y) * (1 - 1e-9)))


@pytest.mark.parametrize(("g", "k"), [(6, 0), (6, 2), (8, 1)])
def test_sums_over_clusters_give_the_p_value_of_refitting_every_sample(g: int, k: int) -> None:
    data = villages(g + k, g, k=k)
    result = wild_cluster_bootstrap(**data, seed=1, multipliers="rademacher")
    assert result.bounds is not None
    assert result.bounds.p_value == regressions_one_by_one(data, 0.0)
    for end, side in ((result.bounds.low, -1), (result.bounds.high, 1)):
        outside, inside = (regressions_one_by_one(data, end + side * s * 1e-5) for s in (1, -1))
        assert outside < 0.05 <= inside


def test_its_estimate_and_error_are_those_of_the_clustered_regression() -> None:
    data = villages(3, 12, k=2)
    result = wild_cluster_bootstrap(**data, seed=1, draws=99)
    plain = {name: data[name] for name in ("outcome", "treatment", "covariates", "weight")}
    expected = regression(plain.pop("outcome"), plain.pop("treatment"), **plain)
    assert result.estimate == pytest.approx(expected.estimate, rel=1e-10)
    x = np.column_stack([np.ones(data["outcome"].size), data["covariates"], data["treatment"]])
    root = np.sqrt(data["weight"])
    beta = np.linalg.lstsq(x * root[:, None], data["outcome"] * root, rcond=None)[0]
    inverse = np.linalg.inv(x.T @ (x * data["weight"][:, None]))
    influence = (data["weight"] * (data["outcome"] - x @ beta))[:, None] * x @ inverse[:, -1]
    n, total = data["outcome"].size, np.bincount(data["cluster"], weights=influence)
    assert result.std_error == pytest.approx(np.sqrt(12 / 11 * (n - 1) / (n - 4) * np.sum(total**2)), rel=1e-9)
    assert result.df == 11


def test_the_p_values_are_those_of_wildboottest() -> None:
    """wildboottest 0.3.2, bootstrap_type "11", null imposed: 0.03516 with all 512 sign patterns; 0.03000, 0.03009
    and 0.03015 with three times 99,999 draws of Webb's multipliers."""
    rng = np.random.default_rng(11)
    cluster = np.repeat(np.arange(9), 20)
    t = cluster < 3
    x = rng.normal(size=180) + 0.3 * rng.normal(size=9)[cluster]
    y = 0.55 * t + x + 0.5 * rng.normal(size=9)[cluster] + rng.normal(size=180) + 0.9 * t
    data = {"cluster": cluster, "weight": np.ones(180), "covariates": x[:, None], "seed": 1}
    signs = wild_cluster_bootstrap(y, t, **data, multipliers="rademacher")
    webb = wild_cluster_bootstrap(y, t, **data, draws=39_999)
    assert signs.bounds is not None
    assert webb.bounds is not None
    assert signs.bounds.p_value == pytest.approx(0.03516, abs=5e-6)
    assert webb.bounds.p_value == pytest.approx(0.0301, abs=0.003)


def test_with_few_treated_villages_it_covers_where_the_clustered_t_does_not() -> None:
    rng = np.random.default_rng(5)
    cluster = np.repeat(np.arange(20), 15)
    t = cluster < 3
    wild, usual = [], []
    for i in range(400):
        y = 1.0 * t + 0.7 * rng.normal(size=20)[cluster] + rng.normal(size=300)
        result = wild_cluster_bootstrap(y, t, cluster=cluster, weight=np.ones(300), seed=i, draws=399)
        for found, judged in ((wild, result), (usual, replace(result, bounds=None))):
            bounds = interval(judged, alpha=0.05)
            found.append(bounds.low <= 1 <= bounds.high)
    assert 0.93 <= np.mean(wild) <= 0.995
    assert np.mean(usual) < 0.90


def test_the_test_has_its_size_where_half_of_the_villages_are_treated() -> None:
    rng = np.random.default_rng(6)
    rejected = []
    cluster = np.repeat(np.arange(10), 12)
    for i in range(500):
        y = 0.7 * rng.normal(size=10)[cluster] + rng.normal(size=120)
        data = {"cluster": cluster, "weight": np.ones(120), "seed": i, "draws": 299}
        result = wild_cluster_bootstrap(y, cluster < 5, **data)
        assert result.bounds is not None
        rejected.append(result.bounds.p_value < 0.05)
    assert 0.025 <= np.mean(rejected) <= 0.085


def test_row_order_cluster_names_and_unused_units_do_not_matter() -> None:
    data = villages(7, 7, k=1)
    order = np.random.default_rng(1).permutation(data["weight"].size)
    moved = {name: values[order] for name, values in data.items()}
    moved["cluster"] = np.array(["abcdefg"[c] for c in moved["cluster"]])
    moved = {name: np.concatenate([values, values[:1]]) for name, values in moved.items()}
    moved["cluster"][-1] = "z"
    moved["weight"][-1] = 0.0
    first = wild_cluster_bootstrap(**data, seed=1, name="school", draws=499)
    second = wild_cluster_bootstrap(**moved, seed=1, name="school", draws=499)
    other = wild_cluster_bootstrap(**data, seed=1, name="work", draws=499)
    assert first.bounds is not None
    assert second.bounds is not None
    assert second.bounds.p_value == first.bounds.p_value
    assert second.bounds.low == pytest.approx(first.bounds.low, abs=1e-6)
    assert other.bounds != first.bounds


def test_five_clusters_and_signs_cannot_reject_at_five_percent() -> None:
    data = villages(8, 5)
    data["outcome"] = data["outcome"] + 100.0 * data["treatment"]
    signs = wild_cluster_bootstrap(**data, seed=1, multipliers="rademacher")
    assert signs.bounds is not None
    assert (signs.bounds.low, signs.bounds.high) == (-np.inf, np.inf)
    assert signs.bounds.p_value == 2 / 2**5


def test_the_interval_of_an_effect_is_its_bounds_where_it_has_them() -> None:
    result = wild_cluster_bootstrap(**villages(9, 6), seed=1, draws=199)
    assert interval(result, alpha=0.05) is result.bounds
    assert interval(replace(result, bounds=None), alpha=0.05) != result.bounds


@pytest.mark.parametrize(
    ("g", "treated", "message"),
    [
        (3, [0, 1], "3 clusters, and a wild cluster bootstrap needs at least 4"),
        (6, [2], "1 of 6 clusters hold treated units"),
        (6, [0, 1, 2, 3, 4], "1 of 6 clusters hold comparison units"),
        (6, [], "0 of 6 clusters hold treated units"),
    ],
)
def test_too_few_clusters_are_refused(g: int, treated: list[int], message: str) -> None:
    cluster = np.repeat(np.arange(g), 5)
    y = np.arange(5.0 * g)
    with pytest.raises(DataError, match=message):
        wild_cluster_bootstrap(y, np.isin(cluster, treated), cluster=cluster, weight=np.ones(5 * g), seed=1)


def test_a_treatment_that_the_covariates_tell_is_refused() -> None:
    data = villages(10, 6)
    data["covariates"] = 3.0 * data["treatment"][:, None]
    with pytest.raises(DataError, match="determined by the covariates"):
        wild_cluster_bootstrap(**data, seed=1)


def test_unknown_multipliers_are_refused() -> None:
    with pytest.raises(ConfigError, match="auto, rademacher or webb, not 'normal'"):
        wild_cluster_bootstrap(**villages(11, 6), seed=1, multipliers="normal")
