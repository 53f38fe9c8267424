"""Placebo outcomes as a gate: what the programme cannot have caused must show no effect."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

COLUMNS = [
    "treatment", "comparison", "outcome", "estimand", "method",
    "estimate", "std_error", "ci_low", "ci_high", "p_value", "status",
]  # fmt: skip


def placebo_table(effects: pd.DataFrame, *, placebo_outcomes: Sequence[str], alpha: float) -> pd.DataFrame:
    """Placebo effects of every method and whether each passed.

    The p-values are unadjusted: correcting them for multiplicity would make the gate easier to pass. Passing is
    not proof: a noisy method passes because it sees little.

    Parameters
    ----------
    effects : pandas.DataFrame
        The effects table.
    placebo_outcomes : sequence of str
        Outcomes measured before treatment.
    alpha : float
        A p-value below it fails.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, sorted by the first five.

    References
    ----------
    Imbens, G. and Xu, Y. (2024), section 5; Rosenbaum, P. (2002), Observational Studies, chapter 8.
    """
    rows = effects[effects["outcome"].isin(list(placebo_outcomes))].copy()
    rows["status"] = ["failed" if p < alpha else "passed" for p in rows["p_value"]]
    return rows[COLUMNS].sort_values(COLUMNS[:5], kind="stable").reset_index(drop=True)


def failures(placebo: pd.DataFrame, *, method: str, estimand: str) -> pd.DataFrame:
    """Rows of the placebo table in which a method failed; empty = the gate is open."""
    mine = (placebo["method"] == method) & (placebo["estimand"] == estimand) & (placebo["status"] == "failed")
    return placebo[mine]
