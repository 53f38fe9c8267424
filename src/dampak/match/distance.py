"""Covariates in the units that distances are measured in."""

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError

FloatArray = NDArray[np.float64]


def scaled_covariates(covariates: FloatArray, treatment: NDArray[np.bool_], *, distance: str) -> FloatArray:
    """Transform covariates so that their Euclidean distance is the one asked for.

    Parameters
    ----------
    covariates : (n, k) float
    treatment : (n,) bool
    distance : {"scaled_euclidean", "mahalanobis"}
        `scaled_euclidean`: each column over its standard deviation (all units, n - 1), which weights by inverse
        variances as R's ``Matching::Match(Weight = 1)``. `mahalanobis`: whitened by the pooled within-group
        covariance, as MatchIt does.

    Returns
    -------
    (n, k) float

    Raises
    ------
    ConfigError
        For another distance.
    DataError
        When the covariates do not vary, or determine each other.
    """
    x = np.asarray(covariates, dtype=np.float64)
    match distance:
        case "scaled_euclidean":
            spread = x.std(axis=0, ddof=1)
            if np.any(spread == 0):
                raise DataError("covariates: a constant covariate has no distance; remove it from `covariates`")
            return np.asarray(x / spread)
        case "mahalanobis":
            centred = x - np.where(treatment[:, None], x[treatment].mean(axis=0), x[~treatment].mean(axis=0))
            pooled = centred.T @ centred / (x.shape[0] - 2)
            try:
                root = np.linalg.cholesky(pooled)
            except np.linalg.LinAlgError:
                raise DataError(
                    "covariates: their covariance within groups is singular, so there is no Mahalanobis distance; "
                    "remove a covariate that others determine, or use scaled_euclidean"
                ) from None
            return np.asarray(np.linalg.solve(root, x.T).T)
        case other:
            raise ConfigError(f"distance: '{other}' is not known; use propensity, scaled_euclidean or mahalanobis")
