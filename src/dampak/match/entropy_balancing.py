"""Entropy balancing: weights that equate covariate moments and stay as close to the survey weights as they can."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.match.standardised import BLOCK, Standardised, one_blas_thread, standardised

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

IMBALANCE = 1e-9  # of standardised moments, at convergence
STEPS = 200
KEPT_CELLS = 1 << 23  # gaps that are kept between steps (64 MB); of larger groups they are made anew in each
# A step that leaves one unit with all weight leaves no curvature to step on from: it is too long.
ALONE = 1 - 1e-12
DEPENDENT = 1e-6  # share of its variance that a moment keeps beside earlier ones, below which the curvature may be flat


def entropy_balancing(
    covariates: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    names: Sequence[str],
    estimand: str = "att",
    moments: int = 1,
    survey_weight: FloatArray | None = None,
) -> FloatArray:
    """Reweight to the covariate moments of the target, staying as close to the base weights as possible.

    Solves the dual of Hainmueller's programme, min over l of log sum_i q_i exp(l' (c(x_i) - m)), by Newton's method
    with a line search, to a standardised imbalance below 1e-9.

    Parameters
    ----------
    covariates : (n, k) float
    treatment : (n,) bool
    names : sequence of str, length k
    estimand : {"att", "atc", "ate"}
        The target: the treated, the comparison units, or all, to whose moments both groups are then reweighted.
    moments : int
        Powers of each covariate that are equated; those of a binary covariate add nothing and are left out.
    survey_weight : (n,) float or None
        Base weights q, and weights of the target moments; 1 if None, 0 = outside the analysis.

    Returns
    -------
    (n,) float
        Base weights in the target group; in a reweighted group, weights that sum to those of the target.

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
    return balanced(
        covariates, treatment, names=names, estimand=estimand, moments=moments, survey_weight=survey_weight
    ).weight


@dataclass(frozen=True, eq=False)
class Balanced:
    """Weights of entropy balancing, and where their search ended.

    Attributes
    ----------
    weight : (n,) float
    slopes : mapping of group (`comparison`, `treated`) to (p,) float
        The dual solution l of each reweighted group, a start for another search.
    """

    weight: FloatArray
    slopes: Mapping[str, FloatArray]


def balanced(
    covariates: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    names: Sequence[str],
    estimand: str = "att",
    moments: int = 1,
    survey_weight: FloatArray | None = None,
    start: Mapping[str, FloatArray] | None = None,
) -> Balanced:
    """Entropy balancing that can start from the solution of a neighbouring problem, such as another imputed treatment.

    Parameters
    ----------
    covariates, treatment, names, estimand, moments, survey_weight
        As in `entropy_balancing`; so are the refusals.
    start : mapping of group to (p,) float or None
        `slopes` of another result with the same covariates; the start changes the way, not the solution.
    """
    if estimand not in ("att", "atc", "ate"):
        raise ConfigError(
            f"entropy_balancing estimates att, atc or ate, not '{estimand}'; use overlap for the effect where both "
            "groups are common (ato)"
        )
    base = np.ones(treatment.size) if survey_weight is None else np.asarray(survey_weight, dtype=np.float64)
    inside = base > 0
    target = inside & {"att": treatment, "atc": ~treatment, "ate": np.ones_like(treatment)}[estimand]
    powers = _powers(np.asarray(covariates, dtype=np.float64), names, moments, inside=inside)
    goal, spread = powers.mean_and_spread(np.flatnonzero(target), base)
    if not np.all(spread > 0):
        _, overall = powers.mean_and_spread(np.flatnonzero(inside), np.ones_like(base))
        spread = np.where(spread > 0, spread, np.where(overall > 0, overall, 1.0))
    weight, slopes = base.copy(), {}
    for group, name, estimands in ((~treatment, "comparison", ("att", "ate")), (treatment, "treated", ("atc", "ate"))):
        if estimand in estimands:
            rows = np.flatnonzero(group & inside)
            gaps = _Gaps(powers, rows, goal, spread)
            _require_range(gaps, reweighted=name)
            with one_blas_thread(rows.size):
                share, slopes[name] = _dual_newton(gaps, base[rows] / base[rows].sum(), (start or {}).get(name))
                weight[rows] = share * base[target].sum()
    return Balanced(weight, slopes)


