"""The design of a survey: who was drawn with whom, and out of how many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dampak.errors import ConfigError, DataError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Labels = NDArray[Any]

LONELY_RULES = ("refuse", "certainty", "adjust", "average")


@dataclass(frozen=True, eq=False)
class SurveyDesign:
    """A stratified multistage sample, of which the first stage counts (ultimate clusters).

    The variance within PSUs is that of later stages, and the spread between PSU totals already holds it: with PSUs
    drawn with replacement the estimate is unbiased whatever happens below. With `population` the first stage is
    corrected for being drawn without replacement; the further stages are then left out, which is right when PSUs are
    taken whole and a little too small when they are subsampled (by the share n_h / N_h of the variance within PSUs).

    Attributes
    ----------
    strata : (n,) labels or None
        None = one stratum.
    psu : (n,) labels or None
        Primary sampling units, read within strata; None = every unit is its own PSU.
    population : (n,) float or None
        Number of PSUs that the unit's stratum holds in the population; ``inf`` in a stratum, or None = drawn with
        replacement.
    lonely : {"refuse", "certainty", "adjust", "average"}
        Strata with a single sampled PSU, as R's ``options(survey.lonely.psu)``: `refuse` them; take the PSU as drawn
        with `certainty` (it adds nothing: too small unless it is true); `adjust` by centring its total at the mean
        of all PSU totals (usually too large); or give it the `average` contribution of the other strata.

    Raises
    ------
    ConfigError
        Unknown rule.

    References
    ----------
    Lumley, T. (2010). Complex Surveys: A Guide to Analysis Using R. Wiley.
    Wolter, K. (2007). Introduction to Variance Estimation. Springer (ultimate clusters).
    """

    strata: Labels | None = None
    psu: Labels | None = None
    population: FloatArray | None = None
    lonely: str = "refuse"

    def __post_init__(self) -> None:
        if self.lonely not in LONELY_RULES:
            raise ConfigError(f"design: lonely_psu is one of {', '.join(LONELY_RULES)}, not '{self.lonely}'")

    # Text labels of a million units take a second to sort, and every outcome and method asks for the same codes.
    @cached_property
    def _encoded(self) -> dict[int, Clusters]:
        return {}

    def clusters(self, n: int) -> Clusters:
        """Stratum and PSU codes of n units.

        Parameters
        ----------
        n : int
            Number of units; needed where neither strata nor PSUs are declared.

        Raises
        ------
        DataError
            A label is missing; the number of PSUs in the population varies within a stratum, or is below the number
            drawn.
        """
        if n not in self._encoded:
            self._encoded[n] = self._encode(n)
        return self._encoded[n]

    def _encode(self, n: int) -> Clusters:
        stratum, names = _codes(self.strata) if self.strata is not None else (np.zeros(n, dtype=np.int64), None)
        unit = _codes(self.psu)[0] if self.psu is not None else np.arange(n, dtype=np.int64)
        # Registers number their PSUs from 1 within each stratum: the pair identifies the PSU, the label alone may not.
        base = int(unit.max(initial=0)) + 1
        cluster, pair = _codes(stratum * base + unit)
        stratum_of_cluster = pair // base
        n_psus = np.asarray(np.bincount(stratum_of_cluster), dtype=np.int64)
        fraction = np.zeros(n_psus.shape[0])
        if self.population is not None:
            fraction = _sampling_fraction(self.population, stratum=stratum, n_psus=n_psus, names=names)
        return Clusters(stratum, cluster, stratum_of_cluster, n_psus, fraction, names)


@dataclass(frozen=True, eq=False)
class Clusters:
    """Codes of a design: n units in C PSUs of H strata.

    Attributes
    ----------
    stratum, cluster : (n,) int
        Of each unit.
    stratum_of_cluster : (C,) int
    n_psus : (H,) int
        PSUs drawn, n_h.
    sampling_fraction : (H,) float
        n_h / N_h; 0 = with replacement.
    names : (H,) labels or None
    """

    stratum: IntArray
    cluster: IntArray
    stratum_of_cluster: IntArray
    n_psus: IntArray
    sampling_fraction: FloatArray
    names: Labels | None

    def name(self, stratum: int) -> str:
        """How a message calls a stratum."""
        return f"stratum '{self.names[stratum]}'" if self.names is not None else "the sample"


def _codes(labels: Labels) -> tuple[IntArray, Labels]:
    """Codes of labels in sorted order, and the labels; hashing is several times faster than sorting the rows."""
    import pandas as pd

    codes, names = pd.factorize(np.asarray(labels), sort=True)
    if np.any(codes < 0):
        raise DataError(
            f"clean/design.parquet: columns strata, psu: no value for {int(np.sum(codes < 0))} units; set required: "
            "true in the codebook so that such rows are quarantined"
        )
    return np.asarray(codes, dtype=np.int64), np.asarray(names)


def _sampling_fraction(
    population: FloatArray, *, stratum: IntArray, n_psus: IntArray, names: Labels | None
) -> FloatArray:
    """n_h / N_h of every stratum, refusing a count that varies or that the sample exceeds; (H,)."""
    size = np.empty(n_psus.shape[0])
    size[stratum] = population
    bad = population != size[stratum]
    where = "clean/design.parquet: column psu_population"
    if np.any(bad):
        h = int(stratum[int(np.argmax(bad))])
        name = f"stratum '{names[h]}'" if names is not None else "the sample"
        raise DataError(
            f"{where}: {name} has several numbers of primary sampling units, and a stratum has one; "
            "give the count of the whole stratum on every row"
        )
    if np.any(size < n_psus):
        h = int(np.argmax(size < n_psus))
        name = f"stratum '{names[h]}'" if names is not None else "the sample"
        raise DataError(
            f"{where}: {name} is said to hold {size[h]:g} primary sampling units, and {n_psus[h]} were drawn; "
            "give the number of PSUs, not of units, in the population"
        )
    return np.asarray(n_psus / size, dtype=np.float64)
