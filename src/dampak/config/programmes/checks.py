"""What must hold between the parts of a programme study; each breach is one sentence that starts with its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dampak.clean.spelling import listing, suggestion
from dampak.config.checks import RESERVED, repeated
from dampak.config.methods import SUPPORTED_ESTIMANDS

if TYPE_CHECKING:
    from dampak.config.programmes.study import ProgrammeStudy


def programme_problems(study: ProgrammeStudy) -> list[str]:
    """Return one sentence per contradiction inside a programme study; empty if none."""
    return [
        *_sources(study),
        *_registers(study),
        *_treatments(study),
        *_variables(study),
        *_methods(study),
    ]


def _sources(study: ProgrammeStudy) -> list[str]:
    problems = [f"survey: {name}: names a package; a survey file is named by `path`" for name, source in
                study.survey.files.items() if source.package]  # fmt: skip
    problems += [
        f"registers: {name}: {name!r} is also the name of a survey file; give the register another name"
        for name in study.registers
        if name in study.survey.files
    ]
    if study.design.weight is None:
        problems.append("design: weight is missing; a household survey is weighted: name its weight")
    return problems


def _registers(study: ProgrammeStudy) -> list[str]:
    problems = []
    apart = [name for name, register in study.registers.items() if register.by_province]
    if apart and (whole := [name for name in study.registers if name not in apart]):
        problems.append(
            f"registers: {whole[0]}: path has no {{province}}, that of {apart[0]} has; registers are cleaned province "
            "by province where each has a file per province: divide this one too, or join the files of the others"
        )
    for name, register in study.registers.items():
        problems += [
            f"registers: {name}: excludes: {other!r} is not a register{suggestion(other, study.registers)}; "
            f"the registers are {listing(study.registers)}"
            for other in register.excludes
            if other not in study.registers
        ]
        if name in register.excludes:
            problems.append(f"registers: {name}: excludes: {name!r} is the register itself; remove it")
    return problems


def _treatments(study: ProgrammeStudy) -> list[str]:
    known, problems = study.programmes, []
    for name, treatment in study.treatments.items():
        for key in ("receives", "not_receives", "comparison_without", "given", "adjust_for"):
            problems += [
                f"treatments: {name}: {key}: no register lists the programme {programme!r}"
                f"{suggestion(programme, known)}; the programmes are {listing(known)}"
                for programme in getattr(treatment, key)
                if programme not in known
            ]
        both = sorted({*treatment.receives} & {*treatment.not_receives, *treatment.given, *treatment.adjust_for})
        problems += [
            f"treatments: {name}: {programme!r} is what the treated receive; remove it from not_receives, given and "
            "adjust_for"
            for programme in both
        ]
    return problems


def _variables(study: ProgrammeStudy) -> list[str]:
    problems = repeated("covariates", [term.name for term in study.covariates])
    covariates = {term.name for term in study.covariates}
    seen: dict[str, str] = {}
    for name, universe in study.universes.items():
        own = {term.name for term in universe.covariates}
        for outcome in universe.outcomes:
            if outcome.name in covariates | own:
                problems.append(
                    f"universes: {name}: {outcome.name!r} is also a covariate; a covariate must be one that no "
                    "programme has changed"
                )
            if outcome.name in seen:
                problems.append(
                    f"universes: {name}: the outcome {outcome.name!r} belongs to {seen[outcome.name]} already; "
                    "give it another name"
                )
            seen[outcome.name] = name
        problems += [
            f"universes: {name}: placebo_outcomes: {placebo!r} is a covariate, which would explain it away; "
            "remove it from one of them"
            for placebo in universe.placebo_outcomes
            if placebo in covariates | own
        ]
        problems += [
            f"universes: {name}: {term!r} is a name that dampak uses itself; give it another name"
            for term in sorted(own | {outcome.name for outcome in universe.outcomes})
            if term in RESERVED
        ]
    problems += [
        f"gates: better: {outcome!r} is not an outcome{suggestion(outcome, seen)}; the outcomes are {listing(seen)}"
        for outcome in study.gates.better
        if outcome not in seen
    ]
    if study.poverty.effect_on not in seen:
        problems.append(
            f"poverty: effect_on: {study.poverty.effect_on!r} is not an outcome"
            f"{suggestion(study.poverty.effect_on, seen)}; the outcomes are {listing(seen)}"
        )
    return problems


def _methods(study: ProgrammeStudy) -> list[str]:
    labels = [method.label for method in study.methods]
    problems = repeated("methods", labels)
    for method in study.methods:
        able, wanted = SUPPORTED_ESTIMANDS[method.method], method.estimand or study.estimands[0]
        if wanted not in able:
            problems.append(
                f"methods: {method.label}: {method.method} does not estimate '{wanted}' (it does: {', '.join(able)}); "
                "remove the method, or change its estimand"
            )
        if method.method == "did_dr":
            problems.append(f"methods: {method.label}: did_dr needs two rounds of a panel; remove the method")
        if getattr(method, "replace", False) and (study.design.psu or study.design.strata):
            problems.append(
                f"methods: {method.label}: matching with replacement cannot honour `design: strata, psu`; "
                "use replace: false, ipw or entropy_balancing"
            )
    if study.headline not in labels:
        problems.append(
            f"headline: {study.headline!r} is not the label of a method{suggestion(study.headline, labels)}; "
            f"the labels are {listing(labels)}"
        )
    return problems
