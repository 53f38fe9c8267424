"""The questions of a programme study: who is compared with whom, on which outcomes, in which groups."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from dampak.config.definitions import VariableEntry
from dampak.config.model import Label, Model, Name, NonEmpty, drop_default
from dampak.config.programmes.data import parsed


class ProgrammeTreatment(Model):
    """A programme, or a combination of programmes, and whom its recipients are compared with."""

    label: NonEmpty = Field("", json_schema_extra=drop_default)
    """Text for figures; the name if not given."""
    receives: list[Label] = Field(default_factory=list, json_schema_extra=drop_default)
    """Programmes of the treated households, all of them; the programme of the treatment's name if not given."""
    not_receives: list[Label] = Field(default_factory=list)
    """Programmes that the treated households do not receive."""
    comparison: Label = "none"
    """Name of the comparison group in the tables."""
    comparison_without: list[Label] = Field(default_factory=list, json_schema_extra=drop_default)
    """Programmes that comparison households do not receive; those of `receives` if not given."""
    given: list[Label] = Field(default_factory=list)
    """Programmes that both groups receive, such as the one that this one tops up."""
    among: NonEmpty | None = None
    """Households that the programme is meant for, as an expression on household variables; all if null."""
    adjust_for: list[Label] = Field(default_factory=list)
    """Other programmes whose receipt is a covariate."""

    @field_validator("among")
    @classmethod
    def _parses(cls, expression: str | None) -> str | None:
        return parsed(expression)


class Universe(Model):
    """Households or persons of whom an outcome is asked."""

    of: Literal["households", "persons"]
    """Units of the outcomes. Persons count as treated when their household is."""
    label: NonEmpty = Field("", json_schema_extra=drop_default)
    """Text for figures; the name if not given."""
    keep: NonEmpty | None = None
    """Who of them, as an expression on their variables; all if null."""
    covariates: list[VariableEntry] = Field(default_factory=list)
    """Covariates besides those of the study, such as age and sex of a person."""
    within_areas: bool | None = None
    """As for the study, which decides if null; false for a universe too small for a covariate per kabupaten/kota."""
    outcomes: list[VariableEntry] = Field(min_length=1)
    """Variables that a programme may have changed."""
    placebo_outcomes: list[Name] = Field(default_factory=list)
    """Variables that no programme can have changed, none of them among the covariates: a gate for the verdict."""

    @field_validator("keep")
    @classmethod
    def _parses(cls, expression: str | None) -> str | None:
        return parsed(expression)


class Poverty(Model):
    """How poverty and targeting are measured."""

    welfare: Name = "consumption"
    """Consumption per person and month, in rupiah."""
    line: Name = "line"
    """Poverty line, in rupiah per person and month."""
    size: Name = "size"
    """Persons of the household."""
    effect_on: Name = "log_consumption"
    """Outcome whose effect gives consumption without the programme; a logarithm of `welfare`."""


class Gates(Model):
    """What must hold before an effect is believed."""

    treated: int = Field(50, ge=2)
    """Fewest treated units of an outcome."""
    balance: float = Field(0.1, gt=0)
    """Largest standardised mean difference of a covariate under the headline method."""
    contamination: float = Field(0.05, gt=0, lt=1)
    """Largest share of comparison households that may be recipients whose link was missed (upper bound)."""
    better: dict[Name, Literal["more", "less"]] = Field(default_factory=dict)
    """Outcomes of which less is better, such as `poor: less`; of the others more is."""


Treatments = Annotated[dict[Label, ProgrammeTreatment], Field(min_length=1)]


def with_names(data: Any) -> Any:
    """Give each treatment its label, programme and comparison, and each universe its label, where they follow."""
    if not isinstance(data, dict):
        return data
    found = dict(data)
    if isinstance(found.get("universes"), dict):
        found["universes"] = {
            name: {"label": name, **entry} if isinstance(entry, dict) else entry
            for name, entry in found["universes"].items()
        }
    if isinstance(found.get("treatments"), dict):
        found["treatments"] = {name: _named(name, entry) for name, entry in found["treatments"].items()}
    return found


def _named(name: str, entry: Any) -> Any:
    if not isinstance(entry, dict | None):
        return entry
    given = entry or {}
    receives = given.get("receives") or [name]
    without = given.get("comparison_without") or receives
    return {**given, "receives": receives, "comparison_without": without, "label": given.get("label") or name}