def moment_columns(covariates: FloatArray, *, moments: int) -> FloatArray:
    """Columns that entropy balancing equates: powers of the standardised covariates; (n, p).

    Parameters
    ----------
    covariates : (n, k) float
    moments : int
    """
    x = np.asarray(covariates, dtype=np.float64)
    names = [str(j) for j in range(x.shape[1])]
    powers = _powers(x, names, moments, inside=np.ones(x.shape[0], dtype=bool))
    return powers.of(np.arange(x.shape[0]))


@dataclass(frozen=True, eq=False)
class _Powers:
    """Powers of standardised covariates, p in all, made for some rows at a time."""

    z: Standardised
    exponents: list[tuple[int, int]]  # covariate, power
    owners: list[str]  # name of each

    def of(self, rows: IntArray) -> FloatArray:
        x = (self.z.x[rows] - self.z.centre) / self.z.spread
        if all(power == 1 for _, power in self.exponents):
            return x
        return np.column_stack([x[:, j] ** power for j, power in self.exponents])

    def mean_and_spread(self, rows: IntArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weighted mean and unweighted standard deviation over some rows; (p,) each."""
        p = len(self.exponents)
        total, plain, squares = np.zeros(p), np.zeros(p), np.zeros(p)
        for some in _blocks(rows):
            c = self.of(some)
            total += weight[some] @ c
            plain += c.sum(axis=0)
        for some in _blocks(rows):
            squares += ((self.of(some) - plain / rows.size) ** 2).sum(axis=0)
        return total / weight[rows].sum(), np.sqrt(squares / rows.size)


@dataclass(frozen=True, eq=False)
class _Gaps:
    """Distance of a group's moments from their goal in standard deviations, a block of rows at a time."""

    powers: _Powers
    rows: IntArray
    goal: FloatArray
    spread: FloatArray

    def blocks(self) -> Iterable[tuple[slice, FloatArray]]:
        return self._kept if self.rows.size * self.goal.size <= KEPT_CELLS else self._made()

    @cached_property
    def _kept(self) -> list[tuple[slice, FloatArray]]:
        return list(self._made())

    def _made(self) -> Iterator[tuple[slice, FloatArray]]:
        start = 0
        for some in _blocks(self.rows):
            yield slice(start, start + some.size), (self.powers.of(some) - self.goal) / self.spread
            start += some.size

    def along(self, direction: FloatArray) -> FloatArray:
        """Gaps times a direction; (rows,)."""
        return np.concatenate([z @ direction for _, z in self.blocks()])

    def mean(self, share: FloatArray) -> FloatArray:
        """Weighted mean of the gaps; (p,)."""
        return np.asarray(sum(share[rows] @ z for rows, z in self.blocks()))

    def moments(self, share: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weighted mean (p,) and covariance (p, p) of the gaps."""
        p = self.goal.size
        mean, products = np.zeros(p), np.zeros((p, p))
        for rows, z in self.blocks():
            mean += share[rows] @ z
            half = z * np.sqrt(share[rows, None])
            products += half.T @ half
        return mean, products - np.outer(mean, mean)


def _blocks(rows: IntArray) -> Iterator[IntArray]:
    for start in range(0, rows.size, BLOCK):
        yield rows[start : start + BLOCK]


def _powers(x: FloatArray, names: Sequence[str], moments: int, *, inside: NDArray[np.bool_]) -> _Powers:
    used = x if inside.all() else x[inside]
    z = standardised(used)
    exponents, owners = [], []
    for j, name in enumerate(names):
        column = used[:, j]
        binary = moments > 1 and bool(((column == column.min()) | (column == column.max())).all())
        for power in range(1, (1 if binary else moments) + 1):
            exponents.append((j, power))
            owners.append(name if power == 1 else f"{name}^{power}")
    return _Powers(Standardised(x, z.centre, np.where(z.spread > 0, z.spread, 1.0)), exponents, owners)


def _require_range(gaps: _Gaps, *, reweighted: str) -> None:
    """Refuse a target that lies outside what the reweighted group holds."""
    ends = [(z.min(axis=0), z.max(axis=0)) for _, z in gaps.blocks()]
    lows, highs = np.min([low for low, _ in ends], axis=0), np.max([high for _, high in ends], axis=0)
    for owner, low, high in zip(gaps.powers.owners, lows, highs, strict=True):
        if (low > IMBALANCE or high < -IMBALANCE) or (low == high and abs(low) > IMBALANCE):
            raise DataError(
                f"entropy_balancing: covariate '{owner}': no weights of the {reweighted} units reach its target mean, "
                "which lies outside their values; remove that covariate or restrict the study to common support"
            )


def _newton_step(hessian: FloatArray, gradient: FloatArray) -> FloatArray:
    """Solve for the step: by Cholesky, or the shortest one where a moment depends on others."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    try:
        factor, lower = cho_factor(hessian, lower=True, check_finite=False)
        pivots = np.diag(factor) ** 2
        if np.all(pivots > DEPENDENT * np.diag(hessian)):
            return np.asarray(cho_solve((factor, lower), gradient), dtype=np.float64)
    except LinAlgError:
        pass
    return np.asarray(np.linalg.lstsq(hessian, gradient, rcond=1e-12)[0], dtype=np.float64)


def _dual_newton(gaps: _Gaps, base: FloatArray, start: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Return shares (sum 1) under which the mean gap is 0, and the slopes that make them."""

    def state(exponent: FloatArray) -> tuple[float, FloatArray]:
        top = exponent.max()
        share = np.exp(exponent - top)
        total = share.sum()
        return float(top + np.log(total)), share / total

    exponent = np.log(base)
    # At a solution w the dual is -KL(w || q), and that is no lower than log of the least q: below, there is none.
    lowest = float(exponent.min()) - 1e-6
    slopes = np.zeros(len(gaps.powers.exponents)) if start is None else start
    if start is not None:
        exponent = exponent - gaps.along(start)
    value, share = state(exponent)
    for _ in range(STEPS):
        gradient, hessian = gaps.moments(share)
        step = _newton_step(hessian, gradient)
        slope = gaps.along(step)
        if np.abs(gradient).max() < IMBALANCE:
            # Newton converges quadratically: one more step reaches rounding, and bytes do not hang on the tolerance.
            last = state(exponent - slope)[1]
            better = np.abs(gaps.mean(last)).max() <= np.abs(gradient).max()
            return (last, slopes + step) if better else (share, slopes)
        size, descent = 1.0, float(gradient @ step)
        while size > 1e-10:
            trial_value, trial_share = state(exponent - size * slope)
            if trial_share.max() > ALONE:
                size /= 2
                continue
            if trial_value <= value - 1e-4 * size * descent or (trial_value <= value - 1e-14 and size < 1e-3):
                break
            # Near the solution the dual is flat to rounding: accept a step that lessens the imbalance itself.
            if trial_value <= value + 1e-12:
                left = np.abs(gaps.mean(trial_share)).max()
                if left < 0.9 * np.abs(gradient).max():
                    break
            size /= 2
        else:
            break
        exponent = exponent - size * slope
        slopes = slopes + size * step
        value, share = trial_value, trial_share
        if value < lowest:
            break
    imbalance = np.abs(gaps.mean(share))
    worst = int(imbalance.argmax())
    raise DataError(
        f"entropy_balancing: no positive weights reach all target means at once (covariate "
        f"'{gaps.powers.owners[worst]}' stays {imbalance[worst]:.2g} standard deviations away); remove covariates, or "
        "use on_support: true"
    )
