"""Coverage, errors of targeting, incidence by decile, benefit shares and adequacy of a programme."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dampak.estimate.poverty.domains import Measured
from dampak.estimate.poverty.welfare import MONTHS, Welfare
from dampak.estimate.targeting.concentration import Ranking, concentration_coefficient, ranking

FloatArray = NDArray[np.float64]
Measures = dict[str, Measured]

DECILES = tuple(range(1, 11))
TARGETS = (10, 20, 40)
"""Poorest percent of persons for benefit shares and the index of Coady, Grosh and Hoddinott."""

# The other measures of rupiah are ratios to their sum, and so not known where that is 0.
RUPIAH = ("adequacy", "transfer_rupiah_per_year")


def programme_ranking(welfare: Welfare, programme: int) -> Ranking:
    """Rank persons of the whole province by consumption less this programme's own transfer.

    Only the programme's own transfer is taken away, as ADePT does for one programme: the question is where its
    recipients would stand without it, other aid as it is. Deciles are those of the province, in areas too.
    """
    return ranking(welfare.without_transfer(programme), welfare.persons, welfare.household_id)


def targeting_measures(welfare: Welfare, programme: int) -> Measures:
    """Measure who receives a programme, in persons of recipient households.

    Poor, deciles and the bottom 20 and 40 percent are by consumption before the programme's own transfer.

    Parameters
    ----------
    welfare : Welfare
    programme : int
        Column of `welfare.programmes`.

    Returns
    -------
    dict of Measured
        Of the whole and every area:

        - `coverage`: beneficiaries / persons; `coverage_of_poor`, `coverage_of_bottom_40`: among those groups
        - `inclusion_error_of_beneficiaries`: beneficiaries who were not poor / beneficiaries
        - `exclusion_error_of_poor`: poor who are no beneficiaries / poor
        - `leakage_of_rupiah`: rupiah to persons who were not poor / rupiah
        - `adequacy`: mean over beneficiaries of transfer / consumption, transfer included in the latter
        - `beneficiaries` (persons), `transfer_rupiah_per_year`

        Of the whole alone (arrays of length 1): `incidence_decile_NN` (share of beneficiaries),
        `coverage_decile_NN`, `benefit_share_decile_NN` and `benefit_share_bottom_10`, `_20`, `_40` (share of rupiah),
        `cgh_index_10`, `_20`, `_40` (benefit share / population share; 1 = neutral), `concentration_coefficient`.

        A programme whose register knows no rupiah has NaN for all that rupiah measure, as 0 would say that it pays
        nothing. One that nobody receives has coverage 0 of everyone and of every group, misses all the poor, and has
        NaN elsewhere. In an area the boundary of the bottom 40 percent is taken as known; of the whole it counts as
        estimated, as those of deciles do. Errors do not hold the uncertainty of linkage.

    References
    ----------
    Indicators of ADePT Social Protection / ASPIRE (World Bank) and of Coady, D., Grosh, M. and Hoddinott, J. (2004),
    Targeting of Transfers in Developing Countries; formulas from memory, not checked against either.
    """
    persons, domains = welfare.persons, welfare.domains
    b = welfare.received[:, programme].astype(np.float64)
    spent, given = welfare.rupiah(programme), domains.sums(welfare.beneficiaries(programme)) > 0
    before, x = welfare.without_transfer(programme), welfare.consumption
    poor = (before < welfare.line).astype(np.float64)
    ranks = programme_ranking(welfare, programme)
    monthly = welfare.amount[:, programme] / MONTHS / welfare.size
    # A household that consumes nothing has no share of consumption; it is out of adequacy alone.
    eats = b * (x > 0)
    share = np.divide(monthly, x, out=np.zeros_like(x), where=x > 0)
    bottom = persons * ranks.poorest(0.4)
    found = {
        "coverage": domains.ratio(persons * b, persons),
        "coverage_of_poor": domains.ratio(persons * b * poor, persons * poor),
        "coverage_of_bottom_40": domains.ratio(bottom * b, bottom),
        "inclusion_error_of_beneficiaries": domains.ratio(persons * b * (1 - poor), persons * b),
        "exclusion_error_of_poor": domains.ratio(persons * (1 - b) * poor, persons * poor),
        "leakage_of_rupiah": domains.ratio(spent * (1 - poor), spent),
        "adequacy": domains.ratio(persons * eats * share, persons * eats),
        "beneficiaries": domains.total(persons * b),
        "transfer_rupiah_per_year": domains.total(spent),
    }
    found["coverage_of_bottom_40"].std_error[0] = _coverage(welfare, ranks, b, 0.0, 0.4).std_error[0]
    found |= _by_decile(welfare, programme, ranks, b)
    peopled, paid = domains.sums(persons) > 0, bool(spent.sum() > 0)
    for name, measured in found.items():
        of_everyone = name.startswith("coverage") or name == "exclusion_error_of_poor"
        known = of_everyone or (given[0] and (paid or name not in RUPIAH))
        found[name] = measured.where((peopled & known)[: measured.value.size])
    return found


def _by_decile(welfare: Welfare, programme: int, ranks: Ranking, b: FloatArray) -> Measures:
    """Incidence, coverage and benefits by decile, and what sums the benefits up."""
    benefits = welfare.rupiah(programme)
    found: Measures = {}
    windows = [(low / 10, high / 10) for low, high in pairwise((0, *DECILES))]
    for number, (low, high) in zip(DECILES, windows, strict=True):
        found[f"incidence_decile_{number:02d}"] = _share(welfare, ranks, welfare.persons * b, low, high)
        found[f"coverage_decile_{number:02d}"] = _coverage(welfare, ranks, b, low, high)
        found[f"benefit_share_decile_{number:02d}"] = _share(welfare, ranks, benefits, low, high)
    for percent in TARGETS:
        share = _share(welfare, ranks, benefits, 0.0, percent / 100)
        found[f"benefit_share_bottom_{percent}"] = share
        found[f"cgh_index_{percent}"] = Measured(share.value * 100 / percent, share.std_error * 100 / percent)
    coefficient, influence = np.nan, np.full(b.size, np.nan)
    if benefits.sum() > 0:
        coefficient, influence = concentration_coefficient(ranks, benefits)
    return found | {"concentration_coefficient": welfare.domains.measured_whole(coefficient, influence)}


def _window(ranks: Ranking, values: FloatArray, low: float, high: float) -> tuple[float, FloatArray]:
    """Total of the persons with ranks from low to high, and its influence values."""
    # Summed over the window itself: a difference of two totals would leave rounding where nobody is.
    total = float(np.sum(values * (ranks.poorest(high) - ranks.poorest(low))))
    return total, ranks.influence(high, values) - ranks.influence(low, values)


def _share(welfare: Welfare, ranks: Ranking, values: FloatArray, low: float, high: float) -> Measured:
    """Share of a total that falls to the persons with ranks from low to high."""
    total = float(values.sum())
    if total == 0:
        return welfare.domains.measured_whole(np.nan, np.full(values.size, np.nan))
    part, influence = _window(ranks, values, low, high)
    return welfare.domains.measured_whole(part / total, (influence - part / total * values) / total)


def _coverage(welfare: Welfare, ranks: Ranking, b: FloatArray, low: float, high: float) -> Measured:
    """Share of the persons with ranks from low to high who are beneficiaries."""
    persons, width = welfare.persons, high - low
    people = width * float(persons.sum())
    part, influence = _window(ranks, persons * b, low, high)
    return welfare.domains.measured_whole(part / people, (influence - part / people * width * persons) / people)
