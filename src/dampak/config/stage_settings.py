"""What the stages are handed of a study: leaves of its settings, sources with their codebooks, labels."""

import copy
from pathlib import Path
from typing import Any

from dampak.config.load import AnyStudy, codebooks_of, load_codebook, named_variables
from dampak.config.programmes.study import ProgrammeStudy
from dampak.config.programmes.variables import programme_labels


def source_settings(root: Path, study: AnyStudy, *names: str) -> dict[str, dict[str, Any]]:
    """Return what cleaning needs of each source, with its codebook in place of the codebook's name.

    Labels, units, titles and citations are left out: they are printed by later stages and change no cleaned value.

    Parameters
    ----------
    root
        The project's folder.
    study
        A loaded study.
    *names
        Sources; all if none.

    Returns
    -------
    dict
        {source: {`path`, `package`, `file`, `reader`, `options`, `keep`, `codebook`: {...}, `codebook_name`}}, plain
        JSON values.
    """
    settings = {name: study.sources[name].model_dump(mode="json") for name in names or study.sources}
    for source in settings.values():
        codebook = load_codebook(root, source["codebook"]).model_dump(mode="json", exclude={"title", "citation"})
        for variable in codebook["variables"].values():
            del variable["label"], variable["unit"]
        source |= {"codebook": codebook, "codebook_name": source["codebook"]}
    return settings


def survey_settings(root: Path, study: ProgrammeStudy) -> dict[str, Any]:
    """Return what cleaning needs of the survey of a programme study: its files with their codebooks, and its keys."""
    keys = {"household_id", "person_number", "kab_code"}
    return {key: study.plain["survey"][key] for key in keys} | source_settings(root, study, *study.survey.files)


def register_settings(root: Path, study: ProgrammeStudy, name: str) -> dict[str, Any]:
    """Return what cleaning needs of one register: its source with the codebook."""
    return source_settings(root, study, name)[name]


def labels(root: Path, study: AnyStudy) -> dict[str, dict[str, str]]:
    """Return {variable: {`label`, `unit`}} of every codebook variable that the study uses.

    Where several sources have a variable, the first decides; a programme study's own `labels` go before all.
    """
    if isinstance(study, ProgrammeStudy):
        return programme_labels(study, codebooks_of(root, study))
    used = {variable for _, variable in named_variables(study)}
    found: dict[str, dict[str, str]] = {}
    for source in study.sources.values():
        for name, variable in load_codebook(root, source.codebook).variables.items():
            if name in used:
                found.setdefault(name, {"label": variable.label, "unit": variable.unit})
    return found


def citations(root: Path, study: AnyStudy) -> list[str]:
    """Return the citations of the study's sources, each once, in the order of the sources."""
    cited = (load_codebook(root, source.codebook).citation for source in study.sources.values())
    return [text for text in dict.fromkeys(cited) if text]


def leaves(study: AnyStudy, *names: str) -> dict[str, Any]:
    """Pick the settings that a stage uses.

    Parameters
    ----------
    study
        A loaded study.
    *names
        Dotted names, such as `covariates` or `treatment.column`.

    Returns
    -------
    dict
        Plain JSON values in the shape of the study: `{"covariates": [...], "treatment": {"column": "treat"}}`.

    Raises
    ------
    KeyError
        When a study has no such setting.
    """
    picked: dict[str, Any] = {}
    for name in names:
        value: Any = study.plain
        target = picked
        *parents, last = name.split(".")
        for key in (*parents, last):
            if not isinstance(value, dict) or key not in value:
                raise KeyError(f"a study has no setting {name!r}")
            value = value[key]
        for key in parents:
            target = target.setdefault(key, {})
        target[last] = copy.deepcopy(value)
    return picked
