"""Several programme arms: the generalised propensity score, its support, and the weights that compare arms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError
from dampak.match.multinomial import maximum_likelihood
from dampak.match.separation import require_rank, require_variation
from dampak.match.standardised import Standardised, standardised

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Labels = NDArray[Any]

ESTIMANDS = ("ate", "att", "ato")


@dataclass(frozen=True, eq=False)
class GeneralisedPropensity:
    """A fitted generalised propensity score of J arms.

    Attributes
    ----------
    arms : tuple of str, length J
        In sorted order; the first is the base category of the coefficients.
    score : (n, J) float
        Probability of each arm; rows add up to 1.
    coefficients : (J - 1, k + 1) float
        Intercept and slopes of every arm but the first, in the covariates' own units.
    """

    arms: tuple[str, ...]
    score: FloatArray
    coefficients: FloatArray

    def code(self, arm: Labels) -> IntArray:
        """Column of `score` that belongs to each unit's own arm; (n,)."""
        labels, known = np.asarray(arm, dtype=str), np.array(self.arms)
        code = np.minimum(np.searchsorted(known, labels), known.size - 1).astype(np.int64)
        strange = known[code] != labels
        if strange.any():
            raise DataError(
                f"clean/design.parquet: treatment: '{labels[int(strange.argmax())]}' is none of the arms that the "
                f"score was fitted to ({', '.join(self.arms)}); run the match stage again"
            )
        return code

    def position(self, arm: str | None, *, use: str) -> int:
        """Column of a named arm, refusing strangers."""
        if arm not in self.arms:
            raise ConfigError(f"{use}: '{arm}' is not an arm of the treatment; use {', '.join(self.arms)}")
        return self.arms.index(arm)


def generalised_score(
    covariates: FloatArray, arm: Labels, *, names: Sequence[str], weight: FloatArray | None = None
) -> GeneralisedPropensity:
    """Fit the probability of every arm given covariates, by an unpenalised multinomial logit.

    Combinations of programmes are arms of their own: label each unit with all that it receives.

    Parameters
    ----------
    covariates : (n, k) float
    arm : (n,) labels
    names : sequence of str, length k
        Names of the covariates, for messages.
    weight : (n,) float or None
        Survey weights; 1 if None. Units of weight 0 are scored but play no part in the fit.

    Returns
    -------
    GeneralisedPropensity
        With two arms, the logit of the second.

    Raises
    ------
    DataError
        When there is one arm only, a covariate is constant or a combination of others, or covariates separate arms,
        so that no maximum of the likelihood exists.

    References
    ----------
    Imbens, G. (2000). Biometrika 87, 706-710. Albert, A. and Anderson, J. (1984). Biometrika 71, 1-10.
    """
    x = np.asarray(covariates, dtype=np.float64)
    w = np.ones(x.shape[0]) if weight is None else np.asarray(weight, dtype=np.float64)
    inside = w > 0
    labels = np.asarray(arm, dtype=str)
    arms, code = np.unique(labels[inside], return_inverse=True)
    if arms.size < 2:
        raise DataError(
            f"clean/design.parquet: treatment: all {int(inside.sum())} units are in one arm; a generalised score needs "
            "two or more, check `treatment`"
        )
    strangers = np.setdiff1d(labels, arms)
    if strangers.size:
        raise DataError(
            f"clean/design.parquet: treatment: arm '{strangers[0]}' occurs with survey weight 0 only, so it has no "
            "score; give its units a weight or leave them out"
        )
    z = standardised(x[inside])
    require_variation(z, names)
    require_rank(z, names, gram=z.gram()[0])
    beta = maximum_likelihood(z, code.astype(np.int64), arms.size, weight=w[inside], names=names, arms=arms.tolist())
    everybody = Standardised(x, z.centre, z.spread)
    linear = np.column_stack([np.zeros(x.shape[0]), *(everybody.linear(b) for b in beta)])
    odds = np.exp(linear - linear.max(axis=1, keepdims=True))
    return GeneralisedPropensity(
        arms=tuple(str(name) for name in arms),
        score=odds / odds.sum(axis=1, keepdims=True),
        coefficients=np.vstack([z.in_own_units(b) for b in beta]),
    )


