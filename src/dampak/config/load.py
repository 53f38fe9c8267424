"""Load the configuration of a project: settings, studies, codebooks. Every problem is a sentence."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from dampak.clean.spelling import listing, suggestion
from dampak.config.codebook import Codebook
from dampak.config.documents import parse_document, read_text
from dampak.config.problems import sentences
from dampak.config.programmes.study import ProgrammeStudy
from dampak.config.programmes.variables import variable_problems
from dampak.config.settings import Settings
from dampak.config.sources import PROVINCE
from dampak.config.study import Study
from dampak.config.terms import variables_in
from dampak.errors import ConfigError

SETTINGS = "config/config.yaml"
STUDIES = "config/studies"
CODEBOOKS = "config/codebooks"
# Keys that may name a covariate of the study as well as a variable of a codebook.
MEASURED_BEFORE = ("exact", "placebo_outcomes", "outcomes: before", "placebo_outcomes: before")
NAME_PATTERN = r"[a-z][a-z0-9_]*"
AnyModel = TypeVar("AnyModel", bound=BaseModel)
AnyStudy = Study | ProgrammeStudy


# A plan asks for the same study once per rule. The text is part of the key, so an edited file is read anew.
@lru_cache(maxsize=256)
def _cached(model: type[BaseModel], text: str, file: str) -> BaseModel:
    document = parse_document(text, file=file)
    try:
        return model.model_validate(document, context={"name": Path(file).stem})
    except ValidationError as error:
        raise ConfigError("\n".join(sentences(error, model, file))) from None


def _validated(model: type[AnyModel], root: Path, file: str) -> AnyModel:
    """Read and validate one configuration file."""
    loaded = _cached(model, read_text(root / file, file=file), file)
    assert isinstance(loaded, model)
    return loaded


def _names(folder: Path) -> list[str]:
    """Names of the YAML files in a folder that can be referred to, sorted."""
    return sorted(path.stem for path in folder.glob("*.yaml") if re.fullmatch(NAME_PATTERN, path.stem))


def study_names(root: Path) -> list[str]:
    """Return the names of all studies of the project, sorted."""
    return _names(root / STUDIES)


def studies_by_kind(root: Path) -> dict[str, list[str]]:
    """Return the names of the studies of each kind.

    A file that cannot be read counts as of one treatment: what is wrong with it is said when it is asked for.

    Returns
    -------
    dict
        `one_treatment`; `programmes`, of which those with a file per register are `whole`, those with a file per
        register and province `by_province`; of them those with synthetic data are `synthetic` and
        `synthetic_by_province`.
    """
    kinds = ("one_treatment", "programmes", "whole", "by_province", "synthetic", "synthetic_by_province")
    found: dict[str, list[str]] = {kind: [] for kind in kinds}
    for name in study_names(root):
        file = f"{STUDIES}/{name}.yaml"
        try:
            document = parse_document(read_text(root / file, file=file), file=file)
        except ConfigError:
            document = {}
        if "registers" not in document:
            found["one_treatment"].append(name)
            continue
        found["programmes"].append(name)
        apart = _by_province(document["registers"])
        found["by_province" if apart else "whole"].append(name)
        if document.get("synthetic"):
            found["synthetic_by_province" if apart else "synthetic"].append(name)
    return found


def _by_province(registers: Any) -> bool:
    """Whether the registers of a study file, not yet checked, come in a file per province."""
    sources = registers.values() if isinstance(registers, dict) else []
    return any(isinstance(source, dict) and PROVINCE in str(source.get("path")) for source in sources)


def load_settings(root: Path) -> dict[str, Any]:
    """Load `config/config.yaml`.

    Returns
    -------
    dict
        Plain JSON values, such as `{"default_studies": ["nsw_experiment", "nsw_cps"]}`.

    Raises
    ------
    ConfigError
        When the file is missing or wrong, or a default study does not exist.
    """
    if not (root / SETTINGS).is_file():
        raise ConfigError(
            f"{SETTINGS}: does not exist; create it with 'default_studies: [{listing(study_names(root))}]'"
        )
    settings = _validated(Settings, root, SETTINGS)
    known = study_names(root)
    problems = [
        f"{SETTINGS}: default_studies: there is no study {name!r}{suggestion(name, known)}; {_available(known)}"
        for name in settings.default_studies
        if name not in known
    ]
    if problems:
        raise ConfigError("\n".join(problems))
    plain: dict[str, Any] = settings.model_dump(mode="json")
    return plain


def _available(known: list[str]) -> str:
    return f"the studies are {listing(known)}" if known else f"{STUDIES} has no study yet; write one"


def load_codebook(root: Path, name: str) -> Codebook:
    """Load `config/codebooks/<name>.yaml`.

    Raises
    ------
    ConfigError
        When it does not exist or is wrong.
    """
    file = f"{CODEBOOKS}/{name}.yaml"
    if not (root / file).is_file():
        known = _names(root / CODEBOOKS)
        raise ConfigError(
            f"{file}: does not exist{suggestion(name, known)}; the codebooks are {listing(known) or 'none yet'}"
        )
    return _validated(Codebook, root, file)


def _parsed_study(root: Path, name: str) -> AnyStudy:
    """Load a study without looking at the files that it names."""
    file = f"{STUDIES}/{name}.yaml"
    if not (root / file).is_file():
        known = study_names(root)
        if (root / file).with_suffix(".yml").is_file():
            raise ConfigError(f"{STUDIES}/{name}.yml: has the wrong ending; rename it to {name}.yaml")
        raise ConfigError(f"{file}: there is no study {name!r}{suggestion(name, known)}; {_available(known)}")
    if not re.fullmatch(NAME_PATTERN, name):
        raise ConfigError(f"{file}: {name!r} cannot name a study; use lower-case letters, digits and _, a letter first")
    # A study that lists registers is one of programmes; the key tells the two kinds apart.
    lists_registers = "registers" in parse_document(read_text(root / file, file=file), file=file)
    return _validated(ProgrammeStudy, root, file) if lists_registers else _validated(Study, root, file)


def load_study(root: Path, name: str) -> AnyStudy:
    """Load and check `config/studies/<name>.yaml`, with the codebooks, notebooks and benchmark that it names.

    Raw data files are not looked at (see `dampak.provenance.sources.missing_sources`).

    Parameters
    ----------
    root
        The project's folder.
    name
        Name of the study.

    Returns
    -------
    Study or ProgrammeStudy
        Frozen, with `name` and all defaults filled in; the second where the file lists `registers`.

    Raises
    ------
    ConfigError
        One sentence per problem, one per line.
    """
    study = _parsed_study(root, name)
    problems = [*_missing_codebooks(root, study), *_notebook_problems(root, study)]
    if isinstance(study, ProgrammeStudy):
        problems = problems or variable_problems(study, codebooks_of(root, study))
    else:
        problems += [*(_variable_problems(root, study) if not problems else []), *_benchmark_problems(root, study)]
    if problems:
        raise ConfigError("\n".join(f"{STUDIES}/{name}.yaml: {problem}" for problem in problems))
    return study


def _missing_codebooks(root: Path, study: AnyStudy) -> list[str]:
    """Codebooks that do not exist."""
    available = _names(root / CODEBOOKS)
    return [
        f"{_key_of(study, name)}: codebook: {CODEBOOKS}/{source.codebook}.yaml does not exist"
        f"{suggestion(source.codebook, available)}; the codebooks are {listing(available) or 'none yet'}"
        for name, source in study.sources.items()
        if source.codebook not in available
    ]


def _key_of(study: AnyStudy, source: str) -> str:
    """Where a study names a source."""
    if isinstance(study, Study):
        return f"sources: {source}"
    return f"registers: {source}" if source in study.registers else f"survey: {source}"


def codebooks_of(root: Path, study: AnyStudy) -> dict[str, Codebook]:
    """Return the codebook of every source."""
    return {name: load_codebook(root, source.codebook) for name, source in study.sources.items()}


def _variable_problems(root: Path, study: Study) -> list[str]:
    """Variables that no codebook of the study has, or that are personal."""
    known = {
        name: variable.personal
        for codebook in codebooks_of(root, study).values()
        for name, variable in codebook.variables.items()
    }
    derived = {term.name for term in study.covariates}
    where = f"codebook {listing(dict.fromkeys(s.codebook for s in study.sources.values()))}"
    used = dict.fromkeys(named_variables(study))
    personal = [
        f"{key}: {variable!r} is personal in {where} and may not leave cleaning; use another variable"
        for key, variable in used
        if known.get(variable) and not key.endswith("keep")
    ]
    return personal + [
        f"{key}: {variable!r} is not a variable of {where}{suggestion(variable, known)}; "
        f"its variables are {listing(known)}"
        for key, variable in used
        if variable not in known and not (variable in derived and key in MEASURED_BEFORE)
    ]


def named_variables(study: Study) -> list[tuple[str, str]]:
    """Return every (key, codebook variable) that a study of one treatment names."""
    named = [("treatment: column", study.treatment.column)]
    if study.unit_id != "content":
        named.append(("unit_id", study.unit_id))
    for key, terms in (("covariates", study.covariates), ("outcomes", study.outcomes)):
        named += [(key, variable) for term in terms for variable in sorted(term.uses)]
    named += [("placebo_outcomes", placebo.outcome) for placebo in study.placebo_outcomes]
    for key, measured in (("outcomes", study.outcomes), ("placebo_outcomes", study.placebo_outcomes)):
        named += [(f"{key}: before", entry.before) for entry in measured if entry.before]
    named += [("exact", name) for name in study.exact]
    named += [(f"design: {role}", name) for role, name in study.design.roles.items()]
    for source_name, source in study.sources.items():
        if source.keep:
            named += [(f"sources: {source_name}: keep", v) for v in sorted(variables_in(source.keep))]
    return named


def _notebook_problems(root: Path, study: AnyStudy) -> list[str]:
    known = sorted(path.stem for path in (root / "notebooks").glob("*.ipynb"))
    return [
        f"notebooks: notebooks/{name}.ipynb does not exist{suggestion(name, known)}; "
        "write it or remove it from notebooks"
        for name in study.notebooks
        if name not in known
    ]


def _benchmark_problems(root: Path, study: Study) -> list[str]:
    if study.benchmark is None:
        return []
    other, known = study.benchmark.study, study_names(root)
    if other == study.name:
        return ["benchmark: study: names the study itself; name another one or remove benchmark"]
    if other not in known:
        return [
            f"benchmark: study: {STUDIES}/{other}.yaml does not exist{suggestion(other, known)}; {_available(known)}"
        ]
    try:
        labels = [method.label for method in _parsed_study(root, other).methods]
    except ConfigError as error:
        return [f"benchmark: study: {other!r} has a problem of its own; mend it first ({str(error).splitlines()[0]})"]
    if study.benchmark.method not in labels:
        return [
            f"benchmark: method: {study.benchmark.method!r} is not the label of a method of {other}"
            f"{suggestion(study.benchmark.method, labels)}; its labels are {listing(labels)}"
        ]
    return []
