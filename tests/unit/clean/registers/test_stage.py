"""A register becomes one private table in which every row and every rupiah is accounted for."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dampak.clean.registers.cleaned import REGISTER_COLUMNS
from dampak.clean.registers.name_rules import NameRules
from dampak.clean.registers.names import name_key, normalised_name, sound_key
from tests.unit.clean.registers.lists import (
    HEADER,
    cleaned,
    codebook,
    nik,
    person,
    spec,
    study,
    write_csv,
    write_excel,
)

TITLE = ("DAFTAR PENERIMA BANTUAN", "PROVINSI JAWA TIMUR TAHUN 2020")


def dropped(result: dict[str, pd.DataFrame]) -> dict[int, str]:
    return dict(zip(result["quarantine"]["row"].tolist(), result["quarantine"]["reason"].tolist(), strict=True))


def require_account(result: dict[str, pd.DataFrame], rows: int) -> None:
    """Kept and quarantined rows are those of the file, and so are the rupiah; the ledger adds up."""
    ledger, rupiah = result["ledger"], result["rupiah"]
    assert (ledger["rows_in"] == ledger["rows_kept"] + ledger["rows_dropped"]).all()
    numbers = sorted([*result["registers"]["row"].tolist(), *result["quarantine"]["row"].tolist()])
    assert numbers == list(range(1, rows + 1)) and ledger["rows_in"].iloc[0] == rows
    assert np.allclose(rupiah["in"], rupiah["kept"] + rupiah["dropped"])
    assert rupiah["kept"].sum() == result["registers"]["amount"].sum()


def test_a_printed_list_with_titles_totals_and_all_kinds_of_dirt(tmp_path: Path) -> None:
    rows = [
        person(1),
        person(2, nik=float(nik(2, born="410180")), kk="'" + nik(2, born="020315"), sex=2, birth_date="1980-01-01"),
        person(3, nik=nik(3)[:15], amount="Rp 900.000,00", kab="Kota Kediri"),
        person(4, status="Meninggal Dunia"),
        person(5, status="PINDAH ALAMAT"),
        person(1, no=6, amount=600000),
        person(7, nik=None, kk=nik(1, born="020315")),
        person(8, kab="KAB. BANDUNG", nik=nik(8, kab=3204, born="410180"), kk=nik(8, kab=3204)),
        person(9, name=None, nik=None, kk="-"),
        person(10, name="-", birth_date="31/02/1980", sex="X"),
        person(11, kab=None),
        [None, "JUMLAH", *[None] * 5, "17.700.000", None],
    ]
    write_excel(tmp_path / "pkh.xlsx", rows, title=TITLE)
    result = cleaned(tmp_path, study(pkh=spec("pkh.xlsx", programme="pkh")))
    assert dropped(result) == {
        4: "deceased", 5: "moved", 6: "duplicate_nik", 7: "duplicate_kk", 8: "outside_area", 9: "names_nobody",
        12: "total_row",
    }  # fmt: skip
    require_account(result, 12)
    table = result["registers"].set_index("row")
    assert table["nik"].tolist() == [nik(1, born="410180"), nik(2, born="410180"), None,
                                     nik(10, born="410180"), nik(11, born="410180")]  # fmt: skip
    assert table["kab_code"].tolist() == [3527, 3527, 3571, 3527, 3527]
    assert table["sex"].tolist() == ["P", "P", "P", None, "P"]
    assert table["birth_date"].tolist() == ["1980-01-01"] * 3 + [None, "1980-01-01"]
    assert table["amount"].tolist() == [1.8e6, 1.8e6, 0.9e6, 1.8e6, 1.8e6]
    assert table.loc[10, "name"] is None and table.loc[1, "name"] == "SITI NOMORB"
    assert (table["component"].isna()).all() and (table["kecamatan"] == -1).all()
    notes = result["notes"].set_index("problem")["n"]
    assert notes["nik_not_16_digits"] == 1 and notes["date_impossible"] == 1 and notes["sex_not_readable"] == 1
    assert notes["area_from_number"] == 2 and "declared_total_differs" not in notes
    assert result["rupiah"].loc[0, ["in", "kept", "declared"]].tolist() == [17.7e6, 8.1e6, 17.7e6]


def test_the_table_has_the_columns_of_the_contract_and_the_ledger_its_stages(tmp_path: Path) -> None:
    write_csv(tmp_path / "bst.csv", [person(1), person(2)])
    result = cleaned(tmp_path, study(bst=spec("bst.csv", options={"delimiter": ";"})))
    assert tuple(result["registers"].columns) == REGISTER_COLUMNS
    assert result["registers"].dtypes[["row", "kab_code", "kecamatan", "amount"]].astype(str).tolist() == [
        "int64", "int64", "int64", "float64",
    ]  # fmt: skip
    assert result["ledger"]["stage"].tolist() == ["read", "validate", "deduplicate", "select"]
    assert list(result["quarantine"].columns) == ["source", "row", "stage", "reason", "column", "value"]


def test_personal_values_are_in_no_other_table(tmp_path: Path) -> None:
    rows = [person(1), person(1, no=2), person(3, status="Meninggal Dunia"), person(4, kab="35.99", nik=nik(4)[:15])]
    write_excel(tmp_path / "a.xlsx", rows)
    result = cleaned(tmp_path, study(a=spec("a.xlsx")))
    for name in ("quarantine", "ledger", "notes", "rupiah"):
        text = result[name].to_csv()
        assert not any(str(row[place]) in text for row in rows for place in (1, 2, 3, 5)), name
    assert (result["quarantine"]["value"] == "").all() and len(result["quarantine"]) == 3


@pytest.mark.parametrize("write", ["excel", "csv"])
def test_excel_and_csv_give_the_same_table(tmp_path: Path, write: str) -> None:
    rows = [
        person(1, kab="Kota Surabaya"),
        person(2, kab="SAMPANG"),
        person(3, kab="3506"),
        person(4, kab="kediri, kota"),
    ]
    if write == "excel":
        write_excel(tmp_path / "a.xlsx", rows)
        source = spec("a.xlsx")
    else:
        write_csv(tmp_path / "a.csv", rows)
        source = spec("a.csv", options={"delimiter": ";"})
    table = cleaned(tmp_path, study(a=source))["registers"]
    assert table["kab_code"].tolist() == [3578, 3527, 3506, 3571]
    assert table["name_key"].notna().all() and table["nik"].notna().all()


def test_column_names_are_forgiven_their_case_blanks_and_dots(tmp_path: Path) -> None:
    header = ["no", "Nama", "nik ", "No_KK", "l / p", "Tanggal.Lahir", "kabupaten-kota", "Bantuan", "Keterangan "]
    write_csv(tmp_path / "a.csv", [person(1), person(2)], header=header)
    assert len(cleaned(tmp_path, study(a=spec("a.csv", options={"delimiter": ";"})))["registers"]) == 2


def test_double_aid_goes_by_nik_or_kk_and_only_from_the_register_that_excludes(tmp_path: Path) -> None:
    write_csv(tmp_path / "aspd.csv", [person(1), person(2), person(3, nik=None), person(4)])
    write_csv(tmp_path / "kab.csv", [person(2, kk=None), person(3, nik=nik(9)), person(5)])
    write_csv(tmp_path / "other.csv", [person(4)])
    options = {"delimiter": ";"}
    settings = study(
        aspd=spec("aspd.csv", options=options, excludes=["kab"]),
        kab=spec("kab.csv", options=options),
        other=spec("other.csv", options=options),
    )
    result = cleaned(tmp_path, settings)
    found = result["quarantine"][["source", "row", "reason", "column"]].to_numpy().tolist()
    assert found == [["aspd", 2, "double_aid", "nik"], ["aspd", 3, "double_aid", "kk"]]
    assert result["registers"].groupby("register", sort=False).size().to_dict() == {"aspd": 2, "kab": 3, "other": 1}
    money = result["rupiah"].set_index("register")
    assert money.loc["aspd", ["in", "kept", "dropped"]].tolist() == [7.2e6, 3.6e6, 3.6e6]


def test_two_files_of_one_programme_list_a_family_once(tmp_path: Path) -> None:
    write_csv(tmp_path / "east.csv", [person(1), person(2)])
    write_csv(tmp_path / "west.csv", [person(2), person(3)])
    parts = {name: spec(f"{name}.csv", options={"delimiter": ";"}, programme="pkh") for name in ("east", "west")}
    result = cleaned(tmp_path, study(**parts))
    assert len(result["registers"]) == 3 and dropped(result) == {1: "duplicate_nik"}
    parts["west"]["programme"] = "bst"
    assert len(cleaned(tmp_path, study(**parts))["registers"]) == 4


def test_a_register_keeps_the_rows_that_its_study_selects(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [person(1), person(2, amount="500000"), person(3, kab="Kota Surabaya")])
    source = spec("a.csv", options={"delimiter": ";"}, keep="amount > 1000000 and kab_code == 3527")
    result = cleaned(tmp_path, study(a=source))
    assert result["registers"]["row"].tolist() == [1]
    assert result["ledger"]["reason"].tolist()[-1] == "not_selected: amount > 1000000 and kab_code == 3527"


def test_codes_missing_codes_factor_and_range_of_the_codebook_hold(tmp_path: Path) -> None:
    changes: dict[str, dict[str, Any]] = {
        "amount": {"type": "number", "factor": 1000.0, "range": [0, 5_000_000]},
        "status": {"codes": {"MD": "deceased"}},
        "name": {"missing_codes": ["XXX"]},
    }
    rows = [person(1, amount="1.800"), person(2, amount="9.000"), person(3, amount="1", status="MD"),
            person(4, name="XXX", amount="900")]  # fmt: skip
    write_csv(tmp_path / "a.csv", rows)
    result = cleaned(tmp_path, study(a=spec("a.csv", codebook(**changes), options={"delimiter": ";"})))
    assert dropped(result) == {2: "out_of_range", 3: "deceased"}
    assert result["registers"]["amount"].tolist() == [1.8e6, 0.9e6] and result["registers"]["name"].iloc[1] is None
    require_account(result, 4)


def test_rows_that_are_no_persons_are_read_as_such(tmp_path: Path) -> None:
    total = [None, None, None, None, "Sub Total", None, None, 1, None]
    rows = [person(1), [None] * len(HEADER), [None, *HEADER[1:]], total, person(2, name="JUMALI", nik=None, kk=None)]
    write_excel(tmp_path / "a.xlsx", rows)
    result = cleaned(tmp_path, study(a=spec("a.xlsx")))
    assert dropped(result) == {2: "blank_row", 3: "repeated_header", 4: "total_row"}
    assert result["notes"].set_index("problem").loc["declared_total_differs", "n"] == 1
    assert result["rupiah"].loc[0, ["in", "declared"]].tolist() == [3.6e6, 1.0]


def test_a_row_without_any_sign_of_its_area_is_set_aside(tmp_path: Path) -> None:
    rows = [person(1), person(2, kab="?", nik=None, kk=None), person(3, kab="KAB. SAMPAN", kk=None)]
    write_csv(tmp_path / "a.csv", rows)
    result = cleaned(tmp_path, study(a=spec("a.csv", options={"delimiter": ";"})))
    assert dropped(result) == {2: "area_unknown"} and result["registers"]["kab_code"].tolist() == [3527, 3527]
    notes = result["notes"].set_index("problem")["n"]
    assert notes["area_from_number"] == 1 and notes["area_not_readable"] == 1


def test_codes_of_desa_give_the_kecamatan(tmp_path: Path) -> None:
    header = ["NAMA", "NIK", "KODE DESA"]
    rows = [["ANI", nik(1), "3527010001"], ["BUDI", nik(2), "35.27.01.2001"], ["CICI", nik(3), "Desa Jaya"]]
    write_csv(tmp_path / "a.csv", rows, header=header)
    book = codebook({"name": "NAMA", "nik": "NIK", "desa": "KODE DESA"})
    table = cleaned(tmp_path, study(a=spec("a.csv", book, options={"delimiter": ";"})))["registers"]
    assert table["kecamatan"].tolist() == [3527010, -1, -1] and (table["kab_code"] == 3527).all()
    assert table["amount"].isna().all() and table["kk"].isna().all()


def test_the_order_of_the_rows_changes_only_their_numbers(tmp_path: Path) -> None:
    rows = [person(1), person(2), person(1, no=3, birth_date=None), person(4, status="Meninggal Dunia"), person(5)]
    tables = []
    for name, order in (("a", rows), ("b", rows[::-1])):
        write_csv(tmp_path / f"{name}.csv", order)
        table = cleaned(tmp_path, study(a=spec(f"{name}.csv", options={"delimiter": ";"})))["registers"]
        tables.append(table.drop(columns="row").sort_values("nik", ignore_index=True))
    pd.testing.assert_frame_equal(*tables)


def test_the_settings_are_not_changed_and_the_result_is_the_same_again(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [person(1), person(2), person(2, no=3)])
    settings = study(a=spec("a.csv", options={"delimiter": ";"}))
    before = repr(settings)
    first, second = cleaned(tmp_path, settings), cleaned(tmp_path, settings)
    assert repr(settings) == before
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, second[name])


@given(st.lists(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ ", min_size=1, max_size=20), max_size=8))
def test_keys_that_are_made_together_are_those_that_are_made_alone(rules: NameRules, words: list[str]) -> None:
    names = normalised_name(pd.Series(words, dtype=object), rules=rules)
    together = sound_key(names, rules=rules).tolist()
    assert together == [name_key(pd.Series([word], dtype=object), rules=rules).iloc[0] for word in words]
