"""Poverty as it would be without a programme: its transfer taken away, or its estimated effect undone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from dampak.estimate.poverty.domains import BoolArray, Domains, Measured, reported
from dampak.estimate.poverty.fgt import ORDERS, gap_rupiah, poverty_index, shortfall
from dampak.estimate.poverty.welfare import MONTHS, Welfare

FloatArray = NDArray[np.float64]
Measures = dict[str, Measured]

# Of these an area without surveyed recipients says nothing, although they would reckon to 0 there.
CHANGES = (
    *(f"p{a}_change_{way}" for a in ORDERS for way in ("transfer", "effect")),
    *("persons_lifted", "persons_lifted_effect", "share_of_change", "share_of_change_effect"),
)


def present_poverty(welfare: Welfare) -> Measures:
    """Measure poverty as it is.

    Returns
    -------
    dict of Measured
        `p0`, `p1`, `p2`; `gap_rupiah_per_year`; `share_left_out` (persons of households without consumption or line /
        all persons), which none of the other measures hold.
    """
    x, z, persons, domains = welfare.consumption, welfare.line, welfare.persons, welfare.domains
    found = {f"p{a}": poverty_index(x, z, a, persons=persons, domains=domains) for a in ORDERS}
    gap = domains.total(persons * gap_rupiah(x, z) * MONTHS)
    lost = welfare.left_out * welfare.size
    return found | {
        "gap_rupiah_per_year": gap.where(domains.sums(persons) > 0),
        "share_left_out": domains.ratio(lost, persons + lost),
    }


def transfer_measures(welfare: Welfare, programme: int) -> Measures:
    """Compare poverty with poverty after the transfer is taken from its recipients.

    x0 = max(x - B / 12 / size, 0). No behavioural reply and no lasting effect: what households would have earned,
    saved or received instead is left out, so this is an upper bound of what the rupiah alone do. A change is
    poverty with less poverty without, negative where the programme lowers poverty; its error is that of the
    difference, in which most of the sampling error of either level cancels. Receipt is taken as the accepted links
    say it: the uncertainty of linkage is not in these errors. A recipient whose amount the register does not know
    counts as one who gets nothing.

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
        which the gap falls per rupiah transferred, in [0, 1]). All NaN for a programme without recipients or whose
        register knows no rupiah; changes, persons lifted and shares NaN in an area where none reaches a surveyed
        household (poverty without the transfer is there poverty as it is).

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
    spent = welfare.rupiah(programme)
    found |= {
        "persons_lifted": domains.total(lifted),
        "share_of_change": area_shares(lifted, welfare),
        "gap_rupiah_per_year": domains.total(gap),
        "gap_rupiah_per_year_without_transfer": domains.total(gap_before),
        "transfer_rupiah_per_year": domains.total(spent),
        "gap_reduction_per_rupiah": domains.ratio(gap_before - gap, spent),
    }
    return reached_alone(found, domains.sums(spent) > 0, domains.sums(persons) > 0)


def effect_measures(welfare: Welfare, programme: int, *, estimate: float, std_error: float) -> Measures:
    """Compare poverty with poverty after the programme's effect on consumption is undone for its recipients.

    x0 = x exp(-effect) for recipients: the average effect on the treated is given to every recipient, in every area
    alike. Its sampling error enters by half the difference between the answers at effect +- one standard error (the
    derivative times the error, for a headcount that is a step function of it); the covariance of the effect with
    the poverty measure, both from the same survey, is left out. Where the error reaches from a gain to a harm, that
    of a share, a ratio to a change near 0, is a rough one.

    Parameters
    ----------
    welfare : Welfare
    programme : int
    estimate, std_error : float
        Effect on the logarithm of consumption; NaN = not estimated.

    Returns
    -------
    dict of Measured
        `p{0,1,2}_without_effect`, `p{0,1,2}_change_effect`; `persons_lifted_effect` (persons who are poor without the
        effect and not with it, less those whom a harmful effect makes poor); `share_of_change_effect` (areas only).
        All NaN where the effect is or nobody receives the programme, errors NaN where the effect's error is; changes,
        persons lifted and shares NaN in an area without surveyed recipients.
    """
    domains, persons, z = welfare.domains, welfare.persons, welfare.line
    reached = (domains.sums(welfare.beneficiaries(programme)) > 0) & math.isfinite(estimate)
    centre = estimate if reached[0] else 0.0
    before = _undone(welfare, programme, centre)
    found = _levels_and_changes(welfare, before, "effect")
    lifted = persons * (shortfall(before, z, 0) - shortfall(welfare.consumption, z, 0))
    found |= {
        "persons_lifted_effect": domains.total(lifted),
        "share_of_change_effect": area_shares(lifted, welfare),
    }
    size = domains.sums(persons)
    sides = [_undone(welfare, programme, centre + sign * std_error) for sign in (1, -1)]
    for a in ORDERS:
        up, down = (domains.sums(persons * shortfall(side, z, a)) for side in sides)
        moved = (up - down) / 2 if math.isfinite(std_error) else np.full_like(size, np.nan)
        for name in (f"p{a}_without_effect", f"p{a}_change_effect"):
            found[name] = _with_error(found[name], moved / np.where(size > 0, size, np.nan), domains.unknown)
        if a == 0:
            found |= _lifted_with_error(found, moved, domains)
    return reached_alone(found, reached, size > 0)


def reached_alone(found: Measures, reached: BoolArray, peopled: BoolArray) -> Measures:
    """Leave out what the survey does not know of a programme.

    Parameters
    ----------
    found : dict of Measured
    reached : (1 + D,) bool
        Where surveyed households hold recipients; elsewhere `CHANGES` are not known, and nothing is where the whole
        has none.
    peopled : (1 + D,) bool
        Where the survey has persons at all.
    """
    everything = peopled & reached[0]
    return {name: m.where(everything & reached if name in CHANGES else everything) for name, m in found.items()}


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
    error = np.concatenate([[np.nan], np.sqrt(domains.variances_of_whole(change[:, None] / sums[0] * own))])
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


def _with_error(measured: Measured, moved: FloatArray, unknown: BoolArray) -> Measured:
    """Add to the sampling error what the measure moves with one standard error of the effect, (1 + D,)."""
    value, sampling = measured
    # No variation in the sample adds nothing to the effect's error; an error that is refused makes all unknown.
    own = np.where(unknown, np.nan, np.nan_to_num(sampling))
    return Measured(value, reported(value, np.sqrt(own**2 + moved**2)))


def _lifted_with_error(found: Measures, moved: FloatArray, domains: Domains) -> Measures:
    """Add the effect's error to persons lifted and, by the derivative of a ratio, to the areas' shares of them."""
    lifted, share = found["persons_lifted_effect"], found["share_of_change_effect"]
    turned = (moved - share.value * moved[0]) / (lifted.value[0] or np.nan)
    return {
        "persons_lifted_effect": _with_error(lifted, moved, domains.unknown),
        # A share hangs on the whole, too.
        "share_of_change_effect": _with_error(share, turned, domains.unknown | domains.unknown[0]),
    }
