"""Read raw files as they are: one function per format, nothing converted that the codebook has not asked for.

Every reader returns one column per raw column and an index named ``row``: the 1-based data row in the file. Text
formats (CSV, Excel) come back as text, so that ids keep their leading zeros; typed formats keep their stored types.
"""

import codecs
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from dampak.clean.delimited import encoding_sentence, read_delimited
from dampak.clean.spelling import listing, suggestion
from dampak.clean.workbook import read_workbook
from dampak.errors import ConfigError, DataError
from dampak.provenance.sources import package_folder

READER_OF_EXTENSION = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".dta": "stata",
    ".sav": "spss",
    ".zsav": "spss",
    ".dbf": "dbf",
    ".xlsx": "excel",
    ".xls": "excel",
    ".xlsm": "excel",
    ".xlsb": "excel",
    ".ods": "excel",
}
# `decimal` and `thousands` are used later, when the codebook turns text into numbers.
OPTIONS_OF_READER = {
    "csv": ("delimiter", "encoding", "quote", "skip_rows", "decimal", "thousands"),
    "parquet": ("decimal", "thousands"),
    "stata": ("decimal", "thousands"),
    "spss": ("encoding", "decimal", "thousands"),
    "dbf": ("encoding", "decimal", "thousands"),
    "excel": ("sheet", "skip_rows", "decimal", "thousands"),
}


def source_label(spec: Mapping[str, Any]) -> str:
    """Name of a source's file as its study wrote it: the path, or ``package/file``."""
    return f"{spec['package']}/{spec['file']}" if spec.get("package") else str(spec["path"])


def read_source(name: str, spec: Mapping[str, Any], base_dir: Path, *, key: str = "sources") -> pd.DataFrame:
    """Read the raw table of one source, as it is.

    Parameters
    ----------
    name : str
        Name of the source in the study.
    spec : mapping
        ``path``, or ``package`` and ``file``; ``reader``, ``options``, ``codebook`` (for its ``encoding``).
    base_dir : Path
        Folder that relative paths start from.
    key : str
        Part of the study that lists the source, for messages: `sources`, `survey` or `registers`.

    Returns
    -------
    DataFrame
        One column per raw column; index ``row``: 1-based data row in the file.

    Raises
    ------
    DataError, ConfigError
        If the file is missing, empty, encrypted, damaged or in another encoding, or the reader or an option does not
        exist.
    """
    return read_table(
        source_path(name, spec, base_dir, key=key),
        reader=reader_of(name, spec, key=key),
        label=f"{key}.{name}: {source_label(spec)}",
        options=spec.get("options") or {},
        encoding=spec["codebook"].get("encoding"),
    )


def source_path(name: str, spec: Mapping[str, Any], base_dir: Path, *, key: str = "sources") -> Path:
    """Find the file of a source, without reading it.

    Parameters
    ----------
    name : str
        Name of the source in the study.
    spec : mapping
        ``path`` (relative to `base_dir`), or ``package`` and ``file`` inside an installed package.
    base_dir : Path
        Folder that relative paths start from.
    key : str
        Part of the study that lists the source, for messages.

    Raises
    ------
    DataError
        If the file or the package is not there.
    """
    label = source_label(spec)
    if not spec.get("package"):
        path = base_dir / str(spec["path"])
    else:
        # The package is located, not imported: its code has no business running here.
        folder = package_folder(str(spec["package"]))
        if folder is None:
            raise DataError(
                f"{key}.{name}: the package {spec['package']!r} with the raw file {spec['file']!r} is not installed;"
                f" add it to the environment (uv add {spec['package']})"
            )
        path = folder / str(spec["file"])
    if path.is_dir():
        raise DataError(f"{key}.{name}: {label} is a folder, a raw data file was expected; name the file in it")
    if not path.is_file():
        raise DataError(
            f"{key}.{name}: the raw file {label} does not exist"
            f"{_neighbour(path)}; correct the path in the study or put the file there"
        )
    return path


def _neighbour(path: Path) -> str:
    """Suggest a file of nearly the same name in the same folder."""
    if not path.parent.is_dir():
        return ""
    return suggestion(path.name, sorted(other.name for other in path.parent.iterdir()))


def reader_of(name: str, spec: Mapping[str, Any], *, key: str = "sources") -> str:
    """Choose the reader of a source: the one it names, else by file extension."""
    declared = spec.get("reader")
    if declared and declared != "package":
        if declared not in OPTIONS_OF_READER:
            raise ConfigError(
                f"{key}.{name}: there is no reader {declared!r}{suggestion(declared, OPTIONS_OF_READER)};"
                f" use one of {listing(OPTIONS_OF_READER)}"
            )
        return str(declared)
    label = source_label(spec)
    extension = PurePosixPath(label).suffix.lower()
    if extension not in READER_OF_EXTENSION:
        raise ConfigError(
            f"{key}.{name}: {label}: no reader is known for the extension {extension!r};"
            f" set `reader` to one of {listing(OPTIONS_OF_READER)}"
        )
    return READER_OF_EXTENSION[extension]


