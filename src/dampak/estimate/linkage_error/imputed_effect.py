"""The effect of a treatment that is known through doubtful links."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError
from dampak.estimate.linkage_error.rubin import Pooled, pooled
from dampak.estimate.linkage_error.treatment_imputation import imputed_treatments

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Analysis = Callable[[BoolArray], tuple[float, float, float]]


def imputed_effect(
    estimate: Analysis,
    probability: FloatArray,
    covariates: FloatArray,
    outcome: FloatArray,
    *,
    imputations: int = 10,
    burn_in: int = 20,
    spacing: int = 10,
    seed: int,
    binary: bool = False,
    prior: FloatArray | None = None,
    psu: NDArray[Any] | None = None,
) -> Pooled:
    """Estimate an effect over treatments drawn from the linkage posterior.

    Parameters
    ----------
    estimate : function of a treatment (n,) bool to (estimate, variance, df)
        Any analysis of a completed data set, with weights and design of its own; df infinite for a normal reference.
    probability, covariates, outcome, imputations, burn_in, spacing, seed, binary, prior, psu
        As `imputed_treatments`; two imputations or more.

    Returns
    -------
    Pooled
        Where no link is doubtful, the result of the one analysis as it is.

    Raises
    ------
    ConfigError, DataError
        As `imputed_treatments` and `pooled`.

    References
    ----------
    Shan, M., Thomas, K. and Gutman, R. (2021). Annals of Applied Statistics 15, 412-436, section 3.
    """
    if imputations < 2:
        raise ConfigError(f"linkage: imputations is {imputations}; two or more show how much the answers differ")
    draws = imputed_treatments(
        probability, covariates, outcome, imputations=imputations, burn_in=burn_in, spacing=spacing, seed=seed,
        binary=binary, prior=prior, psu=psu,
    )  # fmt: skip
    if np.all(draws == draws[0]):
        value, variance, df = estimate(draws[0])
        return Pooled(float(value), math.sqrt(variance), float(df), 0.0)
    values, variances, dfs = np.array([estimate(treatment) for treatment in draws], dtype=np.float64).T
    # A treated PSU more or less may change the degrees of freedom of the design: the fewest are safe.
    return pooled(values, variances, float(dfs.min()))
