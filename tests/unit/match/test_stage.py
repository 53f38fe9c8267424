"""The match stage as a whole: complete tables, nobody lost in silence, no outcome seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dampak.errors import ConfigError, DataError
from dampak.match.specification import specifications
from dampak.match.stage import balance_stage, match_stage, score_stage

PAIRING = {"distance": "propensity", "replace": False, "ratio": 1, "order": "largest", "caliper": None}


def method(family: str, **options: Any) -> dict[str, Any]:
    return {"method": family, "label": family, "on_support": False} | options


def study(methods: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    return {
        "treatment": {"name": "cash"},
        "covariates": [{"name": name, "expression": None} for name in ("age", "poor", "debt")],
        "placebo_outcomes": [{"outcome": "debt_before", "without": ["debt"]}],
        "exact": [],
        "design": {"weight": None, "strata": None, "psu": None},
        "estimands": ["att"],
        "support": {"rule": "minmax", "trim": 0.1},
        "methods": methods,
    } | changes


def population(n: int = 400, *, weighted: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(9)
    age, poor, debt = rng.normal(40, 10, n), rng.integers(0, 2, n), rng.gamma(2, 3, n)
    treated = rng.random(n) < 1 / (1 + np.exp(3 - 0.04 * age - 0.8 * poor))
    return pd.DataFrame(
        {
            "unit_id": [f"u{i:04d}" for i in range(n)],
            "treatment": treated.astype("int8"),
            "survey_weight": rng.uniform(1, 9, n) if weighted else 1.0,
            "town": rng.choice(["A", "B", "C"], n),
            "age": age,
            "poor": poor.astype(float),
            "debt": debt,
        }
    )


ALL = [
    method("difference_in_means"),
    method("regression"),
    method("nearest_1", **PAIRING),
    method("nearest_1_caliper", **(PAIRING | {"caliper": 0.2})),
    method("nearest_5_bias_adjusted", **(PAIRING | {"distance": "scaled_euclidean", "replace": True, "ratio": 5})),
    method("ipw"),
    method("entropy_balancing", moments=1),
    method("ipw", label="ipw_on_support", on_support=True),
]


def run(design: pd.DataFrame, settings: dict[str, Any]) -> dict[str, pd.DataFrame]:
    scores = score_stage(design, settings)["scores"]
    matched = match_stage(design, scores, settings)
    return {"scores": scores} | matched | balance_stage(design, scores, matched["weights"], settings)


@pytest.mark.parametrize("weighted", [False, True])
def test_every_unit_has_a_score_and_a_weight_by_every_method_in_every_specification(weighted: bool) -> None:
    design = population(weighted=weighted)
    done = run(design, study(ALL))
    assert done["scores"].groupby("specification").size().to_dict() == {"main": 400, "placebo_debt_before": 400}
    counts = done["weights"].groupby(["specification", "method"]).size()
    assert len(counts) == 2 * len(ALL) and (counts == 400).all()
    assert done["weights"]["weight"].ge(0).all() and np.isfinite(done["weights"]["weight"]).all()
    survey = design.set_index("unit_id")["survey_weight"]
    treated = design.loc[design["treatment"] == 1, "unit_id"]
    main = done["weights"].query("specification == 'main'").pivot(index="unit_id", columns="method", values="weight")
    for label in ("regression", "nearest_5_bias_adjusted", "ipw", "entropy_balancing"):
        assert main.loc[treated, label].to_numpy() == pytest.approx(survey[treated].to_numpy())


def test_the_placebo_specification_is_blind_to_the_covariates_that_it_leaves_out() -> None:
    design = population()
    before = run(design, study(ALL))
    after = run(design.assign(debt=design["debt"] ** 2), study(ALL))
    for table in ("scores", "pairs", "weights"):
        placebo = [done[table].query("specification != 'main'") for done in (before, after)]
        pd.testing.assert_frame_equal(*[p.reset_index(drop=True) for p in placebo])
    assert not before["scores"].equals(after["scores"])


def test_the_support_table_counts_everybody_once_by_rule_and_once_by_pairing_method() -> None:
    design = population(weighted=True)
    support = run(design, study(ALL))["support"]
    treated = design["treatment"] == 1
    prefix = support["reason"].str.extract(r"^(nearest_\w+): ")[0].fillna("rule")
    totals = support.groupby(prefix)[["n_treated", "n_comparison", "weight_treated"]].sum()
    assert set(totals.index) == {"rule", "nearest_1", "nearest_1_caliper", "nearest_5_bias_adjusted"}
    assert (totals["n_treated"] == treated.sum()).all() and (totals["n_comparison"] == (~treated).sum()).all()
    assert totals["weight_treated"].to_numpy() == pytest.approx(design.loc[treated, "survey_weight"].sum())
    assert {"kept", "nearest_1_caliper: no comparison unit within the caliper"} <= set(support["reason"])


def test_only_a_method_on_support_leaves_out_units_off_support() -> None:
    done = run(population(), study(ALL))
    off = set(done["scores"].query("specification == 'main' and not in_support")["unit_id"])
    assert off
    used = done["weights"].query("specification == 'main' and weight > 0").groupby("method")["unit_id"].agg(set)
    assert not used["ipw_on_support"] & off
    assert off <= used["ipw"] and off <= used["entropy_balancing"]


def test_pairs_stay_within_exact_strata() -> None:
    design = population()
    pairs = run(design, study(ALL, exact=["town", "poor"]))["pairs"]
    place = design.set_index("unit_id")[["town", "poor"]]
    assert (place.loc[pairs["focal_id"]].to_numpy() == place.loc[pairs["match_id"]].to_numpy()).all()


def test_exact_strata_are_not_confused_by_their_spelling() -> None:
    # Joined as text, ("x / y", "z") and ("x", "y / z") would be one stratum.
    design = population(60).assign(town="x", poor=0.0)
    treated = design["treatment"] == 1
    design["town"], design["part"] = np.where(treated, "x / y", "x"), np.where(treated, "z", "y / z")
    covariates = [{"name": name, "expression": None} for name in ("age", "debt")]
    settings = study([method("nearest_1", **PAIRING)], exact=["town", "part"], covariates=covariates)
    with pytest.raises(DataError, match=r"nearest_1.*town, part"):
        run(design, settings)


def test_the_order_of_rows_does_not_matter() -> None:
    design = population()
    shuffled = design.sample(frac=1, random_state=2).sort_values("unit_id", ignore_index=True)
    for table, frame in run(design, study(ALL)).items():
        pd.testing.assert_frame_equal(frame, run(shuffled, study(ALL))[table])


def test_weighting_balances_and_the_raw_comparison_does_not() -> None:
    balance = run(population(weighted=True), study(ALL))["balance"].set_index(["method", "covariate"])
    gaps = balance["smd_after"].abs()
    assert gaps["entropy_balancing"].drop("propensity").max() < 1e-8
    assert gaps["ipw"].max() < 0.1 < gaps["difference_in_means"].max()
    raw = balance.loc["difference_in_means"]
    assert raw["smd_after"].to_numpy() == pytest.approx(raw["smd_before"].to_numpy())
    assert set(balance.loc["ipw"].index) == {"age", "poor", "debt", "propensity"}


def test_nobody_on_support_is_a_sentence_not_an_empty_table() -> None:
    settings = study([method("ipw", on_support=True)], support={"rule": "crump", "trim": 0.499999})
    with pytest.raises(DataError, match="common support"):
        run(population(), settings)


def test_two_estimands_are_refused_rather_than_one_of_them_dropped() -> None:
    with pytest.raises(ConfigError, match="estimands"):
        run(population(), study(ALL, estimands=["att", "atc"]))


def test_specifications_keep_the_order_of_the_study() -> None:
    assert specifications(study(ALL)) == {"main": ["age", "poor", "debt"], "placebo_debt_before": ["age", "poor"]}
