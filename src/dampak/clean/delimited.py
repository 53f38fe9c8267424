"""Read delimited text (CSV and its kin) as text, refusing rows that are too short, too long or in another encoding."""

import contextlib
import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from dampak.errors import ConfigError, DataError

MIXED = "such lines, but"


def encoding_sentence(label: str, encoding: str | None, line: int | None = None, at: str = "") -> str:
    """Sentence for text that is not in the expected encoding.

    Parameters
    ----------
    label : str
        How the message names the file.
    encoding : str or None
        ``None`` where the file itself declares it.
    line : int or None
        First line at fault, from 1.
    at : str
        What is wrong in that line, such as ``" (byte 0xE9 at position 12)"``.
    """
    where = f"{label}: line {line}" if line else label
    # No name of an encoding helps where lines are in two.
    remedy = (
        "save the whole file in one encoding"
        if MIXED in at
        else "name the file's encoding in the codebook or in the source's options (for instance `encoding: cp1252`)"
    )
    return f"{where} is not text in the encoding {encoding or 'that the file declares'!r}{at}; {remedy}"


def read_delimited(path: Path, label: str, options: Mapping[str, Any], encoding: str) -> pd.DataFrame:
    """Read delimited text as text; only an empty field is missing."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    delimiter, quote = str(options.get("delimiter", ",")), str(options.get("quote", '"'))
    skip_rows = int(options.get("skip_rows", 0))
    for option, mark in (("delimiter", delimiter), ("quote", quote)):
        if len(mark) != 1:
            raise ConfigError(f"{label}: {option} {mark!r} must be one character, for instance ';'")
    _check_decodes(path, label, encoding)
    with path.open(encoding="utf-8-sig" if _is_utf8(encoding) else encoding, newline="") as handle:
        for _ in range(skip_rows):
            handle.readline()
        lines = csv.reader(handle, delimiter=delimiter, quotechar=quote)
        header = [cell.strip() or f"unnamed_{i + 1}" for i, cell in enumerate(next(lines, []))]
        header_lines = lines.line_num
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise DataError(
            f"{label}: the column name {twice!r} occurs twice in the header, each must be unique; rename one"
        )
    ragged: list[tuple[int, int]] = []

    def note_ragged(row: Any) -> str:
        ragged.append((row.number, row.actual_columns))
        return "error"

    def parse(*, use_threads: bool) -> Any:
        return arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(
                column_names=header, skip_rows=skip_rows + header_lines, encoding=encoding, use_threads=use_threads
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, quote_char=quote, newlines_in_values=True, invalid_row_handler=note_ragged
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), null_values=[""], strings_can_be_null=True
            ),
        )

    try:
        table = parse(use_threads=True)
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            raise DataError(
                f"{label} holds no data rows, at least one was expected; check that the export was complete"
            ) from error
        if not ragged:
            raise
        # Only a single thread numbers the row that has too many or too few fields.
        ragged.clear()
        with contextlib.suppress(pa.ArrowInvalid):
            parse(use_threads=False)
        line, fields = ragged[0]
        one = (
            f" (the header has one column only: is the delimiter really {delimiter!r}, or does a title stand above it?"
        )
        hint = f"{one} Then set `skip_rows`)" if len(header) == 1 else ""
        raise DataError(
            f"{label}: line {line} has {fields} fields where the header has {len(header)}{hint};"
            " the file is truncated or a value holds the delimiter: export it again with quoted values"
        ) from error
    if _quote_left_open(path, delimiter, quote):
        raise DataError(
            f"{label}: the last quotation mark is never closed, so the file is truncated; copy or export it again"
        )
    return pd.DataFrame({name: table[name].to_pandas() for name in header})


def _is_utf8(encoding: str) -> bool:
    """Whether an encoding's name is one of UTF-8's."""
    return encoding.lower().replace("_", "-") in {"utf-8", "utf8", "utf-8-sig"}


def _check_decodes(path: Path, label: str, encoding: str) -> None:
    """Refuse text in another encoding, or in two encodings, naming the first line that shows it."""
    line = 0
    try:
        with path.open(encoding=encoding, newline="\n") as handle:
            for line, text in enumerate(handle, start=1):
                if "\0" in text:
                    raise DataError(encoding_sentence(label, encoding, line))
    except UnicodeDecodeError as error:
        # Decoding runs ahead of the lines, so the exact line is counted in the bytes that precede the bad one.
        found = _bad_byte(path, encoding)
        place, at = (line + 1, "") if found is None else found
        raise DataError(encoding_sentence(label, encoding, place, at)) from error
    except UnicodeError as error:
        raise DataError(encoding_sentence(label, encoding, 1)) from error
    if not _is_utf8(encoding) and len("é".encode(encoding, errors="ignore")) == 1:
        _require_one_encoding(path, label, encoding)


def _bad_byte(path: Path, encoding: str) -> tuple[int, str] | None:
    """First line with bytes that `encoding` cannot read, and where in it; for encodings with one-byte line ends."""
    first: tuple[int, str] | None = None
    good = bad = 0
    with path.open("rb") as handle:
        for line, raw in enumerate(handle, start=1):
            if raw.isascii():
                continue
            try:
                raw.decode(encoding)
                good += 1
            except UnicodeDecodeError as error:
                bad += 1
                first = first or (line, f" (byte 0x{raw[error.start]:02X} at position {error.start + 1} of the line")
    if first is None:
        return None
    mixed = f"; {bad} {MIXED} {good} with accents in that encoding" if good else ""
    return first[0], f"{first[1]}{mixed})"


def _require_one_encoding(path: Path, label: str, encoding: str) -> None:
    """Refuse UTF-8 among lines of an encoding of single bytes, which would be read as nonsense without a complaint."""
    unlike, alike = 0, 0
    with path.open("rb") as handle:
        for line, raw in enumerate(handle, start=1):
            if raw.isascii():
                continue
            try:
                raw.decode("utf-8")
                alike = alike or line
            except UnicodeDecodeError:
                unlike = unlike or line
            if alike and unlike:
                raise DataError(
                    f"{label} is in two encodings: line {alike} is UTF-8, line {unlike} is not; the file was put"
                    f" together from several, convert them to one (UTF-8, or {encoding!r} throughout)"
                )
    if alike:
        raise DataError(
            f"{label}: line {alike} is UTF-8, not {encoding!r}; set `encoding: utf-8` in the codebook or in the"
            " source's options"
        )


def _quote_left_open(path: Path, delimiter: str, quote: str) -> bool:
    """Whether the file ends inside a quoted value: an odd number of marks, the last one opening a field."""
    mark, count, before, tail = quote.encode(), 0, b"\n", b"\n"
    with path.open("rb") as handle:
        while chunk := handle.read(1 << 20):
            count += chunk.count(mark)
            at = (tail + chunk).rfind(mark)
            if at > 0:
                before = (tail + chunk)[at - 1 : at]
            tail = chunk[-1:]
    return count % 2 == 1 and before in (delimiter.encode(), b"\n", b"\r")
