"""The typed model of a study: one YAML file, everything that a researcher decides."""

from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from dampak.config.checks import study_problems
from dampak.config.definitions import OutcomeEntry, VariableEntry
from dampak.config.method import Estimand
from dampak.config.methods import AnyMethod
from dampak.config.model import Label, Model, Name, NamedByFile, NonEmpty, drop_default
from dampak.config.sources import Source


def _treatment_value(value: Any) -> Any:
    """Refuse truth values: YAML would hide whether the data hold 1, `true` or `yes`."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"expected a number or text, got {value!r}; write 1, or 'yes' in quotes")
    return value


TreatmentValue = Annotated[int | float | str, BeforeValidator(_treatment_value)]


class Treatment(Model):
    """Who was treated."""

    column: Name
    """Canonical variable that says who was treated."""
    treated: TreatmentValue = 1
    """Its value for treated units."""
    comparison: TreatmentValue = 0
    """Its value for comparison units."""
    name: Name = Field("", json_schema_extra=drop_default)
    """Name of the treatment in the tables; the column's name if not given."""
    label: NonEmpty = Field("", json_schema_extra=drop_default)
    """Text for figures; the name if not given."""

    @model_validator(mode="before")
    @classmethod
    def _names_default_to_the_column(cls, data: Any) -> Any:
        if isinstance(data, dict) and "column" in data:
            name = data.get("name") or data["column"]
            return {**data, "name": name, "label": data.get("label") or name}
        return data

    @model_validator(mode="after")
    def _two_values(self) -> "Treatment":
        if str(self.treated) == str(self.comparison):
            raise ValueError(f"treated and comparison are both {self.treated!r}; give each its own value")
        return self


class PlaceboOutcome(Model):
    """An outcome that the treatment cannot have changed: an effect on it means that the comparison is not credible."""

    outcome: Name
    """Canonical variable measured before treatment."""
    without: list[Name] = Field(default_factory=list)
    """Covariates left out for this outcome: itself and all that is made from it."""
    before: Name | None = None
    """As for outcomes: an earlier measurement, without which `did_dr` does not test this outcome."""


class Design(Model):
    """The survey's design; leave out what the data do not have."""

    weight: Name | None = None
    """Survey weight."""
    strata: Name | None = None
    """Sampling stratum."""
    psu: Name | None = None
    """Primary sampling unit (cluster)."""
    population: Name | None = None
    """Number of primary sampling units in the stratum's population, for the finite population correction."""
    lonely: Literal["refuse", "certainty", "adjust", "average"] = "refuse"
    """A stratum with one primary sampling unit: refuse it; count no variance (`certainty`); centre it at the mean of
    all (`adjust`); or give it the mean variance of the other strata (`average`). R's `survey.lonely.psu`."""

    @property
    def roles(self) -> dict[str, str]:
        """The variables that the design names, by role."""
        named = {"weight": self.weight, "strata": self.strata, "psu": self.psu, "population": self.population}
        return {role: name for role, name in named.items() if name}

    @model_validator(mode="after")
    def _rules_have_a_use(self) -> "Design":
        if self.lonely != "refuse" and self.strata is None:
            raise ValueError(f"lonely: {self.lonely} has no use without strata; name `strata` or remove `lonely`")
        if self.population is not None and self.psu is None and self.strata is None:
            raise ValueError("population has no use without strata or psu; name them or remove `population`")
        return self


class Propensity(Model):
    """Model of the propensity score that scores, calipers, support and weights use."""

    model: Literal["logit", "probit", "gradient_boosting"] = "logit"
    """Unpenalised logit or probit, or scikit-learn's gradient boosting, cross-fitted and calibrated."""
    folds: int = Field(5, ge=2)
    """Parts of the cross-fitting of `gradient_boosting`; the others do not use it."""

    @model_validator(mode="after")
    def _folds_have_effect(self) -> "Propensity":
        if self.model != "gradient_boosting" and self.folds != 5:
            raise ValueError(f"folds has no effect with the model '{self.model}'; remove it")
        return self


