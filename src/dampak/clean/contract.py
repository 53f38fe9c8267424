"""The last gate: what cleaning hands on is checked against a schema that is built from the codebook.

Bad rows are gone before this point (they are in quarantine with a reason), so a breach here is a defect of dampak
itself, not of the data; it must stop the study all the same.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from dampak.clean.codebook import NUMERIC_TYPES
from dampak.errors import DataError

if TYPE_CHECKING:
    import pandera.pandas as pa


def canonical_schema(codebook: Mapping[str, Any], variables: Sequence[str]) -> "pa.DataFrameSchema":
    """Schema of one source's canonical table.

    Parameters
    ----------
    codebook : mapping
        Types and ranges (in canonical units).
    variables : sequence of str
        Columns that the table has; no others are allowed.

    Returns
    -------
    pandera DataFrameSchema
        Numbers float64, within range, whole where ``integer``, 0 or 1 where ``binary``; texts object; missing allowed.
    """
    import pandera.pandas as pa

    columns = {}
    for name in variables:
        variable = codebook["variables"][name]
        checks: list[pa.Check] = []
        factor = variable.get("factor")
        if variable["type"] == "binary" and factor is None:
            checks.append(pa.Check.isin([0.0, 1.0]))
        if variable["type"] == "integer" and factor is None:
            checks.append(pa.Check(lambda values: values == values.round(), name="whole_number"))
        low, high = variable.get("range") or (None, None)
        if low is not None:
            checks.append(pa.Check.ge(low))
        if high is not None:
            checks.append(pa.Check.le(high))
        numeric = variable["type"] in NUMERIC_TYPES
        columns[name] = pa.Column("float64" if numeric else "object", checks if numeric else [], nullable=True)
    return pa.DataFrameSchema(columns, strict=True)


def analysis_schema(*, numbers: Sequence[str], texts: Sequence[str]) -> "pa.DataFrameSchema":
    """Schema of the analysis table of a study.

    Parameters
    ----------
    numbers : sequence of str
        Covariates, outcomes and numeric exact columns: float64, finite, complete.
    texts : sequence of str
        Strata, PSU and categorical exact columns: complete.

    Returns
    -------
    pandera DataFrameSchema
        With unique ``unit_id``, ``treatment`` in {0, 1} and positive ``survey_weight``.
    """
    import pandera.pandas as pa

    finite = pa.Check.in_range(float("-inf"), float("inf"), include_min=False, include_max=False)
    columns = {
        "unit_id": pa.Column("str", unique=True),
        "treatment": pa.Column("int8", pa.Check.isin([0, 1])),
        "survey_weight": pa.Column("float64", [pa.Check.gt(0.0), finite]),
        **{name: pa.Column("float64", finite) for name in numbers},
        **{name: pa.Column("str") for name in texts},
    }
    return pa.DataFrameSchema(columns, strict=True)


def enforce(table: pd.DataFrame, schema: "pa.DataFrameSchema", *, where: str) -> None:
    """Check a table against its schema.

    Raises
    ------
    DataError
        Naming the first column and check that fail, without quoting values.
    """
    import pandera.errors

    try:
        schema.validate(table, lazy=True)
    except pandera.errors.SchemaErrors as error:
        first = error.failure_cases.iloc[0]
        raise DataError(
            f"{where}: the cleaned table breaks its contract (column {first['column']!r}, check {first['check']!r},"
            f" {len(error.failure_cases)} cases); this is a defect of dampak: please report it with the codebook"
        ) from error
