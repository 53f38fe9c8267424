"""Common support of the propensity score, and the table of who was dropped and why."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import ConfigError

FloatArray = NDArray[np.float64]
KEPT = "kept"


def support_reasons(score: FloatArray, treatment: NDArray[np.bool_], *, rule: str, trim: float = 0.1) -> list[str]:
    """Return for every unit why it is off common support, or an empty text.

    Parameters
    ----------
    score : (n,) float
        Propensity scores.
    treatment : (n,) bool
    rule : {"none", "minmax", "crump"}
        `minmax`: the range of scores that both groups share (MatchIt's ``discard = "both"``);
        `crump`: scores within [trim, 1 - trim].
    trim : float
        Bound of the `crump` rule.

    Returns
    -------
    list of str, length n

    Raises
    ------
    ConfigError
        For another rule.

    References
    ----------
    Dehejia, R. and Wahba, S. (1999). JASA 94, 1053-1062. Crump, R., Hotz, V., Imbens, G. and Mitnik, O. (2009).
    Biometrika 96, 187-199.
    """
    match rule:
        case "none":
            low, high = -np.inf, np.inf
            below = above = ""
        case "minmax":
            low = max(score[treatment].min(), score[~treatment].min())
            high = min(score[treatment].max(), score[~treatment].max())
            below, above = "score below the range of the other group", "score above the range of the other group"
        case "crump":
            low, high = trim, 1 - trim
            below, above = f"score below {trim:g}", f"score above {1 - trim:g}"
        case other:
            raise ConfigError(f"support: rule: '{other}' is not known; use none, minmax or crump")
    return [below if s < low else above if s > high else "" for s in score]


def support_rows(
    reasons: pd.Series, treatment: NDArray[np.bool_], survey_weight: FloatArray, *, name: str
) -> pd.DataFrame:
    """Count units by reason.

    Parameters
    ----------
    reasons : (n,) Series of str
        Empty for units that are kept.
    treatment : (n,) bool
    survey_weight : (n,) float
    name : str
        Name of the treatment.

    Returns
    -------
    DataFrame
        treatment, reason, n_treated, n_comparison, weight_treated (survey weight of the treated); sorted by reason.
    """
    frame = pd.DataFrame(
        {
            "reason": reasons.to_numpy(),
            "n_treated": treatment.astype(int),
            "n_comparison": (~treatment).astype(int),
            "weight_treated": np.where(treatment, survey_weight, 0.0),
        }
    )
    counted = frame.groupby("reason", as_index=False, sort=True).sum()
    counted.insert(0, "treatment", name)
    return counted
