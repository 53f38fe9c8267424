"""Which stages of a study draw at random, and so depend on its seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dampak.config.matching_methods import Nearest
from dampak.config.outcome_methods import Aipw, DifferenceInMeans, Regression

if TYPE_CHECKING:
    from dampak.config.method import Method
    from dampak.config.study import Study


def seed_if_drawn(study: Study, stage: str) -> dict[str, Any]:
    """Return {`seed`: ...} where the stage draws at random in this study, so that a new seed reruns nothing else.

    Parameters
    ----------
    study
        A loaded study.
    stage
        `score` (cross-fitting of a boosted score), `orders` (breaking of ties) or `effects` (cross-fitting, bootstrap,
        Romano-Wolf).
    """
    draws = {
        "score": study.propensity.model == "gradient_boosting",
        "orders": any(isinstance(m, Nearest) and not m.replace for m in study.methods),
        "effects": study.multiplicity == "romano_wolf" or any(_draws(m) for m in study.methods),
    }
    return {"seed": study.seed} if draws[stage] else {}


def _draws(method: Method) -> bool:
    if isinstance(method, Aipw):
        return method.folds is not None
    return isinstance(method, DifferenceInMeans | Regression) and method.std_error == "wild_cluster_bootstrap"
