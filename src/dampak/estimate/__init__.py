"""Effects and their uncertainty, robustness, verdicts.

The estimators can be imported from here, without Snakemake: `from dampak.estimate import weighted_difference`. Each is
loaded when it is asked for. Those that share the name of their module are imported from it:
`from dampak.estimate.aipw import aipw`.
"""

from importlib import import_module
from typing import Any

# Name -> module of this package that defines it.
_PUBLIC = {
    "Effect": "effect",
    "SurveyDesign": "survey_design",
    "anderson_q": "multiplicity",
    "balancing_difference": "balancing",
    "benchmark_bounds": "omitted_variables",
    "contrast_table": "contrasts",
    "did_dr": "did",
    "e_value_of_difference": "e_value",
    "holm": "multiplicity",
    "interval": "effect",
    "inverse_probability": "ipw",
    "minimum_detectable_effect": "power",
    "nearest_neighbours": "neighbours",
    "pairwise_contrasts": "contrasts",
    "partial_pooling": "shrinkage",
    "robustness_value": "omitted_variables",
    "romano_wolf": "multiplicity",
    "rosenbaum_gamma": "rosenbaum",
    "rosenbaum_gamma_sets": "rosenbaum",
    "score_matched_difference": "score_matching",
    "stratified_difference": "stratified",
    "weighted_difference": "weighted",
    "wild_cluster_bootstrap": "wild_bootstrap",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_PUBLIC[name]}", __name__), name)
