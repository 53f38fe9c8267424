"""The match stage: blind to outcomes, complete in its account, and true to what each method declares."""

import numpy as np
import pandas as pd
import pytest

from dampak.errors import DataError
from dampak.match.balance_stage import balance_stage
from dampak.match.pairing import nearest
from dampak.match.specification import specifications
from dampak.match.stage import match_stage, score_stage
from dampak.match.support import support_reasons
from tests.settings import DEFAULTS, method

METHODS = [
    method("difference_in_means"),
    method("nearest_1"),
    method("nearest_1_caliper", caliper=0.1),
    method("nearest_5_bias_adjusted", distance="scaled_euclidean", replace=True, ratio=5),
    method("nearest_1", label="on_support", on_support=True, replace=True, distance="mahalanobis"),
    method("ipw"),
    method("ipw", label="ipw_support", on_support=True),
    method("entropy_balancing"),
]


def settings(**changes):
    base = DEFAULTS | {
        "treatment": {"name": "cash"},
        "covariates": [{"name": c, "expression": None} for c in ("age", "size", "re75")],
        "placebo_outcomes": [{"outcome": "re75", "without": ["re75"]}],
        "exact": [],
        "estimands": ["att"],
        "support": {"rule": "minmax", "trim": 0.1},
        "methods": METHODS,
    }
    return base | changes


@pytest.fixture(scope="module")
def design():
    rng = np.random.default_rng(0)
    n = 240
    x = rng.normal(size=(n, 3)).round(1)
    treatment = rng.random(n) < 1 / (1 + np.exp(1 - 1.5 * x[:, 0] + x[:, 2]))
    return pd.DataFrame(
        {
            "unit_id": [f"u{i:03d}" for i in range(n)],
            "treatment": treatment.astype("int8"),
            "survey_weight": rng.uniform(0.5, 2, n),
            "area": rng.choice(["rural", "urban"], n),
            "age": x[:, 0],
            "size": x[:, 1],
            "re75": x[:, 2],
        }
    )


def run(design, config):
    tables = score_stage(design, config)
    tables |= match_stage(design, tables["scores"], config)
    return tables | balance_stage(design, tables["scores"], tables["weights"], config)


@pytest.fixture(scope="module")
def tables(design):
    return run(design, settings())


def test_a_placebo_outcome_is_matched_without_what_it_leaves_out():
    assert specifications(settings()) == {"main": ["age", "size", "re75"], "placebo_re75": ["age", "size"]}


def test_an_outcome_in_the_design_changes_nothing(design, tables):
    outcome = np.random.default_rng(1).normal(size=len(design)) * 1e6
    other = run(design.assign(consumption=outcome), settings())
    for name, table in tables.items():
        pd.testing.assert_frame_equal(other[name], table)


def test_every_specification_has_one_score_per_unit_and_its_own_covariates(design, tables):
    scores = tables["scores"]
    assert scores.groupby("specification")["unit_id"].nunique().to_dict() == {"main": 240, "placebo_re75": 240}
    main, placebo = (scores[scores["specification"] == s] for s in ("main", "placebo_re75"))
    assert not np.allclose(main["propensity"], placebo["propensity"])
    reasons = support_reasons(main["propensity"].to_numpy(), design["treatment"].to_numpy() == 1, rule="minmax")
    assert main["support_reason"].tolist() == reasons
    assert main["in_support"].tolist() == [not reason for reason in reasons]
    assert 0 < (~main["in_support"]).sum() < 240


def test_survey_weights_enter_the_score(design, tables):
    """The treated residuals are orthogonal to the covariates under the survey weights, and not without them."""
    main = tables["scores"].query("specification == 'main'")
    residual = design["treatment"].to_numpy() - main["propensity"].to_numpy()
    x = design[["age", "size", "re75"]].to_numpy()
    assert np.abs(x.T @ (design["survey_weight"].to_numpy() * residual)).max() < 1e-8
    assert np.abs(x.T @ residual).max() > 0.1


