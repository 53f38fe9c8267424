import re
from pathlib import Path

import pytest
import yaml

from dampak.errors import ConfigError
from dampak.synth.parameters import AREAS, DOCUMENT, Parameters, parse_parameters, resized
from dampak.synth.terms import PROGRAMMES

ROOT = Path(__file__).resolve().parents[3]
YAML, CSV = ((ROOT / name).read_text(encoding="utf-8") for name in (DOCUMENT, AREAS))
STATUS = {"seen in source", "derived", "from memory, unverified", "assumption"}


def _mappings(value: object) -> list[dict[str, object]]:
    """Every mapping of a document that holds a number called `value`."""
    found = []
    if isinstance(value, dict):
        found += [value] if "value" in value else []
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            found += _mappings(part)
    return found


def test_every_number_says_how_far_it_can_be_trusted_and_where_it_comes_from() -> None:
    numbers = _mappings(yaml.safe_load(YAML))
    assert len(numbers) > 90
    assert [n for n in numbers if n.get("status") not in STATUS or not str(n.get("source", "")).strip()] == []


def test_assumed_and_derived_columns_of_the_areas_say_so_in_their_names(parameters: Parameters) -> None:
    header = CSV.splitlines()[0].split(",")
    assert {"persons_2020_derived", "line_2020_derived", "urban_share_assumed"} <= set(header)
    assert all("derived" in area.status and area.source for area in parameters.areas)


def test_the_38_areas_add_up_to_the_published_province(parameters: Parameters) -> None:
    assert [sum(a.type == kind for a in parameters.areas) for kind in ("kabupaten", "kota")] == [29, 9]
    poor = sum(a.poor_2020_thousand for a in parameters.areas)
    persons = sum(a.persons_2020_derived for a in parameters.areas)
    assert poor == pytest.approx(4419.1, abs=0.1)  # BPS Jatim, March 2020
    assert 100_000 * poor / persons == pytest.approx(11.09, abs=0.01)


def test_pkh_pays_the_amounts_of_2020(parameters: Parameters) -> None:
    amounts = {name: number.value for name, number in parameters.programmes["pkh"].amounts.items()}
    assert amounts == {
        "pregnancy": 3_000_000, "early_childhood": 3_000_000, "sd": 900_000, "smp": 1_500_000, "sma": 2_000_000,
        "elderly": 2_400_000, "severe_disability": 2_400_000,
    }  # fmt: skip


def test_every_programme_is_described_and_resizing_marks_an_assumption(parameters: Parameters) -> None:
    assert set(parameters.programmes) == set(PROGRAMMES)
    small = resized(parameters, households=24_000)
    assert small.size.households.value == 24_000 and small.size.households.status == "assumption"
    assert parameters.size.households.value == 280_000


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("psu_share: {value: 0.2", "psu_share: {value: 1.2", r"welfare: psu_share: value: .*less than or equal to 1"),
        ("round_correlation:", "round_corelation:", r"welfare: round_corelation: Extra inputs"),
        ("outcome: attends_school, value: 0.05", "outcome: height, value: 0.05", r"effects: entries: 4: outcome: "),
        ("status: derived", "status: guessed", r"status: Input should be 'seen in source'"),
        ("[3515,", "[3615,", r"kabupaten_aid_areas: \[3615\] are not areas"),
        ("  kip_jawara:\n    title", "  kip_jawara2:\n    title", r"kip_jawara"),
    ],
)
def test_a_mistake_in_the_yaml_is_a_sentence_with_its_key(old: str, new: str, sentence: str) -> None:
    assert old in YAML
    with pytest.raises(ConfigError, match=sentence) as caught:
        parse_parameters(YAML.replace(old, new, 1), CSV)
    assert all(line.startswith(DOCUMENT) for line in caught.value.sentences)


def test_a_mistake_in_the_areas_is_a_sentence_with_its_row_and_column() -> None:
    spoilt = re.sub(r"^3502,(.*?),kabupaten", r"3502,\1,regency", CSV, flags=re.MULTILINE)
    with pytest.raises(ConfigError, match=rf"^{AREAS}: row 3: type: Input should be 'kabupaten' or 'kota'"):
        parse_parameters(YAML, spoilt)
    lines = CSV.splitlines(keepends=True)
    with pytest.raises(ConfigError, match="kab_code must rise"):
        parse_parameters(YAML, "".join([*lines, lines[1]]))
