"""The typed model of a study: one YAML file, everything that a researcher decides."""

import ast
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, WithJsonSchema, model_validator

from dampak.config.methods import SUPPORTED_ESTIMANDS, AnyMethod, Estimand
from dampak.config.model import Label, Model, Name


class Source(Model):
    """Where raw rows come from: a file of yours, or a data file that an installed package carries."""

    path: str | None = None
    """Raw file, relative to the project's folder. Either `path`, or `package` and `file`."""
    package: Name | None = None
    """Installed Python package that carries the raw file."""
    file: str | None = None
    """Path of the raw file inside `package`."""
    reader: Literal["csv", "parquet", "stata", "spss", "dbf", "excel"] | None = None
    """How the file is read; by its extension if null."""
    options: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """Options of the reader: delimiter, encoding, quotechar, decimal, sheet, skip_rows."""
    codebook: Label
    """Name of the codebook: config/codebooks/<name>.yaml."""
    keep: str | None = None
    """Rows to keep, as an expression on canonical variables; all if null. The others go to quarantine, counted."""

    @model_validator(mode="after")
    def _one_origin(self) -> "Source":
        if (self.path is None) == (self.package is None) or (self.package is None) != (self.file is None):
            raise ValueError("a source has either `path`, or `package` together with `file`")
        return self


class Treatment(Model):
    """Who was treated."""

    column: Name
    """Canonical variable that says who was treated."""
    treated: int | str = 1
    """Its value for treated units."""
    comparison: int | str = 0
    """Its value for comparison units."""
    name: Name = ""
    """Name of the treatment in the tables; the column's name if not given."""
    label: str = ""
    """Text for figures; the name if not given."""

    @model_validator(mode="before")
    @classmethod
    def _names_default_to_the_column(cls, data: Any) -> Any:
        if isinstance(data, dict) and "column" in data:
            name = data.get("name") or data["column"]
            return {**data, "name": name, "label": data.get("label") or name}
        return data


class VariableSpec(Model):
    """A covariate or outcome: a canonical variable, or a new one made by an expression."""

    name: Name
    """Name of the variable."""
    expression: str | None = None
    """Expression on canonical variables; null for the canonical variable itself."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if not isinstance(data, str):
            return data
        name, equals, expression = data.partition("=")
        if equals and expression.startswith("="):
            raise ValueError(f"'{data}' has no name; write `name = expression`, for instance `u74 = re74 == 0`")
        return {"name": name.strip(), "expression": expression.strip() or None} if equals else {"name": data.strip()}

    @model_validator(mode="after")
    def _expression_parses(self) -> "VariableSpec":
        if self.expression is not None:
            try:
                ast.parse(self.expression, mode="eval")
            except SyntaxError:
                raise ValueError(f"'{self.name} = {self.expression}' cannot be read as an expression") from None
        return self

    @property
    def uses(self) -> set[str]:
        """Names that the variable is made of."""
        if self.expression is None:
            return {self.name}
        return {n.id for n in ast.walk(ast.parse(self.expression, mode="eval")) if isinstance(n, ast.Name)}


VariableEntry = Annotated[
    VariableSpec,
    WithJsonSchema(
        {
            "type": "string",
            "description": "A canonical variable, or `name = expression`, for instance `u74 = re74 == 0`.",
            "pattern": r"^\s*[A-Za-z_][A-Za-z0-9_]*\s*(=[^=].*)?$",
        }
    ),
]


class PlaceboOutcome(Model):
    """An outcome that the treatment cannot have changed: an effect on it means that the comparison is not credible."""

    outcome: Name
    """Canonical variable measured before treatment."""
    without: list[Name] = Field(default_factory=list)
    """Covariates left out for this outcome: itself and all that is made from it."""


class Design(Model):
    """The survey's design; leave out what the data do not have."""

    weight: Name | None = None
    """Survey weight."""
    strata: Name | None = None
    """Sampling stratum."""
    psu: Name | None = None
    """Primary sampling unit (cluster)."""


class Support(Model):
    """Common support of the propensity score."""

    rule: Literal["none", "minmax", "crump"] = "minmax"
    """`minmax`: the range that both groups share; `crump`: scores within [trim, 1 - trim]; `none`: everyone."""
    trim: float = Field(0.1, gt=0, lt=0.5)
    """Bound of the `crump` rule (Crump, Hotz, Imbens and Mitnik 2009)."""


class Benchmark(Model):
    """A study whose estimate is held up as the truth, for instance an experiment."""

    study: Label
    """Name of the study."""
    method: Label
    """Label of its method."""