class Support(Model):
    """Common support of the propensity score."""

    rule: Literal["none", "minmax", "crump"] = "minmax"
    """`minmax`: the range that both groups share; `crump`: scores within [trim, 1 - trim]; `none`: everyone."""
    trim: float = Field(0.1, gt=0, lt=0.5)
    """Bound of the `crump` rule (Crump, Hotz, Imbens and Mitnik 2009); other rules do not use it."""

    @model_validator(mode="after")
    def _trim_has_effect(self) -> "Support":
        if self.rule != "crump" and self.trim != 0.1:
            raise ValueError(f"trim has no effect under the rule '{self.rule}'; remove it or set rule to 'crump'")
        return self


class Benchmark(Model):
    """A study whose estimate is held up as the truth, for instance an experiment."""

    study: Label
    """Name of the study."""
    method: Label
    """Label of its method."""


class Study(NamedByFile):
    """One study."""

    title: NonEmpty
    """Title, for figures and the notebook."""
    question: NonEmpty
    """The question that the study answers, in one sentence."""
    sources: dict[Label, Source] = Field(min_length=1)
    """Raw sources by name; their rows are stacked."""
    unit_id: Name = "content"
    """Canonical variable that identifies a unit; `content` makes an id from the row's own values."""
    treatment: Treatment
    """Who was treated, and what the treatment is called."""
    covariates: list[VariableEntry] = Field(min_length=1)
    """Variables measured before treatment: canonical names, or `name = expression`."""
    outcomes: list[OutcomeEntry] = Field(min_length=1)
    """Variables that the treatment may have changed."""
    placebo_outcomes: list[PlaceboOutcome] = Field(default_factory=list)
    """Outcomes that the treatment cannot have changed: a gate for the verdict."""
    exact: list[Name] = Field(default_factory=list)
    """Canonical variables within whose values pairs are formed."""
    design: Design = Field(default_factory=Design)
    """Survey weight, strata and primary sampling units."""
    propensity: Propensity = Field(default_factory=Propensity)
    """Model of the propensity score."""
    estimands: Annotated[list[Estimand], Field(min_length=1, max_length=1)] = Field(["att"])
    """What is estimated: the effect on the treated (`att`), on the comparison group (`atc`), on all (`ate`), or on
    those who could as well have been in the other group (`ato`)."""
    support: Support = Field(default_factory=Support)
    """Common support; only methods with `on_support: true` drop units by it."""
    methods: list[AnyMethod] = Field(min_length=1)
    """Methods of estimation, in the order of tables and figures."""
    headline: Label
    """Label of the method that decides the verdict, chosen before the results are seen."""
    multiplicity: Literal["holm", "romano_wolf", "anderson_q"] = "holm"
    """How p-values are adjusted for the number of outcomes: Holm; Romano and Wolf, which gives away less where outcomes
    move together; or Anderson's sharpened q-values, which bound the share of false findings instead."""
    alpha: float = Field(0.05, gt=0, lt=0.5)
    """Level of tests; intervals cover with 1 - alpha."""
    benchmark: Benchmark | None = None
    """A study to hold the effects against."""
    language: Literal["en", "id"] = "en"
    """Language of figures: English or Indonesian."""
    notebooks: list[Label] = Field(default_factory=list)
    """Notebooks to execute for this study: notebooks/<name>.ipynb."""
    seed: int = Field(1, ge=0)
    """Seed of all that is random: cross-fitting, bootstrap, orders of matching. Each draws from a stream of its own."""

    def files_of(self, name: str) -> list[str]:
        """Raw files of a source, as the study names them by path; none for a file of a package."""
        path = self.sources[name].path
        return [path] if path else []

    @model_validator(mode="after")
    def _parts_agree(self) -> "Study":
        if found := study_problems(self):
            raise PydanticCustomError("problems", "{text}", {"text": "\n".join(found), "problems": found})
        return self
