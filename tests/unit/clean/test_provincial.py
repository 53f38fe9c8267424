"""A source in a file per province is read as one table whose row numbers name the file."""

from pathlib import Path

import numpy as np
import pytest

from dampak.clean.provincial import numbered, read_provinces
from dampak.errors import DataError

SPEC = {"path": "raw/{province}.csv", "options": {}, "codebook": {}}


def write(folder: Path, **files: str) -> None:
    (folder / "raw").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "raw" / f"{name.removeprefix('p')}.csv").write_text(text, encoding="utf-8")


def test_files_stand_below_each_other_and_rows_name_their_file(tmp_path: Path) -> None:
    write(tmp_path, p33="a,b\n1,2\n", p35="b,a\n4,3\n6,5\n")
    table = read_provinces("pkh", SPEC, tmp_path, key="registers", provinces=["33", "35"])
    assert table.index.tolist() == [330000001, 350000001, 350000002]
    assert table["a"].tolist() == ["1", "3", "5"]


def test_a_source_in_one_file_keeps_its_row_numbers(tmp_path: Path) -> None:
    write(tmp_path, p33="a,b\n1,2\n")
    table = read_provinces("pkh", {**SPEC, "path": "raw/33.csv"}, tmp_path, key="registers", provinces=["33", "35"])
    assert table.index.tolist() == [1]


def test_files_of_two_layouts_are_a_sentence(tmp_path: Path) -> None:
    write(tmp_path, p33="a,b\n1,2\n", p35="a,c\n1,2\n")
    with pytest.raises(DataError, match=r"registers\.pkh: raw/35\.csv: the column b, c is not in all files"):
        read_provinces("pkh", SPEC, tmp_path, key="registers", provinces=["33", "35"])


def test_a_missing_file_names_the_province(tmp_path: Path) -> None:
    write(tmp_path, p33="a,b\n1,2\n")
    with pytest.raises(DataError, match=r"registers\.pkh: the raw file raw/35\.csv does not exist"):
        read_provinces("pkh", SPEC, tmp_path, key="registers", provinces=["33", "35"])


def test_more_rows_than_numbers_are_refused() -> None:
    with pytest.raises(DataError, match="has 10000000 rows; a file of a province may have 9999999 at most"):
        numbered(np.array([1, 10_000_000]), "35", where="registers.pkh: raw/35.csv")
