"""Specifications: the sets of covariates that a study conditions on, one for its outcomes and one per placebo."""

from collections.abc import Mapping
from typing import Any

from dampak.errors import ConfigError


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


def headline_labels(headline: str) -> tuple[str, str]:
    """Return the labels under which a study of programmes has its headline effect, the one to be preferred first.

    Parameters
    ----------
    headline : str
        Label of the method.

    Returns
    -------
    imputed, plain : str
        Pooled over who is linked, where the study imputes that; and with the links as they were accepted.
    """
    return f"{headline}_imputed", headline


def estimand_of(method: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """Return what a method estimates: its own estimand, or else that of the study.

    Parameters
    ----------
    method : mapping
        Of the study.
    settings : mapping
        `estimands`.
    """
    return str(method.get("estimand") or one_estimand(settings))


def one_estimand(settings: Mapping[str, Any]) -> str:
    """Return the estimand of a study.

    Parameters
    ----------
    settings : mapping
        `estimands`.

    Raises
    ------
    ConfigError
        When there are several: the match tables hold the pairs and weights of one.
    """
    if len(settings["estimands"]) != 1:
        raise ConfigError(
            f"estimands: {settings['estimands']} names {len(settings['estimands'])} estimands, and the match tables "
            "hold the pairs and weights of one; name one and put another in a study of its own"
        )
    return str(settings["estimands"][0])
