"""A NIK is read or refused with a reason, never guessed; and it says when its holder was born."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.id import nik as reference

from dampak.clean.registers.digits import digit_matrix
from dampak.clean.registers.nik import nik_birth_date, nik_sex, read_kk, read_nik
from dampak.errors import DataError

ON = datetime.date(2020, 12, 31)
MAN, WOMAN = "3510011708450012", "3510015708450012"


def one(value: object, **options: bool) -> tuple[object, object]:
    """The NIK and the problem of one cell."""
    found = read_nik(pd.Series([value], dtype=object), **options)
    return found["nik"].iloc[0], found["problem"].iloc[0]


@pytest.mark.parametrize(
    "cell",
    [
        MAN, f"'{MAN}", f" {MAN}\u00a0", "3510 0117 0845 0012", "35.10.01.170845.0012", "351001-170845-0012", f"’{MAN}",
        3510011708450012, 3510011708450012.0, np.int64(3510011708450012), np.float64(3510011708450012),
        f"{MAN}.0", f"'{MAN},00", "3,510011708450012E+15", "３５１００１１７０８４５００１２",
    ],
)  # fmt: skip
def test_a_nik_is_read_however_it_is_written(cell: object) -> None:
    assert one(cell) == (MAN, "")


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (None, "nik_empty"), (float("nan"), "nik_empty"), (pd.NA, "nik_empty"), ("", "nik_empty"), (" - ", "nik_empty"),
        ("TIDAK ADA", "nik_not_digits"), ("3510O11708450012", "nik_not_digits"), (True, "nik_not_digits"),
        (MAN[:15], "nik_not_16_digits"), (MAN + "1", "nik_not_16_digits"), (351001170845001.0, "nik_not_16_digits"),
        (f"{MAN[:15]}.0", "nik_not_16_digits"), ("3,51E+14", "nik_not_16_digits"), (0.5, "nik_not_16_digits"),
        (3.51e15, "nik_lost_digits"), ("3,52E+15", "nik_lost_digits"), ("3.51001170845E+15", "nik_lost_digits"),
        (3510011708450010.0, "nik_lost_digits"), (3510011708450010, "nik_lost_digits"),
        ("3510011708450010.0", "nik_lost_digits"), (9471011708450012.0, "nik_lost_digits"),
        ("9910011708450012", "nik_bad_area"), ("3510001708450012", "nik_bad_area"),
        ("3500011708450012", "nik_bad_area"),
        ("3510013202450012", "nik_bad_birth_date"), ("3510018108450012", "nik_bad_birth_date"),
        ("3510010008450012", "nik_bad_birth_date"), ("3510014008450012", "nik_bad_birth_date"),
        ("3510011713450012", "nik_bad_birth_date"), ("3510013002000012", "nik_bad_birth_date"),
        ("3510012902010012", "nik_bad_birth_date"), ("3510011708450000", "nik_bad_sequence"),
        ("1111111111111111", "nik_bad_sequence"),
    ],
)  # fmt: skip
def test_what_is_not_a_nik_has_a_reason(cell: object, problem: str) -> None:
    assert one(cell) == (None, problem)


def test_a_final_zero_is_lost_in_excel_numbers_only() -> None:
    ends_in_zero = "3510011708450010"
    assert one(ends_in_zero) == (ends_in_zero, "")
    assert one(float(ends_in_zero)) == (None, "nik_lost_digits")
    assert one(float(ends_in_zero), exact_numbers=True) == (ends_in_zero, "")
    assert one(int(ends_in_zero), exact_numbers=True) == (ends_in_zero, "")


def test_a_list_of_areas_says_which_exist_in_its_provinces() -> None:
    raw = pd.Series(["6501011708450012", "6571011708450012", "3510011708450012", "3599011708450012"])
    bad = "nik_bad_area"
    assert read_nik(raw)["problem"].tolist() == [bad, bad, "", ""]
    assert read_nik(raw, areas=["6501"])["problem"].tolist() == ["", bad, "", ""]
    assert read_nik(raw, areas=["3501", "3510"])["problem"].tolist() == [bad, bad, "", bad]


NUMBERS = st.builds(
    lambda area, kecamatan, day, month, year, sequence: (
        f"{area:04d}{kecamatan:02d}{day:02d}{month:02d}{year:02d}{sequence:04d}"
    ),
    st.sampled_from([3501, 3529, 3578, 3599, 1101, 9471, 65, 9900]),
    st.integers(0, 40),
    st.integers(0, 99),
    st.integers(0, 14),
    st.integers(0, 99),
    st.integers(0, 30),
)


@given(numbers=st.lists(NUMBERS, min_size=1, max_size=40))
def test_it_agrees_with_python_stdnum_but_for_what_it_refuses_more(numbers: list[str]) -> None:
    ours = read_nik(pd.Series(numbers))["problem"] == ""
    for number, valid in zip(numbers, ours, strict=True):
        stricter = (
            "00" in (number[2:4], number[4:6])
            or int(number[6:8]) > 80
            or (int(number[6:8]) == 80 and number[8:10] != "00")
            or number.endswith("0000")
            or len(set(number)) == 1
        )
        assert valid == (reference.is_valid(number) and not stricter), "python-stdnum disagrees on a number"


@given(values=st.lists(st.one_of(NUMBERS, st.floats(), st.integers(), st.text(max_size=20), st.none(), st.booleans())))
def test_a_row_has_a_nik_or_a_problem_and_its_neighbours_do_not_matter(values: list[object]) -> None:
    raw = pd.Series(values, dtype=object, index=[f"r{place}" for place in range(len(values))])
    found = read_nik(raw)
    assert found.index.equals(raw.index)
    assert (found["nik"].notna() == (found["problem"] == "")).all()
    assert found["nik"].dropna().str.fullmatch("[0-9]{16}").all()
    pd.testing.assert_frame_equal(read_nik(raw[::-1]), found[::-1])


@given(born=st.dates(datetime.date(1921, 1, 1), ON), woman=st.booleans(), age_known=st.booleans())
def test_birth_date_and_sex_come_back(born: datetime.date, woman: bool, age_known: bool) -> None:
    number = f"351001{born.day + 40 * woman:02d}{born:%m%y}0001"
    read = read_nik(pd.Series([number]))["nik"]
    age = (ON - born).days / 365.25 if age_known else None
    assert nik_birth_date(read, on=ON, age=age).iloc[0] == pd.Timestamp(born)
    assert nik_sex(read).tolist() == ["P" if woman else "L"]


def test_the_century_follows_the_age_where_it_is_known() -> None:
    nik = pd.Series(["3510011708150001", "3510011708150002", "3510013112200003", None, "3510012902000004"])
    plain = nik_birth_date(nik, on=ON)
    assert plain.astype(str).fillna("NaT").tolist() == ["2015-08-17", "2015-08-17", "2020-12-31", "NaT", "2000-02-29"]
    aged = nik_birth_date(nik, on=ON, age=pd.Series([104, 6, np.nan, 80, 119]))
    assert aged.astype(str).fillna("NaT").tolist() == ["1915-08-17", "2015-08-17", "2020-12-31", "NaT", "2000-02-29"]
    assert nik_birth_date(nik[:2], on=ON, age=85.0).dt.year.tolist() == [1915, 1915]
    assert nik_birth_date(nik[2:3], on=datetime.date(2020, 12, 30)).dt.year.tolist() == [1920]


def test_a_kk_number_has_an_issue_date_without_forty_days_more() -> None:
    found = read_kk(pd.Series(["3510011708070012", "3510015708070012", "3510011708070000", None, 3.51e15, "3510"]))
    assert found["kk"].tolist() == ["3510011708070012", None, None, None, None, None]
    assert found["problem"].tolist() == [
        "", "kk_bad_issue_date", "kk_bad_sequence", "kk_empty", "kk_lost_digits", "kk_not_16_digits"
    ]  # fmt: skip


def test_raw_values_are_refused_where_read_ones_are_needed_without_showing_them() -> None:
    with pytest.raises(DataError, match="row 8 does not hold 16 digits; read raw cells with `read_nik`") as caught:
        nik_sex(pd.Series([MAN, MAN + "77"], index=[7, 8]))
    assert MAN not in str(caught.value)
    with pytest.raises(DataError, match="`read_kk`"):
        digit_matrix(pd.Series([1.0]), reader="read_kk")


def test_an_empty_register_is_read_as_one() -> None:
    assert read_nik(pd.Series([], dtype=object)).shape == (0, 2)
    assert read_nik(pd.Series([np.nan, np.nan]))["problem"].tolist() == ["nik_empty"] * 2
