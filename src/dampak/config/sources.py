"""Raw sources: where their rows come from, and how they are read."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, field_validator, model_serializer, model_validator

from dampak.config.model import Label, Model, Name, NonEmpty
from dampak.config.terms import syntax_tree

Character = Annotated[str, StringConstraints(min_length=1, max_length=1)]
PROVINCE = "{province}"


class ReaderOptions(Model):
    """Options of the readers; what is not named is left to the reader."""

    delimiter: Character | None = None
    """CSV: the character between values (`,` if null)."""
    quote: Character | None = None
    """CSV: the character around values that hold the delimiter (`"` if null)."""
    encoding: NonEmpty | None = None
    """CSV, DBF, SPSS: text encoding, such as `cp1252`; before the codebook's."""
    sheet: int | NonEmpty | None = None
    """Excel: name of the sheet, or its number from 0 (the first if null)."""
    skip_rows: Annotated[int, Field(ge=0)] | None = None
    """CSV, Excel: rows above the header, such as a merged title (none if null)."""
    decimal: Character | None = None
    """Decimal mark of numbers that are stored as text (`.` if null)."""
    thousands: Character | None = None
    """Thousands mark of numbers that are stored as text (none if null)."""

    @model_serializer(mode="plain")
    def _only_named(self) -> dict[str, str | int]:
        """Readers fill in their own defaults, so that only what the study names is handed on."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in values.items() if value is not None}


class Source(Model):
    """Where raw rows come from: a file of yours, or a data file that an installed package carries."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["path"]}, {"required": ["package", "file"]}]})

    path: NonEmpty | None = None
    """Raw file, relative to the project's folder or absolute. Either `path`, or `package` and `file`. In a study of
    programmes `{province}` in it stands for the code of each province of `territory`: one file per province."""
    package: Name | None = None
    """Installed Python package that carries the raw file."""
    file: NonEmpty | None = None
    """Path of the raw file inside `package`."""
    reader: Literal["csv", "parquet", "stata", "spss", "dbf", "excel", "package"] | None = None
    """How the file is read; by its extension if null, and for `package`."""
    options: ReaderOptions = Field(default_factory=ReaderOptions)
    """Options of the reader."""
    codebook: Label
    """Name of the codebook: config/codebooks/<name>.yaml."""
    keep: NonEmpty | None = None
    """Rows to keep, as an expression on canonical variables; all if null. The others go to quarantine, counted."""

    @field_validator("keep")
    @classmethod
    def _keep_parses(cls, keep: str | None) -> str | None:
        if keep is not None:
            syntax_tree(keep)
        return keep

    @model_validator(mode="after")
    def _one_origin(self) -> "Source":
        if self.path and (self.package or self.file):
            raise ValueError("gives both a path and a package file; keep `path`, or `package` with `file`")
        if not self.path and not (self.package and self.file):
            raise ValueError("does not say where the data are; add `path`, or `package` with `file`")
        return self

    @property
    def by_province(self) -> bool:
        """Whether there is a file for each province."""
        return self.path is not None and PROVINCE in self.path

    def paths(self, provinces: Iterable[str]) -> list[str]:
        """Return the raw files, as the study names them: one, one per province, or none for a file of a package."""
        if self.path is None:
            return []
        return [self.path.replace(PROVINCE, code) for code in provinces] if self.by_province else [self.path]
