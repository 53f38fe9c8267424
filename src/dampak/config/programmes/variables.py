"""The variables of a programme study: which there are, where they come from, how they are called in print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dampak.clean.spelling import listing, suggestion
from dampak.config.terms import variables_in
from dampak.match.specification import headline_labels

if TYPE_CHECKING:
    from dampak.config.codebook import Codebook
    from dampak.config.definitions import VariableSpec
    from dampak.config.programmes.study import ProgrammeStudy

HOUSEHOLD_FILES = ("households", "expenditure", "areas")
# What a register must tell for a row to be linked.
IDENTIFYING = ("nik", "kk", "name")
Use = tuple[str, str]


def variable_problems(study: ProgrammeStudy, codebooks: Mapping[str, Codebook]) -> list[str]:
    """Return one sentence per variable that the study names and does not have, or may not use; empty if none.

    Parameters
    ----------
    study : ProgrammeStudy
    codebooks : mapping
        The codebook of every source.
    """
    personal = {name for book in codebooks.values() for name, v in book.variables.items() if v.personal}
    persons = set(codebooks["persons"].variables)
    files = [codebooks[file].variables for file in HOUSEHOLD_FILES if file in codebooks]
    household = {"kab_code", "area_code"}.union(*files)
    problems = []
    for name, aggregate in study.aggregates.items():
        expressions = [e for e in (aggregate.count, aggregate.any, aggregate.of, aggregate.where) if e is not None]
        uses = [(f"aggregates: {name}", variable) for e in expressions for variable in sorted(variables_in(e))]
        problems += _unknown(uses, persons, personal)
    household |= set(study.aggregates)
    problems += _defined("household_variables", study.household_variables, household, personal)
    problems += _unknown(list(_of_households(study)), household, personal)
    persons |= household
    problems += _defined("person_variables", study.person_variables, persons, personal)
    problems += _unknown(list(_of_universes(study, "persons")), persons, personal)
    problems += _unknown(list(_of_universes(study, "households")), household, personal)
    for name in study.registers:
        if not set(IDENTIFYING) & set(codebooks[name].variables):
            problems.append(
                f"registers: {name}: its codebook has none of {listing(IDENTIFYING)}, by which rows are linked; add one"
            )
    return problems


def _defined(key: str, terms: Iterable[VariableSpec], known: set[str], personal: set[str]) -> list[str]:
    """Check definitions in their order; each adds its name to what is known."""
    problems = []
    for term in terms:
        uses = [(f"{key}: {term.name}", variable) for variable in sorted(term.uses)]
        problems += _unknown(uses, known, personal)
        known.add(term.name)
    return problems


def _unknown(uses: Iterable[Use], known: set[str], personal: set[str]) -> list[str]:
    problems = []
    for key, variable in dict.fromkeys(uses):
        if variable in personal and variable not in ("kab_code",):
            problems.append(f"{key}: {variable!r} is personal and may not leave cleaning; use another variable")
        elif variable not in known:
            problems.append(f"{key}: there is no variable {variable!r}{suggestion(variable, known)}")
    return problems


def _of_households(study: ProgrammeStudy) -> Iterator[Use]:
    """Household variables that the study names outside of universes."""
    for term in study.covariates:
        yield from ((f"covariates: {term.name}", variable) for variable in sorted(term.uses))
    yield from (("crossed_with_receipt", name) for name in study.crossed_with_receipt)
    yield from (("exact", name) for name in study.exact)
    yield from ((f"design: {role}", name) for role, name in study.design.roles.items())
    for name, expression in study.subgroups.items():
        yield from ((f"subgroups: {name}", variable) for variable in sorted(variables_in(expression)))
    for name, treatment in study.treatments.items():
        yield from ((f"treatments: {name}: among", v) for v in sorted(variables_in(treatment.among or "1")))
    for role in ("welfare", "line", "size"):
        yield f"poverty: {role}", str(getattr(study.poverty, role))


def _of_universes(study: ProgrammeStudy, of: str) -> Iterator[Use]:
    for name, universe in study.universes.items():
        if universe.of != of:
            continue
        yield from ((f"universes: {name}: keep", v) for v in sorted(variables_in(universe.keep or "1")))
        for key, terms in (("covariates", universe.covariates), ("outcomes", universe.outcomes)):
            yield from ((f"universes: {name}: {key}: {t.name}", v) for t in terms for v in sorted(t.uses))
        yield from ((f"universes: {name}: placebo_outcomes", placebo) for placebo in universe.placebo_outcomes)


def programme_labels(study: ProgrammeStudy, codebooks: Mapping[str, Codebook]) -> dict[str, dict[str, str]]:
    """Return {name: {`label`, `unit`}} of variables, treatments, universes; the study's own `labels`, `units` decide.

    The unit of a yes-no variable is `share`, of which effects are differences.

    Parameters
    ----------
    study : ProgrammeStudy
    codebooks : mapping
        The codebook of every source.
    """
    found: dict[str, dict[str, str]] = {}
    for book in codebooks.values():
        for name, variable in book.variables.items():
            if not variable.personal:
                unit = variable.unit or ("share" if variable.type == "binary" else "")
                found.setdefault(name, {"label": variable.label, "unit": unit})
    for named in (study.treatments, study.universes):
        found |= {name: {"label": entry.label, "unit": ""} for name, entry in named.items()}
    for name, label in study.labels.items():
        found[name] = {"label": label, "unit": found.get(name, {}).get("unit", "")}
    for name, unit in study.units.items():
        found[name] = {"label": found.get(name, {}).get("label", name), "unit": unit}
    return dict(sorted(found.items()))


def split_settings(study: ProgrammeStudy) -> dict[str, dict[str, list[str]]]:
    """Return which variables of households and persons the design needs, and which are outcomes.

    Returns
    -------
    dict
        {`households`, `persons`: {`design`, `outcomes`}}, sorted. No outcome is among the design: the table that
        propensity scores, pairs and weights are made of does not hold it.
    """
    welfare = {study.poverty.welfare, study.poverty.line}
    outcomes = {
        of: set().union(
            *(
                {*universe.placebo_outcomes}.union(*(term.uses for term in universe.outcomes))
                for universe in study.universes.values()
                if universe.of == of
            )
        )
        for of in ("households", "persons")
    }
    outcomes["households"] |= welfare
    design = {variable for key, variable in _of_households(study) if not key.startswith("poverty")}
    design |= {study.poverty.size, "kab_code", "area_code"}
    own: dict[str, set[str]] = {"households": set(), "persons": set()}
    for universe in study.universes.values():
        own[universe.of] |= set().union(variables_in(universe.keep or "1"), *(t.uses for t in universe.covariates))
    return {
        "households": {
            "design": sorted((design | own["households"]) - outcomes["households"]),
            "outcomes": sorted(outcomes["households"]),
        },
        "persons": {
            "design": sorted(own["persons"] - outcomes["persons"]),
            "outcomes": sorted(outcomes["persons"]),
        },
    }


def analysis_settings(study: ProgrammeStudy, treatment: str, *, outcomes: bool) -> dict[str, Any]:
    """Return what one treatment's analysis needs besides leaves of the study.

    Parameters
    ----------
    study : ProgrammeStudy
    treatment : str
    outcomes : bool
        Whether outcomes are named: the match stage must not know them.
    """
    spec = study.plain["treatments"][treatment]
    keys = ("receives", "not_receives", "comparison_without", "given", "adjust_for")
    universes = {
        name: {key: value for key, value in about.items() if outcomes or key not in ("outcomes", "placebo_outcomes")}
        for name, about in study.plain["universes"].items()
    }
    return {
        "path": f"config/studies/{study.name}.yaml",
        "programmes": sorted({programme for key in keys for programme in spec[key]}),
        "treatments": {treatment: {key: value for key, value in spec.items() if key != "label"}},
        "universes": {name: {k: v for k, v in about.items() if k != "label"} for name, about in universes.items()},
        "survey": {"household_id": study.survey.household_id, "person_number": study.survey.person_number},
    }


def printed_settings(study: ProgrammeStudy) -> dict[str, Any]:
    """Return what figures and the notebook print of a study: its treatments and outcomes in order, its headline.

    Returns
    -------
    dict
        `programmes` [{name, label}], `outcomes` [{name}] (households first), `methods`, `headline`: the method that
        decides the verdict, which is the imputed one where links are imputed; `area_effects` {treatment, outcome};
        `registered` [{name, label}]: the programmes of the registers, combinations left out.
    """
    universes = sorted(study.universes.values(), key=lambda universe: universe.of != "households")
    imputed = study.linkage.imputations >= 2
    methods = [{"label": method.label, "method": method.method} for method in study.methods]
    family = next(m["method"] for m in methods if m["label"] == study.headline)
    headline = headline_labels(study.headline)[0] if imputed else study.headline
    return {
        "programmes": [{"name": name, "label": entry.label} for name, entry in study.treatments.items()],
        "outcomes": [{"name": term.name} for universe in universes for term in universe.outcomes],
        "methods": [*methods, *([{"label": headline, "method": family}] if imputed else [])],
        "headline": headline,
        "registered": [
            {
                "name": name,
                "label": study.treatments[name].label if name in study.treatments else study.labels.get(name),
            }
            for name in study.programmes
            if name in study.treatments
        ],
        "area_effects": {"treatment": next(iter(study.treatments)), "outcome": study.poverty.effect_on},
    }