def test_the_support_table_accounts_for_every_unit_once_per_pairing_method(design, tables):
    support = tables["support"]
    treated = design["treatment"] == 1
    account, _, reason = support["reason"].str.rpartition(": ").to_numpy().T
    labels = {m["label"] for m in METHODS if "ratio" in m}
    assert set(account) == {"", *labels}
    for label in set(account):
        rows = support[account == label]
        assert rows["n_treated"].sum() == treated.sum()
        assert rows["n_comparison"].sum() == (~treated).sum()
        assert rows["weight_treated"].sum() == pytest.approx(design.loc[treated, "survey_weight"].sum())
        assert "kept" in set(reason[account == label])


def test_kept_in_the_support_table_is_who_has_weight(design, tables):
    weights = tables["weights"][tables["weights"]["specification"] == "main"]
    treated = set(design.loc[design["treatment"] == 1, "unit_id"])
    for m in METHODS:
        used = set(weights[(weights["method"] == m["label"]) & (weights["weight"] > 0)]["unit_id"])
        if "ratio" in m:
            row = tables["support"].set_index("reason").loc[f"{m['label']}: kept"]
            assert (row["n_treated"], row["n_comparison"]) == (len(used & treated), len(used - treated))


def test_the_caliper_and_the_pool_are_named_as_reasons(tables):
    reasons = set(tables["support"]["reason"])
    assert "nearest_1_caliper: no comparison unit within the caliper" in reasons
    assert "on_support: off common support" in reasons
    assert "nearest_1: not chosen" in reasons


def test_every_unit_has_a_weight_in_every_method_and_specification(design, tables):
    counts = tables["weights"].groupby(["specification", "method"]).size()
    assert len(counts) == 2 * len(METHODS)
    assert (counts == len(design)).all()
    assert tables["weights"]["weight"].ge(0).all()
    naive = tables["weights"].query("specification == 'main' and method == 'difference_in_means'")
    assert naive["weight"].to_numpy() == pytest.approx(design["survey_weight"].to_numpy())


def test_methods_on_support_use_no_unit_off_it_and_the_others_do(tables):
    scores = tables["scores"].query("specification == 'main'").set_index("unit_id")
    off = scores.index[~scores["in_support"]]
    weights = tables["weights"].query("specification == 'main'").pivot(index="unit_id", columns="method")["weight"]
    assert (weights.loc[off, ["ipw_support", "on_support"]] == 0).all(axis=None)
    assert (weights.loc[off, "ipw"] > 0).all()
    assert (weights.loc[scores.index.difference(off), "ipw_support"] > 0).all()


def test_pairs_name_units_of_both_groups_and_shares_that_add_up(design, tables):
    treatment = design.set_index("unit_id")["treatment"]
    pairs = tables["pairs"]
    assert (treatment.loc[pairs["focal_id"]] == 1).all()
    assert (treatment.loc[pairs["match_id"]] == 0).all()
    shares = pairs.groupby(["specification", "method", "focal_id"])["weight"].sum()
    assert shares.to_numpy() == pytest.approx(1.0)


def test_pairs_are_those_of_the_pairing_function_with_the_options_of_the_method(design, tables):
    scores = tables["scores"].query("specification == 'main'")
    x = design[["age", "size", "re75"]].to_numpy()
    for m in METHODS:
        if "ratio" not in m:
            continue
        expected = nearest(
            design["treatment"].to_numpy() == 1,
            score=scores["propensity"].to_numpy(),
            covariates=x,
            include=scores["in_support"].to_numpy() if m["on_support"] else None,
            **{key: m[key] for key in ("distance", "replace", "ratio", "order", "caliper")},
        )
        found = tables["pairs"].query("specification == 'main' and method == @m['label']")
        ids = design["unit_id"].to_numpy()
        assert found["focal_id"].tolist() == ids[expected.focal].tolist()
        assert found["match_id"].tolist() == ids[expected.match].tolist()
        assert found["distance"].to_numpy() == pytest.approx(expected.distance)


