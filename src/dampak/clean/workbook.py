"""Read one sheet of a workbook as text, and say what is wrong with a file that is none."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dampak.clean.cells import cell_text
from dampak.clean.spelling import listing, suggestion
from dampak.errors import DataError

# Excel keeps 15 significant digits of a number and writes zeros after them.
_FIFTEEN_DIGITS = 10**15
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"


def read_workbook(path: Path, label: str, options: Mapping[str, Any]) -> pd.DataFrame:
    """Read one sheet as text; the header is the first row after `skip_rows`.

    A number of 16 digits or more that ends in zero is written as Excel shows it, with the 15 digits that are sure
    (``3.52701010190012E+15``), so that a NIK that lost its last digit is not taken for a whole one.

    Parameters
    ----------
    path : Path
    label : str
        How messages name the file.
    options : mapping
        ``sheet`` (name, or number from 0), ``skip_rows`` (rows above the header).

    Returns
    -------
    (n, p) DataFrame of object
        ``None`` where a cell is blank; columns without a name and without a value are left out.

    Raises
    ------
    DataError
        If the workbook is encrypted or damaged, or the sheet is not there or holds no rows below its header.
    """
    from python_calamine import CalamineWorkbook

    _require_readable(path, label)
    sheet, skip = options.get("sheet", 0), int(options.get("skip_rows", 0))
    with CalamineWorkbook.from_path(str(path)) as book:
        names = [str(name) for name in book.sheet_names]
        if isinstance(sheet, str) and sheet not in names:
            raise DataError(
                f"{label} has no sheet {sheet!r}{suggestion(sheet, names)}; its sheets are {listing(names)}"
            )
        if isinstance(sheet, int) and sheet >= len(names):
            raise DataError(
                f"{label} has no sheet number {sheet} (the first is 0); its sheets are {listing(names)}: name one"
            )
        chosen = sheet if isinstance(sheet, str) else names[sheet]
        rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)[skip:]
    while rows and not any(cell != "" for cell in rows[-1]):
        rows.pop()
    if len(rows) < 2:
        raise DataError(
            f"{label}: sheet {sheet!r} holds no data rows below a header; name the right `sheet` and `skip_rows`"
        )
    header = [text or f"unnamed_{i + 1}" for i, text in enumerate(cell_text(pd.Series(rows[0], dtype=object)))]
    columns = [_texts(cells) for cells in zip(*rows[1:], strict=True)]
    used = [i for i, name in enumerate(header) if not name.startswith("unnamed_") or columns[i].notna().any()]
    frame = pd.DataFrame({i: columns[i] for i in used})
    return frame.set_axis([header[i] for i in used], axis="columns")


def _texts(cells: Sequence[object]) -> pd.Series:
    """Text of each cell of a column; most are texts already."""
    texts = np.empty(len(cells), dtype=object)
    texts[:] = [cell.strip() or None if type(cell) is str else None for cell in cells]
    others = [place for place, cell in enumerate(cells) if type(cell) is not str]
    texts[others] = cell_text(pd.Series([_sure_digits(cells[place]) for place in others], dtype=object))
    return pd.Series(texts, dtype=object)


def _sure_digits(cell: object) -> object:
    """Write a number whose last digits Excel may have replaced by zeros with the digits that are sure."""
    lossy = isinstance(cell, int | float) and cell >= _FIFTEEN_DIGITS and cell % 10 == 0
    return f"{cell:.14E}" if lossy else cell


def _require_readable(path: Path, label: str) -> None:
    """Refuse what is encrypted, cut short, or a web page under the name of a workbook."""
    with path.open("rb") as handle:
        head = handle.read(512)
    if head.startswith(_OLE) and _is_encrypted(path):
        raise DataError(
            f"{label} is encrypted with a password, so that it cannot be read; open it in Excel, take the password away"
            " (File, Info, Protect Workbook, Encrypt with Password: leave empty) and save it again"
        )
    if head.startswith(_ZIP) and not zipfile.is_zipfile(path):
        raise DataError(
            f"{label} is truncated: it begins as a workbook, but its end is missing; copy or download it again"
        )
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].lower().startswith((b"<html", b"<table", b"<!doctype")):
        raise DataError(
            f"{label} cannot be read as an excel file: it is a web page (HTML) with the name of a workbook;"
            " open it in Excel and save it as .xlsx"
        )


def _is_encrypted(path: Path) -> bool:
    """Whether an OLE file is a workbook behind a password."""
    import msoffcrypto

    try:
        with path.open("rb") as handle:
            return bool(msoffcrypto.OfficeFile(handle).is_encrypted())
    except Exception:
        # A damaged file, about which the reader itself will complain.
        return False
