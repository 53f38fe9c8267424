"""Households and persons of a small stratified cluster sample, the programmes they receive, and a study of them."""

from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from dampak.config.methods import AnyMethod

AREAS, PSUS, PER_PSU = 6, 12, 15
TREATMENT: dict[str, Any] = {
    "receives": [], "not_receives": [], "comparison": "none", "comparison_without": [], "given": [], "among": None,
    "adjust_for": [],
}  # fmt: skip
UNIVERSE: dict[str, Any] = {"of": "households", "keep": None, "covariates": [], "within_areas": None}


def method(**choice: Any) -> dict[str, Any]:
    found = TypeAdapter(AnyMethod).validate_python(choice)  # type: ignore[var-annotated]
    return dict(found.model_dump(mode="json"))


def treatment(*receives: str, **more: Any) -> dict[str, Any]:
    return {**TREATMENT, "receives": list(receives), "comparison_without": list(receives), **more}


def terms(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "expression": None} for name in names]


def study(**changes: Any) -> dict[str, Any]:
    """Settings without an outcome: what the match stage is told."""
    return {
        "path": "config/studies/s.yaml",
        "programmes": ["pkh", "bpnt"],
        "treatments": {"pkh": treatment("pkh")},
        "universes": {"households": UNIVERSE},
        "covariates": [*terms("urban", "age"), {"name": "size_squared", "expression": "size * size"}],
        "crossed_with_receipt": [],
        "within_areas": True,
        "exact": [],
        "subgroups": {},
        "design": {"weight": "weight", "strata": "stratum", "psu": "psu", "lonely": "average"},
        "survey": {"household_id": "household_id", "person_number": "number"},
        "estimands": ["att"],
        "propensity": {"model": "logit", "folds": 5},
        "support": {"rule": "minmax", "trim": 0.05},
        "methods": [method(method="entropy_balancing", std_error="hc3")],
        "headline": "entropy_balancing",
        "gates": {"treated": 20, "balance": 0.1, "contamination": 0.05, "better": {}},
        "linkage": {"imputations": 0},
        "alpha": 0.05,
        "multiplicity": "holm",
        "seed": 4,
        **changes,
    }


def sample(seed: int = 1) -> dict[str, pd.DataFrame]:
    """`households`, `persons` and `receipts`; recipients are older, in villages, and in large families."""
    rng = np.random.default_rng(seed)
    n = AREAS * PSUS * PER_PSU
    kab = 3501 + np.arange(n) // (PSUS * PER_PSU)
    psu = np.arange(n) // PER_PSU
    size = rng.integers(1, 5, n)
    households = pd.DataFrame(
        {
            "household_id": kab * 1_000_000 + np.arange(n),
            "area_code": kab,
            "stratum": kab * 10 + psu % 2,
            "psu": psu,
            "weight": rng.uniform(50, 150, n) * (1 + 0.3 * (kab - 3501)),
            "urban": (psu % 2).astype(float),
            "age": rng.normal(45, 10, n),
            "size": size.astype(float),
            "old": (rng.random(n) < 0.3).astype(float),
        }
    )
    index = -0.8 - 0.6 * households["urban"] + 0.03 * (households["age"] - 45) + 0.2 * (size - 2.5)
    pkh = rng.random(n) < 1 / (1 + np.exp(-index))
    bpnt = rng.random(n) < np.where(pkh, 0.7, 0.3)
    home = np.repeat(np.arange(n), size)
    number = np.arange(home.size) - np.repeat(np.cumsum(size) - size, size) + 1
    persons = pd.DataFrame(
        {
            "household_id": households["household_id"].to_numpy()[home],
            "number": number,
            "person_age": rng.integers(0, 80, home.size).astype(float),
            "male": (rng.random(home.size) < 0.5).astype(float),
        }
    )
    return {
        "households": households,
        "persons": persons,
        "receipts": receipts(households, pkh=pkh.astype(float), bpnt=bpnt.astype(float)),
    }


def receipts(households: pd.DataFrame, **chance: np.ndarray) -> pd.DataFrame:
    """Receipts of the households with some chance of a programme; a link counts from 3/4 on."""
    found = [
        pd.DataFrame({"household_id": households["household_id"], "programme": name, "probability": p})[p > 0]
        for name, p in chance.items()
    ]
    table = pd.concat(found, ignore_index=True).sort_values(["household_id", "programme"], ignore_index=True)
    accepted = table["probability"] >= 0.75
    return table.assign(accepted=accepted, amount=np.where(accepted, 900_000.0, 0.0))


def received(tables: dict[str, pd.DataFrame], programme: str) -> np.ndarray:
    rows = tables["receipts"].query("accepted and programme == @programme")
    return tables["households"]["household_id"].isin(rows["household_id"]).to_numpy(copy=True)
