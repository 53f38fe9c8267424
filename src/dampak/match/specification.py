"""Specifications: the sets of covariates that a study conditions on, one for its outcomes and one per placebo."""

from collections.abc import Mapping
from typing import Any


def specifications(settings: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the covariates of every specification.

    Parameters
    ----------
    settings : mapping
        `covariates` ([{name, expression}]) and `placebo_outcomes` ([{outcome, without}]) of a study.

    Returns
    -------
    dict of str to list of str
        `main` with all covariates, then `placebo_<outcome>` without those that a placebo outcome leaves out.
    """
    covariates = [str(c["name"]) for c in settings["covariates"]]
    found = {"main": covariates}
    for placebo in settings["placebo_outcomes"]:
        left_out = set(placebo["without"])
        found[f"placebo_{placebo['outcome']}"] = [c for c in covariates if c not in left_out]
    return found
