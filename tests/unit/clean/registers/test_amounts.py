"""Rupiah are read as offices and spreadsheets write them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dampak.clean.registers.amounts import read_rupiah


@pytest.mark.parametrize(
    ("text", "amount", "problem"),
    [
        ("1800000", 1.8e6, ""),
        ("1.800.000", 1.8e6, ""),
        ("1,800,000.50", 1800000.5, ""),
        ("Rp 1.800.000,00", 1.8e6, ""),
        ("Rp. 1.800.000,-", 1.8e6, ""),
        ("rp1.800", 1800.0, ""),
        ("1800000.0", 1.8e6, ""),
        ("1.8E+06", 1.8e6, ""),
        ("600 000", 6e5, ""),
        ("0", 0.0, ""),
        ("(1.800)", -1800.0, "amount_negative"),
        ("-5", -5.0, "amount_negative"),
        ("-", np.nan, "amount_empty"),
        ("Rp", np.nan, "amount_empty"),
        (None, np.nan, "amount_empty"),
        ("1.80.000", np.nan, "amount_not_readable"),
        ("dua juta", np.nan, "amount_not_readable"),
        ("1800000 kg", np.nan, "amount_not_readable"),
    ],
)
def test_an_amount_in_every_spelling(text: str | None, amount: float, problem: str) -> None:
    found = read_rupiah(pd.Series([text], index=[3], dtype=object)).loc[3]
    assert found["problem"] == problem
    assert np.array_equal(found["amount"], amount, equal_nan=True)


def test_marks_that_the_source_names_rule_the_other_reading_out() -> None:
    cells = pd.Series(["1,800", "1.800"], dtype=object)
    assert read_rupiah(cells)["amount"].tolist() == [1800, 1800]
    assert read_rupiah(cells, decimal=",")["amount"].tolist() == [1.8, 1800]
    assert read_rupiah(cells, decimal=".")["amount"].tolist() == [1800, 1.8]


@given(st.integers(0, 10**11))
def test_groups_of_three_read_back(number: int) -> None:
    dots = f"{number:,}".replace(",", ".")
    cells = pd.Series([str(number), f"{number:,}", dots, f"Rp {dots},00", f"Rp{dots},-"], dtype=object)
    assert read_rupiah(cells)["amount"].tolist() == [number] * 5