class Study(Model):
    """One study."""

    title: str
    """Title, for figures and the notebook."""
    question: str
    """The question that the study answers, in one sentence."""
    sources: dict[Label, Source] = Field(min_length=1)
    """Raw sources by name; their rows are stacked."""
    unit_id: Name
    """Canonical variable that identifies a unit; `content` makes an id from the row's own values."""
    treatment: Treatment
    """Who was treated."""
    covariates: list[VariableEntry] = Field(min_length=1)
    """Variables measured before treatment: canonical names, or `name = expression`."""
    outcomes: list[VariableEntry] = Field(min_length=1)
    """Variables that the treatment may have changed."""
    placebo_outcomes: list[PlaceboOutcome] = Field(default_factory=list)
    """Outcomes that the treatment cannot have changed: a gate for the verdict."""
    exact: list[Name] = Field(default_factory=list)
    """Canonical variables within whose values pairs are formed."""
    design: Design = Field(default_factory=Design)
    """Survey weight, strata and primary sampling units."""
    estimands: Annotated[list[Estimand], Field(min_length=1, max_length=1)] = Field(default_factory=lambda: ["att"])
    """What is estimated: the effect on the treated (`att`), on the comparison group (`atc`), or on all (`ate`)."""
    support: Support = Field(default_factory=Support)
    """Common support; only methods with `on_support: true` drop units by it."""
    methods: list[AnyMethod] = Field(min_length=1)
    """Methods of estimation, in the order of tables and figures."""
    headline: Label
    """Label of the method that decides the verdict, chosen before the results are seen."""
    alpha: float = Field(0.05, gt=0, lt=0.5)
    """Level of tests; intervals cover with 1 - alpha."""
    benchmark: Benchmark | None = None
    """A study to hold the effects against."""
    language: Literal["en", "id"] = "en"
    """Language of figures: English or Indonesian."""
    notebooks: list[Label] = Field(default_factory=list)
    """Notebooks to execute for this study: notebooks/<name>.ipynb."""
    seed: int = Field(1, ge=0)
    """Seed of all that is random."""

    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """Name of the study: that of its file."""
        return self._name


def problems(study: Study) -> list[tuple[str, str]]:
    """Return what is wrong with a study as a whole, as (key, sentence); empty when nothing is."""
    found: list[tuple[str, str]] = []
    outcomes = {name for o in study.outcomes for name in (o.name, *o.uses)}
    covariates = [c.name for c in study.covariates]
    for name in sorted({n for n in covariates if covariates.count(n) > 1}):
        found.append(("covariates", f"'{name}' stands twice; keep one"))
    for covariate in study.covariates:
        what = f"'{covariate.name}'" + (f" (= {covariate.expression})" if covariate.expression else "")
        if clash := sorted(({covariate.name} | covariate.uses) & outcomes):
            reason = "is also an outcome" if covariate.name in clash else f"uses the outcome '{clash[0]}'"
            found.append(("covariates", f"{what} {reason}; a covariate must be measured before treatment"))
        if study.treatment.column in {covariate.name} | covariate.uses:
            found.append(("covariates", f"{what} uses the treatment '{study.treatment.column}'; remove it"))
    for placebo in study.placebo_outcomes:
        key = "placebo_outcomes"
        if placebo.outcome in outcomes:
            found.append((key, f"'{placebo.outcome}' is also an outcome; a placebo is measured before treatment"))
        for name in sorted(set(placebo.without) - set(covariates)):
            found.append((key, f"{placebo.outcome}: without: '{name}' is not a covariate; remove it or correct it"))
        for covariate in study.covariates:
            if placebo.outcome in {covariate.name} | covariate.uses and covariate.name not in placebo.without:
                sentence = f"{placebo.outcome}: the covariate '{covariate.name}' is made from it; add it to `without`"
                found.append((key, sentence))
        if not set(covariates) - set(placebo.without):
            found.append((key, f"{placebo.outcome}: no covariate is left; shorten `without`"))
    labels = [m.label for m in study.methods]
    for label in sorted({x for x in labels if labels.count(x) > 1}):
        found.append(("methods", f"the label '{label}' stands twice; give one of them another `label`"))
    if study.headline not in labels:
        found.append(
            ("headline", f"'{study.headline}' is not among the methods ({', '.join(labels)}); name one of them")
        )
    for method in study.methods:
        for estimand in study.estimands:
            able = SUPPORTED_ESTIMANDS[method.method]
            if estimand not in able:
                sentence = f"'{method.method}' does not estimate '{estimand}' (it does: {', '.join(able)})"
                found.append(("methods", f"{sentence}; remove the method or change `estimands`"))
    return found
