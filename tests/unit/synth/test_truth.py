import numpy as np
import pandas as pd
import pytest

from dampak.synth.effects import without
from dampak.synth.population import Population
from dampak.synth.survey import Survey
from dampak.synth.terms import COMPONENTS, PROGRAMMES
from dampak.synth.truth import potential_outcomes

ASSETS = ("refrigerator", "motorcycle", "flat_tv", "gold", "car", "computer", "land")


def _att(truth: pd.DataFrame, treatment: str, outcome: str, subgroup: str = "all", scope: str = "population") -> float:
    keys = {"treatment": treatment, "outcome": outcome, "subgroup": subgroup, "area": "all", "scope": scope}
    row = truth[np.logical_and.reduce([truth[key] == value for key, value in keys.items()])]
    assert len(row) == 1
    return float(row["att"].iloc[0])


def _naive(households: pd.DataFrame, programme: str) -> float:
    log, treated, weight = np.log(households["consumption"]), households[programme], households["weight"]
    return float(
        np.average(log[treated], weights=weight[treated]) - np.average(log[~treated], weights=weight[~treated])
    )


def test_truth_is_the_mean_of_the_difference_of_potential_outcomes_over_recipients(
    population: Population, survey: Survey, truth: pd.DataFrame
) -> None:
    both = potential_outcomes(population, without(population.assignment, "pkh"))
    h = population.households
    surveyed = np.zeros(len(h))
    surveyed[survey.households["row"]] = survey.households["weight"]
    for scope, weight in (("population", h["represents"].to_numpy()), ("survey", surveyed)):
        for outcome in ("consumption", "log_consumption", "nonfood", "poor", "attends_school", "outpatient", "works"):
            units = both[both["outcome"] == outcome]
            units = units[h["pkh"].to_numpy()[units["household"]]]
            w = weight[units["household"]]
            mean = np.average(units["with"] - units["without"], weights=w)
            assert _att(truth, "pkh", outcome, scope=scope) == pytest.approx(mean, rel=1e-9, abs=1e-12)


def test_the_world_with_what_is_received_is_the_observed_one(population: Population) -> None:
    both = potential_outcomes(population, without(population.assignment, *PROGRAMMES))
    observed = both[both["outcome"] == "consumption"]["with"].to_numpy()
    assert (observed == population.households["consumption"]).all()
    attends = both[both["outcome"] == "attends_school"]["with"].to_numpy()
    assert (attends == population.persons["attends_school"].dropna().to_numpy(dtype=float)).all()
    nothing = ~population.assignment.any(axis=1)
    idle = both[nothing[both["household"]]]
    assert (idle["with"] == idle["without"]).all() and len(idle)


def test_the_naive_comparison_is_strongly_negative_while_the_effect_is_positive(
    survey: Survey, truth: pd.DataFrame
) -> None:
    for programme, least in (("pkh", 0.03), ("bpnt", 0.01)):
        assert _naive(survey.households, programme) < -0.3
        assert _att(truth, programme, "log_consumption", scope="survey") > least


def test_controlling_for_what_selects_turns_the_sign(population: Population, truth: pd.DataFrame) -> None:
    """Among registered families with a component, selection rests on the score: regression on it finds the effect."""
    h, f = population.households, population.families
    one = f[f["household_id"].isin(h.loc[h["n_families"] == 1, "household_id"])].set_index("household_id")
    one = one[one["dtks"] & (one[[f"n_{c}" for c in COMPONENTS]].sum(axis=1) > 0)]
    home = h.set_index("household_id").loc[one.index]
    columns = pd.DataFrame({name: home[name].astype(float) for name in PROGRAMMES})
    columns = columns.assign(
        score=one["score"], curve=one["score"] ** 2, size=np.log(home["size"]), urban=home["urban"]
    )
    columns = columns.assign(
        head_age=one["head_age"], male=one["head_male"], **{n: home[n] for n in home if n in ASSETS}
    )
    parts = [one[n] for n in one if n.startswith("n_")]
    dummies = pd.get_dummies(home[["floor", "wall", "toilet", "water", "fuel", "kab_code"]].astype(str))
    schooling = pd.get_dummies(one["head_schooling"])
    design = pd.concat([columns, *parts, dummies, schooling], axis=1).to_numpy(dtype=float)
    fitted = np.linalg.lstsq(design, np.log(home["consumption"].to_numpy()), rcond=None)[0]
    assert fitted[PROGRAMMES.index("pkh")] == pytest.approx(_att(truth, "pkh", "log_consumption"), abs=0.02)


def test_planted_sizes_are_those_of_the_literature(truth: pd.DataFrame) -> None:
    base = truth[(truth["subgroup"] == "all") & (truth["area"] == "all") & (truth["scope"] == "population")]
    pkh = base[base["treatment"] == "pkh"].set_index("outcome")
    relative = pkh["att"] / pkh["mean_without"]
    assert relative["consumption"] == pytest.approx(0.04, abs=0.015)
    assert relative["nonfood"] == pytest.approx(0.12, abs=0.02)
    assert pkh["att"]["attends_school"] > 0.03 and pkh["att"]["assisted_delivery"] > 0.05
    assert pkh["att"]["poor"] < -0.01


def test_every_verdict_has_a_case(truth: pd.DataFrame) -> None:
    assert _att(truth, "bpnt", "works") == pytest.approx(-0.035, abs=0.005)  # harm
    assert _att(truth, "bpnt", "food_insecure") < -0.02
    for late in ("bst", "blt_desa", "jatim_puspa"):  # began after the survey
        rows = truth[truth["treatment"] == late]
        assert len(rows) and (rows["att"] == 0).all()


def test_effects_differ_by_region_and_by_combination(truth: pd.DataFrame) -> None:
    rows = truth[(truth["treatment"] == "pkh") & (truth["outcome"] == "nonfood") & (truth["scope"] == "population")]
    relative = (rows["att"] / rows["mean_without"]).set_axis(rows["subgroup"] + rows["area"])
    assert relative["madura" + "all"] > relative["kabupaten_jawa" + "all"] + 0.02
    assert relative["kabupaten_jawa" + "all"] > relative["kota" + "all"] + 0.02
    assert _att(truth, "bpnt", "food", "rural") > 1.2 * _att(truth, "bpnt", "food", "urban")
    both, alone = (_att(truth, name, "log_consumption") for name in ("pkh_and_bpnt", "pkh_only"))
    assert both > alone > 0


def test_every_area_has_its_truth(truth: pd.DataFrame) -> None:
    rows = truth[(truth["treatment"] == "pkh") & (truth["outcome"] == "consumption") & (truth["scope"] == "survey")]
    areas = rows[rows["area"] != "all"]
    assert len(areas) == 38 and (areas["att"] > 0).all()
    total = rows[(rows["area"] == "all") & (rows["subgroup"] == "all")].iloc[0]
    assert areas["n_treated"].sum() == total["n_treated"]
    assert np.average(areas["att"], weights=areas["weight_treated"]) == pytest.approx(total["att"])
