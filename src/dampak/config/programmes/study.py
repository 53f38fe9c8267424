"""A programme study: one YAML file that goes from messy registers and a survey to a verdict per programme."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from dampak.config.definitions import VariableEntry
from dampak.config.method import Estimand
from dampak.config.methods import AnyMethod
from dampak.config.model import Label, Name, NamedByFile, NonEmpty
from dampak.config.programmes.checks import programme_problems
from dampak.config.programmes.data import Aggregate, Linkage, Pseudonyms, Register, SurveyFiles, Synthetic, Territory
from dampak.config.programmes.questions import Gates, Poverty, Treatments, Universe, with_names
from dampak.config.study import Design, Propensity, Support
from dampak.config.terms import syntax_tree


class ProgrammeStudy(NamedByFile):
    """A study of several programmes from registers and a household survey."""

    title: NonEmpty
    """Title, for figures and the notebook."""
    question: NonEmpty
    """The question that the study answers, in one sentence."""
    synthetic: Synthetic | None = None
    """A synthetic population that writes the raw files; null where the files are real."""
    territory: Territory
    """Where and when."""
    survey: SurveyFiles
    """The files of the household survey."""
    registers: dict[Label, Register] = Field(min_length=1)
    """Registers of beneficiaries by name."""
    pseudonyms: Pseudonyms = Field(default_factory=Pseudonyms)
    """How personal numbers are replaced."""
    linkage: Linkage = Field(default_factory=Linkage)
    """How register rows are linked to survey households."""
    aggregates: dict[Name, Aggregate] = Field(default_factory=dict)
    """Household variables made from the persons."""
    household_variables: list[VariableEntry] = Field(default_factory=list)
    """Household variables made by expressions, in order; each may use those before it."""
    person_variables: list[VariableEntry] = Field(default_factory=list)
    """Person variables made by expressions, in order; each may use those before it."""
    design: Design
    """Survey weight, strata and primary sampling units: variables of the household."""
    treatments: Treatments
    """Programmes and combinations whose effect is asked for."""
    covariates: list[VariableEntry] = Field(min_length=1)
    """Household variables that no programme has changed: names, or `name = expression`."""
    within_areas: bool = True
    """Whether an indicator of every kabupaten/kota is a covariate."""
    crossed_with_receipt: list[Name] = Field(default_factory=list)
    """Household variables whose product with the receipt of each `adjust_for` programme is a covariate too: among
    families that another programme has found already, need chooses otherwise."""
    universes: dict[Label, Universe] = Field(min_length=1)
    """Households and groups of persons with their outcomes."""
    exact: list[Name] = Field(default_factory=list)
    """Household variables within whose values pairs are formed."""
    subgroups: dict[Label, NonEmpty] = Field(default_factory=dict)
    """Groups of households by an expression, for which the headline effects are repeated."""
    estimands: Annotated[list[Estimand], Field(min_length=1, max_length=1)] = Field(["att"])
    """What is estimated, as in a study of one treatment."""
    propensity: Propensity = Field(default_factory=Propensity)
    """Model of the propensity score."""
    support: Support = Field(default_factory=Support)
    """Common support; only methods with `on_support: true` drop units by it."""
    methods: list[AnyMethod] = Field(min_length=1)
    """Methods of estimation, in the order of tables and figures."""
    headline: Label
    """Label of the method that decides the verdict, chosen before the results are seen."""
    multiplicity: Literal["holm", "anderson_q"] = "holm"
    """How p-values are adjusted for the number of outcomes of a treatment: Holm, or Anderson's sharpened q-values,
    which bound the share of false findings. Romano and Wolf would draw the errors of all outcomes together, which
    outcomes of households and of different groups of persons do not allow."""
    alpha: float = Field(0.05, gt=0, lt=0.5)
    """Level of tests; intervals cover with 1 - alpha."""
    poverty: Poverty = Field(default_factory=Poverty)
    """How poverty and targeting are measured."""
    gates: Gates = Field(default_factory=Gates)
    """What must hold before an effect is believed."""
    published: NonEmpty | None = None
    """CSV file of published effects (treatment, outcome, study, estimate, std_error, status, source); null for none."""
    labels: dict[Name, NonEmpty] = Field(default_factory=dict)
    """Text for figures of variables, programmes and subgroups that the codebooks do not name, or name otherwise."""
    units: dict[Name, NonEmpty] = Field(default_factory=dict)
    """Units of outcomes that no codebook has, as figures print them: `share` of a yes-no outcome, `log Rp` and the like
    of a logarithm, whose effects are printed in per cent."""
    tiles: NonEmpty
    """CSV file with the tile grid of maps (kab_code, name, row, column), one row per kabupaten/kota."""
    language: Literal["en", "id"] = "en"
    """Language of figures: English or Indonesian."""
    notebooks: list[Label] = Field(default_factory=list)
    """Notebooks to execute for this study: notebooks/<name>.ipynb."""
    seed: int = Field(1, ge=0)
    """Seed of all that is random in the analysis."""

    @model_validator(mode="before")
    @classmethod
    def _names_follow(cls, data: Any) -> Any:
        return with_names(data)

    @field_validator("subgroups")
    @classmethod
    def _subgroups_parse(cls, subgroups: dict[str, str]) -> dict[str, str]:
        for expression in subgroups.values():
            syntax_tree(expression)
        return subgroups

    @model_validator(mode="after")
    def _parts_agree(self) -> "ProgrammeStudy":
        if found := programme_problems(self):
            raise PydanticCustomError("problems", "{text}", {"text": "\n".join(found), "problems": found})
        return self

    @property
    def sources(self) -> dict[str, Any]:
        """Every raw source by name: survey files and registers."""
        return {**self.survey.files, **self.registers}

    @property
    def provinces(self) -> list[str]:
        """Provinces whose registers come in files of their own; none where each register is one file."""
        apart = any(register.by_province for register in self.registers.values())
        return list(self.territory.provinces) if apart else []

    def files_of(self, name: str) -> list[str]:
        """Raw files of a source, as the study names them by path."""
        paths: list[str] = self.sources[name].paths(self.territory.provinces)
        return paths

    @property
    def programmes(self) -> list[str]:
        """Programmes that a register lists, in the order of the registers."""
        return list(dict.fromkeys(register.programme or name for name, register in self.registers.items()))
