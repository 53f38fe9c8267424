"""Every method that a study can name: families by their options by what they estimate."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from dampak.config.methods import SUPPORTED_ESTIMANDS
from tests.properties.strategies import Sample
from tests.settings import method

Method = dict[str, Any]

EFFECTS = ("regression", "g_computation")
DISTANCES = ("propensity", "scaled_euclidean", "mahalanobis")

# Options of each family. The first are asked for every estimand, the others for the one they name or for one in turn.
_OPTIONS: dict[str, tuple[dict[str, Any], ...]] = {
    "difference_in_means": ({}, {"std_error": "wild_cluster_bootstrap"}, {"on_support": True}),
    "regression": ({}, {"std_error": "wild_cluster_bootstrap"}, {"on_support": True}),
    "oaxaca_blinder": ({}, {"std_error": "hc1_prediction_fixed"}),
    "g_computation": ({}, {"model": "logit"}, {"model": "poisson"}),
    "nearest_1": (
        {},
        {"order": "smallest", "std_error": "matched_sets", "on_support": True},
        {"order": "closest", "distance": "mahalanobis"},
        {"order": "closest", "ratio": 2, "std_error": "score_counted"},
        {"order": "data", "distance": "scaled_euclidean"},
        {"order": "data", "effect": "g_computation"},
        {"distance": "mahalanobis", "effect": "regression"},
        {"ratio": 2, "covariate_calipers": {"age": 9.0}},
        {"anti_exact": ["female"]},
        *({"replace": True, "distance": d, "ratio": 2} for d in DISTANCES),
        *({"replace": True, "distance": d, "variance": "heteroscedastic"} for d in DISTANCES),
    ),
    "nearest_1_caliper": ({}, {"distance": "mahalanobis", "order": "closest"}, {"replace": True}),
    "nearest_5_bias_adjusted": (
        {},
        {"distance": "mahalanobis", "variance": "heteroscedastic"},
        {"ratio": 3, "bias_adjust": False},
    ),
    "optimal": (
        {},
        {"distance": "scaled_euclidean", "effect": "regression"},
        {"distance": "mahalanobis", "effect": "g_computation"},
        {"ratio": 2, "caliper": 1.5, "std_error": "score_counted"},
        {"std_error": "matched_sets"},
    ),
    "full": (
        {},
        {"distance": "scaled_euclidean", "effect": "regression"},
        {"distance": "mahalanobis", "effect": "g_computation"},
        {"std_error": "matched_sets", "caliper": 0.5},
        {"std_error": "score_counted"},
    ),
    "subclass": (
        {},
        {"std_error": "linearized", "count": 4},
        {"std_error": "score_counted"},
        *({"effect": effect} for effect in EFFECTS),
    ),
    "cem": (
        {},
        *({"bins": bins} for bins in ("scott", "fd", 3)),
        {"bins": {"age": [35.0, 45.0], "income": 2, "female": 0}},
        *({"bins": 2, "effect": effect} for effect in EFFECTS),
    ),
    "ipw": (
        {},
        {"std_error": "hc1_score_fixed", "trim": 0.95},
        {"stabilised": True, "estimand": "ate", "std_error": "m_estimation"},
        {"on_support": True},
        *({"effect": effect} for effect in EFFECTS),
    ),
    "overlap": (
        *({"std_error": error} for error in ("m_estimation", "hc1_score_fixed")),
        *({"effect": e} for e in EFFECTS),
    ),
    "entropy_balancing": (
        {},
        {"moments": 2, "std_error": "m_estimation"},
        {"std_error": "hc3"},
        *({"effect": e} for e in EFFECTS),
    ),
    "cbps": (*({"std_error": error} for error in ("m_estimation", "hc1")), *({"effect": e} for e in EFFECTS)),
    "aipw": ({"folds": None}, {"folds": None, "propensity": "probit"}, {"splits": 1}),
    "did_dr": ({},),
}

# Outcome models that need an outcome of their kind.
_OUTCOMES = {"logit": "school", "poisson": "visits"}

# Slow: asked in fewer examples.
LEARNERS: tuple[Method, ...] = tuple(
    method(
        "aipw", label=f"aipw_{outcome}", estimand=estimand, propensity=score, outcome_model=outcome, folds=3, splits=1
    )
    for score, outcome, estimand in (
        ("logit", "random_forest", "ate"),
        ("gradient_boosting", "linear", "att"),
        ("random_forest", "logit", "ate"),
        ("logit", "gradient_boosting", "atc"),
    )
)


def _entries() -> Iterable[Method]:
    for family, options in _OPTIONS.items():
        estimands = SUPPORTED_ESTIMANDS[family]
        for number, chosen in enumerate(options):
            for estimand in (
                estimands if number == 0 else [chosen.get("estimand") or estimands[number % len(estimands)]]
            ):
                label = _label(family, estimand, *chosen.items())
                yield method(family, **chosen | {"estimand": estimand, "label": label})


def _label(*parts: Any) -> str:
    """A name that says all that was chosen, in the letters that labels may have."""
    return re.sub(r"[^a-z0-9]+", "_", " ".join(str(part) for part in parts).lower()).strip("_")


MENU: tuple[Method, ...] = tuple(_entries())


def outcome_of(entry: Method) -> str:
    """The outcome that a method is asked about."""
    return _OUTCOMES.get(str(entry.get("model", entry.get("outcome_model"))), "food")


def nameable(entry: Method, sample: Sample) -> bool:
    """Whether a study of this sample may name the method (see `dampak.config.method_checks`)."""
    if entry.get("replace"):
        if {"strata", "psu"} & set(sample.parts):
            return False
        return entry["distance"] != "propensity" or "weight" not in sample.parts
    if entry.get("std_error") == "wild_cluster_bootstrap":
        return "psu" in sample.parts and "strata" not in sample.parts
    return True


def menu(sample: Sample, *, without: Iterable[str] = ()) -> list[Method]:
    """The methods for a sample, without those whose label starts with one of these words."""
    return [m for m in MENU if nameable(m, sample) and not m["label"].startswith(tuple(without) or ("-",))]
