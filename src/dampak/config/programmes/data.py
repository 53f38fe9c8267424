"""The data of a programme study: a synthetic population or real files, a survey in several files, registers."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from dampak.clean.spelling import listing
from dampak.config.model import Label, Model, Name, NonEmpty
from dampak.config.sources import Source
from dampak.config.terms import syntax_tree

Province = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]


def parsed(expression: str | None) -> str | None:
    """Refuse what is not an expression of the language of studies."""
    if expression is not None:
        syntax_tree(expression)
    return expression


class Synthetic(Model):
    """A synthetic population that stands in for files that may not be passed on.

    Its raw files are written to results/<study>/raw; what is true of it to results/<study>/truth, which no rule of the
    analysis reads.
    """

    parameters: Label
    """Parameters of the population: config/synth/<name>.yaml."""
    seed: int = Field(1, ge=0)
    """Seed of the population, of the survey that is drawn from it, and of the faults in the registers."""
    edition: Literal[2020, 2024] = 2020
    """Numbering of the survey's variables: that of March 2020 or of March 2024."""
    households: int | None = Field(None, ge=1000)
    """Households of the population; as the parameters say if null."""
    survey_households: int | None = Field(None, ge=100)
    """Households of the survey; as the parameters say if null."""


class Territory(Model):
    """Where and when."""

    provinces: list[Province] = Field(min_length=1)
    """Provinces by their BPS codes, two digits in quotes."""
    date: date
    """Reference day of the survey; ages are counted at it."""
    areas: Literal["kabupaten", "province"] = "kabupaten"
    """Areas that effects, poverty and targeting are reported by: kabupaten/kota, or provinces."""

    @field_validator("provinces")
    @classmethod
    def _each_once(cls, provinces: list[str]) -> list[str]:
        if provinces != sorted(set(provinces)):
            raise ValueError("codes must rise, each once; sort them")
        return provinces


class SurveyFiles(Model):
    """A household survey delivered in several files, joined by its household number."""

    households: Source
    """Household file: one row per household."""
    persons: Source
    """Individual file: one row per person."""
    expenditure: Source | None = None
    """Expenditure file: one row per household; null if the household file has it."""
    identities: Source | None = None
    """Confidential file with names and numbers of the persons, for linkage; null if there is none."""
    areas: Source
    """One row per kabupaten/kota: its poverty line and name."""
    household_id: Name = "household_id"
    """Variable that numbers the households in every file."""
    person_number: Name = "number"
    """Variable that numbers the persons of a household."""
    kab_code: NonEmpty = "kab_code"
    """Expression that gives the BPS code of the kabupaten/kota (four digits)."""

    @field_validator("kab_code")
    @classmethod
    def _parses(cls, expression: str) -> str:
        syntax_tree(expression)
        return expression

    @property
    def files(self) -> dict[str, Source]:
        """The files that there are, by name."""
        named = {name: getattr(self, name) for name in ("households", "persons", "expenditure", "identities", "areas")}
        return {name: source for name, source in named.items() if source is not None}


class Aggregate(Model):
    """A variable of the household made from its persons."""

    count: NonEmpty | None = None
    """Number of persons for whom this expression holds."""
    any: NonEmpty | None = None
    """Whether it holds for any person: 1 or 0."""
    of: NonEmpty | None = None
    """Expression that `take` summarises."""
    where: NonEmpty | None = None
    """Persons that `of` looks at; all if null."""
    take: Literal["first", "sum", "mean", "max", "min"] | None = None
    """Summary of `of` over those persons; `first` in the order of their numbers."""

    @field_validator("count", "any", "of", "where")
    @classmethod
    def _parses(cls, expression: str | None) -> str | None:
        return parsed(expression)

    @model_validator(mode="after")
    def _one_kind(self) -> "Aggregate":
        kinds = [name for name in ("count", "any", "of") if getattr(self, name) is not None]
        if len(kinds) != 1:
            raise ValueError(f"give one of `count`, `any`, or `of` with `take`; it gives {listing(kinds) or 'nothing'}")
        if (self.of is None) != (self.take is None):
            raise ValueError("`of` and `take` belong together; give both or neither")
        if self.where is not None and self.of is None:
            raise ValueError("`where` belongs to `of`; put the condition into `count` or `any`")
        return self


class Register(Source):
    """A register of beneficiaries: one row per family and programme."""

    programme: Label | None = None
    """Programme that its rows receive; the name of the register if null."""
    excludes: list[Label] = Field(default_factory=list)
    """Registers whose aid a family may not receive as well: its row here is dropped as double aid."""


class Pseudonyms(Model):
    """How personal numbers are replaced: by keyed hashes (HMAC-SHA-256)."""

    key_from: Variable = "DAMPAK_KEY"
    """Environment variable that holds the key, at least 16 characters. A study with `synthetic` data needs none."""


class Linkage(Model):
    """How register rows are linked to survey households."""

    accept: float = Field(0.75, gt=0.5, lt=1)
    """Smallest probability of a link that is accepted; above one half, so that a row has one household at most."""
    floor: float = Field(0.001, gt=0, le=0.5)
    """Smallest probability of a candidate that is kept, for the bounds and for multiple imputation."""
    imputations: int = Field(5, ge=0)
    """Draws of who is linked, over which the headline effects are pooled by Rubin's rules; 0: links as accepted."""
