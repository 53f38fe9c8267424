"""Draws from the posterior of a logistic regression whose responses change a little from one draw to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dampak.estimate.linkage_error.villages import Villages

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Squared distance to the mode, in posterior standard deviations, that a draw of the parameters drowns out.
CLOSE = 1e-4
STEPS = 25
STALE = 4  # steps after which the curvature is computed anew


class LogisticPosterior:
    """Posterior of the coefficients b of P(y = 1) = 1 / (1 + exp(-x'b)), b ~ N(0, 1 / precision), taken as normal.

    The design is ``[z, z where active]``: with no active rows plain, with the treated ones a treatment effect that
    varies with z. The mode is followed by Newton steps from the last one, with a curvature that is renewed only when
    they become slow: few responses change between two draws, so two or three passes over the data are enough.

    Parameters
    ----------
    z : (n, k) float
        With a column of ones.
    precision : (k,) or (2k,) float
        Prior precision of the coefficients; of length 2k where there are active rows.
    villages : Villages or None
        Households that err together; None = all are independent.

    References
    ----------
    Rubin, D. (1987). Multiple Imputation for Nonresponse in Surveys. Wiley, example 5.4 (normal approximation).
    """

    def __init__(self, z: FloatArray, *, precision: FloatArray, villages: Villages | None = None) -> None:
        self.z = z
        self.precision = precision
        self.mode = np.zeros(precision.size)
        self.villages = villages
        self.root: FloatArray | None = None  # lower triangle of the curvature at some mode nearby

    def draw(self, y: FloatArray, rng: np.random.Generator, *, active: IntArray | None = None) -> FloatArray:
        """Move to the mode given responses and active rows, and draw the coefficients.

        Parameters
        ----------
        y : (n,) float
            0 or 1.
        rng : Generator
        active : (a,) int or None
            Rows whose second set of coefficients counts.

        Returns
        -------
        (k,) or (2k,) float
        """
        from scipy.linalg import cho_solve, solve_triangular

        part = None if active is None else self.z[active]
        for step in range(STEPS):
            probability = self._probability(active, part)
            residual = y - probability
            slope = residual @ self.z if part is None else np.concatenate([residual @ self.z, residual[active] @ part])
            slope = slope - self.precision * self.mode
            if self.root is None or (step and step % STALE == 0):
                self.root = self._root(probability, active, part)
            move = np.asarray(cho_solve((self.root, True), slope))
            length = float(slope @ move)
            # Far from the mode a full step may overshoot; two posterior standard deviations per coefficient never do.
            reach = 4.0 * self.mode.size
            self.mode = self.mode + (move if length <= reach or step < 1 else move * np.sqrt(reach / length))
            if length < CLOSE:
                break
        noise = rng.standard_normal(self.mode.size)
        if self.villages is None:
            return np.asarray(self.mode + solve_triangular(self.root, noise, lower=True, trans="T"))
        treated = None
        if active is not None:
            treated = np.zeros(y.size, dtype=bool)
            treated[active] = True
        score = self.villages.score(residual, self.z, treated, rng)
        return np.asarray(self.mode + cho_solve((self.root, True), score + np.sqrt(self.precision) * noise))

    def _probability(self, active: IntArray | None, part: FloatArray | None) -> FloatArray:
        from scipy.special import expit

        k = self.z.shape[1]
        linear = self.z @ self.mode[:k]
        if part is not None:
            linear[active] += part @ self.mode[k:]
        return np.asarray(expit(linear))

    def _root(self, probability: FloatArray, active: IntArray | None, part: FloatArray | None) -> FloatArray:
        root = np.sqrt(probability * (1 - probability))[:, None]
        weighted = self.z * root
        own = weighted.T @ weighted
        if part is not None:
            weighted = part * root[active]
            shared = weighted.T @ weighted
            own = np.block([[own, shared], [shared, shared]])
        own[np.diag_indices_from(own)] += self.precision
        return np.asarray(np.linalg.cholesky(own))
