"""E-values: how strongly a confounder must be tied to treatment and outcome, on the scale of risk ratios."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dampak.errors import ConfigError

# A risk ratio resembles exp(0.91 d) for a standardised mean difference d (Chinn 2000; VanderWeele 2017).
LOG_RISK_RATIO_PER_SD = 0.91


@dataclass(frozen=True)
class EValue:
    """E-values of an estimate and of the limit of its interval that lies nearer to no effect.

    Attributes
    ----------
    estimate : float
        Least risk ratio, of confounder with treatment and with outcome alike, that would explain the estimate away.
    limit : float
        The same for the confidence limit; 1 where the interval holds "no effect".
    """

    estimate: float
    limit: float


def e_value(risk_ratio: float, ci_low: float, ci_high: float) -> EValue:
    """E-value of a risk ratio: RR + sqrt(RR (RR - 1)), with 1 / RR for RR < 1.

    It holds for a rate ratio, and for an odds or hazard ratio of a rare outcome.

    Parameters
    ----------
    risk_ratio, ci_low, ci_high : float
        Positive, ci_low <= risk_ratio <= ci_high.

    Raises
    ------
    ConfigError
        A ratio that is not positive, or limits that do not enclose it.

    References
    ----------
    VanderWeele, T. and Ding, P. (2017). Annals of Internal Medicine 167, 268-274.
    """
    if not 0 < ci_low <= risk_ratio <= ci_high:
        raise ConfigError(
            f"e-value: risk ratio {risk_ratio:g} with limits {ci_low:g} and {ci_high:g}: ratios are positive and lie "
            "between their limits; for a mean difference use e_value_of_difference"
        )
    nearer = ci_low if risk_ratio >= 1 else ci_high
    crosses = ci_low <= 1 <= ci_high
    return EValue(estimate=_of(risk_ratio), limit=1.0 if crosses else _of(nearer))


def e_value_of_difference(estimate: float, ci_low: float, ci_high: float, *, std_dev: float) -> EValue:
    """E-value of a mean difference, through its approximate risk ratio exp(0.91 d).

    The limits are those of the effect, so its t reference and survey design count; with normal limits this is
    exp(0.91 d -+ 1.78 SE_d) of the paper.

    Parameters
    ----------
    estimate, ci_low, ci_high : float
        In the unit of the outcome.
    std_dev : float
        Standard deviation of the outcome (within groups, pooled), in its unit.

    Raises
    ------
    ConfigError
        A standard deviation that is not positive.

    References
    ----------
    VanderWeele, T. and Ding, P. (2017). Annals of Internal Medicine 167, 268-274, Table 2. Chinn, S. (2000).
    Statistics in Medicine 19, 3127-3131.
    """
    if not std_dev > 0:
        raise ConfigError(
            f"e-value: a standard deviation of {std_dev:g} gives no standardised effect; use an outcome that varies"
        )
    ratio, low, high = (math.exp(LOG_RISK_RATIO_PER_SD * value / std_dev) for value in (estimate, ci_low, ci_high))
    return e_value(ratio, low, high)


def _of(risk_ratio: float) -> float:
    ratio = max(risk_ratio, 1 / risk_ratio)
    return ratio + math.sqrt(ratio * (ratio - 1))
