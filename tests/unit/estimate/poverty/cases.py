"""Small surveys for poverty and targeting: one that a hand can reckon, one drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

Tables = dict[str, pd.DataFrame]

EFFECT_COLUMNS = ["treatment", "outcome", "subgroup", "method", "estimate", "std_error"]


def settings(*programmes: str, **design: Any) -> dict[str, Any]:
    """Settings of a study with these programmes, each with a register of its name."""
    return {
        "poverty": {"welfare": "consumption", "line": "line", "size": "size", "effect_on": "log_consumption"},
        "design": {"weight": "weight", "strata": None, "psu": "psu", "population": None, "lonely": "refuse", **design},
        "registers": {f"register_{name}": name for name in programmes},
        "headline": "aipw",
        "linkage": {"imputations": 5},
    }


def receipts(rows: list[tuple[int, str, bool, float]]) -> pd.DataFrame:
    """Receipts from (household, programme, accepted, amount)."""
    table = pd.DataFrame(rows, columns=["household_id", "programme", "accepted", "amount"])
    return table.assign(probability=np.where(table["accepted"], 1.0, 0.3)).astype({"accepted": bool, "amount": float})


def effects(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    """Effects on log consumption from (programme, method, estimate, std_error)."""
    full = [(p, "log_consumption", "all", method, estimate, error) for p, method, estimate, error in rows]
    return pd.DataFrame(full, columns=EFFECT_COLUMNS).astype({"estimate": float, "std_error": float})


def by_hand() -> Tables:
    """Five households that stand for 10 each, of 2, 1, 1, 4 and 2 persons; line 100.

    Consumption 50, 80, 90, 120, 200. The second and the fourth receive `aid`: 30 and 40 per person and month.
    """
    ids = np.array([1, 2, 3, 4, 5])
    households = pd.DataFrame(
        {
            "household_id": ids,
            "area_code": [3501, 3501, 3502, 3502, 3502],
            "weight": 10.0,
            "psu": ids,
            "size": [2, 1, 1, 4, 2],
        }
    )
    outcomes = pd.DataFrame({"household_id": ids, "consumption": [50, 80, 90, 120, 200], "line": 100})
    given = receipts([(2, "aid", True, 30 * 12.0), (4, "aid", True, 4 * 40 * 12.0), (5, "aid", False, 0.0)])
    return {"households": households, "outcomes": outcomes, "receipts": given, "effects": effects()}


def at_random(seed: int, *, psus: int = 48, take: int = 8, strata: int = 4) -> Tables:
    """Clustered survey of psus x take households in two areas of several strata; `aid` goes to the poor, `gift` to any.

    Consumption is rounded to no whole rupiah, so that the ranks have no ties.
    """
    rng = np.random.default_rng(seed)
    psu = np.repeat(np.arange(psus), take)
    n, stratum = psu.size, psu % strata
    level = rng.normal(0, 0.25, psus)[psu] + rng.normal(0, 0.4, n)
    size = rng.integers(1, 7, n)
    latent = level + rng.normal(0, 0.5, n)
    aid, gift = latent < -0.25, rng.random(n) < 0.3
    amount = {"aid": rng.choice([1.2e6, 3.6e6], n), "gift": rng.uniform(5e5, 2e6, n)}
    consumption = np.exp(13.2 + level)
    households = pd.DataFrame(
        {
            "household_id": 1000 + np.arange(n),
            "area_code": 3501 + stratum // (strata // 2),
            "weight": rng.uniform(50, 150, n),
            "stratum": stratum,
            "psu": psu,
            "size": size,
        }
    )
    outcomes = pd.DataFrame({"household_id": 1000 + np.arange(n), "consumption": consumption, "line": 4.2e5})
    rows = [
        (1000 + int(i), name, True, float(amount[name][i]))
        for name, who in (("aid", aid), ("gift", gift))
        for i in np.flatnonzero(who)
    ]
    return {
        "households": households,
        "outcomes": outcomes,
        "receipts": receipts(rows),
        "effects": effects(("aid", "aipw", 0.10, 0.03), ("gift", "aipw", 0.05, 0.02)),
    }