def generalised_tilt(propensity: GeneralisedPropensity, *, estimand: str, target: str | None = None) -> FloatArray:
    """Density h(x) of the target population relative to that of all units; (n,).

    ate: 1; att of the arm `target`: its score; ato: 1 / sum_j (1 / e_j), the population in which every arm is likely.

    Raises
    ------
    ConfigError
        For another estimand, or an att without a target.

    References
    ----------
    Li, F. and Li, F. (2019). Annals of Applied Statistics 13, 2389-2415, Table 1.
    """
    match estimand:
        case "ate":
            return np.ones(propensity.score.shape[0])
        case "att":
            return propensity.score[:, propensity.position(target, use="att of several arms needs a target")]
        case "ato":
            with np.errstate(divide="ignore"):
                return np.asarray(1.0 / (1.0 / propensity.score).sum(axis=1))
        case other:
            raise ConfigError(
                f"several arms are compared by {', '.join(ESTIMANDS)}, not '{other}'; use att with that arm as `target`"
            )


def generalised_weights(
    propensity: GeneralisedPropensity,
    arm: Labels,
    *,
    estimand: str,
    survey_weight: FloatArray,
    target: str | None = None,
) -> FloatArray:
    """Weights that carry every arm to one population: h(x) / e_own(x), times the survey weight; (n,).

    Parameters
    ----------
    propensity : GeneralisedPropensity
    arm : (n,) labels
    estimand : {"ate", "att", "ato"}
        See `generalised_tilt`.
    survey_weight : (n,) float
    target : str or None
        The arm whose population att means.

    Raises
    ------
    DataError
        When a weight would be infinite.

    References
    ----------
    Li, F. and Li, F. (2019). Annals of Applied Statistics 13, 2389-2415, eq. 2.
    """
    tilt = generalised_tilt(propensity, estimand=estimand, target=target)
    own = propensity.score[np.arange(tilt.size), propensity.code(arm)]
    certain = (own <= 0) & (survey_weight > 0)
    if certain.any():
        raise DataError(
            f"match/scores.parquet: {int(certain.sum())} units have a score of 0 for their own arm, so their weight is "
            "infinite; use on_support: true or fewer covariates"
        )
    return np.asarray(survey_weight * np.divide(tilt, own, out=np.zeros(tilt.size), where=own > 0))


def generalised_support(propensity: GeneralisedPropensity, arm: Labels, *, rule: str, trim: float = 0.1) -> list[str]:
    """Return for every unit why it is off the support that all arms share, or an empty text.

    Parameters
    ----------
    propensity : GeneralisedPropensity
    arm : (n,) labels
    rule : {"none", "minmax", "crump"}
        `minmax`: the score of every arm lies within the range that it has in each arm; `crump`: the least likely arm
        has a score of `trim` or more.
    trim : float

    Returns
    -------
    list of str, length n

    Raises
    ------
    ConfigError
        For another rule, or a trim that leaves nobody.

    References
    ----------
    Lopez, M. and Gutman, R. (2017). Statistical Science 32, 432-454, section 5.1. Crump, R., Hotz, V., Imbens, G. and
    Mitnik, O. (2009). Biometrika 96, 187-199.
    """
    score, code = propensity.score, propensity.code(arm)
    reason = np.full(score.shape[0], "", dtype=object)
    match rule:
        case "none":
            pass
        case "minmax":
            for j, name in enumerate(propensity.arms):
                ranges = [(score[code == g, j].min(), score[code == g, j].max()) for g in range(len(propensity.arms))]
                outside = (score[:, j] < max(low for low, _ in ranges)) | (
                    score[:, j] > min(high for _, high in ranges)
                )
                reason[outside & (reason == "")] = f"score of arm '{name}' outside the range that all arms share"
        case "crump":
            if trim * len(propensity.arms) >= 1:
                raise ConfigError(
                    f"support: trim: {trim:g}: the scores of {len(propensity.arms)} arms add up to 1, so no unit has "
                    f"{trim:g} for each; use less than {1 / len(propensity.arms):.3g}"
                )
            least = score.argmin(axis=1)
            for j, name in enumerate(propensity.arms):
                reason[(least == j) & (score[:, j] < trim)] = f"score of arm '{name}' below {trim:g}"
        case other:
            raise ConfigError(f"support: rule: '{other}' is not known; use none, minmax or crump")
    return [str(text) for text in reason]
