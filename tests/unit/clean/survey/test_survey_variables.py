"""Household variables from persons: each kind of summary gives what its name says."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dampak.clean.survey.joining import place_of_person
from dampak.clean.survey.variables import aggregated

PERSONS = pd.DataFrame(
    {"age": [40.0, 7.0, np.nan, 66.0, 3.0], "relation": ["head", "child", None, "head", "child"]}
)  # fmt: skip
# The second of four households has nobody.
HOUSEHOLD = np.array([0, 0, 0, 2, 3])


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ({"count": "age < 18"}, [1, 0, 0, 1]),
        ({"any": "age >= 60"}, [0, 0, 1, 0]),
        ({"count": "relation == 'child' or age > 60"}, [1, 0, 1, 1]),
        ({"of": "age", "take": "sum"}, [47, 0, 66, 3]),
        ({"of": "age", "take": "mean"}, [23.5, np.nan, 66, 3]),
        ({"of": "age", "take": "max"}, [40, np.nan, 66, 3]),
        ({"of": "age", "take": "min"}, [7, np.nan, 66, 3]),
        ({"of": "age", "where": "relation == 'head'", "take": "first"}, [40, np.nan, 66, np.nan]),
        ({"of": "age", "where": "relation == 'nobody'", "take": "max"}, [np.nan] * 4),
    ],
)
def test_a_summary_of_persons(aggregate: dict[str, str], expected: list[float]) -> None:
    made = aggregated(PERSONS, HOUSEHOLD, 4, {"it": aggregate}, where="study: aggregates")
    np.testing.assert_array_equal(made["it"], expected)


PAIRS = st.tuples(st.integers(1, 6), st.integers(-2, 5))


@given(st.sets(PAIRS, min_size=1), st.lists(PAIRS))
def test_a_person_is_found_by_household_and_number_and_no_one_else_is(
    known: set[tuple[int, int]], asked: list[tuple[int, int]]
) -> None:
    there = sorted(known)
    persons = pd.DataFrame(there, columns=["h", "n"])
    table = pd.DataFrame(asked, columns=["h", "n"]).astype("int64")
    expected = [there.index(pair) if pair in known else -1 for pair in asked]
    assert place_of_person(table, persons, ["h", "n"]).tolist() == expected
