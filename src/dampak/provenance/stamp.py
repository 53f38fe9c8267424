"""The one parameter of every rule: what the job depends on besides its input files."""

import json
import os
import sysconfig
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from dampak.errors import DataError
from dampak.provenance.code.environment import versions
from dampak.provenance.code.fingerprint import Library, Reached, reached
from dampak.provenance.digests import signature, text_sha256
from dampak.provenance.graph import canonical_json
from dampak.provenance.used.places import PACKAGE_FOLDER
from dampak.provenance.writing import write_atomically

NOTES = Path(".snakemake") / "dampak" / "reach"


@cache
def _library(root: Path) -> Library:
    return Library(root)


@cache
def _surroundings() -> list[Any]:
    """Return what tells one state of the package's files, and of the folders with installed packages, from another."""
    files = sorted(p for p in PACKAGE_FOLDER.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    installed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    installed |= set(filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)))
    return [(str(path), signature(path)) for path in (*files, *map(Path, sorted(installed)))]


@cache
def script_reach(root: Path, script: str) -> tuple[Reached, dict[str, str]]:
    """Return what a script reaches, and the versions of the packages among it.

    Parameters
    ----------
    root
        The project's folder.
    script
        Path of a script or notebook, relative to it.

    Returns
    -------
    reached : Reached
    environment : dict of str to str
        Distribution to version.
    """
    path = root / script
    state, note = text_sha256(canonical_json([*_surroundings(), signature(path)])), _note(root, script)
    known = _read(note)
    if known.get("state") == state:
        return Reached.from_json(known["reached"]), known["environment"]
    found = reached(path, library=_library(PACKAGE_FOLDER))
    environment = versions(found.packages)
    known = {"state": state, "reached": found.to_json(), "environment": environment}
    with suppress(OSError):  # A plan needs no note; a job without one says so.
        write_atomically(note, lambda p: p.write_text(canonical_json(known), encoding="utf-8"))
    return found, environment


def noted_reach(root: Path, script: str, digest: str) -> Reached:
    """Return what a script reached when the plan stamped it, as the plan noted it.

    A job asks for the note, so that the code which takes it is no part of what the job itself reaches.

    Raises
    ------
    DataError
        When there is no note, or one of another state of the code.
    """
    note = _note(root, script)
    known = _read(note)
    if not known:
        raise DataError(f"{note}: the plan could not leave its note here; free some space, or give write permission")
    found = Reached.from_json(known["reached"])
    if found.digest != digest:
        raise DataError(f"{script}: code that it uses was edited while the run was under way; run again")
    return found


def _note(root: Path, script: str) -> Path:
    return root / NOTES / f"{script}.json"


def _read(note: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(note.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def stamp(settings: dict[str, Any], root: Path, *scripts: str) -> str:
    """Return the canonical JSON of a job's settings, of the code that its scripts reach, and of the packages it uses.

    Parameters
    ----------
    settings
        The configuration leaves that the rule uses, as plain JSON values.
    root
        The project's folder.
    *scripts
        The rule's script, and the notebook that it executes, if any, relative to the project's folder.

    Returns
    -------
    str
        `{"code": {script: sha256}, "environment": {distribution: version}, "settings": {...}}` with sorted keys and no
        spaces. Equal dependencies give equal text, whatever the order of keys, comments or formatting in the files
        that they come from.
    """
    code: dict[str, str] = {}
    environment: dict[str, str] = {}
    for script in scripts:
        found, versions_of = script_reach(root, script)
        code[script] = found.digest
        environment |= versions_of
    return canonical_json({"code": code, "environment": environment, "settings": settings})
