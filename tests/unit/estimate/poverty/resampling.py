"""A bootstrap of PSUs, to hold linearised errors against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dampak.estimate.poverty.domains import Measured
from dampak.estimate.poverty.welfare import Welfare


def bootstrap_errors(
    welfare: Welfare, measure: Callable[[Welfare], Mapping[str, Measured]], *, draws: int, seed: int
) -> dict[str, NDArray[np.float64]]:
    """Rao and Wu's rescaled bootstrap: n_h - 1 PSUs with replacement per stratum, weights times n_h / (n_h - 1)."""
    rng = np.random.default_rng(seed)
    codes = welfare.domains.design.clusters(welfare.size.size)
    found: dict[str, list[NDArray[np.float64]]] = {}
    for _ in range(draws):
        factor = np.zeros(codes.stratum_of_cluster.size)
        for stratum, count in enumerate(codes.n_psus):
            members = np.flatnonzero(codes.stratum_of_cluster == stratum)
            drawn = rng.integers(0, count, count - 1)
            factor[members] = np.bincount(drawn, minlength=count) * count / (count - 1)
        for name, measured in measure(replace(welfare, weight=welfare.weight * factor[codes.cluster])).items():
            found.setdefault(name, []).append(measured.value)
    return {name: np.std(values, axis=0, ddof=1) for name, values in found.items()}
