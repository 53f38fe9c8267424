"""What must hold between the parts of a study; each breach is one sentence that starts with its key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dampak.clean.spelling import listing, suggestion
from dampak.config.method_checks import method_problems

if TYPE_CHECKING:
    from dampak.config.definitions import VariableSpec
    from dampak.config.study import PlaceboOutcome, Study

# Columns of the tables between stages; a covariate of that name would overwrite them.
RESERVED = ("unit_id", "treatment", "survey_weight", "strata", "psu", "psu_population", "propensity")
BEFORE = "a covariate must be measured before treatment"


def study_problems(study: Study) -> list[str]:
    """Return one sentence per contradiction inside a study, in the order of the file's keys; empty if none."""
    covariates = {term.name: term for term in study.covariates}
    return [
        *repeated("covariates", [t.name for t in study.covariates]),
        *repeated("outcomes", [t.name for t in study.outcomes]),
        *repeated("placebo_outcomes", [p.outcome for p in study.placebo_outcomes]),
        *repeated("exact", study.exact),
        *repeated("estimands", study.estimands),
        *repeated("notebooks", study.notebooks),
        *_reserved(study),
        *_covariates_precede(study),
        *_exact_precedes(study, covariates),
        *_placebos(study, covariates),
        *method_problems(study),
    ]


def repeated(key: str, names: Iterable[str]) -> list[str]:
    """Return one sentence per name that a list has twice."""
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for name in names:
        if name in seen:
            twice[name] = None
        seen.add(name)
    return [f"{key}: {name!r} is listed twice; remove one" for name in twice]


def _reserved(study: Study) -> list[str]:
    terms = [("covariates", term) for term in study.covariates] + [("outcomes", term) for term in study.outcomes]
    return [
        f"{key}: {term.name!r} is a name that dampak uses itself; "
        f"write '{term.name}_x = {term.expression or term.name}'"
        for key, term in terms
        if term.name in RESERVED
    ]


def _covariates_precede(study: Study) -> list[str]:
    """No covariate may be an outcome, be made from one, or be all that an outcome is made from; nor the treatment."""
    measured = frozenset[str]().union(*(term.uses for term in study.covariates))
    problems = []
    for term in study.covariates:
        if study.treatment.column in (term.name, *term.uses):
            problems.append(f"covariates: {term.written!r} uses the treatment {study.treatment.column!r}; remove it")
            continue
        clash = next((c for o in study.outcomes if (c := _outcome_clash(term, o, measured))), None)
        if clash:
            problems.append(f"covariates: {clash}; {BEFORE}")
    return problems


def _outcome_clash(term: VariableSpec, outcome: VariableSpec, measured: frozenset[str]) -> str | None:
    """How a covariate clashes with an outcome, if it does.

    `gain = re78 - re75` beside the covariate re75 is legitimate, since re78 alone comes after treatment; an outcome
    whose variables are *all* among the covariates is not.
    """
    if term.name == outcome.name:
        return f"{term.name!r} is also an outcome"
    if outcome.name in term.uses:
        return f"{term.written!r} uses the outcome {outcome.name!r}"
    if outcome.uses <= measured and outcome.uses & term.uses:
        return f"{term.written!r} shares its variables with the outcome {outcome.written!r}"
    return None


def _exact_precedes(study: Study, covariates: dict[str, VariableSpec]) -> list[str]:
    problems = []
    for name in study.exact:
        if name == study.treatment.column:
            problems.append(f"exact: {name!r} is the treatment; remove it")
        elif name not in covariates and any(outcome.uses <= {name} for outcome in study.outcomes):
            problems.append(f"exact: {name!r} is also an outcome; an exact stratum must be known before treatment")
    return problems


def _placebos(study: Study, covariates: dict[str, VariableSpec]) -> list[str]:
    problems = []
    for placebo in study.placebo_outcomes:
        for key, sentence in _placebo(study, placebo, covariates):
            problems.append(f"placebo_outcomes: {placebo.outcome}: {key}{sentence}")
    return problems


def _placebo(study: Study, placebo: PlaceboOutcome, covariates: dict[str, VariableSpec]) -> list[tuple[str, str]]:
    """Sentences on one placebo outcome, each with the key that it is about."""
    name = placebo.outcome
    if name == study.treatment.column:
        return [("", "is the treatment; name a variable measured before treatment")]
    if any(name == outcome.name or outcome.uses <= {name} for outcome in study.outcomes):
        return [("", "is also an outcome; a placebo outcome must be fixed before treatment")]
    found = [
        (
            "without: ",
            f"{left!r} is not a covariate{suggestion(left, covariates)}; its covariates are {listing(covariates)}",
        )
        for left in placebo.without
        if left not in covariates
    ]
    made_of = covariates[name].uses if name in covariates else frozenset({name})
    kept = [term for term in study.covariates if term.name not in placebo.without]
    for term in kept:
        if term.name == name or name in term.uses or made_of <= term.uses:
            verb = f"shares its variables with {name!r}"
            if term.name == name:
                verb = "is the placebo outcome itself"
            elif name in term.uses:
                verb = f"is made from {name!r}"
            found.append(("without: ", f"{term.name!r} {verb} and would explain it away; add it to without"))
    if not kept:
        found.append(("without: ", "leaves no covariate; keep at least one"))
    if any(made_of <= (covariates[e].uses if e in covariates else {e}) for e in study.exact):
        found.append(("", f"{name!r} is fixed by the exact strata; remove it from exact or from placebo_outcomes"))
    return found
