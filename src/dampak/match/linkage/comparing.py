"""Pairs of records and their levels of agreement, by splink on DuckDB."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from splink import DuckDBAPI, Linker

from dampak.match.linkage.comparisons import COMPARISONS, NAMES, Parameters, splink_settings

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

# splink orders the two tables by these names: survey on the left.
_SURVEY, _REGISTER = "a_survey", "b_register"


@dataclass(frozen=True)
class Pairs:
    """Compared pairs, sorted by register person, then survey person.

    Parameters
    ----------
    left : (p,) int
        `unique_id` of the survey person.
    right : (p,) int
        `unique_id` of the register person.
    levels : (p, comparisons) int8
        Place in the levels of each of `COMPARISONS`, -1 where one side is not known.
    """

    left: IntArray
    right: IntArray
    levels: NDArray[np.int8]


# splink hands out the level of a comparison only together with the personal values on both sides. Its weight comes
# without them, and with these m and u the weight of level k is -(k + 1) exactly (0: not known).
_CODES: Parameters = {
    comparison.name: tuple((2.0 ** -(level + 1), 1.0) for level in range(len(comparison.levels)))
    for comparison in COMPARISONS
}


def compare(
    survey: pd.DataFrame,
    people: pd.DataFrame,
    *,
    threads: int,
    chosen: tuple[IntArray, IntArray] | None = None,
) -> Pairs:
    """Find the pairs that share a blocking rule and compare them.

    The levels of a pair depend on nothing but the pair, and pairs are sorted here, so that the number of threads cannot
    show.

    Parameters
    ----------
    survey, people : DataFrame
        Comparison records, see `dampak.match.linkage.records`; `unique_id` of any values.
    threads : int
        Of DuckDB.
    chosen : pair of (p,) int, optional
        `unique_id` of survey and register persons to compare instead of those that the blocking rules give.

    Returns
    -------
    Pairs
    """
    if survey.empty or people.empty:
        none = np.empty(0, dtype=np.int64)
        return Pairs(none, none, np.empty((0, len(NAMES)), dtype=np.int8))
    with duckdb.connect(":memory:", config={"threads": threads}) as connection:
        connection.execute("SET enable_progress_bar = false")
        database = DuckDBAPI(connection)
        tables = [
            database.register(_arrow(table), dataset_display_name=name)
            for table, name in ((survey, _SURVEY), (people, _REGISTER))
        ]
        linker = Linker(tables, splink_settings(_CODES), log_level=None, validate_settings=False)
        if chosen is not None:
            blocked = pa.table(
                {
                    "match_key": pa.array(["0"] * len(chosen[0])),
                    "join_key_l": _joined(_SURVEY, chosen[0]),
                    "join_key_r": _joined(_REGISTER, chosen[1]),
                }
            )
            linker.table_management.register_blocked_pairs_for_predict(database.register(blocked))
        scored = linker.inference.predict(warning_mode="never")
        columns = ", ".join(f"(-mw_{name} - 1)::tinyint as {name}" for name in NAMES)
        query = f"select unique_id_l as l, unique_id_r as r, {columns} from {scored.physical_name}"
        found = connection.execute(query).fetchnumpy()
    left, right = (np.asarray(found[side], dtype=np.int64) for side in "lr")
    order = np.lexsort((left, right))
    levels = np.column_stack([np.asarray(found[name], dtype=np.int8)[order] for name in NAMES])
    return Pairs(left[order], right[order], levels)


def pair_weights(levels: NDArray[np.int8], parameters: Parameters) -> FloatArray:
    """Weights of pairs that are compared already, under other parameters.

    Parameters
    ----------
    levels : (p, comparisons) int8
    parameters : mapping of comparison to (m, u) by level

    Returns
    -------
    (p, comparisons) float
        log2(m / u); 0 where one side is not known.
    """
    weights = np.empty(levels.shape)
    for place, name in enumerate(NAMES):
        # Level -1 (not known) is the last entry.
        by_level = np.array([*(np.log2(m / u) for m, u in parameters[name]), 0.0])
        weights[:, place] = by_level[levels[:, place]]
    return weights


def _arrow(table: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(table, preserve_index=False)


def _joined(source: str, ids: IntArray) -> pa.Array:
    return pa.array([f"{source}-__-{number}" for number in ids.tolist()])
