"""Public data of the parity tests, each read once; `lalonde` has a module of its own.

Packages that ship data are located, not imported: their plotting imports are slow and play no part.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from .lalonde import Data

# Imbens and Xu (2024).
MAIN = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75", "u74", "u75"]
PLACEBO = [name for name in MAIN if name not in ("re75", "u75")]
# Stata, manual [TE] teffects: covariates of the outcome, and of the probit.
BIRTH_OUTCOME = ["prenatal1_", "mmarried_", "mage", "fbaby_"]
BIRTH_SCORE = ["mmarried_", "mage", "mage2", "fbaby_", "medu"]
# Cinelli and Hazlett (2020), with a dummy for each village.
DARFUR = ["female", "age", "farmer_dar", "herder_dar", "pastvoted", "hhsize_darfur"]


def shipped(module: str, package: str, *path: str) -> Path:
    """Return the path of a file inside an installed package."""
    spec = find_spec(module)
    assert spec is not None and spec.submodule_search_locations, (
        f"the development dependency {package}, which ships {path[-1]}, is not installed"
    )
    return Path(next(iter(spec.submodule_search_locations))).joinpath(*path)


@cache
def causaldata(name: str) -> pd.DataFrame:
    """Return `nsw_mixtape` (the LDW experiment) or `cps_mixtape` (CPS-1), with dummies for earnings of 0."""
    table = pd.read_stata(shipped("causaldata", "causaldata", name, f"{name}.dta"))
    table = table.drop(columns="data_id").astype(float)
    return table.assign(u74=(table["re74"] == 0) * 1.0, u75=(table["re75"] == 0) * 1.0)


@cache
def earnings(data: str, *, outcome: str = "re78") -> Data:
    """Return the experiment (`exp`), or its 185 treated with CPS-1 (`cps`); the covariates are those for `outcome`."""
    table = causaldata("nsw_mixtape")
    if data == "cps":
        table = pd.concat([table[table["treat"] == 1], causaldata("cps_mixtape")], ignore_index=True)
    return Data(table, MAIN if outcome == "re78" else PLACEBO)


@cache
def experiment_against_cps(group: int) -> Data:
    """Return one arm of the experiment (1: treated; 0: its comparison group) as the treated, with CPS-1."""
    arm = causaldata("nsw_mixtape")
    table = pd.concat([arm[arm["treat"] == group].assign(treat=1.0), causaldata("cps_mixtape").assign(treat=0.0)])
    return Data(table.reset_index(drop=True), ["age", "educ", "black", "marr", "nodegree", "hisp", "re74"])


@cache
def births() -> Data:
    """Return Stata's cattaneo2: birth weights (`bweight`) of 4,642 children, by whether the mother smoked."""
    table = pd.read_csv(shipped("statsmodels", "statsmodels", "treatment", "tests", "results", "cataneo2.csv"))
    return Data(table.assign(treat=table["mbsmoke_"]), BIRTH_SCORE)


@cache
def darfur() -> Data:
    """Return sensemakr's survey of 1,276 Darfurians; treated are those directly harmed."""
    table = pd.read_csv(shipped("sensemakr", "PySensemakr", "data", "darfur.csv"))
    assert len(table) == 1276
    villages = pd.get_dummies(table["village"], drop_first=True, dtype=float)
    villages.columns = villages.columns.astype(str)
    table = pd.concat([table.assign(treat=table["directlyharmed"]), villages], axis=1)
    return Data(table, [*DARFUR, *villages.columns])
