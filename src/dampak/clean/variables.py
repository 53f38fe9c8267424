"""What a study uses: the variables that each part of its settings names, and the checks on those names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dampak.clean.codebook import NUMERIC_TYPES
from dampak.clean.expression import names_in
from dampak.clean.spelling import listing, suggestion
from dampak.errors import ConfigError

CONTENT = "content"
RESERVED = ("unit_id", "treatment", "survey_weight", "strata", "psu", "psu_population", "propensity")


@dataclass(frozen=True)
class StudyVariables:
    """Names that a study uses, resolved from its settings.

    Parameters
    ----------
    path : str
        Configuration file, for messages.
    treatment : str
        Canonical variable of the treatment.
    covariates, outcomes : dict
        Name -> expression over canonical variables; outcomes include placebo outcomes.
    exact : tuple of str
        Names of exact strata: covariates or canonical variables.
    design : dict
        ``weight``, ``strata``, ``psu`` -> canonical variable, only those declared.
    unit_id : str or None
        Canonical variable of the id, ``None`` for an id by content.
    keep : dict
        Source -> expression that selects its rows, only those declared.
    """

    path: str
    treatment: str
    covariates: dict[str, str]
    outcomes: dict[str, str]
    exact: tuple[str, ...]
    design: dict[str, str]
    unit_id: str | None
    keep: dict[str, str]

    def before_treatment(self) -> dict[str, str]:
        """Canonical variables that design the study -> the part of the settings that first names each; no outcome."""
        used = {self.treatment: "treatment.column"}
        for name, expression in self.covariates.items():
            for variable in names_in(expression, where=f"{self.path}: covariates: {name}"):
                used.setdefault(variable, "covariates")
        for name in self.exact:
            if name not in self.covariates:
                used.setdefault(name, "exact")
        for role, variable in self.design.items():
            used.setdefault(variable, f"design.{role}")
        return used

    def uses(self, source: str) -> dict[str, str]:
        """Canonical variables to convert for a source -> the part of the settings that first names each."""
        used = self.before_treatment()
        for name, expression in self.outcomes.items():
            for variable in names_in(expression, where=f"{self.path}: outcomes: {name}"):
                used.setdefault(variable, "outcomes")
        if source in self.keep:
            for variable in names_in(self.keep[source], where=f"{self.path}: sources.{source}: keep"):
                used.setdefault(variable, f"sources.{source}.keep")
        return used


def study_variables(settings: Mapping[str, Any]) -> StudyVariables:
    """Resolve and check the names that a study uses.

    Parameters
    ----------
    settings : mapping
        ``path``, ``sources`` (each with its codebook inlined), ``unit_id``, ``treatment``, ``covariates``,
        ``outcomes``, ``placebo_outcomes``, ``exact``, ``design``.

    Raises
    ------
    ConfigError
        If a name is in no codebook, is reserved, personal, of an unsuitable type, or is both outcome and covariate.
    """
    path = str(settings["path"])
    covariates = _definitions(settings["covariates"])
    outcomes = _definitions(settings["outcomes"])
    placebos = settings.get("placebo_outcomes") or []
    earlier = [str(entry["before"]) for entry in (*settings["outcomes"], *placebos) if entry.get("before")]
    for name in (*(str(placebo["outcome"]) for placebo in placebos), *earlier):
        # What was measured before treatment is a covariate, or else a variable of the codebook.
        outcomes.setdefault(name, covariates.get(name, name))
    unit_id = str(settings.get("unit_id") or CONTENT)
    variables = StudyVariables(
        path=path,
        treatment=str(settings["treatment"]["column"]),
        covariates=covariates,
        outcomes=outcomes,
        exact=tuple(str(name) for name in settings.get("exact") or []),
        design={role: str(name) for role, name in (settings.get("design") or {}).items() if name},
        unit_id=None if unit_id == CONTENT else unit_id,
        keep={source: str(spec["keep"]) for source, spec in settings["sources"].items() if spec.get("keep")},
    )
    _check_roles(variables, settings)
    kinds: dict[str, tuple[bool, str]] = {}
    for source, spec in settings["sources"].items():
        _check_names(variables, source, spec["codebook"]["variables"], kinds)
    return variables


def _definitions(entries: list[Mapping[str, Any]]) -> dict[str, str]:
    """Name -> expression; a name alone stands for the variable of that name."""
    return {str(entry["name"]): str(entry.get("expression") or entry["name"]) for entry in entries}


def _check_roles(variables: StudyVariables, settings: Mapping[str, Any]) -> None:
    """Refuse reserved names, and an outcome or the treatment among what is measured before treatment."""
    path = variables.path
    for part, names in (("covariates", variables.covariates), ("outcomes", variables.outcomes)):
        for name in names:
            if name in RESERVED:
                raise ConfigError(
                    f"{path}: {part}: {name!r} is a name that dampak uses itself; write for instance"
                    f" '{name}_x = {names[name]}'"
                )
    after_treatment = {
        expression for expression in _definitions(settings["outcomes"]).values() if expression.isidentifier()
    }
    before = [
        *(("covariates", name, expression) for name, expression in variables.covariates.items()),
        *(("exact", name, name) for name in variables.exact if name not in variables.covariates),
        *((f"design.{role}", name, name) for role, name in variables.design.items()),
    ]
    for part, name, expression in before:
        for variable in names_in(expression, where=f"{path}: {part}: {name}"):
            if variable in after_treatment:
                raise ConfigError(
                    f"{path}: {part}: {name!r} uses the outcome {variable!r}, but must be measured before treatment;"
                    " remove it from one of the two lists"
                )
            if variable == variables.treatment:
                raise ConfigError(f"{path}: {part}: {name!r} uses the treatment {variable!r}; remove it from {part}")


def _check_names(
    variables: StudyVariables, source: str, codebook: Mapping[str, Any], kinds: dict[str, tuple[bool, str]]
) -> None:
    """Check the names that a study uses against one source's codebook, and its types against the other sources'."""
    path, used = variables.path, variables.uses(source)
    if variables.unit_id:
        used.setdefault(variables.unit_id, "unit_id")
    for name, part in used.items():
        if name not in codebook:
            raise ConfigError(
                f"{path}: {part}: {name!r} is not a variable in the codebook of source {source!r}"
                f"{suggestion(name, codebook)}; its variables are {listing(codebook)}"
            )
        if codebook[name].get("personal", False) and not part.endswith(".keep"):
            raise ConfigError(
                f"{path}: {part}: {name!r} is personal in the codebook of source {source!r} and may not leave cleaning;"
                " use another variable, or `unit_id: content`"
            )
        number = codebook[name]["type"] in NUMERIC_TYPES
        if part == "design.weight" and not number:
            raise ConfigError(
                f"{path}: {part}: {name!r} is of type {codebook[name]['type']} in the codebook of source {source!r},"
                " a number was expected; correct the type or name the weight"
            )
        number_before, source_before = kinds.setdefault(name, (number, source))
        if number != number_before:
            raise ConfigError(
                f"{path}: {part}: {name!r} is a number in one of the sources {source_before!r} and {source!r} and a"
                " text in the other; give it one type in both codebooks"
            )
