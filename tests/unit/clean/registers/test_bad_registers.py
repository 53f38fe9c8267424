"""A register that cannot be read gets a sentence: the file, the place, the remedy; never a person; others go on."""

from pathlib import Path
from typing import Any

import msoffcrypto
import pandas as pd
import pytest

from dampak.clean.registers.name_rules import name_rules
from dampak.clean.registers.rules import read_name_tables
from dampak.clean.registers.stage import clean_listed, clean_registers, read_register
from dampak.errors import ConfigError, DampakError, DataError
from tests.unit.clean.registers.conftest import NAMES
from tests.unit.clean.registers.lists import (
    COLUMNS,
    HEADER,
    cleaned,
    codebook,
    nik,
    person,
    spec,
    study,
    variable,
    write_csv,
    write_excel,
)

CSV = {"delimiter": ";"}


def sentence_of(folder: Path, source: dict[str, Any]) -> str:
    with pytest.raises(DampakError) as caught:
        cleaned(folder, study(pkh=source))
    text = str(caught.value)
    assert text.startswith("registers.pkh: ") and len(caught.value.sentences) == 1
    assert "NOMOR" not in text and nik(1)[:6] not in text and "1980" not in text, "a person is in the message"
    return text


def encrypt(plain: Path, path: Path) -> None:
    from msoffcrypto.format.ooxml import OOXMLFile

    with plain.open("rb") as source, path.open("wb") as target:
        OOXMLFile(source).encrypt("rahasia", target)


def test_an_encrypted_workbook(tmp_path: Path) -> None:
    write_excel(tmp_path / "plain.xlsx", [person(1)])
    encrypt(tmp_path / "plain.xlsx", tmp_path / "pkh.xlsx")
    with (tmp_path / "pkh.xlsx").open("rb") as handle:
        assert msoffcrypto.OfficeFile(handle).is_encrypted()
    assert "pkh.xlsx is encrypted with a password" in sentence_of(tmp_path, spec("pkh.xlsx"))


@pytest.mark.parametrize("share", [0.99, 0.6, 0.05])
def test_a_workbook_that_was_cut_short(tmp_path: Path, share: float) -> None:
    write_excel(tmp_path / "pkh.xlsx", [person(i) for i in range(1, 9)])
    whole = (tmp_path / "pkh.xlsx").read_bytes()
    (tmp_path / "pkh.xlsx").write_bytes(whole[: int(len(whole) * share)])
    assert "pkh.xlsx is truncated: it begins as a workbook, but its end is missing" in sentence_of(
        tmp_path, spec("pkh.xlsx")
    )


def test_a_workbook_with_damage_inside(tmp_path: Path) -> None:
    write_excel(tmp_path / "pkh.xlsx", [person(i) for i in range(1, 9)])
    whole = bytearray((tmp_path / "pkh.xlsx").read_bytes())
    whole[200:600] = bytes(400)
    (tmp_path / "pkh.xlsx").write_bytes(bytes(whole))
    assert "pkh.xlsx cannot be read as a excel file" in sentence_of(tmp_path, spec("pkh.xlsx"))


def test_a_web_page_under_the_name_of_a_workbook(tmp_path: Path) -> None:
    (tmp_path / "pkh.xls").write_text("<html><table><tr><td>SITI NOMORA</td></tr></table></html>")
    assert "is a web page (HTML) with the name of a workbook" in sentence_of(tmp_path, spec("pkh.xls"))


def test_empty_files_and_files_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    assert "a.csv is empty (0 bytes)" in sentence_of(tmp_path, spec("a.csv"))
    write_csv(tmp_path / "b.csv", [])
    assert "b.csv holds no data rows" in sentence_of(tmp_path, spec("b.csv", options=CSV))
    write_excel(tmp_path / "c.xlsx", [])
    assert "holds no data rows below a header" in sentence_of(tmp_path, spec("c.xlsx"))
    with pytest.raises(DataError, match=r"^registers\.pkh: the raw file d\.csv does not exist"):
        cleaned(tmp_path, study(pkh=spec("d.csv")))


