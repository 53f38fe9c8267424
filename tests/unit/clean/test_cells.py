"""A raw value has one text and one number, however many equal values stand beside it."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dampak.clean.cells import cell_numbers, cell_text

VALUES = {
    "texts": st.none() | st.sampled_from(["1", " 1 ", "01", "", "x", "1e3", "-0", "1,5", "2.000,5", "inf"]),
    "integers": st.none() | st.integers(-3, 3) | st.just(2**63),
    "floats": st.none() | st.sampled_from([0.0, -0.0, 1.0, 0.1, math.nan, math.inf, 2.0**63]),
    "truths": st.none() | st.booleans(),
    "mixed": st.none() | st.sampled_from(["1", 1, 1.0, True, 2**63, 2.0**63, np.float32(0.1)]),
}


@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
def test_a_cell_reads_the_same_alone_and_in_a_column(kind: str, data: st.DataObject) -> None:
    cells = data.draw(st.lists(VALUES[kind], min_size=1))
    column = pd.Series(cells, dtype=object)
    alone = [pd.Series([cell], dtype=object) for cell in cells]
    assert cell_text(column).tolist() == [cell_text(one).iloc[0] for one in alone]
    numbers, bad = cell_numbers(column, decimal=",", thousands=".")
    ones = [cell_numbers(one, decimal=",", thousands=".") for one in alone]
    np.testing.assert_array_equal(numbers, [number[0] for number, _ in ones])
    assert bad.tolist() == [fault[0] for _, fault in ones]
