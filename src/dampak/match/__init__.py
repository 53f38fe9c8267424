"""Outcome-blind design: propensity, support, pairing, weighting, balance.

The functions that a study is made of can be imported from here, without Snakemake: `from dampak.match import nearest`.
Each is loaded when it is asked for. Those that share the name of their module are imported from it:
`from dampak.match.balance import balance`.
"""

from importlib import import_module
from typing import Any

# Name -> module of this package that defines it.
_PUBLIC = {
    "Pairs": "pairing",
    "caliper_path": "frontier",
    "coarsened": "coarsen",
    "covariate_balancing_weights": "covariate_balancing",
    "dropped_profile": "profile",
    "effective_sample_size": "weighting",
    "full_match": "full",
    "generalised_score": "multivalued",
    "generalised_weights": "multivalued",
    "inverse_probability_weights": "weighting",
    "logit_score": "propensity",
    "nearest": "pairing",
    "optimal_pairs": "optimal",
    "pair_weights": "weighting",
    "probit_score": "propensity",
    "propensity_score": "propensity",
    "standardiser": "balance",
    "subclasses": "subclass",
    "support_reasons": "support",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_PUBLIC[name]}", __name__), name)