def test_lines_of_two_encodings_are_named_by_line_and_byte(tmp_path: Path) -> None:
    text = "NAMA;NIK\nRENÉ;1\nANI;2\n".encode() + "ANDRÉ;3\n".encode("cp1252")
    (tmp_path / "a.csv").write_bytes(text)
    found = sentence_of(tmp_path, spec("a.csv", options=CSV))
    assert "a.csv: line 4 is not text in the encoding 'utf-8' (byte 0xC9 at position 5 of the line" in found
    assert "1 such lines, but 1 with accents in that encoding); save the whole file in one encoding" in found
    assert "ANDR" not in found
    other = spec("a.csv", options={**CSV, "encoding": "cp1252"})
    assert "a.csv is in two encodings: line 2 is UTF-8, line 4 is not" in sentence_of(tmp_path, other)
    (tmp_path / "a.csv").write_bytes(text[: text.index(b"ANDR")])
    assert "line 2 is UTF-8, not 'cp1252'; set `encoding: utf-8`" in sentence_of(tmp_path, other)


def test_the_codebook_of_another_register_or_year(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [person(1)])
    book = codebook({**COLUMNS, "nik": "NIK_PESERTA", "birth_date": "TANGGALLAHIR_2021"})
    found = sentence_of(tmp_path, spec("a.csv", book, options=CSV))
    assert "has no column 'NIK_PESERTA' (codebook variable 'nik'), 'TANGGALLAHIR_2021'" in found
    assert "its columns are NO, NAMA, NIK" in found and "use the codebook of this register and year" in found
    with pytest.raises(ConfigError, match="none of the variables nik, kk, name"):
        clean_listed(
            read_register("pkh", spec("a.csv", options=CSV), tmp_path),
            "pkh",
            study(pkh=spec("a.csv", {**book, "variables": {"amount": variable("BANTUAN")}})),
        )


def test_two_columns_that_could_be_the_one(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [person(1)], header=["no_kk", *HEADER[1:3], "No KK", *HEADER[4:]])
    assert "the columns 'no_kk', 'No KK' could all be 'NO. KK'" in sentence_of(tmp_path, spec("a.csv", options=CSV))


def test_another_delimiter_is_named(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [[cell or "-" for cell in person(1, kab="SAMPANG", amount=1)]])
    assert "the file looks separated by ';'" in sentence_of(tmp_path, spec("a.csv"))


def test_a_title_above_the_header_of_a_csv(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [person(1)])
    (tmp_path / "a.csv").write_text("DAFTAR PENERIMA\n" + (tmp_path / "a.csv").read_text())
    assert "does a title stand above it? Then set `skip_rows`" in sentence_of(tmp_path, spec("a.csv", options=CSV))
    assert len(cleaned(tmp_path, study(pkh=spec("a.csv", options={**CSV, "skip_rows": 1})))["registers"]) == 1


def test_a_header_in_another_row_is_named_and_one_that_is_lost_shows_no_person(tmp_path: Path) -> None:
    write_excel(tmp_path / "a.xlsx", [person(1), person(2)], title=("DAFTAR", "JAWA TIMUR"))
    assert len(cleaned(tmp_path, study(pkh=spec("a.xlsx")))["registers"]) == 2
    assert len(cleaned(tmp_path, study(pkh=spec("a.xlsx", options={"skip_rows": 2})))["registers"]) == 2
    book = codebook({**COLUMNS, "address": "ALAMAT"})
    found = sentence_of(tmp_path, spec("a.xlsx", book))
    assert "has no column 'ALAMAT' (codebook variable 'address')" in found and "its columns are NO, NAMA" in found
    found = sentence_of(tmp_path, spec("a.xlsx", options={"skip_rows": 1}))
    assert "looks like the header; set `skip_rows: 2`" in found
    found = sentence_of(tmp_path, spec("a.xlsx", options={"skip_rows": 3}))
    assert "the row that was taken for the header holds values, not names; correct `skip_rows`" in found


