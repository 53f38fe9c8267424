"""Copies of East Java under other codes: the number of areas of each province is its own, sizes add up."""

from pathlib import Path

import pytest

from dampak.errors import ConfigError
from dampak.synth.parameters import Parameters, load_parameters, resized
from dampak.synth.provinces import load_provinces, of_province

ROOT = Path(__file__).parents[3]
PROVINCES = load_provinces(ROOT)


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return resized(load_parameters(ROOT), households=8_400_000, survey_households=345_000)


def test_514_areas_share_the_households_and_the_survey(parameters: Parameters) -> None:
    among = list(PROVINCES.index)
    parts = [of_province(parameters, code, PROVINCES, among=among) for code in among]
    codes = [area.kab_code for part in parts for area in part.areas]
    assert len(among) == 34 and len(set(codes)) == len(codes) == 514
    assert sum(part.size.households.value for part in parts) == 8_400_000
    assert sum(part.size.survey_households.value for part in parts) == 345_000
    names = [area.name for part in parts for area in part.areas]
    assert len(set(names)) == 514


def test_east_java_stays_itself_and_the_others_are_marked(parameters: Parameters) -> None:
    own = of_province(parameters, "35", PROVINCES, among=["35", "94"])
    copy = of_province(parameters, "94", PROVINCES, among=["35", "94"])
    assert own.areas == parameters.areas
    assert {area.status for area in copy.areas} == {"assumption"}
    assert {area.kab_code // 100 for area in copy.areas} == {94}
    assert [area.kab_code % 100 for area in copy.areas][-2:] == [28, 71]
    scale = sum(a.persons_2020_derived for a in copy.areas) / sum(a.persons_2020_derived for a in own.areas)
    assert copy.programmes["pkh"].families.value == pytest.approx(scale * own.programmes["pkh"].families.value)
    assert set(copy.rules.kabupaten_aid_areas) <= {area.kab_code for area in copy.areas}


def test_a_province_that_is_not_in_the_table_is_a_sentence(parameters: Parameters) -> None:
    with pytest.raises(ConfigError, match=r"config/synth/provinces\.csv: has no row for province 99; add it"):
        of_province(parameters, "99", PROVINCES, among=["99"])
    many = PROVINCES.assign(kota=PROVINCES["kota"].where(PROVINCES.index != "31", 12))
    with pytest.raises(ConfigError, match="province 31: kota is 12, East Java has 9 to copy; lower the number"):
        of_province(parameters, "31", many, among=["31"])
