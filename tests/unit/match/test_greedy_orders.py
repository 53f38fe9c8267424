"""Greedy pairs are those of an exhaustive search that follows the rules to the letter, for every combination."""

import heapq
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dampak.match.distance import scaled_covariates
from dampak.match.pairing import Pairs, nearest

DISTANCES = ["propensity", "scaled_euclidean", "mahalanobis", "robust_mahalanobis", "matrix"]


@st.composite
def studies(draw: Any) -> dict[str, Any]:
    """Few units on a coarse grid, so that ties, empty strata and depleted pools are common."""
    n = draw(st.integers(6, 22))

    def integers(low: int, high: int) -> Any:
        return np.array(draw(st.lists(st.integers(low, high), min_size=n, max_size=n)))

    treatment = integers(0, 1) == 1
    treatment[:4] = [True, False, True, False]
    score = integers(1, 15) / 16
    score[:2] = [1 / 16, 15 / 16]
    x = np.column_stack([integers(0, 4), integers(0, 2)]).astype(float)
    x[:4] = [[0, 0], [4, 2], [0, 2], [1, 0]]  # it varies in both directions within and between groups
    codes = {name: integers(0, 2) for name in ("exact", "anti_exact", "unit_id")}
    codes["unit_id"] = integers(0, n // 2)
    return {"treatment": treatment, "score": score, "covariates": x, **codes}


def outward(unit: int, variable: Any, stratum: Any) -> list[int]:
    """Units of the stratum in the order in which a search steps outwards from `unit`, left first."""
    inside = [i for i in range(len(variable)) if stratum[i] == stratum[unit]]
    line = sorted(inside, key=lambda i: (variable[i], i))
    place, met = line.index(unit), []
    for step in range(1, len(line)):
        met += [line[p] for p in (place - step, place + step) if 0 <= p < len(line)]
    return met


def exhaustive(
    study: dict[str, Any], gap: Any, *, position: Any, order: str, quota: Any, allowed: Any, uses_max: int, ids: Any
) -> list[tuple[int, int]]:
    """Follow the rules step by step, looking at every unit each time."""
    treatment, score = study["treatment"], study["score"]
    stratum = study["exact"] if study["in_strata"] and not study["by_id"] else np.zeros(treatment.size)
    uses = dict.fromkeys(ids.tolist(), 0)
    pairs: list[tuple[int, int]] = []

    def best(unit: int) -> int | None:
        left = [
            j
            for j in np.flatnonzero(~treatment)
            if allowed[unit, j] and uses[ids[j]] < uses_max and (unit, int(j)) not in pairs
        ]
        if not left:
            return None
        least = min(gap[unit, j] for j in left)
        tied = [int(j) for j in left if gap[unit, j] == least]
        if position is None:
            return min(tied)
        return next(j for j in reversed(outward(unit, position[:, 0], stratum)) if j in tied)

    def take(unit: int, match: int) -> None:
        pairs.append((unit, match))
        for number in {int(ids[unit]), int(ids[match])}:
            uses[number] += 1

    playing = [int(i) for i in np.flatnonzero(treatment)]
    if order in ("largest", "smallest"):
        playing.sort(key=lambda i: -score[i] if order == "largest" else score[i])
    for number in range(1, int(quota[treatment].max()) + 1):
        served = []
        playing = [i for i in playing if quota[i] >= number]
        if order in ("largest", "smallest", "data"):
            for unit in playing:
                match = best(unit) if uses[ids[unit]] < quota[unit] else None
                if match is not None:
                    take(unit, match)
                    served.append(unit)
        else:
            sign = 1 if order == "closest" else -1
            turn = [i for i in playing if uses[ids[i]] < quota[i]]
            heap = [(sign * gap[i, j], i, i, j) for i in turn if (j := best(i)) is not None]
            heapq.heapify(heap)
            again = 0
            while heap:
                _, _, unit, match = heapq.heappop(heap)
                if uses[ids[unit]] >= quota[unit]:
                    continue
                if uses[ids[match]] < uses_max:
                    take(unit, match)
                    served.append(unit)
                elif (other := best(unit)) is not None:
                    again += 1
                    heapq.heappush(heap, (sign * gap[unit, other], -again if sign > 0 else 10**6 + again, unit, other))
            served.sort()
        playing = served
    return sorted(pairs)


def as_list(pairs: Pairs) -> list[tuple[int, int]]:
    return list(zip(pairs.focal.tolist(), pairs.match.tolist(), strict=True))


@settings(max_examples=400, deadline=None)
@given(
    study=studies(),
    distance=st.sampled_from(DISTANCES),
    order=st.sampled_from(["largest", "smallest", "data", "closest", "farthest"]),
    ratio=st.integers(1, 3),
    reuse_max=st.integers(1, 2),
    caliper=st.sampled_from([None, 0.0, 0.3, 1.0, -0.3]),
    covariate_caliper=st.sampled_from([None, 1.0, -1.0]),
    flags=st.tuples(*[st.booleans()] * 4),
)
def test_pairs_are_those_of_an_exhaustive_search(
    study: dict[str, Any],
    distance: str,
    order: str,
    ratio: int,
    reuse_max: int,
    caliper: float | None,
    covariate_caliper: float | None,
    flags: tuple[bool, bool, bool, bool],
) -> None:
    in_strata, apart, by_id, tree = flags
    study |= {"in_strata": in_strata, "by_id": by_id}
    treatment, score, x = study["treatment"], study["score"], study["covariates"]
    n, position = treatment.size, None
    if distance in ("propensity", "matrix"):
        gap = np.abs(score[:, None] - score[None, :])
    else:
        position = scaled_covariates(x, treatment, distance=distance)
        gap = sum((position[:, None, c] - position[None, :, c]) ** 2 for c in range(x.shape[1]))
    allowed = np.ones((n, n), dtype=bool)
    if caliper is not None:
        width = caliper * np.std(score, ddof=1)
        apart_by = np.abs(score[:, None] - score[None, :])
        allowed &= apart_by <= width if caliper >= 0 else apart_by > -width
    if covariate_caliper is not None:
        apart_by = np.abs(x[:, None, 0] - x[None, :, 0])
        allowed &= apart_by <= 1 if covariate_caliper > 0 else apart_by > 1
    if in_strata:
        allowed &= study["exact"][:, None] == study["exact"][None, :]
    if apart:
        allowed &= study["anti_exact"][:, None] != study["anti_exact"][None, :]
    expected = exhaustive(
        study,
        gap,
        position=position,
        order=order,
        quota=np.full(n, ratio),
        allowed=allowed,
        uses_max=reuse_max,
        ids=study["unit_id"] if by_id else np.arange(n),
    )
    options: dict[str, Any] = {"distance": distance, "covariates": x}
    if distance == "matrix":
        options = {"distance_matrix": gap if tree else gap[treatment][:, ~treatment]}
    with pytest.MonkeyPatch.context() as patch:
        if tree:
            patch.setattr("dampak.match.candidates.WHOLE", 0)
            patch.setattr("dampak.match.candidates.NARROW", 0)
            patch.setattr("dampak.match.candidates.FIRST", 1)
        pairs = nearest(
            treatment,
            score=score,
            order=order,
            ratio=ratio,
            reuse_max=reuse_max,
            caliper=caliper,
            covariate_calipers=None if covariate_caliper is None else (x[:, :1], np.array([covariate_caliper])),
            exact=study["exact"] if in_strata else None,
            anti_exact=study["anti_exact"] if apart else None,
            unit_id=study["unit_id"] if by_id else None,
            **options,
        )
    assert as_list(pairs) == expected
    if distance == "propensity":
        assert pairs.distance == pytest.approx(gap[pairs.focal, pairs.match])
    if expected:
        assert np.bincount(pairs.focal, weights=pairs.weight)[np.unique(pairs.focal)] == pytest.approx(1.0)


@settings(max_examples=150, deadline=None)
@given(study=studies(), order=st.sampled_from(["largest", "closest", "farthest", "data"]), limited=st.booleans())
def test_a_variable_ratio_deals_every_focal_unit_its_quota(study: dict[str, Any], order: str, limited: bool) -> None:
    """On the score alone (union-find) and with an idle limit (search) the pairs are the same."""
    treatment, score = study["treatment"], study["score"]
    options: dict[str, Any] = {"ratio": 1.5, "min_ratio": 1, "max_ratio": 3, "order": order}
    one = nearest(treatment, score=score, caliper=0.8 if limited else None, **options)
    idle = (np.zeros((treatment.size, 1)), np.ones(1))
    two = nearest(treatment, score=score, caliper=0.8 if limited else None, covariate_calipers=idle, **options)
    assert as_list(one) == as_list(two)
    assert one.weight == pytest.approx(two.weight)
    counts = np.bincount(one.focal, minlength=treatment.size)[treatment]
    assert counts.max(initial=0) <= 3
    if not limited and (~treatment).sum() >= round(1.5 * treatment.sum()):
        assert one.focal.size == round(1.5 * treatment.sum())


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6), distance=st.sampled_from(DISTANCES[:3]), order=st.sampled_from(["closest", "smallest"])
)
def test_the_order_of_rows_and_columns_and_the_names_of_strata_do_not_matter(
    seed: int, distance: str, order: str
) -> None:
    rng = np.random.default_rng(seed)
    n = 60
    x, treatment, exact = rng.normal(size=(n, 3)), rng.random(n) < 0.35, rng.integers(0, 2, n)
    score = rng.random(n)
    rows, columns = rng.permutation(n), rng.permutation(3)
    one = nearest(treatment, score=score, covariates=x, distance=distance, order=order, exact=exact, caliper=0.8)
    two = nearest(
        treatment[rows],
        score=score[rows],
        covariates=x[rows][:, columns],
        distance=distance,
        order=order,
        exact=(7 - 5 * exact)[rows],
        caliper=0.8,
    )
    assert as_list(one) == sorted(zip(rows[two.focal].tolist(), rows[two.match].tolist(), strict=True))


@pytest.mark.parametrize("order", ["largest", "closest", "farthest"])
@pytest.mark.parametrize("distance", ["propensity", "mahalanobis"])
def test_a_million_units_would_be_searched_as_a_thousand_are(
    order: str, distance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tree's lists end among ties, run out, are renewed and shed crowded places; the pairs are the same."""
    rng = np.random.default_rng(11)
    n = 1500
    x = np.round(rng.normal(size=(n, 2)) * 2) / 2
    x[:700] = np.round(x[:700])
    score = (8 + np.clip(np.round(x[:, 0] * 2), -7, 7)) / 16
    treatment = rng.random(n) < score * 0.8
    options: dict[str, Any] = {"score": score, "covariates": x, "distance": distance, "order": order}
    options["anti_exact"] = rng.integers(0, 3, n)
    whole = nearest(treatment, **options)
    monkeypatch.setattr("dampak.match.candidates.WHOLE", 0)
    monkeypatch.setattr("dampak.match.candidates.FIRST", 1)
    monkeypatch.setattr("dampak.match.closest.BLOCK", 100)
    tree = nearest(treatment, **options)
    assert as_list(whole) == as_list(tree)
    assert np.unique(tree.match).size == tree.match.size
