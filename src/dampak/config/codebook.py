"""Codebooks: from the columns of a raw file to the canonical variables of a study."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from dampak.config.model import Model, Name

Bound = float | None


class Variable(Model):
    """How one canonical variable is read from a raw column."""

    column: str
    """Column of the raw file."""
    label: str = ""
    """Text for figures and tables; the variable's name if empty."""
    unit: str = ""
    """Unit of measurement, as it should be printed."""
    type: Literal["integer", "number", "binary", "category", "text", "date"]
    """`binary` is 0 or 1; `category` and `text` stay text; `date` is read as year-month-day."""
    range: Annotated[list[Bound], Field(min_length=2, max_length=2)] | None = None
    """Smallest and largest valid value (null: no bound); a row outside goes to quarantine."""
    codes: dict[str, str | int | float] = Field(default_factory=dict)
    """Raw code to canonical value, for instance {L: 0, P: 1}; a code that is not listed goes to quarantine."""
    missing_codes: list[str | int | float] = Field(default_factory=list)
    """Raw values that mean "missing" in this column, besides empty cells and the codebook's own."""
    factor: float = 1.0
    """What a raw number is multiplied with to give the unit."""
    required: bool = True
    """A missing value sends the row to quarantine where the study uses this variable."""
    personal: bool = False
    """Personal data: masked in every message and quarantine file, never in an output."""

    @model_validator(mode="after")
    def _range_is_ordered(self) -> "Variable":
        if self.range and self.range[0] is not None and self.range[1] is not None and self.range[0] > self.range[1]:
            raise ValueError(f"range {self.range}: the smallest valid value stands first")
        return self


class Codebook(Model):
    """Description of a raw source."""

    title: str
    """What the source is."""
    citation: str
    """How to cite the source; printed under figures."""
    encoding: str | None = None
    """Text encoding of the raw file (CSV, DBF); UTF-8 if null."""
    missing_codes: list[str | int | float] = Field(default_factory=list)
    """Raw values that mean "missing" in every column."""
    variables: dict[Name, Variable]
    """Canonical variable to its description."""
