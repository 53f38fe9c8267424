"""Codebooks: from the columns of a raw file to the canonical variables of a study."""

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from dampak.config.model import Model, Name, NonEmpty, drop_default

Bound = float | None


def _code(value: Any) -> Any:
    """Write a raw code as text, the way cells are compared: 1 and 1.0 are '1'; '01' keeps its zero."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"expected a code, got {value!r}; put a word such as 'true' or 'null' in quotes")
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    return str(value)


def _canonical(value: Any) -> Any:
    """Refuse what is neither number, text nor null."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise ValueError(f"expected a number or text, got {value!r}; put a word such as 'true' in quotes")
    return value


RawCode = Annotated[str, BeforeValidator(_code), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]})]
Canonical = Annotated[int | float | str | None, BeforeValidator(_canonical)]


class Variable(Model):
    """How one canonical variable is read from a raw column."""

    column: NonEmpty = Field("", json_schema_extra=drop_default)
    """Column of the raw file; the variable's name if not given."""
    label: NonEmpty = Field("", json_schema_extra=drop_default)
    """Text for figures and tables; the variable's name if not given."""
    unit: str = ""
    """Unit of measurement, as it should be printed."""
    type: Literal["integer", "number", "binary", "category", "text", "date"]
    """`binary` is 0 or 1; `category` and `text` stay text; `date` is read as year-month-day."""
    range: Annotated[list[Bound], Field(min_length=2, max_length=2)] | None = None
    """Smallest and largest valid value (null: no bound); a row outside goes to quarantine."""
    codes: dict[RawCode, Canonical] = Field(default_factory=dict)
    """Raw code to canonical value, for instance {L: 0, P: 1}; null means missing; a code that is not listed goes
    to quarantine."""
    missing_codes: list[RawCode] = Field(default_factory=list)
    """Raw values that mean "missing" in this column, besides empty cells and the codebook's own."""
    factor: float | None = None
    """What a raw number is multiplied with to give the unit; null for nothing."""
    required: bool = True
    """The file must have the column. A missing value sends a row to quarantine only if the study uses the variable."""
    personal: bool = False
    """Personal data: masked in every message and quarantine file, never in an output."""

    @model_validator(mode="after")
    def _parts_agree(self) -> "Variable":
        numeric = self.type in ("integer", "number")
        for key, given in (("range", self.range), ("factor", self.factor)):
            if given is not None and not numeric:
                raise ValueError(f"a {self.type} variable has no {key}; remove `{key}` or set type to 'number'")
        low, high = self.range or (None, None)
        if low is not None and high is not None and low > high:
            raise ValueError(f"range: {self.range} has its low end above its high end; swap them")
        if self.factor == 0:
            raise ValueError("factor: 0 would make every value zero; remove it")
        return self


class Codebook(Model):
    """Description of a raw source."""

    title: NonEmpty
    """What the source is."""
    citation: str = ""
    """How to cite the source; printed under figures."""
    encoding: str | None = None
    """Text encoding of the raw file (CSV, DBF); UTF-8 if null."""
    missing_codes: list[RawCode] = Field(default_factory=list)
    """Raw values that mean "missing" in every column."""
    variables: dict[Name, Variable] = Field(min_length=1)
    """Canonical variable to its description."""

    @model_validator(mode="before")
    @classmethod
    def _named_after_themselves(cls, data: Any) -> Any:
        """Column and label of a variable are its own name where the codebook does not say otherwise."""
        if not isinstance(data, dict) or not isinstance(data.get("variables"), dict):
            return data
        named = {
            name: {"column": name, "label": name, **spec} if isinstance(spec, dict) else spec
            for name, spec in data["variables"].items()
        }
        return {**data, "variables": named}
