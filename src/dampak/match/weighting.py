"""Weights that make groups comparable: inverse probability, entropy balancing, and those that pairs imply."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.match.pairing import Pairs

FloatArray = NDArray[np.float64]

IMBALANCE = 1e-9  # of standardised moments, at convergence
STEPS = 200


def inverse_probability_weights(
    score: FloatArray, treatment: NDArray[np.bool_], *, estimand: str, survey_weight: FloatArray
) -> FloatArray:
    """Weights from the propensity score e: att 1 and e/(1-e); atc (1-e)/e and 1; ate 1/e and 1/(1-e).

    Parameters
    ----------
    score : (n,) float, in (0, 1)
    treatment : (n,) bool
    estimand : {"att", "atc", "ate"}
    survey_weight : (n,) float
        Multiplies the weights.

    Returns
    -------
    (n,) float

    Raises
    ------
    ConfigError
        For another estimand.
    DataError
        When a weight would be infinite.

    References
    ----------
    Hirano, K., Imbens, G. and Ridder, G. (2003). Econometrica 71, 1161-1189.
    """
    certain = (score >= 1) & ~treatment if estimand == "att" else (score <= 0) & treatment
    if estimand == "ate":
        certain |= (score >= 1) & ~treatment
    if certain.any():
        raise DataError(
            f"match/scores.parquet: column propensity: {int(certain.sum())} units have a score of 0 or 1 against their "
            "own group, so their weight is infinite; use on_support: true or fewer covariates"
        )
    match estimand:
        case "att":
            tilt = score
        case "atc":
            tilt = 1 - score
        case "ate":
            tilt = np.ones_like(score)
        case other:
            raise ConfigError(f"ipw estimates att, atc or ate, not '{other}'; change `estimands`")
    return np.asarray(survey_weight * tilt / np.where(treatment, score, 1 - score))


def entropy_balancing(
    covariates: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    names: Sequence[str],
    estimand: str = "att",
    moments: int = 1,
    survey_weight: FloatArray | None = None,
) -> FloatArray:
    """Reweight one group to the covariate moments of the other, staying as close to the base weights as possible.

    Solves the dual of Hainmueller's programme, min over l of log sum_i q_i exp(l' (c(x_i) - m)), by Newton's method
    with a line search, to a standardised imbalance below 1e-9.

    Parameters
    ----------
    covariates : (n, k) float
    treatment : (n,) bool
    names : sequence of str, length k
    estimand : {"att", "atc"}
        Which group is the target.
    moments : int
        Powers of each covariate that are equated; those of a binary covariate add nothing and are left out.
    survey_weight : (n,) float or None
        Base weights q, and weights of the target moments; 1 if None.

    Returns
    -------
    (n,) float
        Base weights in the target group; in the other, weights that sum to those of the target group.

    Raises
    ------
    ConfigError
        For another estimand.
    DataError
        When no positive weights reach the target.

    References
    ----------
    Hainmueller, J. (2012). Political Analysis 20, 25-46.
    """
    if estimand not in ("att", "atc"):
        raise ConfigError(f"entropy_balancing estimates att or atc, not '{estimand}'; use ipw for the effect on all")
    base = np.ones(treatment.size) if survey_weight is None else np.asarray(survey_weight, dtype=np.float64)
    target = treatment if estimand == "att" else ~treatment
    columns, owners = _moments(np.asarray(covariates, dtype=np.float64), names, moments)
    goal = np.average(columns[target], axis=0, weights=base[target])
    spread = columns[target].std(axis=0)
    spread = np.where(spread > 0, spread, np.where(columns.std(axis=0) > 0, columns.std(axis=0), 1.0))
    z = (columns[~target] - goal) / spread
    _require_range(z, owners, reweighted="comparison" if estimand == "att" else "treated")
    share = _dual_newton(z, base[~target] / base[~target].sum(), owners)
    weight = base.copy()
    weight[~target] = share * base[target].sum()
    return weight


def _moments(x: FloatArray, names: Sequence[str], moments: int) -> tuple[FloatArray, list[str]]:
    """Columns to equate, scaled for arithmetic, and the covariate that each belongs to."""
    columns, owners = [], []
    for j, name in enumerate(names):
        column = (x[:, j] - x[:, j].mean()) / (x[:, j].std() or 1.0)
        powers = 1 if np.unique(x[:, j]).size <= 2 else moments
        for power in range(1, powers + 1):
            columns.append(column**power)
            owners.append(name if power == 1 else f"{name}^{power}")
    return np.column_stack(columns), owners


def _require_range(z: FloatArray, owners: Sequence[str], *, reweighted: str) -> None:
    """Refuse a target that lies outside what the reweighted group holds."""
    for j, owner in enumerate(owners):
        low, high = float(z[:, j].min()), float(z[:, j].max())
        if (low > IMBALANCE or high < -IMBALANCE) or (low == high and abs(low) > IMBALANCE):
            raise DataError(
                f"entropy_balancing: covariate '{owner}': no weights of the {reweighted} units reach its target mean, "
                "which lies outside their values; remove that covariate or restrict the study to common support"
            )


def _dual_newton(z: FloatArray, base: FloatArray, owners: Sequence[str]) -> FloatArray:
    """Return shares (sum 1) with z' share = 0."""
    multiplier = np.zeros(z.shape[1])
    log_base = np.log(base, out=np.full(base.size, -np.inf), where=base > 0)

    def state(candidate: FloatArray) -> tuple[float, FloatArray]:
        exponent = log_base + z @ candidate
        top = exponent.max()
        share = np.exp(exponent - top)
        total = share.sum()
        return float(top + np.log(total)), share / total

    value, share = state(multiplier)
    for _ in range(STEPS):
        gradient = z.T @ share
        hessian = (z * share[:, None]).T @ z - np.outer(gradient, gradient)
        step = np.linalg.lstsq(hessian, gradient, rcond=1e-12)[0]
        if np.abs(gradient).max() < IMBALANCE:
            # Newton converges quadratically: one more step reaches rounding, and bytes do not hang on the tolerance.
            last = state(multiplier - step)[1]
            return last if np.abs(z.T @ last).max() <= np.abs(gradient).max() else share
        size, descent = 1.0, float(gradient @ step)
        while size > 1e-10:
            trial_value, trial_share = state(multiplier - size * step)
            if trial_value <= value - 1e-4 * size * descent or (trial_value <= value - 1e-14 and size < 1e-3):
                break
            # Near the solution the dual is flat to rounding: accept a step that lessens the imbalance itself.
            if np.abs(z.T @ trial_share).max() < 0.9 * np.abs(gradient).max() and trial_value <= value + 1e-12:
                break
            size /= 2
        else:
            break
        multiplier = multiplier - size * step
        value, share = trial_value, trial_share
    worst = int(np.abs(z.T @ share).argmax())
    raise DataError(
        f"entropy_balancing: no positive weights reach all target means at once (covariate '{owners[worst]}' stays "
        f"{abs(float(z[:, worst] @ share)):.2g} standard deviations away); remove covariates, or use on_support: true"
    )


def pair_weights(pairs: Pairs, treatment: NDArray[np.bool_], *, survey_weight: FloatArray) -> FloatArray:
    """Weights that pairs imply: a focal unit its survey weight, a match the sum of its shares of focal units.

    Parameters
    ----------
    pairs : Pairs
    treatment : (n,) bool
    survey_weight : (n,) float

    Returns
    -------
    (n,) float
        0 for units that are in no pair.
    """
    n = treatment.size
    weight = np.bincount(pairs.match, weights=survey_weight[pairs.focal] * pairs.weight, minlength=n)
    focal = np.unique(pairs.focal)
    weight[focal] = survey_weight[focal]
    return np.asarray(weight, dtype=np.float64)


def effective_sample_size(weight: FloatArray) -> float:
    """Kish's effective sample size, (sum w)^2 / sum w^2; 0 for no weight.

    References
    ----------
    Kish, L. (1965). Survey Sampling, section 11.7.
    """
    squares = float(np.sum(weight**2))
    return float(np.sum(weight)) ** 2 / squares if squares > 0 else 0.0