def test_exact_variables_are_equal_within_every_pair_and_say_so_when_none_is_left(design):
    lonely = design.assign(
        area=np.where(
            design["unit_id"] == design.loc[design["treatment"] == 1, "unit_id"].iloc[0], "island", design["area"]
        )
    )
    found = run(lonely, settings(exact=["area"]))
    area = lonely.set_index("unit_id")["area"]
    pairs = found["pairs"]
    assert (area.loc[pairs["focal_id"]].to_numpy() == area.loc[pairs["match_id"]].to_numpy()).all()
    row = found["support"].set_index("reason").loc["nearest_1: no comparison unit in the same exact stratum"]
    assert (row["n_treated"], row["n_comparison"]) == (1, 0)


def test_balance_has_every_covariate_and_the_score_for_every_method(design, tables):
    balance = tables["balance"].set_index(["method", "covariate"])
    assert len(balance) == len(METHODS) * 4
    assert set(balance.index.unique("covariate")) == {"age", "size", "re75", "propensity"}
    naive = balance.loc["difference_in_means"]
    for statistic in ("smd", "variance_ratio", "ks", "ecdf_mean"):
        assert naive[f"{statistic}_before"].to_numpy() == pytest.approx(naive[f"{statistic}_after"].to_numpy())
        assert balance[f"{statistic}_before"].groupby("covariate").nunique().eq(1).all()
    assert balance.loc["entropy_balancing"].loc[["age", "size", "re75"], "smd_after"].abs().max() < 1e-8
    assert abs(balance.loc[("nearest_1_caliper", "propensity"), "smd_after"]) < 0.1
    treated, w = design["treatment"] == 1, design["survey_weight"]
    means = [np.average(design.loc[g, "age"], weights=w[g]) for g in (treated, ~treated)]
    variance = np.cov(design.loc[treated, "age"], aweights=w[treated])
    expected = (means[0] - means[1]) / np.sqrt(variance)
    assert balance.loc[("ipw", "age"), "smd_before"] == pytest.approx(expected)


def test_for_the_effect_on_the_comparison_group_they_are_the_ones_who_choose(design):
    found = run(design, settings(estimands=["atc"]))
    treatment = design.set_index("unit_id")["treatment"]
    assert (treatment.loc[found["pairs"]["focal_id"]] == 0).all()
    assert "nearest_1: no treated unit left" in set(found["support"]["reason"])
    survey = design.set_index("unit_id")["survey_weight"]
    weights = found["weights"].query("specification == 'main'").pivot(index="unit_id", columns="method")["weight"]
    comparison = treatment.index[treatment == 0]
    for label in ("ipw", "entropy_balancing"):
        assert weights.loc[comparison, label].to_numpy() == pytest.approx(survey.loc[comparison].to_numpy())


def test_a_method_that_leaves_a_group_empty_is_refused_with_its_remedy(design):
    nobody = settings(methods=[method("nearest_1", label="strict")], exact=["unit_id"])
    scores = score_stage(design, nobody)["scores"]
    with pytest.raises(DataError, match=r"method 'strict' \(specification 'main'\): no treated unit has a match"):
        match_stage(design, scores, nobody)
    off = scores.assign(in_support=design["treatment"].tolist() * 2).astype({"in_support": bool})
    with pytest.raises(DataError, match=r"no comparison unit is on common support; relax `support`"):
        match_stage(design, off, settings(methods=[method("ipw", on_support=True)]))


def test_tables_are_sorted_by_their_keys(tables):
    keys = {
        "pairs": ["specification", "method", "focal_id", "match_id"],
        "weights": ["specification", "method", "unit_id"],
        "support": ["treatment", "reason"],
        "balance": ["treatment", "method", "covariate"],
    }
    for name, columns in keys.items():
        pd.testing.assert_frame_equal(tables[name], tables[name].sort_values(columns, ignore_index=True))
        assert not tables[name].duplicated(columns).any()


def test_exact_balance_is_written_as_zero_and_not_as_the_rounding_of_a_processor(design, tables):
    rounded = tables["weights"].assign(weight=[float(f"{w:.9e}") for w in tables["weights"]["weight"]])
    balance = balance_stage(design, tables["scores"], rounded, settings())["balance"]
    exact = balance[(balance["method"] == "entropy_balancing") & (balance["covariate"] != "propensity")]
    assert exact["smd_after"].tolist() == [0.0, 0.0, 0.0]
    assert (exact["smd_before"].abs() > 0.01).all()
