"""Write registers as Excel with a title, or as CSV with semicolons."""

import datetime
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from dampak.provenance.writing import write_atomically
from dampak.synth.registers.draw import Registers
from dampak.synth.registers.formats import FORMATS, Format

# The day that workbooks say they were made on: bytes must not hang on the clock.
MADE = datetime.datetime(2020, 3, 31)


def write_registers(registers: Registers, outputs: Mapping[str, Path]) -> None:
    """Write every register to its file.

    Parameters
    ----------
    registers : Registers
    outputs : mapping of register to Path
        ``.xlsx`` for offices that print titles, ``.csv`` for the others.
    """
    for name, path in outputs.items():
        write_atomically(path, partial(_write, registers.tables[name], FORMATS[name]))


def _write(table: pd.DataFrame, form: Format, path: Path) -> None:
    if form.title:
        _excel(table, form, path)
    else:
        table.to_csv(path, sep=";", index=False, lineterminator="\r\n", encoding=form.encoding)


def _excel(table: pd.DataFrame, form: Format, path: Path) -> None:
    import xlsxwriter  # type: ignore[import-untyped]

    # Rows are written once and in order, so a register of any length needs little memory.
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False})
    book.set_properties({"created": MADE})
    sheet = book.add_worksheet("Data")
    last = len(table.columns) - 1
    for row, text in enumerate(form.title):
        sheet.merge_range(row, 0, row, last, text)
    start = len(form.title) + 1
    for column, header in enumerate(table.columns):
        sheet.write_string(start, column, header)
    numbers = {list(form.headers).index(name) for name in ("nik", "kk")} if form.floats else set()
    for row, cells in enumerate(table.itertuples(index=False, name=None), start=start + 1):
        for column, text in enumerate(cells):
            if text != "" and column in numbers:
                sheet.write_number(row, column, float(text))
            elif text != "":
                sheet.write_string(row, column, text)
    if form.total:
        row, amount = start + 1 + len(table), list(table.columns).index(form.headers["amount"])
        sheet.write_string(row, 0, "JUMLAH")
        sheet.write_number(row, amount, int(table.iloc[:, amount].astype("int64").sum()))
    book.close()
