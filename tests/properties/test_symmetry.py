"""Treated and comparison units exchanged, and units divided in two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dampak.config.methods import SUPPORTED_ESTIMANDS
from tests.properties.chain import Tables, differences, run
from tests.properties.menu import MENU, Method, nameable
from tests.properties.strategies import Sample, every_kind

MIRROR = {"att": "atc", "atc": "att"}
TURNED = {"largest": "smallest", "smallest": "largest"}


def mirrored(method: Method) -> Method | None:
    """The same method seen from the other group, or None where it does not estimate the mirrored effect."""
    estimand = MIRROR.get(method["estimand"], method["estimand"])
    if estimand not in SUPPORTED_ESTIMANDS[method["method"]]:
        return None
    new = method | {"estimand": estimand}
    # The largest scores of one group are the smallest of the other.
    return new | ({"order": TURNED.get(method["order"], method["order"])} if "order" in method else {})


@every_kind(tied=False)
def test_exchanging_the_groups_turns_the_effect_round(sample: Sample) -> None:
    """The att of the one is minus the atc of the other, the ate and ato minus themselves, with the same errors.

    Three conventions have a direction. A score on a bound of `subclass` belongs to the higher class: asked only where
    no bound can fall on a unit. Cross-fitted `aipw` deals the treated into folds before the others, so that exchanged
    groups are another division into folds. Of `full` matchings on a score several have the least total distance, and
    which is found depends on whose units are the rows of the problem: only that distance must be the same.
    """
    pairs = [(m, twin) for m in MENU if nameable(m, sample) and (twin := mirrored(m)) is not None]
    pairs = [(m, twin) for m, twin in pairs if m.get("folds") is None and not a_bound_falls_on_a_unit(m, sample)]
    score = {"model": "probit" if "strata" in sample.parts else "logit", "folds": 5}
    exchanged = sample.changed(treatment=lambda t: 1 - t)
    one = run(sample, [m for m, _ in pairs], propensity=score)
    other = turned_round(run(exchanged, [twin for _, twin in pairs], propensity=score))
    several = [m["label"] for m, _ in pairs if m["method"] == "full" and m["distance"] == "propensity"]
    for label in several:
        assert total_distance(one, label, sample) == pytest.approx(total_distance(other, label, sample), rel=1e-6)
    for name in ("weights", "effects"):
        one[name], other[name] = (t[name][~t[name]["method"].isin(several)] for t in (one, other))
    assert differences(one, other) == []


def turned_round(tables: Tables) -> Tables:
    """The tables of exchanged groups, with the groups exchanged back."""
    effects, scores = tables["effects"], tables["scores"]
    back = {"n_treated": "n_comparison", "n_comparison": "n_treated"}
    back |= {"ess_treated": "ess_comparison", "ess_comparison": "ess_treated"}
    effects = effects.rename(columns=back).assign(
        estimate=-effects["estimate"],
        ci_low=-effects["ci_high"],
        ci_high=-effects["ci_low"],
        estimand=effects["estimand"].replace(MIRROR),
    )
    above_below = {"above": "below", "below": "above"}
    scores = scores.assign(
        propensity=1 - scores["propensity"],
        linear_propensity=-scores["linear_propensity"],
        support_reason=[" ".join(above_below.get(w, w) for w in why.split()) for why in scores["support_reason"]],
    )
    return tables | {"effects": effects, "scores": scores}


def total_distance(tables: Tables, label: str, sample: Sample) -> float:
    """Distance of the one treated, or the one comparison unit, of each matched set from the others, added up."""
    table = tables["weights"].query("method == @label and stratum >= 0")
    score = tables["scores"].set_index("unit_id")["propensity"]
    treated = sample.design.set_index("unit_id")["treatment"] == 1
    total = 0.0
    for _, units in table.groupby("stratum")["unit_id"]:
        one, others = (score[units[treated[units].to_numpy() == group]].to_numpy() for group in (True, False))
        assert min(one.size, others.size) == 1
        total += float(np.abs(one[:, None] - others).sum())
    return total


def a_bound_falls_on_a_unit(method: Method, sample: Sample) -> bool:
    """Whether a quantile that bounds classes is the score of a unit, in some exact stratum."""
    if method["method"] != "subclass":
        return False
    treated, count = sample.design["treatment"].to_numpy() == 1, int(method["count"])
    target = {"att": treated, "atc": ~treated}.get(method["estimand"], treated | True)
    stratum = sample.design["area"].to_numpy() if sample.exact else np.zeros(treated.size)
    sizes = np.unique(stratum[target], return_counts=True)[1]
    return any(k * (size - 1) % count == 0 for size in sizes.tolist() for k in range(1, count))


# Methods that a unit of half the weight may enter in another way than the whole one.
COUNTS_UNITS = {
    "nearest_1": "pairs are of units: a half may find another match than the whole",
    "nearest_1_caliper": "as nearest_1",
    "nearest_5_bias_adjusted": "five neighbours are fewer whole ones",
    "optimal": "as nearest_1",
    "full": "sets are of units",
    "subclass": "bounds are quantiles over units, whatever their weights",
}


def counts_units(method: Method) -> bool:
    """Whether the point estimate depends on how many rows a unit has, with the same weight in all."""
    if method["method"] == "cem":
        # The rules for the number of bins count units.
        return method["bins"] in ("sturges", "scott", "fd")
    return method["method"] in COUNTS_UNITS or method.get("folds") is not None


def counts_units_in_its_error(method: Method) -> bool:
    """Whether the standard error has a factor for the number of units although PSUs are declared.

    The wild bootstrap's (n - 1) / (n - k), cells of coarsened exact matching, whose small number of units is corrected
    for within the cell, and HC3, since half a unit has half its leverage.
    """
    if method.get("std_error") in ("wild_cluster_bootstrap", "hc3"):
        return True
    return bool(method["method"] == "cem" and method["effect"] == "difference")


def halved(sample: Sample) -> Sample:
    """Every unit as two rows that share its survey weight."""
    twice = [table.loc[table.index.repeat(2)].reset_index(drop=True) for table in (sample.design, sample.outcomes)]
    ids = [f"{unit}{half}" for unit in sample.design["unit_id"] for half in "ab"]
    design = twice[0].assign(unit_id=ids, survey_weight=twice[0]["survey_weight"] / 2)
    return replace(sample, design=design, outcomes=twice[1].assign(unit_id=ids))


def asked_of_halves(sample: Sample) -> list[Method]:
    return [m for m in MENU if nameable(m, sample) and not counts_units(m)]


@every_kind()
def test_a_unit_in_two_rows_of_half_the_weight_is_one_unit_to_weights_and_regressions(sample: Sample) -> None:
    """Point estimates of methods that weight units or model outcomes do not move.

    Exempt: `COUNTS_UNITS`; coarsened exact matching under a rule for the number of bins, which counts units; and
    cross-fitted `aipw`, which would put the halves of a unit into different folds.
    """
    methods = asked_of_halves(sample)
    columns = ["outcome", "method", "estimate"]
    before, after = run(sample, methods), run(halved(sample), methods)
    # Estimates are measured by the errors of the whole units.
    error = before["effects"].set_index("method")["std_error"]
    one, two = (
        {"effects": t["effects"][columns].assign(std_error=t["effects"]["method"].map(error))} for t in (before, after)
    )
    assert differences(one, two, of=("effects",)) == [] == differences(before, after, of=("refused",))


@every_kind("survey", "clustered")
def test_halves_of_a_unit_that_share_its_psu_do_not_pass_for_two_units(sample: Sample) -> None:
    """Errors by PSU, and their degrees of freedom, do not move (exempt: `counts_units_in_its_error`)."""
    methods = [m for m in asked_of_halves(sample) if not counts_units_in_its_error(m)]
    counted = ["n_treated", "n_comparison", "ess_treated", "ess_comparison"]
    one, two = ({"effects": run(s, methods)["effects"].drop(columns=counted)} for s in (sample, halved(sample)))
    assert differences(one, two, of=("effects",)) == []
