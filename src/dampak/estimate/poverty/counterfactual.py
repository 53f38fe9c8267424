"""Poverty as it would be without a programme: its transfer taken away, or its estimated effect undone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from dampak.estimate.poverty.domains import Measured, reported
from dampak.estimate.poverty.fgt import ORDERS, gap_rupiah, poverty_index, shortfall
from dampak.estimate.poverty.welfare import MONTHS, Welfare
from dampak.estimate.variance import deviations

FloatArray = NDArray[np.float64]
Measures = dict[str, Measured]


def present_poverty(welfare: Welfare) -> Measures:
    """Measure poverty as it is: p0, p1, p2 and the gap in rupiah per year."""
    x, z, persons, domains = welfare.consumption, welfare.line, welfare.persons, welfare.domains
    found = {f"p{a}": poverty_index(x, z, a, persons=persons, domains=domains) for a in ORDERS}
    return found | {"gap_rupiah_per_year": domains.total(persons * gap_rupiah(x, z) * MONTHS)}


def transfer_measures(welfare: Welfare, programme: int) -> Measures:
    """Compare poverty with poverty after the transfer is taken from its recipients.

    x0 = max(x - B / 12 / size, 0). No behavioural reply and no lasting effect: what households would have earned,
    saved or received instead is left out, so this is an upper bound of what the rupiah alone do. A change is
    poverty with less poverty without, negative where the programme lowers poverty; its error is that of the
    difference, in which most of the sampling error of either level cancels. Receipt is taken as the accepted links
    say it: the uncertainty of linkage is not in these errors.

    Parameters
    ----------
    welfare : Welfare
    programme : int
        Column of `welfare.programmes`.

    Returns
    -------
    dict of Measured
        `p{0,1,2}_without_transfer`, `p{0,1,2}_change_transfer`; `persons_lifted` (persons who are poor without the
        transfer and not with it); `share_of_change` (areas only); `gap_rupiah_per_year`,
        `gap_rupiah_per_year_without_transfer`, `transfer_rupiah_per_year`; `gap_reduction_per_rupiah` (rupiah by
        which the gap falls per rupiah transferred, in [0, 1]). All NaN for a programme without recipients.

    References
    ----------
    Indicators "poverty impact simulated" and "benefit-cost ratio" of ADePT Social Protection / ASPIRE (World Bank);
    formulas from memory, not checked against the manual.
    """
    x, z, persons, domains = welfare.consumption, welfare.line, welfare.persons, welfare.domains
    before = welfare.without_transfer(programme)
    found = _levels_and_changes(welfare, before, "transfer")
    lifted = persons * (shortfall(before, z, 0) - shortfall(x, z, 0))
    gap, gap_before = (persons * gap_rupiah(c, z) * MONTHS for c in (x, before))
    spent = welfare.weight * welfare.amount[:, programme]
    found |= {
        "persons_lifted": domains.total(lifted),
        "share_of_change": area_shares(lifted, welfare),
        "gap_rupiah_per_year": domains.total(gap),
        "gap_rupiah_per_year_without_transfer": domains.total(gap_before),
        "transfer_rupiah_per_year": domains.total(spent),
        "gap_reduction_per_rupiah": domains.ratio(gap_before - gap, spent),
    }
    return found if welfare.received[:, programme].any() else _unknown(found)


def effect_measures(welfare: Welfare, programme: int, *, estimate: float, std_error: float) -> Measures:
    """Compare poverty with poverty after the programme's effect on consumption is undone for its recipients.

    x0 = x exp(-effect) for recipients: the average effect on the treated is given to every recipient, in every area
    alike. Its sampling error enters by half the difference between the answers at effect +- one standard error (the
    derivative times the error, for a headcount that is a step function of it); the covariance of the effect with
    the poverty measure, both from the same survey, is left out.

    Parameters
    ----------
    welfare : Welfare
    programme : int
    estimate, std_error : float
        Effect on the logarithm of consumption; NaN = not estimated.

    Returns
    -------
    dict of Measured
        `p{0,1,2}_without_effect`, `p{0,1,2}_change_effect`; NaN where the effect is, errors NaN where its error is.
    """
    known = math.isfinite(estimate) and bool(welfare.received[:, programme].any())
    centre = estimate if known else 0.0
    found = _levels_and_changes(welfare, _undone(welfare, programme, centre), "effect")
    if not known:
        return _unknown(found)
    if not math.isfinite(std_error):
        return {name: Measured(m.value, np.full_like(m.value, np.nan)) for name, m in found.items()}
    domains, persons = welfare.domains, welfare.persons
    size = domains.sums(persons)
    size = np.where(size > 0, size, np.nan)
    sides = [_undone(welfare, programme, centre + sign * std_error) for sign in (1, -1)]
    for a in ORDERS:
        up, down = (domains.sums(persons * shortfall(side, welfare.line, a)) / size for side in sides)
        for name in (f"p{a}_without_effect", f"p{a}_change_effect"):
            value, sampling = found[name]
            error = np.sqrt(np.nan_to_num(sampling) ** 2 + ((up - down) / 2) ** 2)
            found[name] = Measured(value, reported(value, error))
    return found


def area_shares(change: FloatArray, welfare: Welfare) -> Measured:
    """Share of each area in a total of the whole; the areas' shares sum to 1.

    R_a = sum_(i in a) u_i / U with U = sum u; influence values u_i (1[i in a] - R_a) / U: units outside the area count
    through the denominator.

    Parameters
    ----------
    change : (n,) float
        u, survey weights included.
    welfare : Welfare

    Returns
    -------
    Measured
        The whole NaN: it has no share of itself to report. All NaN where nothing changes.
    """
    domains = welfare.domains
    sums = domains.sums(change)
    nothing = np.full(sums.size, np.nan)
    if sums[0] == 0:
        return Measured(nothing, nothing.copy())
    value = sums / sums[0]
    value[0] = np.nan
    own = (domains.area[:, None] == np.arange(len(domains.names))) - value[1:]
    deviation, _ = deviations(change[:, None] / sums[0] * own, design=domains.design)
    error = np.concatenate([[np.nan], np.sqrt(np.sum(deviation**2, axis=0))])
    return Measured(value, reported(value, error))


def _undone(welfare: Welfare, programme: int, effect: float) -> FloatArray:
    factor = np.where(welfare.received[:, programme], math.exp(-effect), 1.0)
    return np.asarray(welfare.consumption * factor)


def _levels_and_changes(welfare: Welfare, before: FloatArray, way: str) -> Measures:
    """P_a without the programme, and P_a as it is less that."""
    x, z, persons, domains = welfare.consumption, welfare.line, welfare.persons, welfare.domains
    found = {}
    for a in ORDERS:
        without = shortfall(before, z, a)
        found[f"p{a}_without_{way}"] = domains.ratio(persons * without, persons)
        found[f"p{a}_change_{way}"] = domains.ratio(persons * (shortfall(x, z, a) - without), persons)
    return found


def _unknown(found: Measures) -> Measures:
    return {name: Measured(np.full_like(m.value, np.nan), np.full_like(m.value, np.nan)) for name, m in found.items()}