def read_table(
    path: Path, *, reader: str, label: str, options: Mapping[str, Any], encoding: str | None = None
) -> pd.DataFrame:
    """Read one raw file.

    Parameters
    ----------
    path : Path
        The file.
    reader : str
        ``csv``, ``parquet``, ``stata``, ``spss``, ``dbf`` or ``excel``.
    label : str
        How messages name the file.
    options : mapping
        Options of the reader, see ``OPTIONS_OF_READER``.
    encoding : str or None
        Encoding named by the codebook, used unless `options` has one.

    Returns
    -------
    DataFrame
        Index ``row``: 1-based data row in the file. ``attrs["deleted_rows"]``: rows that a DBF file marks as deleted.

    Raises
    ------
    ConfigError
        If an option does not exist for the reader.
    DataError
        If the file is empty, truncated, unreadable, in another encoding, or holds no rows.
    """
    options = {key: value for key, value in options.items() if value is not None}
    unknown = [option for option in options if option not in OPTIONS_OF_READER[reader]]
    if unknown:
        raise ConfigError(
            f"{label}: the {reader} reader has no option {unknown[0]!r}"
            f"{suggestion(unknown[0], OPTIONS_OF_READER[reader])}; it has {listing(OPTIONS_OF_READER[reader])}"
        )
    if path.stat().st_size == 0:
        raise DataError(f"{label} is empty (0 bytes), a {reader} table was expected; copy the file again")
    chosen = options.get("encoding") or encoding
    if chosen:
        try:
            codecs.lookup(chosen)
        except LookupError as error:
            raise ConfigError(f"{label}: there is no encoding {chosen!r}; use for instance utf-8 or cp1252") from error
    try:
        match reader:
            case "csv":
                frame = read_delimited(path, label, options, chosen or "utf-8")
            case "parquet":
                frame = _read_parquet(path)
            case "stata":
                frame = _read_stata(path)
            case "spss":
                frame = _read_spss(path, chosen)
            case "dbf":
                frame = _read_dbf(path, label, chosen)
            case _:
                _announce(path)
                frame = read_workbook(path, label, options)
    except (DataError, ConfigError):
        raise
    except UnicodeDecodeError as error:
        raise DataError(encoding_sentence(label, chosen)) from error
    except MemoryError:
        raise
    except Exception as error:
        # Third-party parsers raise almost anything on a damaged file; their texts may quote personal data.
        raise DataError(
            f"{label} cannot be read as a {reader} file ({type(error).__name__}): it is damaged, truncated, encrypted"
            " or of another format; open and save it again, or set `reader` to the format that it has"
        ) from error
    if frame.empty:
        raise DataError(f"{label} holds no data rows, at least one was expected; check that the export was complete")
    duplicated = frame.columns[frame.columns.duplicated()]
    if len(duplicated):
        raise DataError(
            f"{label}: the column name {duplicated[0]!r} occurs twice in the header, each must be unique; rename one"
        )
    if frame.index.name != "row":
        frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    return frame


def _announce(path: Path) -> None:
    """Tell the audit of a running job that a C library will open this file."""
    sys.audit("open", str(path), "rb", 0)


def _read_parquet(path: Path) -> pd.DataFrame:
    """Read Parquet with nullable integers, so that a missing value does not turn long ids into rounded floats."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    _announce(path)
    integers: dict[pa.DataType, Any] = {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.uint8(): pd.UInt8Dtype(),
        pa.uint16(): pd.UInt16Dtype(),
        pa.uint32(): pd.UInt32Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    return pd.DataFrame(parquet.read_table(path).to_pandas(types_mapper=integers.get, ignore_metadata=True))


def _read_stata(path: Path) -> pd.DataFrame:
    """Read Stata codes (not labels) in their stored types."""
    with warnings.catch_warnings():
        # A damaged header overflows before it is recognised as damaged; the sentence that follows says it better.
        warnings.simplefilter("ignore", RuntimeWarning)
        return pd.DataFrame(pd.read_stata(path, convert_categoricals=False))


def _read_spss(path: Path, encoding: str | None) -> pd.DataFrame:
    """Read SPSS codes (not labels); values that the file itself declares missing are missing."""
    import pyreadstat

    _announce(path)
    frame, _ = pyreadstat.read_sav(str(path), encoding=encoding, apply_value_formats=False)
    return pd.DataFrame(frame)


def _read_dbf(path: Path, label: str, encoding: str | None) -> pd.DataFrame:
    """Read dBase records; those marked as deleted are left out and their row numbers kept in ``attrs``."""
    from dbfread import DBF

    # To ignore case it would list the folder, and take whichever file comes first.
    table = DBF(
        str(path), encoding=encoding, char_decode_errors="strict", ignore_missing_memofile=True, ignorecase=False
    )
    header = table.header
    expected = header.headerlen + header.numrecords * header.recordlen
    if path.stat().st_size < expected:
        raise DataError(
            f"{label} is truncated: its header announces {header.numrecords} rows ({expected} bytes),"
            f" but it has {path.stat().st_size} bytes; copy the file again"
        )
    with path.open("rb") as handle:
        handle.seek(header.headerlen)
        flags = [handle.read(header.recordlen)[:1] for _ in range(header.numrecords)]
    live = [number for number, flag in enumerate(flags, start=1) if flag != b"*"]
    records = [list(record.values()) for record in table][: len(live)]
    frame = pd.DataFrame(records, columns=table.field_names, dtype=object)
    frame.index = pd.Index(live, name="row")
    frame.attrs["deleted_rows"] = [number for number, flag in enumerate(flags, start=1) if flag == b"*"]
    return frame
