"""The stage turns match tables into effects, and says in one sentence what is wrong with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dampak.errors import ConfigError, DampakError, DataError
from dampak.estimate.robustness_stage import robustness_stage
from dampak.estimate.stage import EFFECT_KEYS, EFFECT_VALUES, effects_stage
from dampak.estimate.verdict_stage import verdict_stage
from dampak.estimate.weighted import weighted_difference
from dampak.match.stage import ORDER_COLUMNS
from tests.settings import DEFAULTS, method

N = 60


def settings(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = DEFAULTS | {
        "treatment": {"column": "pkh", "treated": 1, "comparison": 0, "name": "pkh", "label": "PKH"},
        "covariates": [{"name": "age", "expression": None}, {"name": "size", "expression": None}],
        "outcomes": [{"name": "school", "expression": None}, {"name": "food", "expression": None}],
        "placebo_outcomes": [{"outcome": "size", "without": ["size"]}],
        "estimands": ["att"],
        "methods": [
            method("difference_in_means"),
            method("regression", on_support=True),
            method("oaxaca_blinder"),
            method("nearest_1", std_error="matched_sets"),
            method("nearest_5_bias_adjusted", label="nn"),
            method("ipw"),
            method("ipw", label="ipw_fixed", std_error="hc1_score_fixed"),
            method("entropy_balancing"),
        ],
        "headline": "ipw",
        "alpha": 0.05,
    }
    return base | changes


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    """Design, outcomes, scores, pairs, weights of 60 households, 20 treated; unit ids in no particular order."""
    rng = np.random.default_rng(11)
    ids = [f"u{i:02d}" for i in rng.permutation(N)]
    treatment = (np.arange(N) < 20).astype("int8")
    age, size = rng.normal(40, 10, N), rng.normal(4, 1, N)
    design = pd.DataFrame(
        {
            "unit_id": ids,
            "treatment": treatment,
            "survey_weight": rng.uniform(1, 2, N),
            "age": age,
            "size": size,
        }
    )
    school = 3.0 * treatment + 0.02 * age + rng.normal(0, 0.5, N)
    outcomes = pd.DataFrame({"unit_id": ids, "school": school, "food": rng.normal(size=N), "size": size})
    propensity = rng.uniform(0.2, 0.6, N)
    scores, pairs, weights = [], [], []
    for specification in ("main", "placebo_size"):
        scores.append(
            pd.DataFrame(
                {
                    "specification": specification,
                    "unit_id": ids,
                    "propensity": propensity,
                    "in_support": np.arange(N) > 2,
                }
            )
        )
        for label in ("nearest_1", "nn"):
            pairs.append(
                pd.DataFrame(
                    {
                        "specification": specification,
                        "method": label,
                        "focal_id": ids[:20],
                        "match_id": ids[20:40],
                        "weight": 1.0,
                    }
                )
            )
        for label in ("nearest_1", "ipw_fixed", "entropy_balancing"):
            w = np.where(np.arange(N) < 40, 1.0, 0.0) if label == "nearest_1" else rng.uniform(0.5, 1.5, N)
            rows = {"specification": specification, "method": label, "unit_id": ids, "weight": w, "stratum": -1}
            weights.append(pd.DataFrame(rows))
    built = {"design": design, "outcomes": outcomes, "scores": pd.concat(scores)}
    return built | {"pairs": pd.concat(pairs), "weights": pd.concat(weights)}


def shuffled(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {k: v.sample(frac=1, random_state=5) if k != "design" else v for k, v in tables.items()}


def test_every_outcome_meets_every_method_once_and_rows_are_sorted(tables: dict[str, pd.DataFrame]) -> None:
    effects = effects_stage(**tables, settings=settings())["effects"]
    assert list(effects.columns) == EFFECT_KEYS + EFFECT_VALUES
    assert len(effects) == 3 * 8
    assert not effects.duplicated(EFFECT_KEYS).any()
    assert effects.equals(effects.sort_values(EFFECT_KEYS).reset_index(drop=True))
    assert set(effects["comparison"]) == {"none"}
    assert set(effects["subgroup"]) == {"all"}


def test_tables_in_another_row_order_give_the_same_effects(tables: dict[str, pd.DataFrame]) -> None:
    one = effects_stage(**tables, settings=settings())
    two = effects_stage(**shuffled(tables), settings=settings())
    for name in one:
        pd.testing.assert_frame_equal(one[name], two[name], rtol=1e-12)


def test_only_units_on_support_enter_a_method_that_asks_for_it(tables: dict[str, pd.DataFrame]) -> None:
    effects = effects_stage(**tables, settings=settings())["effects"].set_index(["method", "outcome"])
    assert effects.loc[("regression", "school"), "n_treated"] == 17
    assert effects.loc[("oaxaca_blinder", "school"), "n_treated"] == 20


def test_holm_runs_over_the_real_outcomes_and_leaves_placebos_blank(tables: dict[str, pd.DataFrame]) -> None:
    # Two outcomes of noise, so that no p-value is too small to tell adjusted from unadjusted.
    tables["outcomes"]["school"] = np.random.default_rng(12).normal(size=N)
    effects = effects_stage(**tables, settings=settings())["effects"].set_index(["method", "outcome"])
    for label in ("ipw", "regression"):
        p = effects.loc[label, "p_value"]
        adjusted = effects.loc[label, "p_adjusted"]
        smaller, larger = sorted([p["school"], p["food"]])
        assert adjusted[["school", "food"]].min() == pytest.approx(min(1, 2 * smaller))
        assert adjusted[["school", "food"]].max() == pytest.approx(min(1, max(2 * smaller, larger)))
        assert np.isnan(adjusted["size"])


def test_the_placebo_is_estimated_without_the_covariate_that_it_is(tables: dict[str, pd.DataFrame]) -> None:
    placebo = effects_stage(**tables, settings=settings())["placebo"].set_index("method")
    assert placebo.loc["regression", "std_error"] > 1e-3
    assert set(placebo["status"]) <= {"passed", "failed"}


def test_matching_without_replacement_clusters_on_the_pairs(tables: dict[str, pd.DataFrame]) -> None:
    effects = effects_stage(**tables, settings=settings())["effects"].set_index(["method", "outcome"])
    y = tables["outcomes"]["school"].to_numpy()[:40]
    pair = np.tile(np.arange(20), 2)
    expected = weighted_difference(y, np.arange(40) < 20, weight=np.ones(40), matched_set=pair)
    row = effects.loc[("nearest_1", "school")]
    assert row["std_error"] == pytest.approx(expected.std_error, rel=1e-12)
    assert row["df"] == 19


def test_a_survey_design_gives_t_on_its_degrees_of_freedom(tables: dict[str, pd.DataFrame]) -> None:
    tables["design"]["strata"] = np.tile(["desa", "kota"], N // 2)
    tables["design"]["psu"] = np.tile(np.arange(12).astype(str), N // 12)
    methods = [m for m in settings()["methods"] if m["label"] not in ("nn", "nearest_1")]
    effects = effects_stage(**tables, settings=settings(methods=methods))["effects"]
    assert set(effects["df"]) == {10.0}
    with pytest.raises(ConfigError, match="cannot honour design strata or psu"):
        effects_stage(**tables, settings=settings())


def test_the_strong_planted_effect_is_found_positive_and_the_null_outcome_is_not(
    tables: dict[str, pd.DataFrame],
) -> None:
    done = effects_stage(**tables, settings=settings())
    balance = pd.DataFrame({"method": ["ipw"], "covariate": ["age"], "smd_after": [0.0]})
    robustness = robustness_of(tables, done, settings())
    judged = verdict_stage(done["effects"], done["placebo"], balance, settings(), robustness=robustness)
    verdicts = judged["verdicts"].set_index("outcome")["verdict"]
    assert verdicts.to_dict() == {"food": "no_evidence", "school": "positive"}
    measures = judged["sensitivity"].set_index(["outcome", "method", "measure"])["value"]
    mine = done["effects"].set_index(["outcome", "method"]).loc["school"]
    adjusted = mine.drop(index="difference_in_means")["estimate"]
    assert measures["school", "all", "adjusted_estimate_max"] == pytest.approx(adjusted.max())
    assert measures["school", "all", "adjusted_estimate_min"] == pytest.approx(adjusted.min())
    assert measures["school", "ipw", "minimum_detectable_effect"] == pytest.approx(
        2.801585 * mine.loc["ipw", "std_error"], rel=1e-6
    )
    assert 0 < measures["school", "regression", "robustness_value_alpha"] < 1
    assert measures["food", "regression", "robustness_value_alpha"] == 0
    assert measures["school", "all", "placebo_share_failed"] == (done["placebo"]["status"].eq("failed").mean())


def robustness_of(tables: dict[str, pd.DataFrame], done: dict[str, pd.DataFrame], config: Any) -> pd.DataFrame:
    orders = pd.DataFrame(columns=ORDER_COLUMNS)
    return robustness_stage(**tables, orders=orders, effects=done["effects"], settings=config)


def drop_score(t: dict[str, pd.DataFrame]) -> None:
    t["scores"] = t["scores"][t["scores"]["unit_id"] != "u07"]


def strange_pair(t: dict[str, pd.DataFrame]) -> None:
    t["pairs"] = t["pairs"].replace({"match_id": {t["pairs"]["match_id"].iloc[0]: "ghost"}})


def missing_outcome(t: dict[str, pd.DataFrame]) -> None:
    t["outcomes"].loc[3, "school"] = np.nan


def constant_outcome(t: dict[str, pd.DataFrame]) -> None:
    t["outcomes"]["food"] = 7.0


def no_outcome_column(t: dict[str, pd.DataFrame]) -> None:
    t["outcomes"] = t["outcomes"].drop(columns="food")


def missing_stratum(t: dict[str, pd.DataFrame]) -> None:
    t["design"]["strata"] = ["kota"] * (N - 1) + [None]


def no_weights(t: dict[str, pd.DataFrame]) -> None:
    t["weights"] = t["weights"][t["weights"]["method"] != "entropy_balancing"]


def no_pairs(t: dict[str, pd.DataFrame]) -> None:
    t["pairs"] = t["pairs"][t["pairs"]["method"] != "nearest_1"]


def matched_twice(t: dict[str, pd.DataFrame]) -> None:
    one = t["pairs"]["match_id"].iloc[0]
    t["pairs"] = t["pairs"].replace({"match_id": {t["pairs"]["match_id"].iloc[1]: one}})


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (drop_score, r"scores\.parquet.*'main' has no score for unit 'u07'.*run the match stage"),
        (strange_pair, r"pairs\.parquet: column match_id: unit 'ghost' is not in clean/design"),
        (missing_outcome, r"outcomes\.parquet: column school: no value for 1 of 60 units.*required: true"),
        (constant_outcome, r"outcomes\.parquet: column food is constant at 7.*drop the outcome"),
        (no_outcome_column, r"outcomes\.parquet: outcome 'food' has no column"),
        (missing_stratum, r"design\.parquet: column strata: no value for 1 units.*required: true"),
        (no_weights, r"weights\.parquet holds no weight of method 'entropy_balancing'"),
        (no_pairs, r"pairs\.parquet holds no pair of method 'nearest_1'; widen"),
        (matched_twice, r"pairs\.parquet: column match_id: a unit is matched twice"),
    ],
)
def test_a_damaged_table_is_refused_in_one_sentence(
    tables: dict[str, pd.DataFrame], damage: Any, sentence: str
) -> None:
    damage(tables)
    with pytest.raises(DataError, match=sentence):
        effects_stage(**tables, settings=settings())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"estimands": ["att", "atc"]}, "names 2 estimands.*name one"),
        ({"methods": [{"method": "magic", "label": "magic"}]}, "'magic' is not an estimator"),
        (
            {"methods": [{"method": "ipw", "label": "ipw", "std_error": "bootstrap"}]},
            "ipw: std_error is m_estimation or hc1_score_fixed, not 'bootstrap'",
        ),
    ],
)
def test_an_impossible_study_is_refused_in_one_sentence(
    tables: dict[str, pd.DataFrame], change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DampakError, match=sentence):
        effects_stage(**tables, settings=settings(**change))


def test_a_headline_that_is_no_method_is_refused(tables: dict[str, pd.DataFrame]) -> None:
    done = effects_stage(**tables, settings=settings())
    with pytest.raises(ConfigError, match="headline: 'aipw' is not the label of a method of this study"):
        verdict_stage(done["effects"], done["placebo"], pd.DataFrame(), settings(headline="aipw"))


def test_the_significance_version_of_the_robustness_value_is_not_claimed_for_a_cluster_sample(
    tables: dict[str, pd.DataFrame],
) -> None:
    tables["design"]["psu"] = np.tile(np.arange(12).astype(str), N // 12)
    config = settings(methods=[m for m in settings()["methods"] if m["label"] != "nn"])
    measures = robustness_of(tables, effects_stage(**tables, settings=config), config)["measure"]
    assert "robustness_value" in set(measures)
    assert "robustness_value_alpha" not in set(measures)


def test_without_robustness_values_the_sensitivity_table_has_the_other_measures(
    tables: dict[str, pd.DataFrame],
) -> None:
    done = effects_stage(**tables, settings=settings())
    balance = pd.DataFrame({"method": [], "covariate": [], "smd_after": []})
    measures = verdict_stage(done["effects"], done["placebo"], balance, settings())["sensitivity"]["measure"]
    assert set(measures) == {
        "minimum_detectable_effect",
        "adjusted_estimate_min",
        "adjusted_estimate_max",
        "placebo_share_failed",
    }
