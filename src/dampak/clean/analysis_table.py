"""The analysis table: treatment, survey design, covariates on one side; outcomes, kept apart, on the other."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dampak.clean.cells import cell_text
from dampak.clean.codebook import code_text
from dampak.clean.contract import analysis_schema, enforce
from dampak.clean.expression import evaluate
from dampak.clean.variables import StudyVariables
from dampak.errors import DataError


def treatment_codes(settings: Mapping[str, Any]) -> tuple[str, str]:
    """Write the treated and the comparison value as text, as raw codes are written."""
    treatment = settings["treatment"]
    return code_text(treatment.get("treated", 1)), code_text(treatment.get("comparison", 0))


def _transform(
    stacked: pd.DataFrame, name: str, expression: str, variables: StudyVariables, part: str, labels: Mapping[str, str]
) -> npt.NDArray[np.float64]:
    """Evaluate a definition on complete rows; every result must be a finite number."""
    where = f"{variables.path}: {part}: {name}"
    values = evaluate(expression, stacked, where=where)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        hint = "log1p(x) allows zeros" if "log(" in expression else "check for a division by zero"
        raise DataError(
            f"{where}: {expression!r} is not a finite number in {len(bad)} rows, first in"
            f" {labels[stacked['_source'].iloc[bad[0]]]} row {stacked.index[bad[0]]}; change the expression ({hint})"
            " or select rows with `keep`"
        )
    return values


def _require_both_groups(
    values: pd.Series, settings: Mapping[str, Any], variables: StudyVariables
) -> npt.NDArray[np.bool_]:
    """Say who is treated; refuse a treatment that is the same for all."""
    treated, comparison = treatment_codes(settings)
    is_treated = (cell_text(values) == treated).to_numpy(dtype=np.bool_)
    if is_treated.all() or not is_treated.any():
        groups = [("treated", treated), ("comparison", comparison)]
        (present, _), (absent, code) = groups if is_treated.all() else groups[::-1]
        raise DataError(
            f"{variables.path}: treatment.column: {variables.treatment!r} is constant, all {len(values)} rows left"
            f" after cleaning are {present} units and none is a {absent} unit ({code!r}): add a source with {absent}"
            " units or correct `keep`"
        )
    return is_treated


def split_analysis_table(
    stacked: pd.DataFrame, settings: Mapping[str, Any], variables: StudyVariables, labels: Mapping[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide the stacked table in what is known before treatment and what is measured after it.

    Parameters
    ----------
    stacked : (n, p) DataFrame
        Complete canonical variables of all sources plus ``_unit_id`` and ``_source``; index: row in the raw file.
    settings : mapping
        ``treatment`` with its values.
    variables : StudyVariables
        What the study uses.
    labels : mapping
        Source -> how messages name it.

    Returns
    -------
    design, outcomes : DataFrame
        Both sorted by ``unit_id``; the design has no outcome.

    Raises
    ------
    DataError
        If all rows have the same treatment, or a transformation is not a finite number.
    """
    is_treated = _require_both_groups(stacked[variables.treatment], settings, variables)
    table: dict[str, Any] = {
        "unit_id": stacked["_unit_id"].astype(str).to_numpy(),
        "treatment": is_treated.astype(np.int8),
        "survey_weight": stacked[variables.design["weight"]].to_numpy(dtype=np.float64)
        if "weight" in variables.design
        else np.ones(len(stacked)),
    }
    texts = [str(role) for role in ("strata", "psu") if role in variables.design]
    for role in texts:
        table[role] = cell_text(stacked[variables.design[role]]).astype(str).to_numpy()
    if "population" in variables.design:
        table["psu_population"] = stacked[variables.design["population"]].to_numpy(dtype=np.float64)
    for name in variables.exact:
        if name in variables.covariates or name in table:
            continue
        column = stacked[name]
        if column.dtype == object:
            texts.append(name)
        table[name] = (column.astype(str) if column.dtype == object else column).to_numpy()
    for name, expression in variables.covariates.items():
        table[name] = _transform(stacked, name, expression, variables, "covariates", labels)
    outcomes = {
        name: _transform(stacked, name, expression, variables, "outcomes", labels)
        for name, expression in variables.outcomes.items()
    }
    whole = pd.DataFrame({**table, **{f"_{name}": values for name, values in outcomes.items()}})
    whole[["unit_id", *texts]] = whole[["unit_id", *texts]].astype("str")
    whole = whole.sort_values("unit_id", kind="stable", ignore_index=True)
    numbers = [name for name in whole.columns if name not in {"unit_id", "treatment", "survey_weight", *texts}]
    enforce(whole, analysis_schema(numbers=numbers, texts=texts), where=variables.path)
    design = whole[list(table)]
    after = whole[["unit_id", *(f"_{name}" for name in outcomes)]].set_axis(["unit_id", *outcomes], axis=1)
    return design, after
