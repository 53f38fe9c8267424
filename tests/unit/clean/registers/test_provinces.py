"""Registers in a file per province: every fault of every file is said, and a family is paid once in the country."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dampak.clean.registers.provinces import clean_province, join_provinces
from dampak.errors import DataError
from tests.unit.clean.registers.conftest import NAMES
from tests.unit.clean.registers.lists import nik, person, spec, write_csv

ROOT = NAMES.parents[1]
KEY = b"k" * 16
AREAS = pd.DataFrame(
    {"kab_code": [3527, 3571, 3301], "area_name": ["Kabupaten Sampang", "Kota Kediri", "Kabupaten Cilacap"]}
)
NOBODY = pd.DataFrame({"source": [], "row": [], "stage": [], "reason": [], "column": [], "value": []})
HOME = {"35": "KAB. SAMPANG", "33": "KAB. CILACAP"}
Raw = dict[str, dict[str, list[list[Any]]]]
Made = tuple[list[Path], dict[str, pd.DataFrame]]


def settings(folder: Path, province: str, names: list[str], excludes: dict[str, list[str]]) -> dict[str, Any]:
    files = {name: spec(f"{folder}/{{province}}/{name}.csv", options={"delimiter": ";"}) for name in names}
    return {
        "province": province, "specs": files, "territory": {"provinces": ["33", "35"], "date": "2020-03-01"},
        "registers": {name: name for name in names}, "excludes": excludes, "path": "s.yaml",
    }  # fmt: skip


@pytest.fixture
def country(tmp_path: Path) -> Callable[..., Made]:
    """Write registers of two provinces, clean each and hold them against each other."""

    def run(raw: Raw, excludes: dict[str, list[str]] | None = None) -> Made:
        names = list(next(iter(raw.values())))
        files, parts = [], []
        for province, lists in raw.items():
            (tmp_path / province).mkdir()
            for name, rows in lists.items():
                write_csv(tmp_path / province / f"{name}.csv", rows)
            own = settings(tmp_path, province, names, excludes or {})
            parts.append(clean_province(own, AREAS, base_dir=ROOT, key=KEY))
            files.append(tmp_path / f"{province}.parquet")
            parts[-1]["registers"].to_parquet(files[-1], index=False)
        tables = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
        survey = {"survey_ledger": tables["ledger"].iloc[:0], "survey_quarantine": NOBODY}
        return files, join_provinces(files, tables | survey, own)

    return run


def in_province(code: str, number: int, **changes: Any) -> list[Any]:
    """A woman of the province, with numbers given there."""
    kab = {"35": 3527, "33": 3301}[code]
    own = {"nik": nik(number, kab=kab, born="410180"), "kk": nik(number, kab=kab, born="020315"), "kab": HOME[code]}
    return person(number, **own | changes)


def test_a_family_that_two_provinces_list_is_dropped_once_and_accounted_for(country: Callable[..., Made]) -> None:
    moved = in_province("33", 9)
    same_card = in_province("35", 8, kk=nik(2, kab=3301, born="020315"))
    raw = {
        "33": {"pkh": [in_province("33", n) for n in (1, 2, 3)] + [moved]},
        "35": {"pkh": [in_province("35", n) for n in (4, 5)] + [[*moved[:6], "KAB. SAMPANG", *moved[7:]], same_card]},
    }
    files, found = country(raw)
    rows = pd.concat([pd.read_parquet(path) for path in files])
    assert sorted(rows["row"]) == [330000001, 330000002, 330000003, 330000004, *range(350000001, 350000005)]
    assert len(found["dropped"]) == 2
    kept = rows[~rows["row"].isin(found["dropped"]["row"])]
    assert kept["nik"].is_unique and kept["kk"].is_unique
    reasons = found["ledger"].query("rows_dropped > 0").set_index("reason")["rows_dropped"].to_dict()
    assert reasons == {"duplicate_nik": 1, "duplicate_kk": 1}
    assert sorted(found["quarantine"]["row"]) == sorted(found["dropped"]["row"])
    account = found["rupiah"].set_index("register").loc["pkh"]
    assert account[["in", "kept", "dropped"]].tolist() == [8 * 1.8e6, 6 * 1.8e6, 2 * 1.8e6]
    ledger = found["ledger"]
    assert (ledger["rows_kept"] + ledger["rows_dropped"] == ledger["rows_in"]).all()
    assert ledger["rows_in"].tolist()[1:] == ledger["rows_kept"].tolist()[:-1]
    assert ledger["rows_in"].iloc[0] == 8 and ledger["rows_kept"].iloc[-1] == len(kept)


def test_the_account_of_a_country_is_the_sum_of_its_provinces(country: Callable[..., Made]) -> None:
    raw = {
        "33": {"pkh": [in_province("33", 1), in_province("33", 2, status="Meninggal Dunia"), in_province("33", 1)]},
        "35": {"pkh": [in_province("35", 4), in_province("35", 5, nik=nik(5)[:15])]},
    }
    _, found = country(raw)
    ledger = found["ledger"].set_index(["stage", "reason"])
    assert ledger.loc[("read", "none"), ["rows_in", "rows_kept"]].tolist() == [5, 5]
    assert ledger.loc[("validate", "deceased"), "rows_dropped"] == 1
    assert ledger.loc[("deduplicate", "duplicate_nik"), ["rows_in", "rows_kept"]].tolist() == [4, 3]
    assert ledger.loc[("select", "none"), "rows_kept"] == 3
    assert found["notes"].set_index("problem").loc["nik_not_16_digits", "n"] == 1
    assert found["dropped"].empty


def test_a_register_that_excludes_another_gives_way_across_provinces(country: Callable[..., Made]) -> None:
    both = in_province("33", 1)
    raw = {
        "33": {"aid": [both, in_province("33", 2)], "aspd": [in_province("33", 3)]},
        "35": {"aid": [in_province("35", 4)], "aspd": [[*both[:6], "KAB. SAMPANG", *both[7:]], in_province("35", 6)]},
    }
    _, found = country(raw, {"aspd": ["aid"]})
    assert found["dropped"].to_dict("records") == [{"register": "aspd", "row": 350000001}]
    dropped = found["ledger"].query("rows_dropped > 0")
    assert dropped[["source", "stage", "reason"]].to_numpy().tolist() == [["aspd", "select", "double_aid"]]


def test_every_bad_file_of_a_province_has_its_sentence(tmp_path: Path) -> None:
    (tmp_path / "35").mkdir()
    write_csv(tmp_path / "35/pkh.csv", [in_province("33", 1)])
    (tmp_path / "35/bpnt.csv").write_bytes(b"")
    write_csv(tmp_path / "35/pip.csv", [in_province("35", 1)])
    own = settings(tmp_path, "35", ["pkh", "bpnt", "pip", "bst"], {})
    with pytest.raises(DataError) as caught:
        clean_province(own, AREAS, base_dir=ROOT, key=KEY)
    pkh, bpnt, bst = caught.value.sentences
    assert "registers.pkh" in pkh and "35/pkh.csv" in pkh
    assert "registers.bpnt" in bpnt and "is empty (0 bytes)" in bpnt
    assert "registers.bst" in bst and "does not exist" in bst


def test_a_province_without_areas_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"province 51 has no kabupaten/kota in the table of areas; add their"):
        clean_province(settings(tmp_path, "51", ["pkh"], {}), AREAS, base_dir=ROOT, key=KEY)
