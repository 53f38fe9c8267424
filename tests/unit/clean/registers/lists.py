"""Registers as offices send them, small, and the settings under which they are cleaned."""

from pathlib import Path
from typing import Any

import xlsxwriter

from dampak.clean.registers.rules import read_name_tables
from dampak.clean.registers.stage import clean_registers, read_register
from tests.unit.clean.registers.conftest import NAMES

KAB_NAMES = {"3527": "Kabupaten Sampang", "3571": "Kota Kediri", "3506": "Kabupaten Kediri", "3578": "Kota Surabaya"}
HEADER = ["NO", "NAMA", "NIK", "NO. KK", "L/P", "TANGGAL LAHIR", "KABUPATEN/KOTA", "BANTUAN", "KETERANGAN"]
COLUMNS = dict(zip(("name", "nik", "kk", "sex", "birth_date", "kab", "amount", "status"), HEADER[1:], strict=True))


def variable(column: str, **changes: Any) -> dict[str, Any]:
    kind: dict[str, Any] = {
        "column": column,
        "type": "text",
        "range": None,
        "codes": {},
        "missing_codes": [],
        "factor": None,
    }
    return {**kind, "required": True, "personal": True, **changes}


def codebook(columns: dict[str, str] = COLUMNS, **changes: dict[str, Any]) -> dict[str, Any]:
    variables = {name: variable(column, **changes.get(name, {})) for name, column in columns.items()}
    return {"encoding": None, "missing_codes": [], "variables": variables}


def spec(file: str, book: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    source: dict[str, Any] = {"path": file, "package": None, "file": None, "reader": None, "options": {}, "keep": None}
    return {**source, "codebook": book or codebook(), "programme": None, "excludes": [], **changes}


def study(**registers: dict[str, Any]) -> dict[str, Any]:
    area = {"province": "35", "kab_codes": list(KAB_NAMES), "kab_names": KAB_NAMES, "date": "2020-03-01"}
    return {
        "path": "config/studies/s.yaml", "registers": registers, "area": area, "names": read_name_tables(NAMES),
    }  # fmt: skip


def nik(number: int, *, kab: int = 3527, born: str = "010180") -> str:
    return f"{kab}01{born}{number:04d}"


def person(number: int, **changes: Any) -> list[Any]:
    """One row under `HEADER`: a woman of Sampang with a NIK, a KK and Rp 1,800,000."""
    row = [number, f"SITI NOMOR{'ABCDEFGHIJKLMNOP'[number]}", nik(number, born="410180"), nik(number, born="020315"),
           "P", "01/01/1980", "KAB. SAMPANG", "1.800.000", None]  # fmt: skip
    place = dict(zip(("no", *COLUMNS), range(len(HEADER)), strict=True))
    for name, value in changes.items():
        row[place[name]] = value
    return row


def write_excel(path: Path, rows: list[list[Any]], *, title: tuple[str, ...] = (), header: list[str] = HEADER) -> None:
    """Write a list with its title in merged cells above the header."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("BNBA")
        for line, text in enumerate(title):
            sheet.merge_range(line, 0, line, len(header) - 1, text)
        for line, row in enumerate([header, *rows], start=len(title)):
            for place, cell in enumerate(row):
                if cell is not None:
                    sheet.write(line, place, cell)


def write_csv(path: Path, rows: list[list[Any]], *, header: list[str] = HEADER) -> None:
    lines = [";".join("" if cell is None else str(cell) for cell in row) for row in [header, *rows]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def cleaned(folder: Path, settings: dict[str, Any]) -> dict[str, Any]:
    raws = {name: read_register(name, source, folder) for name, source in settings["registers"].items()}
    return clean_registers(raws, settings)
