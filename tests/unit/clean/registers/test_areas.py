"""Kabupaten and kota are read from codes and names as offices write them, and never guessed."""

import pandas as pd
import pytest

from dampak.clean.registers.areas import read_kab, read_kecamatan

NAMES = {3527: "Kabupaten Sampang", 3506: "Kabupaten Kediri", 3571: "Kota Kediri", 3578: "Kota Surabaya"}


@pytest.mark.parametrize(
    ("text", "code", "problem"),
    [
        ("KAB. SAMPANG", 3527, ""),
        ("Kab.Sampang", 3527, ""),
        ("kabupaten  sampang", 3527, ""),
        ("SAMPANG", 3527, ""),
        ("Pemerintah Kota Surabaya", 3578, ""),
        ("KODYA KEDIRI", 3571, ""),
        ("Kediri (Kab)", 3506, ""),
        ("KEDIRI", -1, "area_ambiguous"),
        ("KAB. SURABAYA", -1, "area_not_readable"),
        ("KAB. SAMPAN", -1, "area_not_readable"),
        ("KABUPATEN SAMPANG 2020", 3527, ""),
        ("3527", 3527, ""),
        ("3527.0", 3527, ""),
        ("35.27", 3527, ""),
        ("[3527] Sampang", 3527, ""),
        ("3527010001", 3527, ""),
        ("3374", 3374, ""),
        ("35270", -1, "area_not_readable"),
        ("3527010101800001", -1, "area_not_readable"),
        ("-", -1, "area_empty"),
        (None, -1, "area_empty"),
    ],
)
def test_an_area_in_every_spelling(text: str | None, code: int, problem: str) -> None:
    found = read_kab(pd.Series([text], index=[7], dtype=object), names=NAMES)
    assert found.loc[7].tolist() == [code, problem]


def test_a_kecamatan_is_read_from_the_codes_of_bps_alone() -> None:
    cells = pd.Series(["3527010", "3527010001", "35.27.01", "35.27.01.2001", "Sampang", "3527", None], dtype=object)
    assert read_kecamatan(cells).tolist() == [3527010, 3527010, -1, -1, -1, -1, -1]
