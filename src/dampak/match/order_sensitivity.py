"""Other pairs that greedy matching could have made: other orders of choosing, other cuts of ties. Blind to outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.match.pairing import ORDERS, nearest
from dampak.seeds import seed_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Alternatives:
    """Sets of pairs that differ in the order of choosing (`order: ...`) or in how ties fall (`ties: ...`).

    Attributes
    ----------
    labels : tuple of str, length R
    draw : (p,) int
        Which of the R sets a pair belongs to.
    focal, match : (p,) int
        Positions in the data.
    weight : (p,) float
        1 / number of matches of the focal unit in its set.
    estimand : {"att", "atc"}
        Whether the focal units are the treated.
    n_tied : int
        Units that share their score with another of their group; 0: ties cannot matter, and are not drawn.
    """

    labels: tuple[str, ...]
    draw: IntArray
    focal: IntArray
    match: IntArray
    weight: FloatArray
    estimand: str
    n_tied: int


def order_sensitivity(
    treatment: NDArray[np.bool_],
    *,
    score: FloatArray,
    seed: int,
    name: str,
    order: str | None = "largest",
    orders: Sequence[str] = ORDERS,
    tie_draws: int = 100,
    estimand: str = "att",
    **options: Any,
) -> Alternatives:
    """Repeat greedy matching without replacement in every order, and with ties broken at random.

    `nearest` takes the first in data order on a tie; so a random permutation of the units, with the same scores, is a
    random way to break all ties, among those who choose and among those who are chosen.

    Parameters
    ----------
    treatment : (n,) bool
    score : (n,) float
    seed : int
        Of the study.
    name : str
        Of the method; together with the seed it fixes the permutations.
    order : {"largest", "smallest", "data", "closest", "farthest"} or None
        The method's own order, in which ties are broken at random. Under `data` there is no sorting that ties could
        spoil, and a permutation is a random order of choosing.
    orders : sequence of str
        Orders that are tried, ties in data order.
    tie_draws : int
        Random ways to break ties.
    estimand : {"att", "atc"}
    **options
        Other options of `nearest` (ratio, caliper, exact, include, ...).

    Returns
    -------
    Alternatives

    Raises
    ------
    ConfigError
        For matching with unlimited replacement, where neither matters, or on a matrix of distances.

    References
    ----------
    Ho, D., Imai, K., King, G. and Stuart, E. (2011). Journal of Statistical Software 42 (8), section on ``m.order``.
    """
    if options.get("distance_matrix") is not None:
        raise ConfigError(
            "order sensitivity measures distances on the score or on covariates, not from a distance_matrix; give those"
        )
    if options.get("replace") and options.get("reuse_max") is None:
        raise ConfigError(
            "order sensitivity is a question of matching without replacement; with replacement every unit takes its "
            "nearest ones, ties included, whoever comes first: set replace: false or leave the method out"
        )
    if options.get("caliper") is not None and options.get("caliper_sd") is None:
        # Summed once: in another order of units it would differ in its last bit, and move units in or out of reach.
        options["caliper_sd"] = float(np.std(score, ddof=1))
    n = treatment.size
    n_tied = _n_tied(score, treatment, options.get("include"))
    may_tie = n_tied > 0 or order == "data" or options.get("distance", "propensity") != "propensity"
    labels: list[str] = []
    parts: list[tuple[IntArray, IntArray, FloatArray]] = []
    for other in orders:
        pairs = nearest(treatment, score=score, order=other, estimand=estimand, **options)
        labels.append(f"order: {other}")
        parts.append((pairs.focal.astype(np.int32), pairs.match.astype(np.int32), pairs.weight))
    for number in range(tie_draws if may_tie else 0):
        shuffle = np.random.default_rng(seed_of(seed, "order_sensitivity", name, number)).permutation(n)
        pairs = nearest(
            treatment[shuffle],
            score=score[shuffle],
            order=order,
            estimand=estimand,
            **{key: _shuffled(value, shuffle) for key, value in options.items()},
        )
        labels.append(f"ties: {number + 1}")
        parts.append((shuffle[pairs.focal].astype(np.int32), shuffle[pairs.match].astype(np.int32), pairs.weight))
    return Alternatives(
        labels=tuple(labels),
        draw=np.repeat(np.arange(len(parts), dtype=np.int32), [part[0].size for part in parts]),
        focal=np.concatenate([part[0] for part in parts]) if parts else np.empty(0, dtype=np.int32),
        match=np.concatenate([part[1] for part in parts]) if parts else np.empty(0, dtype=np.int32),
        weight=np.concatenate([part[2] for part in parts]) if parts else np.empty(0),
        estimand=estimand,
        n_tied=n_tied,
    )


def _shuffled(value: Any, shuffle: NDArray[np.int64]) -> Any:
    """Options that hold a row per unit follow the units."""
    if isinstance(value, tuple):
        # Calipers on covariates: their columns, and the widths.
        return tuple(_shuffled(part, shuffle) for part in value)
    return value[shuffle] if isinstance(value, np.ndarray) and value.shape[:1] == shuffle.shape else value


def _n_tied(score: FloatArray, treatment: NDArray[np.bool_], include: NDArray[np.bool_] | None) -> int:
    """Count the units whose score another unit of the same group shares."""
    used = np.ones(score.size, dtype=bool) if include is None else include
    tied = 0
    for group in (treatment & used, ~treatment & used):
        count = np.unique(score[group], return_counts=True)[1]
        tied += int(count[count > 1].sum())
    return tied
