"""How small an effect a study could have found."""

from __future__ import annotations

from dampak.estimate.effect import quantile


def minimum_detectable_effect(std_error: float, *, df: float, alpha: float, power: float = 0.8) -> float:
    """Smallest true effect that a two-sided test finds with the given power.

    (q(1 - alpha/2) + q(power)) x SE with quantiles of the reference distribution; 2.8016 x SE for the normal,
    alpha 0.05, power 0.8.

    Parameters
    ----------
    std_error : float
        In the unit of the outcome.
    df : float
        ``inf`` = normal.
    alpha, power : float

    Returns
    -------
    float
        In the unit of the outcome.

    References
    ----------
    Bloom, H. (1995). Evaluation Review 19, 547-556.
    """
    return (quantile(1 - alpha / 2, df=df) + quantile(power, df=df)) * std_error
