"""The wild cluster bootstrap: p-values and intervals where clusters are few."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.estimate.effect import Effect, Interval, effect
from dampak.estimate.regression import gram_inverse, weighted_least_squares
from dampak.seeds import seed_of

FloatArray = NDArray[np.float64]
Labels = NDArray[Any]

# With so few clusters all 2^G sign patterns are taken; with more, patterns are drawn.
ENUMERATED = 11
WEBB = np.array([-1.5, -1.0, -0.5, 0.5, 1.0, 1.5])
# Draws that repeat the data (all signs equal) tie with it exactly; rounding must not break the tie.
TIE_TOLERANCE = 1e-9
CHUNK = 2_000_000


@dataclass(frozen=True, eq=False)
class Draws:
    """Bootstrap statistics as functions of the effect b that is imposed, one row per draw.

    t*(b) = (n0 - b n1) / sqrt(q00 - 2 b q01 + b^2 q11), so that a test of another b costs no new regression.
    """

    n0: FloatArray
    n1: FloatArray
    q00: FloatArray
    q01: FloatArray
    q11: FloatArray

    def statistics(self, b: float) -> FloatArray:
        """Absolute t statistics with the effect b imposed; (draws,)."""
        square = self.q00 - 2 * b * self.q01 + b * b * self.q11
        numerator = np.abs(self.n0 - b * self.n1)
        # A draw without residual variance is as extreme as can be, unless it has no effect either.
        none = np.where(numerator > 0, math.inf, 0.0)
        return np.asarray(np.divide(numerator, np.sqrt(np.maximum(square, 0.0)), out=none, where=square > 0))


def wild_cluster_bootstrap(
    outcome: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    cluster: Labels,
    weight: FloatArray,
    seed: int,
    name: str = "",
    covariates: FloatArray | None = None,
    multipliers: str = "auto",
    draws: int = 9_999,
    alpha: float = 0.05,
) -> Effect:
    """Treatment coefficient of a weighted regression, tested by the restricted wild cluster bootstrap.

    The null "effect = b" is imposed (WCR): outcomes are y* = fit(b) + v_g u(b), one multiplier v_g per cluster, and the
    cluster-robust t statistic of each is compared with that of the data. The p-value is the share at least as extreme,
    in absolute value, for b = 0, the data counting as one of the draws; the interval holds the b that are not rejected
    at `alpha`. Without covariates the coefficient is the difference in weighted means. Strata are not used.

    With regressors other than the treatment partialled out (tilde), scores of cluster g are a_g = sum w t~ y~ and
    d_g = sum w t~^2, so that

        beta* - b = sum_g v_g (a_g - b d_g) / sum_g d_g,

    and the scores of the bootstrap residuals follow likewise from sums over clusters: the data are read once, whatever
    the number of draws or of b.

    Parameters
    ----------
    outcome : (n,) float
    treatment : (n,) bool
    cluster : (n,) labels
        E.g. villages; units of different clusters are independent.
    weight : (n,) float
        Analysis weights, taken as given; 0 = not used.
    seed : int
        Of the study.
    name : str
        What is tested (method, outcome, subgroup): another name draws other multipliers.
    covariates : (n, k) float or None
    multipliers : {"auto", "rademacher", "webb"}
        -1 or 1, all 2^G patterns being taken up to 11 clusters; or Webb's six points, which give a finer p-value with
        few clusters. `auto` is `webb` up to 11 clusters and `rademacher` beyond.
    draws : int
    alpha : float
        Error rate of the interval.

    Returns
    -------
    Effect
        `std_error` is cluster-robust (CR1) with G - 1 degrees of freedom; interval and p-value are in `bounds`. An
        end of the interval is infinite where no b is rejected on that side, as with Rademacher multipliers and
        five clusters at alpha = 0.05.

    Raises
    ------
    ConfigError
        Unknown multipliers.
    DataError
        Fewer than 4 clusters, or fewer than 2 with treated or with comparison units: no bootstrap helps then. With 2
        or 3 treated clusters the test is valid but rarely rejects (MacKinnon and Webb 2017).

    References
    ----------
    Cameron, A., Gelbach, J. and Miller, D. (2008). Review of Economics and Statistics 90, 414-427.
    Roodman, D., Nielsen, M., MacKinnon, J. and Webb, M. (2019). Stata Journal 19, 4-60.
    MacKinnon, J. and Webb, M. (2017). Journal of Applied Econometrics 32, 233-254. Webb, M. (2023). Canadian Journal
    of Economics 56, 839-858.
    """
    used = weight > 0
    y, t, w = outcome[used], treatment[used], weight[used]
    code = np.unique(cluster[used], return_inverse=True)[1].reshape(-1)
    g = _refuse_few_clusters(code, t)
    columns = [np.ones((y.shape[0], 1)), *([covariates[used]] if covariates is not None else [])]
    scores = _scores(y, t, np.hstack(columns), w, code)
    n_parameters = scores.rank + 1
    if y.shape[0] <= n_parameters:
        raise DataError(
            f"the analysis sample has {y.shape[0]} units for {n_parameters} coefficients, so no standard error exists; "
            "use fewer covariates or a wider common support"
        )
    factor = g / (g - 1) * (y.shape[0] - 1) / (y.shape[0] - n_parameters)
    v = _multipliers(g, multipliers, draws=draws, seed=seed_of(seed, "wild_cluster_bootstrap", name))
    drawn = _draws(scores, v, factor)
    sample = _draws(scores, np.ones((1, g)), factor)
    d = float(np.sum(scores.treatment))
    beta = float(np.sum(scores.outcome)) / d
    residual = scores.outcome - beta * scores.treatment
    std_error = math.sqrt(factor * float(np.sum(residual**2))) / d

    def p_value(b: float) -> float:
        statistic = float(sample.statistics(b)[0])
        return float(np.mean(drawn.statistics(b) >= statistic * (1 - TIE_TOLERANCE)))

    low, high = (_bound(p_value, beta, side * std_error, alpha) for side in (-1.0, 1.0))
    result = effect(beta, std_error**2, df=float(g - 1), treatment=treatment, weight=weight)
    return replace(result, bounds=Interval(low=low, high=high, p_value=p_value(0.0)))


@dataclass(frozen=True, eq=False)
class Scores:
    """Sums over clusters, of outcome and treatment with the other regressors z partialled out.

    Attributes
    ----------
    outcome, treatment : (G,) float
        a_g = sum w t~ y~ and d_g = sum w t~^2.
    z_outcome, z_treatment : (G, k) float
        sum w z y~ and sum w z t~.
    z_score : (G, k) float
        sum w t~ z (z'Wz)^-1.
    rank : int
        Regressors other than the treatment.
    """

    outcome: FloatArray
    treatment: FloatArray
    z_outcome: FloatArray
    z_treatment: FloatArray
    z_score: FloatArray
    rank: int


def _scores(y: FloatArray, t: NDArray[np.bool_], z: FloatArray, w: FloatArray, code: NDArray[np.intp]) -> Scores:
    """Partial the regressors z out of outcome and treatment, and add up over clusters."""
    bread, rank = gram_inverse(z, weight=w)
    treatment = t.astype(float)
    y_left = weighted_least_squares(z, y, weight=w).residuals
    t_left = weighted_least_squares(z, treatment, weight=w).residuals
    if float(np.sum(w * t_left**2)) < 1e-12 * float(np.sum(w * treatment)):
        raise DataError(
            "clean/design.parquet: column treatment is determined by the covariates, so a regression cannot tell its "
            "effect from theirs; drop the covariate that encodes the treatment"
        )

    def add_up(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(code, weights=values), dtype=np.float64)

    def add_up_z(values: FloatArray) -> FloatArray:
        return np.stack([add_up(w * values * column) for column in z.T], axis=1)

    outcome_score, treatment_score, z_treatment = add_up(w * t_left * y_left), add_up(w * t_left**2), add_up_z(t_left)
    order = _order_of_clusters(outcome_score, treatment_score)
    return Scores(
        outcome=outcome_score[order],
        treatment=treatment_score[order],
        z_outcome=add_up_z(y_left)[order],
        z_treatment=z_treatment[order],
        z_score=_product(z_treatment, bread)[order],
        rank=rank,
    )


def _order_of_clusters(outcome: FloatArray, treatment: FloatArray) -> NDArray[np.intp]:
    """Order of the clusters by what they hold, rounding and signs aside, so that names do not decide who draws what."""
    keys = [value / (np.sum(np.abs(value)) or 1.0) for value in (outcome, np.abs(outcome), treatment)]
    return np.lexsort([np.round(key, 12) for key in keys])


def _draws(scores: Scores, v: FloatArray, factor: float) -> Draws:
    """Numerators and squared standard errors of all draws v (draws, G), times the common scale sum_g d_g.

    Score of the residuals of a draw in cluster h, with A_g = a_g - b d_g and B_g = sum_(i in g) w z u(b):
    S_h = v_h A_h - (z score)_h sum_g v_g B_g - d_h (beta* - b).
    """
    share = scores.treatment / float(np.sum(scores.treatment))
    parts: list[tuple[FloatArray, ...]] = []
    step = max(1, CHUNK // v.shape[1])
    for start in range(0, v.shape[0], step):
        chunk = v[start : start + step]
        numerators, residuals = [], []
        for own, crossed in ((scores.outcome, scores.z_outcome), (scores.treatment, scores.z_treatment)):
            weighted = chunk * own
            n = np.sum(weighted, axis=1)
            fitted = _product(_product(chunk, crossed), scores.z_score.T)
            numerators.append(n)
            residuals.append(weighted - fitted - n[:, None] * share)
        s0, s1 = residuals
        squares = [factor * np.sum(a * b, axis=1) for a, b in ((s0, s0), (s0, s1), (s1, s1))]
        parts.append((*numerators, *squares))
    return Draws(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _product(a: FloatArray, b: FloatArray) -> FloatArray:
    """Matrix product without BLAS, whose order of summation differs between machines."""
    return np.asarray(np.einsum("ij,jk->ik", a, b, optimize=False))


def _multipliers(g: int, kind: str, *, draws: int, seed: int) -> FloatArray:
    """Multipliers of the clusters; (draws, G)."""
    if kind not in ("auto", "rademacher", "webb"):
        raise ConfigError(f"wild bootstrap: multipliers are auto, rademacher or webb, not '{kind}'")
    rng = np.random.default_rng(seed)
    data = np.ones((1, g))
    if kind == "webb" or (kind == "auto" and g <= ENUMERATED):
        points = np.copysign(np.sqrt(np.abs(WEBB)), WEBB)
        return np.vstack([data, points[rng.integers(0, 6, size=(draws, g))]])
    if g <= ENUMERATED:
        return np.asarray(1.0 - 2.0 * ((np.arange(2**g)[:, None] >> np.arange(g)) & 1), dtype=np.float64)
    return np.vstack([data, 1.0 - 2.0 * rng.integers(0, 2, size=(draws, g))])


def _bound(p_value: Callable[[float], float], beta: float, step: float, alpha: float) -> float:
    """Where the p-value falls below alpha on one side of the estimate; infinite where it does not."""
    if step == 0:
        return beta
    inside, outside = beta, beta + 2 * step
    for _ in range(40):
        if p_value(outside) < alpha:
            break
        inside, outside = outside, beta + 2 * (outside - beta)
    else:
        return math.copysign(math.inf, step)
    while abs(outside - inside) > 1e-8 * abs(step):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if p_value(middle) < alpha else (middle, outside)
    return (inside + outside) / 2


def _refuse_few_clusters(code: NDArray[np.intp], treatment: NDArray[np.bool_]) -> int:
    """Number of clusters, refusing too few of them or of either group."""
    g = int(code.max(initial=-1)) + 1
    treated, comparison = (int(np.unique(code[group]).size) for group in (treatment, ~treatment))
    if g < 4:
        raise DataError(
            f"clean/design.parquet: column psu: {g} clusters, and a wild cluster bootstrap needs at least 4; "
            "use smaller clusters, or more areas"
        )
    if min(treated, comparison) < 2:
        name, count = ("treated", treated) if treated < 2 else ("comparison", comparison)
        raise DataError(
            f"clean/design.parquet: column psu: {count} of {g} clusters hold {name} units, and a wild cluster "
            "bootstrap needs 2: with fewer its p-value says nothing (MacKinnon and Webb 2017); use more areas"
        )
    return g
