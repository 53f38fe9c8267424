"""The propensity score by boosted trees, cross-fitted and calibrated."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.match.propensity import Propensity, logit_score
from dampak.match.separation import require_two_groups
from dampak.seeds import seed_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CALIBRATIONS = ("sigmoid", "isotonic")
# Shallow trees: interactions of up to three covariates. Calibration mends what the number of rounds leaves.
TREES = {"max_iter": 100, "learning_rate": 0.1, "max_depth": 3, "early_stopping": False}


def boosted_score(
    covariates: FloatArray,
    treatment: NDArray[np.bool_],
    *,
    names: Sequence[str],
    weight: FloatArray | None = None,
    seed: int = 0,
    folds: int = 5,
    calibration: str = "sigmoid",
) -> Propensity:
    """Fit the probability of treatment by gradient-boosted trees.

    Each unit's score comes from trees grown on the other folds, and is calibrated by the treatment of the other
    folds' units given their scores. Units with equal covariates share a fold, so that they have equal scores; folds
    are drawn over the sorted distinct covariates, so that they do not depend on the order of rows. The error of such a
    score has no simple form: a standard error that counts it needs the doubly robust `aipw`.

    Parameters
    ----------
    covariates : (n, k) float
    treatment : (n,) bool
    names : sequence of str, length k
        Names of the covariates, for messages.
    weight : (n,) float or None
        Survey weights; 1 if None. Units of weight 0 are scored but play no part in the fit.
    seed : int
        Of the study; the folds are drawn by name from it.
    folds : int, at least 2
    calibration : {"sigmoid", "isotonic"}
        A logit of the treatment on the raw log-odds, or a step function, kept by half a unit of the group away from
        0 and 1.

    Returns
    -------
    Propensity
        Without coefficients.

    Raises
    ------
    ConfigError
        For another calibration, or fewer than two folds.
    DataError
        When one group is empty, also outside some fold, or trees tell the groups apart without error.

    References
    ----------
    McCaffrey, D., Ridgeway, G. and Morral, A. (2004). Psychological Methods 9, 403-425. Platt, J. (1999), in Advances
    in Large Margin Classifiers (sigmoid). Zadrozny, B. and Elkan, C. (2002). KDD, 694-699 (isotonic).
    """
    if calibration not in CALIBRATIONS:
        raise ConfigError(f"propensity: calibration is {' or '.join(CALIBRATIONS)}, not '{calibration}'")
    if folds < 2:
        raise ConfigError(f"propensity: folds: {folds} leaves no unit to fit on; use 2 or more")
    x = np.asarray(covariates, dtype=np.float64)
    w = np.ones(x.shape[0]) if weight is None else np.asarray(weight, dtype=np.float64)
    inside = w > 0
    require_two_groups(treatment[inside])
    fold = _folds(x, inside, folds=folds, seed=seed)
    raw = np.empty(x.shape[0])
    for number in range(folds):
        held, others = fold == number, (fold != number) & inside
        _require_both(treatment[others], number, folds)
        raw[held] = _log_odds(x, treatment, w, others=others, held=held, seed=seed_of(seed, "boosted_score", number))
    linear = np.empty(x.shape[0])
    for number in range(folds):
        held, others = fold == number, (fold != number) & inside
        calibrate = _sigmoid if calibration == "sigmoid" else _isotonic
        linear[held] = calibrate(raw[others], treatment[others], w[others], raw[held])
    return Propensity(1.0 / (1.0 + np.exp(-linear)), linear, np.empty(0))


def _folds(x: FloatArray, inside: NDArray[np.bool_], *, folds: int, seed: int) -> IntArray:
    """Fold of every unit; those outside the analysis, who fit nothing, are in the first; (n,)."""
    distinct = np.unique(x[inside], axis=0, return_inverse=True)[1].reshape(-1)
    n_distinct = int(distinct.max()) + 1
    shuffled = np.random.default_rng(seed_of(seed, "boosted_score", "folds")).permutation(n_distinct)
    fold = np.zeros(x.shape[0], dtype=np.int64)
    fold[inside] = (shuffled % folds)[distinct]
    return fold


def _require_both(treatment: NDArray[np.bool_], number: int, folds: int) -> None:
    if not treatment.any() or treatment.all():
        raise DataError(
            f"clean/design.parquet: treatment: outside fold {number + 1} of {folds} all units are in one group, so no "
            "trees can be grown there; use fewer folds, or propensity model logit"
        )


def _log_odds(
    x: FloatArray,
    treatment: NDArray[np.bool_],
    weight: FloatArray,
    *,
    others: NDArray[np.bool_],
    held: NDArray[np.bool_],
    seed: int,
) -> FloatArray:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # Sums over several threads depend, in their last bits, on how many there are.
    with threadpool_limits(limits=1):
        model = HistGradientBoostingClassifier(random_state=seed % 2**32, **TREES)
        model.fit(x[others], treatment[others], sample_weight=weight[others] / weight[others].mean())
        return np.asarray(model.decision_function(x[held]), dtype=np.float64)


def _sigmoid(raw: FloatArray, treatment: NDArray[np.bool_], weight: FloatArray, at: FloatArray) -> FloatArray:
    """Calibrated log-odds, linear in the raw ones."""
    if np.ptp(raw) > 0:
        line = logit_score(raw[:, None], treatment, names=["gradient_boosting"], weight=weight).coefficients
        if line[1] > 0:
            return np.asarray(line[0] + at * line[1])
    # Trees that found nothing, or noise that the other folds contradict: everybody has the share of the treated.
    odds = float(weight[treatment].sum()) / float(weight[~treatment].sum())
    return np.full(at.size, np.log(odds))


def _isotonic(raw: FloatArray, treatment: NDArray[np.bool_], weight: FloatArray, at: FloatArray) -> FloatArray:
    """Calibrated log-odds, a step function of the raw ones."""
    from sklearn.isotonic import IsotonicRegression

    low, high = 0.5 / int((~treatment).sum()), 1 - 0.5 / int(treatment.sum())
    steps = IsotonicRegression(y_min=low, y_max=high, out_of_bounds="clip")
    share = steps.fit(raw, treatment.astype(float), sample_weight=weight).predict(at)
    return np.asarray(np.log(share / (1 - share)), dtype=np.float64)
