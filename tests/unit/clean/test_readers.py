"""Every format gives back what was written; every damaged file gets a sentence with its name and a remedy."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from dampak.clean.cells import cell_numbers, cell_text
from dampak.clean.readers import read_source
from dampak.errors import ConfigError, DampakError, DataError

FRAME = pd.DataFrame({"id": ["007", "0123", None], "n": [1.0, 2.0, -9.0], "x": [0.1, 2.5, 1e-7]})


def spec(file: str, **changes: Any) -> dict[str, Any]:
    return {"path": file, "reader": None, "options": {}, "codebook": {"encoding": None, "variables": {}}, **changes}


PACKAGE = {**spec(""), "path": None, "package": "causaldata", "file": "nsw_mixtape/nsw_mixtape.dta"}


def write_dbf(path: Path, fields: list[tuple[str, str, int, int]], rows: list[list[str]], deleted: set[int]) -> None:
    """Write a minimal dBase III table: (name, type, length, decimals) and text cells."""
    length = 1 + sum(width for _, _, width, _ in fields)
    head = struct.pack("<BBBBLHH20x", 0x03, 120, 1, 1, len(rows), 32 + 32 * len(fields) + 1, length)
    for name, kind, width, decimals in fields:
        head += struct.pack("<11sc4xBB14x", name.encode(), kind.encode(), width, decimals)
    body = b""
    for number, row in enumerate(rows):
        body += b"*" if number in deleted else b" "
        for (_, kind, width, _), cell in zip(fields, row, strict=True):
            body += (cell.rjust(width) if kind == "N" else cell.ljust(width)).encode("cp1252")
    path.write_bytes(head + b"\r" + body + b"\x1a")


def write(path: Path) -> None:
    match path.suffix:
        case ".csv":
            FRAME.to_csv(path, index=False)
        case ".parquet":
            FRAME.to_parquet(path)
        case ".dta":
            FRAME.to_stata(path, write_index=False)
        case ".sav":
            pyreadstat.write_sav(FRAME, str(path))
        case ".xlsx":
            FRAME.to_excel(path, index=False)
        case _:
            fields = [("id", "C", 6, 0), ("n", "N", 4, 0), ("x", "N", 12, 9)]
            write_dbf(path, fields, [["007", "1", "0.1"], ["0123", "2", "2.5"], ["", "-9", "0.0000001"]], set())


@pytest.mark.parametrize("extension", ["csv", "parquet", "dta", "sav", "dbf", "xlsx"])
def test_every_format_gives_the_same_values_and_ids_keep_their_zeros(tmp_path: Path, extension: str) -> None:
    write(tmp_path / f"table.{extension}")
    read = read_source("survey", spec(f"table.{extension}"), tmp_path)
    assert list(read.columns) == ["id", "n", "x"]
    assert list(read.index) == [1, 2, 3] and read.index.name == "row"
    assert cell_text(read["id"]).tolist() == ["007", "0123", None]
    numbers, bad = cell_numbers(read["x"])
    assert numbers.tolist() == [0.1, 2.5, 1e-7] and not bad.any()
    assert cell_numbers(read["n"])[0].tolist() == [1.0, 2.0, -9.0]


def test_csv_with_semicolons_another_encoding_and_a_title_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes('Daftar penerima;;\nnama;n;id\n"Renée; ibu";1,5;01\n'.encode("cp1252"))
    options = {"delimiter": ";", "encoding": "cp1252", "skip_rows": 1}
    read = read_source("bnba", spec("a.csv", options=options), tmp_path)
    assert read.iloc[0].tolist() == ["Renée; ibu", "1,5", "01"]


def test_codebook_encoding_is_used_and_a_byte_order_mark_is_not_part_of_a_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("nama\nRenée\n".encode("cp1252"))
    codebook = {"encoding": "cp1252", "variables": {}}
    assert read_source("a", spec("a.csv", codebook=codebook), tmp_path)["nama"].tolist() == ["Renée"]
    (tmp_path / "b.csv").write_bytes(b"\xef\xbb\xbfnama,n\nA,1\n")
    assert list(read_source("b", spec("b.csv"), tmp_path).columns) == ["nama", "n"]


def test_the_text_na_is_a_value_and_only_an_empty_field_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\nNA,1\n,2\n")
    assert cell_text(read_source("a", spec("a.csv"), tmp_path)["a"]).tolist() == ["NA", None]


def test_stata_float32_becomes_the_float64_of_the_same_value(tmp_path: Path) -> None:
    stored = np.array([9930.046, 0.1], dtype=np.float32)
    pd.DataFrame({"re74": stored}).to_stata(tmp_path / "a.dta", write_index=False)
    numbers, _ = cell_numbers(read_source("a", spec("a.dta"), tmp_path)["re74"])
    assert numbers.dtype == np.float64
    assert numbers.tolist() == [float(stored[0]), float(stored[1])]
    assert numbers[1] != 0.1  # no rounding to the decimal that was meant


def test_parquet_ids_longer_than_a_float_survive_a_missing_neighbour(tmp_path: Path) -> None:
    frame = pd.DataFrame({"nik": pd.array([3578010101900001999, None], dtype="Int64")})
    frame.to_parquet(tmp_path / "a.parquet")
    assert cell_text(read_source("a", spec("a.parquet"), tmp_path)["nik"]).tolist() == ["3578010101900001999", None]


def test_rows_deleted_in_a_dbf_are_left_out_and_remembered(tmp_path: Path) -> None:
    write_dbf(tmp_path / "a.dbf", [("K", "C", 2, 0)], [["a"], ["b"], ["c"]], {1})
    read = read_source("a", spec("a.dbf"), tmp_path)
    assert read["K"].tolist() == ["a", "c"] and list(read.index) == [1, 3]
    assert read.attrs["deleted_rows"] == [2]


def test_an_excel_sheet_is_chosen_by_name_below_its_title(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        pd.DataFrame([["note"]]).to_excel(book, sheet_name="Info", index=False, header=False)
        pd.DataFrame([["Daftar PKH", None], ["nik", "n"], ["0012", 3]]).to_excel(
            book, sheet_name="Data", index=False, header=False
        )
    read = read_source("a", spec("a.xlsx", options={"sheet": "Data", "skip_rows": 1}), tmp_path)
    assert read.iloc[0].tolist() == ["0012", "3"]
    with pytest.raises(DataError, match=r"a\.xlsx has no sheet 'Dat'.*did you mean 'Data'\?\).*Info, Data"):
        read_source("a", spec("a.xlsx", options={"sheet": "Dat"}), tmp_path)


def test_an_installed_package_is_a_source() -> None:
    package = PACKAGE
    assert read_source("nsw", package, Path())["treat"].sum() == 185


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"package": "causaldate"}, r"sources\.nsw: the package 'causaldate'.*not installed.*uv add causaldate"),
        ({"file": "nsw_mixtape/nsw_mixtap.dta"}, r"nsw_mixtap\.dta does not exist \(did you mean 'nsw_mixtape\.dta'"),
    ],
)
def test_a_package_or_its_file_that_is_not_there(changes: dict[str, str], sentence: str) -> None:
    package = PACKAGE | changes
    with pytest.raises(DataError, match=sentence):
        read_source("nsw", package, Path())


def test_a_missing_file_is_named_with_its_near_neighbour(tmp_path: Path) -> None:
    (tmp_path / "village.csv").write_text("a\n1\n")
    with pytest.raises(
        DataError, match=r"sources\.s: the raw file vilage\.csv does not exist \(did you mean 'village"
    ) as e:
        read_source("s", spec("vilage.csv"), tmp_path)
    assert "correct the path" in str(e.value)
    assert str(tmp_path) not in str(e.value)


@pytest.mark.parametrize("extension", ["csv", "parquet", "dta", "sav", "dbf", "xlsx"])
def test_an_empty_file_is_an_error_in_every_format(tmp_path: Path, extension: str) -> None:
    (tmp_path / f"a.{extension}").write_bytes(b"")
    with pytest.raises(DataError, match=rf"sources\.s: a\.{extension} is empty \(0 bytes\).*copy the file again"):
        read_source("s", spec(f"a.{extension}"), tmp_path)


@pytest.mark.parametrize("extension", ["parquet", "dta", "sav", "dbf", "xlsx"])
@pytest.mark.parametrize("share", [0.97, 0.5, 0.1])
def test_a_truncated_file_is_never_read_in_part(tmp_path: Path, extension: str, share: float) -> None:
    path = tmp_path / f"a.{extension}"
    write(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DataError, match=rf"sources\.s: a\.{extension} (cannot be read as|is truncated)"):
        read_source("s", spec(f"a.{extension}"), tmp_path)


@pytest.mark.parametrize("extension", ["parquet", "dta", "sav", "dbf", "xlsx"])
def test_a_file_of_another_format_is_named(tmp_path: Path, extension: str) -> None:
    (tmp_path / f"a.{extension}").write_text("nama,n\nSiti,1\n" * 20)
    with pytest.raises(DataError, match=rf"a\.{extension} (cannot be read as a|is truncated)") as caught:
        read_source("s", spec(f"a.{extension}"), tmp_path)
    assert "Siti" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "options", "sentence"),
    [
        (b"a,b\n", {}, r"a\.csv holds no data rows"),
        (b"a,b\n1,2\n3\n", {}, r"a\.csv: line 3 has 1 fields where the header has 2.*truncated"),
        (b"a,b\n1,2\n3,4,5\n", {}, r"a\.csv: line 3 has 3 fields where the header has 2.*quoted"),
        (b"a;b\n1;2,5\n", {}, r"a\.csv: line 2 has 2 fields.*is the delimiter really ','"),
        (b'a,b\n1,"2\n', {}, r"a\.csv: the last quotation mark is never closed.*truncated"),
        (b"a,a\n1,2\n", {}, r"a\.csv: the column name 'a' occurs twice.*rename"),
        (b"a,b\n1,2\n3,Ren\xe9\n", {}, r"a\.csv: line 3 is not text in the encoding 'utf-8'.*encoding: cp1252"),
        ("a,b\n1,2\n".encode("utf-16"), {}, r"a\.csv: line 1 is not text in the encoding 'utf-8'"),
        (b"a,b\n1,2\n", {"encoding": "utf-9"}, r"a\.csv: there is no encoding 'utf-9'.*use for instance"),
        (b"a,b\n1,2\n", {"delimeter": ";"}, r"no option 'delimeter' \(did you mean 'delimiter'\?\)"),
        (b"a,b\n1,2\n", {"delimiter": "||"}, r"delimiter '\|\|' must be one character"),
    ],
)
def test_a_bad_csv_gets_a_sentence(tmp_path: Path, content: bytes, options: dict[str, Any], sentence: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DampakError, match=sentence):
        read_source("s", spec("a.csv", options=options), tmp_path)


def test_an_unknown_extension_or_reader_names_the_choices(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_text("a\n1\n")
    with pytest.raises(ConfigError, match=r"a\.dat: no reader is known.*'\.dat'.*set `reader` to one of csv, parquet"):
        read_source("s", spec("a.dat"), tmp_path)
    with pytest.raises(ConfigError, match=r"no reader 'stat' \(did you mean 'stata'\?\)"):
        read_source("s", spec("a.dat", reader="stat"), tmp_path)
    assert read_source("s", spec("a.dat", reader="csv"), tmp_path)["a"].tolist() == ["1"]
