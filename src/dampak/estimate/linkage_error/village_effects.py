"""Luck and gain of villages in the linear model of the outcome, drawn with its coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

PRIOR_UNITS, PRIOR_SHARE = 2.0, 0.02  # villages that the prior counts as, and its variance over the residual variance


class VillageEffects:
    """Random effects a_c of the PSU, and h_c of the treatment in it: normal, independent, variances unknown.

    Doubtful households of one village share a luck that nobody knows: drawn once for all of them, their treatments
    differ from one draw to the next together, as they should.

    Parameters
    ----------
    psu : (n,) labels
    expected : float
        Residual variance of the outcome, the scale of the prior of the two variances.

    References
    ----------
    Gelman, A. et al. (2013). Bayesian Data Analysis, 3rd edition. CRC Press, sections 11.6 and 15.4.
    """

    def __init__(self, psu: NDArray[Any], *, expected: float) -> None:
        self.code = np.unique(psu, return_inverse=True)[1]
        self.count = np.bincount(self.code)
        self.prior = PRIOR_SHARE * expected
        self.luck, self.gain = np.zeros(self.count.size), np.zeros(self.count.size)
        self.spread = np.array([0.1 * expected, 0.1 * expected])  # variances of luck and gain

    def of(self, treatment: BoolArray) -> FloatArray:
        """Luck, and gain where treated, of every unit; (n,)."""
        return np.asarray(self.luck[self.code] + np.where(treatment, self.gain[self.code], 0.0))

    def draw(
        self, residual: FloatArray, treatment: BoolArray, *, variance: FloatArray, rng: np.random.Generator
    ) -> None:
        """Draw the effects of all villages, and then their variances.

        Parameters
        ----------
        residual : (n,) float
            Outcome less what the coefficients explain, effects of villages included in the residual.
        treatment : (n,) bool
        variance : (2,) float
            Residual variances of untreated and treated.
        rng : Generator
        """
        size = self.count.size
        treated = np.bincount(self.code[treatment], minlength=size)
        total = np.bincount(self.code, weights=residual, minlength=size)
        total_treated = np.bincount(self.code[treatment], weights=residual[treatment], minlength=size)
        # Precision [[a, b], [b, d]] and right-hand side of (luck, gain) in each village.
        b = treated / variance[1]
        a = (self.count - treated) / variance[0] + b + 1 / self.spread[0]
        d = b + 1 / self.spread[1]
        second = total_treated / variance[1]
        first = (total - total_treated) / variance[0] + second
        # Gain first, from its marginal, then luck given gain.
        own = d - b**2 / a
        gain = (second - b * first / a) / own + rng.standard_normal(size) / np.sqrt(own)
        luck = (first - b * gain) / a + rng.standard_normal(size) / np.sqrt(a)
        effects = []
        for k, value in enumerate((luck, gain)):
            rest = float(np.sum(value**2)) + PRIOR_UNITS * self.prior
            self.spread[k] = rest / rng.chisquare(size + PRIOR_UNITS)
            # What all villages have in common goes to the coefficients, drawn next: without this move the mean
            # effect would wander for long between the two.
            effects.append(value - rng.normal(value.mean(), np.sqrt(self.spread[k] / size)))
        self.luck, self.gain = effects
