"""The poverty measures of Foster, Greer and Thorbecke."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dampak.estimate.poverty.domains import Domains, Measured

FloatArray = NDArray[np.float64]

ORDERS = (0, 1, 2)
"""Headcount (P0), gap (P1) and severity (P2)."""


def shortfall(consumption: FloatArray, line: FloatArray, order: int) -> FloatArray:
    """((z - x) / z)^a where x < z, 0 elsewhere.

    Parameters
    ----------
    consumption, line : (n,) float
        x and z, Rp per person per month; z > 0. Who consumes exactly the line is not poor.
    order : int
        a.

    Returns
    -------
    (n,) float
        In [0, 1] for x >= 0.
    """
    poor = consumption < line
    gap = np.where(poor, (line - consumption) / line, 0.0)
    return np.asarray(poor.astype(np.float64) if order == 0 else gap**order)


def poverty_index(
    consumption: FloatArray, line: FloatArray, order: int, *, persons: FloatArray, domains: Domains
) -> Measured:
    """P_a = (1 / N) sum w ((z - x) / z)^a 1[x < z], of the whole and of each area.

    Parameters
    ----------
    consumption, line : (n,) float
        Rp per person per month.
    order : int
        a.
    persons : (n,) float
        w: household weight x size; N is their sum, estimated by the survey.
    domains : Domains

    References
    ----------
    Foster, J., Greer, J. and Thorbecke, E. (1984). Econometrica 52, 761-766. Formula from memory, not checked
    against the paper. Standard errors: a ratio of survey totals (`Domains.ratio`).
    """
    return domains.ratio(persons * shortfall(consumption, line, order), persons)


def gap_rupiah(consumption: FloatArray, line: FloatArray) -> FloatArray:
    """Rupiah that a person lacks to reach the line, (n,) Rp per person per month; 0 above it."""
    return np.asarray(np.maximum(line - consumption, 0.0))
