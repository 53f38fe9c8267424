"""Covariates on a common scale, made a block of rows at a time so that large tables are not copied."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

BLOCK = 1 << 14  # rows; with some twenty covariates a block stays in the processor's cache


@contextmanager
def one_blas_thread(rows: int) -> Iterator[None]:
    """Keep the products of blocks on one thread where there are many.

    They are so small that threads wait for each other longer than they work, several times so on a busy machine.
    """
    if rows <= BLOCK:
        yield
        return
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=1, user_api="blas"):
        yield


@dataclass(frozen=True, eq=False)
class Standardised:
    """An intercept and covariates less their mean, over their standard deviation.

    Attributes
    ----------
    x : (n, k) float
        In the covariates' own units.
    centre, spread : (k,) float
    """

    x: FloatArray
    centre: FloatArray
    spread: FloatArray

    def blocks(self) -> Iterator[tuple[slice, FloatArray]]:
        """Rows and their (rows, k + 1) standardised covariates, a column of ones first."""
        n, k = self.x.shape
        scale = 1.0 / self.spread
        for start in range(0, n, BLOCK):
            rows = slice(start, min(start + BLOCK, n))
            z = np.empty((rows.stop - start, k + 1))
            z[:, 0] = 1.0
            np.subtract(self.x[rows], self.centre, out=z[:, 1:])
            z[:, 1:] *= scale
            yield rows, z

    def linear(self, beta: FloatArray) -> FloatArray:
        """Return z'beta, (n,).

        Summed covariate by covariate: a matrix product may give equal rows unequal last bits, and so break ties of
        the score, and a sum along rows may take another order in a table of another memory layout.
        """
        out = np.full(self.x.shape[0], beta[0])
        for rows, z in self.blocks():
            for column, slope in zip(z.T[1:], beta[1:], strict=True):
                out[rows] += column * slope
        return out

    def gram(self) -> tuple[FloatArray, float]:
        """Mean of z z', (k + 1, k + 1), and the length of the longest row of z."""
        total, longest = np.zeros((self.x.shape[1] + 1,) * 2), 0.0
        for _, z in self.blocks():
            total += z.T @ z
            longest = max(longest, float(np.einsum("ij,ij->i", z, z).max()))
        return total / self.x.shape[0], float(np.sqrt(longest))

    def triangle(self) -> FloatArray:
        """Triangular factor R of z / sqrt(n), by QR of blocks stacked on the R so far; (k + 1, k + 1)."""
        width = self.x.shape[1] + 1
        r = np.zeros((width, width))
        for _, z in self.blocks():
            r = np.asarray(np.linalg.qr(np.vstack([r, z]), mode="r"))
        return np.asarray(r / np.sqrt(self.x.shape[0]))

    def in_own_units(self, beta: FloatArray) -> FloatArray:
        """Intercept and slopes of x that give the same linear predictor; (k + 1,)."""
        raw = beta[1:] / self.spread
        return np.concatenate([[beta[0] - float(raw @ self.centre)], raw])


def standardised(x: FloatArray) -> Standardised:
    """Standardise by the columns' own means and standard deviations; those of a constant column are not defined.

    Parameters
    ----------
    x : (n, k) float
    """
    centre = x.mean(axis=0)
    squares = np.zeros(x.shape[1])
    for start in range(0, x.shape[0], BLOCK):
        squares += ((x[start : start + BLOCK] - centre) ** 2).sum(axis=0)
    return Standardised(x, centre, np.sqrt(squares / x.shape[0]))
