"""Cross-fitting: divisions of the sample such that every unit is predicted by models that have not seen it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dampak.errors import DataError
from dampak.estimate.regression import gram_inverse
from dampak.estimate.survey_design import SurveyDesign

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def psu_codes(design: SurveyDesign | None, *, n: int) -> IntArray:
    """Primary sampling unit of each row, numbered over all strata; the row itself where the design has none; (n,)."""
    if design is None or design.psu is None:
        return np.arange(n, dtype=np.int64)
    return design.clusters(n).cluster


def folds_of(treatment: NDArray[np.bool_], *, cluster: IntArray, folds: int, seed: int) -> IntArray:
    """Divide units into folds that hold whole clusters and near-equal numbers of treated and comparison units.

    Members of a cluster resemble each other: a model that has seen one of them has seen something of the others. The
    clusters are shuffled and dealt, those with most treated units first, to the fold that has fewest.

    Parameters
    ----------
    treatment : (n,) bool
    cluster : (n,) int
        All different: every unit for itself.
    folds : int
    seed : int

    Returns
    -------
    (n,) int
        Fold of each unit, from 0.

    Raises
    ------
    DataError
        Some fold leaves a group empty outside it.

    References
    ----------
    Chernozhukov, V. et al. (2018). Econometrics Journal 21, C1-C68, definition 3.2. Chiang, H. et al. (2022). Journal
    of Business & Economic Statistics 40, 1046-1056 (folds of whole clusters).
    """
    # Numbered by first appearance: the labels of the clusters decide nothing.
    _, first, code = np.unique(cluster, return_index=True, return_inverse=True)
    code = np.argsort(np.argsort(first))[code.reshape(-1)]
    n_clusters = int(code.max()) + 1
    treated = np.bincount(code, weights=treatment, minlength=n_clusters)
    size = np.bincount(code, minlength=n_clusters)
    shuffled = np.random.default_rng(seed).permutation(n_clusters)
    order = shuffled[np.lexsort((-size[shuffled], -treated[shuffled]))]
    fold_of_cluster = np.zeros(n_clusters, dtype=np.int64)
    n_treated, n_comparison = [0.0] * folds, [0.0] * folds
    for c in order:
        scarce, other = (n_treated, n_comparison) if treated[c] else (n_comparison, n_treated)
        fold = min(range(folds), key=lambda k: (scarce[k], other[k], k))
        fold_of_cluster[c] = fold
        n_treated[fold] += float(treated[c])
        n_comparison[fold] += float(size[c] - treated[c])
    chosen = fold_of_cluster[code]
    for k in range(folds):
        for group, name in ((treatment, "treated"), (~treatment, "comparison")):
            if not np.any(group & (chosen != k)) or not np.any(group & (chosen == k)):
                clusters = "units" if n_clusters == treatment.size else "primary sampling units"
                raise DataError(
                    f"methods: aipw: folds: the {name} {clusters} do not fill {folds} folds; use fewer folds, or "
                    "the parametric models with folds: null"
                )
    return chosen


def canonical_order(*columns: FloatArray | IntArray | NDArray[np.bool_]) -> IntArray:
    """Order of rows by what they hold, so that shuffles and learners do not depend on how the data were sorted."""
    return np.asarray(np.lexsort([np.asarray(column) for column in columns]), dtype=np.int64)


def distance_from_centre(columns: FloatArray) -> FloatArray:
    """Squared Mahalanobis distance of each row from the mean row: the same in any units, signs and order of columns.

    A shuffle of rows that are ordered by it gives the same folds when a covariate is recoded, say from 0/1 to 1/0.

    Parameters
    ----------
    columns : (n, k) float
        Constant and redundant columns add nothing.

    Returns
    -------
    (n,) float
        Per unit of the mean square, to eight decimals: beyond them lies the rounding of the units.
    """
    centred = columns - np.mean(columns, axis=0)
    bread, _ = gram_inverse(centred, weight=np.ones(columns.shape[0]))
    return np.asarray(np.round(columns.shape[0] * np.sum((centred @ bread) * centred, axis=1), 8))


def median_of_splits(estimates: FloatArray, variances: FloatArray) -> tuple[float, float]:
    """Median over divisions into folds, and a variance that holds their disagreement.

    V = median_s of (V_s + (theta_s - theta)^2).

    Parameters
    ----------
    estimates, variances : (splits,) float

    Returns
    -------
    estimate, variance : float

    References
    ----------
    Chernozhukov, V. et al. (2018). Econometrics Journal 21, C1-C68, definition 3.3.
    """
    estimate = float(np.median(estimates))
    return estimate, float(np.median(variances + (estimates - estimate) ** 2))
