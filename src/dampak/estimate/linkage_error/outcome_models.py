"""Models of the outcome given treatment and covariates, from which a doubtful treatment learns.

Both let the treatment effect vary with every covariate. An imputation model without that would draw treatments under
which the effect is the same for all, and an analysis that weights the comparison units to the treated, as those of an
ATT do, would then find an effect between that of the treated and that of everybody.

Prior standard deviations are those of weakly informative priors on standardised covariates: wide for what the data
know well, `INTERACTION` for the differences of effect, so that a programme with fifty recipients and forty covariates
still has a model. They are conventions of this module, not estimates.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.estimate.linkage_error.logistic_posterior import LogisticPosterior
from dampak.estimate.linkage_error.village_effects import VillageEffects
from dampak.estimate.linkage_error.villages import Villages
from dampak.estimate.regression import weighted_least_squares

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

MAIN = 5.0  # of an intercept, a slope, the effect at mean covariates; standard deviations of the outcome, or log odds
INTERACTION = 0.5  # of how the effect changes with a standard deviation of a covariate
FAR = 0.25  # of Jarque and Bera: a skewness of one half
VARIANCE_UNITS = 4.0  # units that the variance of everybody counts as in that of a group


class OutcomeModel(Protocol):
    """What the imputation asks of a model of the outcome."""

    def evidence(self, treatment: BoolArray, rng: np.random.Generator) -> FloatArray:
        """Draw parameters given a treatment (n,); log f(y | 1, x) - log f(y | 0, x) of the doubtful units (u,)."""
        ...


def _precision(k: int) -> FloatArray:
    """Prior precision of k coefficients, of the effect, and of its k - 1 differences; (2k,)."""
    return np.concatenate([np.full(k + 1, MAIN**-2.0), np.full(k - 1, INTERACTION**-2.0)])


class NormalOutcome:
    """y = z'b + t z'g + e with e ~ N(0, s_t^2): Gibbs draws of the coefficients and of the variance of each group.

    One variance for both groups would be wrong wherever the effect varies beyond the covariates, and an error in the
    spread of a group is read as evidence for the other in its tails. Of the sums of products only those over treated
    units change between draws, and of those only the share of the doubtful ones, so a draw costs u k^2 and not n k^2.

    Parameters
    ----------
    z : (n, k) float
        A column of ones, then standardised covariates.
    y : (n,) float
        From `normal_scale`.
    certain : (n,) bool
        Treatment of the units that are not doubtful; False for those that are.
    doubtful : (u,) int
        Rows of the others.
    psu : (n,) labels or None
        Households that share luck and gain (`VillageEffects`); None = all are independent.

    References
    ----------
    Gelman, A. et al. (2013). Bayesian Data Analysis, 3rd edition. CRC Press, sections 14.2 and 14.8.
    """

    def __init__(
        self,
        z: FloatArray,
        y: FloatArray,
        *,
        certain: BoolArray,
        doubtful: IntArray,
        psu: NDArray[Any] | None = None,
    ) -> None:
        fixed = z[certain]
        self.k, self.all = z.shape[1], (z, y)
        self.gram, self.moment, self.square = z.T @ z, z.T @ y, float(y @ y)
        self.gram_certain, self.moment_certain = fixed.T @ fixed, fixed.T @ y[certain]
        self.square_certain, self.certain = float(y[certain] @ y[certain]), int(certain.sum())
        self.z, self.y, self.rows = z[doubtful], y[doubtful], doubtful
        self.precision = np.diag(_precision(self.k))
        rest = weighted_least_squares(z, y, weight=np.ones(y.size)).residuals
        self.expected = float(rest @ rest) / y.size
        self.variance = np.array([self.expected, self.expected])  # untreated, treated
        self.villages = None if psu is None else VillageEffects(psu, expected=self.expected)

    def evidence(self, treatment: BoolArray, rng: np.random.Generator) -> FloatArray:
        """See `OutcomeModel`."""
        untreated, treated = self._coefficients(treatment, rng)
        low, high = self.y - self.z @ untreated, self.y - self.z @ treated
        if self.villages is not None:
            z, y = self.all
            residual = y - z @ untreated
            residual[treatment] = y[treatment] - z[treatment] @ treated
            self.villages.draw(residual, treatment, variance=self.variance, rng=rng)
            village = self.villages.code[self.rows]
            low -= self.villages.luck[village]
            high -= self.villages.luck[village] + self.villages.gain[village]
        gaps = [gap**2 / v + np.log(v) for gap, v in zip((low, high), self.variance, strict=True)]
        return np.asarray((gaps[0] - gaps[1]) / 2)

    def _coefficients(self, treatment: BoolArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Draw the coefficients (k,) of untreated and treated, then the variances."""
        from scipy.linalg import cho_solve, solve_triangular

        grams, moments, squares, sizes = self._sums(treatment)
        low, high = (gram / v for gram, v in zip(grams, self.variance, strict=True))
        weighted = [m / v for m, v in zip(moments, self.variance, strict=True)]
        root = np.linalg.cholesky(np.block([[low + high, high], [high, high]]) + self.precision)
        mean = cho_solve((root, True), np.concatenate([weighted[0] + weighted[1], weighted[1]]))
        drawn = mean + solve_triangular(root, rng.standard_normal(2 * self.k), lower=True, trans="T")
        slopes = (drawn[: self.k], drawn[: self.k] + drawn[self.k :])
        for group, b in enumerate(slopes):
            rest = max(squares[group] - 2 * float(b @ moments[group]) + float(b @ grams[group] @ b), 0.0)
            self.variance[group] = (rest + VARIANCE_UNITS * self.expected) / rng.chisquare(
                sizes[group] + VARIANCE_UNITS
            )
        return slopes

    def _sums(
        self, treatment: BoolArray
    ) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray], tuple[float, float], tuple[int, int]]:
        """Products z'z, z'y, y'y and counts of untreated and treated; y less the effects of villages."""
        chosen = treatment[self.rows]
        some, own = self.z[chosen], self.y[chosen]
        gram, size = self.gram_certain + some.T @ some, self.certain + own.size
        if self.villages is None:
            whole, moment = self.moment, self.moment_certain + some.T @ own
            total, square = self.square, self.square_certain + float(own @ own)
        else:
            z, y = self.all
            rest = y - self.villages.of(treatment)
            # A product with all of z costs less than taking the rows of the treated out of it.
            whole, moment = np.stack([rest, np.where(treatment, rest, 0.0)]) @ z
            total, square = float(rest @ rest), float(rest[treatment] @ rest[treatment])
        n = self.all[1].size
        return (self.gram - gram, gram), (whole - moment, moment), (total - square, square), (n - size, size)


