"""The one parameter of every rule: what the job depends on besides its input files."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from dampak.provenance.fingerprint import Library, fingerprint, package_root


@cache
def _library(root: Path) -> Library:
    return Library(root)


@cache
def _code(script: Path) -> str:
    """Fingerprint a script once a process: a plan stamps the same rule for every study."""
    return fingerprint(script, library=_library(package_root()))


def stamp(settings: dict[str, Any], *scripts: Path) -> str:
    """Return the canonical JSON of a job's settings and of the code that its script reaches.

    Parameters
    ----------
    settings
        The configuration leaves that the rule uses, as plain JSON values.
    *scripts
        The rule's script, and the notebook that it executes, if any.

    Returns
    -------
    str
        `{"code": [sha256], "settings": {...}}` with sorted keys and no spaces. Equal dependencies give equal text,
        whatever the order of keys, comments or formatting in the files that they come from.
    """
    body = {"code": [_code(script) for script in scripts], "settings": settings}
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
