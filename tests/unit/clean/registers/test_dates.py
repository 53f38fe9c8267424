"""Dates are read day first, and a date that cannot be is refused with a reason."""

import datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dampak.clean.registers.dates import read_date

ON = datetime.date(2020, 12, 31)
DATES = st.dates(datetime.date(1901, 1, 1), ON)
EXCEL_BEGIN = datetime.date(1899, 12, 30)


def excel_number(date: datetime.date) -> int:
    """Day number of a date after February 1900."""
    return (date - EXCEL_BEGIN).days


@given(dates=st.lists(DATES, min_size=1, max_size=8))
def test_a_date_comes_back_from_every_format(dates: list[datetime.date]) -> None:
    written: list[object] = []
    for date in dates:
        written += [
            f"{date:%d/%m/%Y}", f"{date.day}/{date.month}/{date.year}", f"{date:%d-%m-%Y}", f" {date:%d.%m.%Y} ",
            f"{date:%Y-%m-%d}", f"{date:%Y/%m/%d}", f"{date:%Y-%m-%d} 00:00:00", date, pd.Timestamp(date),
            excel_number(date), float(excel_number(date)), str(excel_number(date)), f"{excel_number(date)}.0",
        ]  # fmt: skip
    found = read_date(pd.Series(written, dtype=object), on=ON)
    assert (found["problem"] == "").all()
    assert found["date"].dt.date.tolist() == [date for date in dates for _ in range(13)]


@given(date=st.dates(datetime.date(1921, 1, 1), ON))
def test_two_digits_of_a_year_mean_the_last_hundred_years(date: datetime.date) -> None:
    assert read_date(pd.Series([f"{date:%d-%m-%y}"]), on=ON)["date"].dt.date.tolist() == [date]


@pytest.mark.parametrize(
    ("cell", "date"),
    [
        ("17 Agustus 1945", "1945-08-17"), ("17-Agt-45", "1945-08-17"), ("1 Pebruari 1950", "1950-02-01"),
        ("05/06/1970", "1970-06-05"), ("29-02-00", "2000-02-29"), (16666, "1945-08-17"), ("'17/08/1945", "1945-08-17"),
        ("31-12-20", "2020-12-31"),
    ],
)  # fmt: skip
def test_day_comes_before_month(cell: object, date: str) -> None:
    found = read_date(pd.Series([cell], dtype=object), on=ON)
    assert found["date"].astype(str).tolist() == [date] and found["problem"].tolist() == [""]


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (None, "date_empty"), ("", "date_empty"), ("-", "date_empty"), ("00/00/0000", "date_empty"), (0, "date_empty"),
        ("0000-00-00", "date_empty"), ("31/02/1990", "date_impossible"), ("12/25/1990", "date_impossible"),
        ("1990-13-01", "date_impossible"), ("29-02-01", "date_impossible"), (60, "date_impossible"),
        ("01/01/2021", "date_in_future"), ("2099-01-01", "date_in_future"), (99999, "date_in_future"),
        ("01/01/1900", "date_too_early"), ("31/12/1900", "date_too_early"), (1, "date_too_early"),
        ("17081945", "date_not_readable"), ("17 Agustos 1945", "date_not_readable"), ("besok", "date_not_readable"),
        (True, "date_not_readable"), (-5, "date_not_readable"), (19450817, "date_not_readable"),
    ],
)  # fmt: skip
def test_a_date_that_cannot_be_has_a_reason(cell: object, problem: str) -> None:
    found = read_date(pd.Series([cell], dtype=object, index=[7]), on=ON)
    assert found["problem"].tolist() == [problem] and found["date"].isna().all() and found.index.tolist() == [7]


def test_excel_counts_a_day_that_never_was() -> None:
    found = read_date(pd.Series([1, 59, 60, 61]), on=datetime.date(1950, 1, 1))
    assert found["date"].astype(str).fillna("").tolist() == ["1900-01-01", "1900-02-28", "", "1900-03-01"]
    assert found["problem"].tolist() == ["", "", "date_impossible", ""]


@given(values=st.lists(st.one_of(st.text(max_size=12), st.floats(), st.integers(), st.none(), DATES)))
def test_a_row_has_a_date_or_a_problem(values: list[object]) -> None:
    found = read_date(pd.Series(values, dtype=object), on=ON)
    assert (found["date"].notna() == (found["problem"] == "")).all()
    assert found["date"].dtype == "datetime64[s]"