def normal_scale(y: FloatArray, z: FloatArray) -> FloatArray:
    """The outcome on the scale on which its residuals are nearest to normal: its own, logarithms, or normal scores.

    The ratio f(y | 1, x) / f(y | 0, x) is the same for any increasing function of y, so the scale is free, and only the
    fit of the model hangs on it. Rupiah are far from normal and their logarithms near; amounts that may be zero, and
    counts, have normal scores. Nearness is that of Jarque and Bera: squared skewness and a quarter of the squared
    excess kurtosis of the residuals on z. Normal scores bend the scale to the sample, a mixture of two groups, so
    they must be nearer by more than chance and the difference of the groups make them.

    Parameters
    ----------
    y : (n,) float
        In any unit.
    z : (n, k) float

    Returns
    -------
    (n,) float
        Mean 0, standard deviation 1; ties stay ties.
    """
    from scipy.special import ndtri

    def distance(v: FloatArray) -> float:
        rest = weighted_least_squares(z, v, weight=np.ones(v.size)).residuals
        unit = rest / (rest.std() or 1.0)
        return float(np.mean(unit**3) ** 2 + (np.mean(unit**4) - 3) ** 2 / 4)

    plain = [y, np.log(y)] if y.min() > 0 else [y]
    best = min(plain, key=distance)
    scores = np.asarray(ndtri((pd.Series(y).rank().to_numpy() - 0.5) / y.size))
    chosen = scores if distance(scores) + FAR < distance(best) else best
    return np.asarray((chosen - chosen.mean()) / (chosen.std() or 1.0))


class BinaryOutcome:
    """P(y = 1) = 1 / (1 + exp(-z'b - t z'g)), the posterior taken as normal.

    Parameters
    ----------
    z, doubtful, villages
        As `NormalOutcome`.
    y : (n,) float
        0 or 1.
    """

    def __init__(self, z: FloatArray, y: FloatArray, *, doubtful: IntArray, villages: Villages | None = None) -> None:
        self.k = z.shape[1]
        self.y, self.z, self.rows = y, z[doubtful], doubtful
        self.posterior = LogisticPosterior(z, precision=_precision(self.k), villages=villages)

    def evidence(self, treatment: BoolArray, rng: np.random.Generator) -> FloatArray:
        """See `OutcomeModel`."""
        drawn = self.posterior.draw(self.y, rng, active=np.flatnonzero(treatment))
        untreated, gain = self.z @ drawn[: self.k], self.z @ drawn[self.k :]
        treated = untreated + gain
        return np.asarray(self.y[self.rows] * gain - np.logaddexp(0.0, treated) + np.logaddexp(0.0, untreated))
