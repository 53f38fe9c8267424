"""How much it would take to overturn an estimate."""

from __future__ import annotations

import math

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


def robustness_value(cohen_f: float, *, df: float, q: float = 1.0, alpha: float | None = None) -> float:
    """Share of residual variance that a confounder must explain, of treatment and outcome alike, to matter.

    With `alpha` None: to reduce the estimate by 100 q percent. With `alpha`: to bring it within reach of
    insignificance at that level.

    Parameters
    ----------
    cohen_f : float
        Partial f of the treatment with the outcome (classical t / sqrt(df)).
    df : float
        Residual degrees of freedom.
    q : float
        Share of the estimate that is to be explained away.
    alpha : float or None

    Returns
    -------
    float
        In [0, 1].

    References
    ----------
    Cinelli, C. and Hazlett, C. (2020). JRSS B 82, 39-67, section 4.2; Cinelli, Ferwerda and Hazlett (2024),
    sensemakr, for the case in which the critical value binds.
    """
    f_q = q * abs(cohen_f)
    f_crit = 0.0 if alpha is None else quantile(1 - alpha / 2, df=df - 1) / math.sqrt(df - 1)
    f = f_q - f_crit
    if f <= 0:
        return 0.0
    if math.isinf(f_q):
        return 1.0
    if f_crit > 0 and f_q > 1 / f_crit:
        return (f_q**2 - f_crit**2) / (1 + f_q**2)
    return 0.5 * (math.sqrt(f**4 + 4 * f**2) - f**2)