def test_a_register_of_another_province_or_of_other_kabupaten(tmp_path: Path) -> None:
    far = {"nik": nik(1, kab=3374, born="410180"), "kk": nik(1, kab=3374)}
    write_csv(tmp_path / "a.csv", [person(1, kab="33.74", **far), person(2, kab="KAB. SEMARANG", **far)])
    found = sentence_of(tmp_path, spec("a.csv", options=CSV))
    assert "no row lies in the areas of the study (province 35): the rows are of province 33" in found
    write_csv(tmp_path / "b.csv", [person(1, kab="3501"), person(2, kab="3502")])
    found = sentence_of(tmp_path, spec("b.csv", options=CSV))
    assert "all are in other kabupaten/kota of province 35 (3501, 3502)" in found


def test_a_nik_of_15_digits_costs_the_nik_and_not_the_family(tmp_path: Path) -> None:
    numbers = [nik(1)[:15], float(nik(10, born="410180")), 3527010101800002.0, "3,52701E+15", "35270101018000O3"]
    write_excel(tmp_path / "a.xlsx", [person(i + 1, nik=number) for i, number in enumerate(numbers)])
    result = cleaned(tmp_path, study(pkh=spec("a.xlsx")))
    assert len(result["registers"]) == 5 and result["quarantine"].empty
    assert [value is None for value in result["registers"]["nik"]] == [True, True, False, True, True]
    notes = result["notes"].set_index("problem")["n"].to_dict()
    assert notes["nik_not_16_digits"] == 1 and notes["nik_lost_digits"] == 2 and notes["nik_not_digits"] == 1


def test_a_register_of_which_nothing_is_left(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [person(i, status="Meninggal Dunia") for i in (1, 2, 3)])
    found = sentence_of(tmp_path, spec("a.csv", options=CSV))
    assert "no row is left after cleaning (3 deceased)" in found and "nobody receives this programme" in found
    write_csv(tmp_path / "b.csv", [[None, "JUMLAH", *[None] * 5, 0, None]])
    assert "no row is left after cleaning (1 total_row)" in sentence_of(tmp_path, spec("b.csv", options=CSV))


def test_double_aid_that_leaves_nothing_or_names_no_register(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [person(1)])
    parts = {"aspd": spec("a.csv", options=CSV, excludes=["kab"]), "kab": spec("a.csv", options=CSV)}
    with pytest.raises(DataError, match=r"registers\.aspd: no row is left after cleaning \(1 double_aid\)"):
        cleaned(tmp_path, study(**parts))
    with pytest.raises(DataError, match=r"registers\.kab\.excludes names 'aspt', which is no cleaned register"):
        cleaned(tmp_path, study(**{**parts, "kab": spec("a.csv", options=CSV, excludes=["aspt"])}))


def test_problems_of_all_registers_come_together_and_a_sound_one_is_cleaned_alone(tmp_path: Path) -> None:
    write_csv(tmp_path / "good.csv", [person(1)])
    write_csv(tmp_path / "far.csv", [person(1, kab="33.74")])
    write_csv(tmp_path / "dead.csv", [person(1, status="Meninggal Dunia")])
    settings = study(**{name: spec(f"{name}.csv", options=CSV) for name in ("far", "good", "dead")})
    raws = {name: read_register(name, source, tmp_path) for name, source in settings["registers"].items()}
    with pytest.raises(DataError) as caught:
        clean_registers(raws, settings)
    assert [text.split(":")[0] for text in caught.value.sentences] == ["registers.far", "registers.dead"]
    assert len(clean_listed(raws["good"], "good", settings).table) == 1


def test_tables_of_names_that_are_missing_or_broken(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config/names/variants\.csv is missing"):
        read_name_tables(tmp_path)
    tables = {name: pd.DataFrame(table) for name, table in read_name_tables(NAMES).items()}
    assert name_rules(tables).word("MOCH") == "MUHAMMAD"
