"""The match stage of a programme: exact balance, an account of the units, and sentences in place of exceptions."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dampak.match.programmes.analysis import analysis_of
from dampak.match.programmes.stage import match_programme
from tests.unit.match.programmes.cases import UNIVERSE, method, receipts, received, sample, study, terms, treatment

ADULTS = {**UNIVERSE, "of": "persons", "keep": "person_age >= 15", "covariates": terms("male"), "within_areas": False}
METHODS = [
    method(method="difference_in_means"),
    method(method="regression"),
    method(method="nearest_1_caliper", caliper=0.2, effect="regression"),
    method(method="entropy_balancing", std_error="hc3"),
    method(method="ipw"),
]
Tables = dict[str, pd.DataFrame]


def stage(tables: Tables, **changes: Any) -> tuple[Tables, dict[str, Any]]:
    settings = study(**changes)
    name = next(iter(settings["treatments"]))
    return match_programme(name, tables["households"], tables["persons"], tables["receipts"], settings), settings


@pytest.fixture(scope="module")
def tables() -> Tables:
    return sample(2)


@pytest.fixture(scope="module")
def found(tables: Tables) -> tuple[Tables, dict[str, Any]]:
    universes = {"households": UNIVERSE, "adults": ADULTS}
    subgroups = {"rural": "urban == 0", "everyone": "size > 0", "nobody": "size > 99"}
    return stage(tables, universes=universes, subgroups=subgroups, methods=METHODS)


@pytest.mark.parametrize("universe", ["households", "adults"])
@pytest.mark.parametrize("scope", ["all", "rural"])
def test_entropy_balancing_gives_comparison_units_the_means_and_total_of_recipients(
    tables: Tables, found: tuple[Tables, dict[str, Any]], universe: str, scope: str
) -> None:
    result, settings = found
    whole = analysis_of("pkh", universe, settings=settings, **tables)
    rural = tables["households"]["urban"].to_numpy()[whole.household] == 0
    analysis = whole.part(rural) if scope == "rural" else whole
    rows = result["weights"].query("universe == @universe and scope == @scope and method == 'entropy_balancing'")
    weight = rows.set_index("unit_id")["weight"].reindex(analysis.unit_id).to_numpy()
    t = analysis.treatment
    assert np.array_equal(weight[t], analysis.survey_weight[t])
    assert weight[~t].sum() == pytest.approx(weight[t].sum(), rel=1e-12)
    means = [np.average(analysis.covariates[group], axis=0, weights=weight[group]) for group in (t, ~t)]
    spread = analysis.covariates.std(axis=0)
    assert np.abs((means[0] - means[1]) / spread).max() < 1e-9
    worst = result["imbalance"].query("universe == @universe and scope == @scope and method == 'entropy_balancing'")
    assert worst["smd_after"].tolist() == [0.0]


def test_subgroups_have_the_headline_method_only_and_none_is_everyone_or_nobody(
    found: tuple[Tables, dict[str, Any]],
) -> None:
    methods = found[0]["weights"].groupby(["universe", "scope"])["method"].unique().map(sorted).to_dict()
    weighted = ["entropy_balancing", "ipw", "nearest_1_caliper"]
    assert methods == {
        (universe, scope): weighted if scope == "all" else ["entropy_balancing"]
        for universe in ("adults", "households")
        for scope in ("all", "rural")
    }
    assert found[0]["problems"].empty


def test_the_worst_covariate_is_the_one_that_the_balance_table_shows(found: tuple[Tables, dict[str, Any]]) -> None:
    result = found[0]
    balance = result["balance"]
    assert set(balance["method"]) == {"entropy_balancing", "ipw", "nearest_1_caliper"}
    worst = result["imbalance"].query("universe == 'households' and scope == 'all'").set_index("method")["smd_after"]
    for name, rows in balance[balance["covariate"] != "propensity"].groupby("method"):
        assert rows["smd_before"].abs().max() > 0.2
        assert rows["smd_after"].abs().max() < 0.5 * rows["smd_before"].abs().max()
        assert rows["smd_after"].abs().max() == pytest.approx(abs(worst[name]), rel=0.05, abs=1e-6)


def test_support_counts_every_unit_of_every_universe(tables: Tables, found: tuple[Tables, dict[str, Any]]) -> None:
    support = found[0]["support"]
    total = support.groupby("universe")[["n_treated", "n_comparison"]].sum().sum(axis=1)
    adults = (tables["persons"]["person_age"] >= 15).sum()
    assert total.to_dict() == {"households": len(tables["households"]), "adults": adults}
    assert (support["treatment"] == "pkh").all()
    scores = found[0]["scores"]
    assert scores["propensity"].between(0, 1, inclusive="neither").all()
    assert scores.groupby("universe").size().to_dict() == total.to_dict()


def test_pairs_are_numbered_by_their_recipient(found: tuple[Tables, dict[str, Any]]) -> None:
    pairs = found[0]["weights"].query("universe == 'households' and method == 'nearest_1_caliper'")
    assert (pairs.groupby("stratum").size() == 2).all()
    assert (pairs["stratum"] >= 0).all()
    assert (found[0]["weights"].query("method == 'ipw'")["stratum"] == -1).all()


def with_recipients(n: int) -> Tables:
    tables = sample(3)
    pkh = received(tables, "pkh")
    pkh[np.flatnonzero(pkh)[n:]] = False
    return {**tables, "receipts": receipts(tables["households"], pkh=pkh.astype(float))}


@pytest.mark.parametrize(
    ("n", "sentence"),
    [
        (0, "no surveyed unit is linked to it, so its effect cannot be estimated from this survey"),
        (19, "19 treated and 1061 comparison units are left, and 20 of each are needed (`gates: treated`)"),
    ],
)
def test_too_few_recipients_are_said_and_not_raised(n: int, sentence: str) -> None:
    found, _ = stage(with_recipients(n), within_areas=False, methods=METHODS)
    assert found["problems"].to_numpy().tolist() == [["pkh", "households", "all", "all", sentence]]
    assert found["weights"].empty and found["scores"].empty and found["imbalance"].empty
    assert found["support"]["n_treated"].sum() == n


def test_enough_recipients_in_the_whole_may_be_too_few_in_a_subgroup() -> None:
    found, _ = stage(with_recipients(25), within_areas=False, subgroups={"old": "old == 1"})
    problems = found["problems"]
    assert problems[["scope", "method"]].to_numpy().tolist() == [["old", "all"]]
    assert set(found["weights"]["scope"]) == {"all"}


def test_weights_that_cannot_be_had_are_said_and_leave_the_other_methods_alone() -> None:
    tables = sample(4)
    homes, pkh = tables["households"], received(tables, "pkh")
    rng = np.random.default_rng(1)
    # Both means of recipients lie within the range of the others, and together beyond the line that bounds them.
    corner = rng.dirichlet([1, 1, 1], len(homes))[:, :2]
    homes[["a", "b"]] = np.where(pkh[:, None], 0.15 + 0.6 * (1 - corner), corner)
    found, _ = stage(tables, covariates=terms("a", "b"), within_areas=False, methods=METHODS)
    problems = found["problems"].set_index("method")["problem"]
    assert problems["entropy_balancing"].startswith(
        "entropy_balancing: no positive weights reach all target means at once (covariate '"
    )
    assert set(found["weights"]["method"]) >= {"ipw"}
    assert "entropy_balancing" not in set(found["weights"]["method"])


def test_without_a_score_the_methods_that_rest_on_it_say_so() -> None:
    tables = sample(5)
    homes, pkh = tables["households"], received(tables, "pkh")
    homes["apart"] = np.where(pkh, 10.0, 0.0) + homes["age"] / 100
    found, _ = stage(tables, covariates=terms("apart", "size"), within_areas=False, methods=METHODS)
    problems = found["problems"].groupby("method")["problem"].first()
    assert "apart" in problems["propensity"]
    for name in ("nearest_1_caliper", "ipw"):
        assert problems[name] == "there is no propensity score to match or weight by"
    assert "covariate 'apart'" in problems["entropy_balancing"]
    assert found["weights"].empty


def test_a_caliper_that_no_pair_meets_is_said() -> None:
    narrow = method(method="nearest_1_caliper", caliper=1e-12, label="narrow")
    found, _ = stage(sample(6), methods=[*METHODS, narrow])
    assert found["problems"][["method", "problem"]].to_numpy().tolist() == [
        ["narrow", "no treated unit has a match; relax the caliper or `exact`"]
    ]
    assert "narrow" not in set(found["weights"]["method"])


def test_another_order_of_receipts_changes_nothing(tables: Tables, found: tuple[Tables, dict[str, Any]]) -> None:
    mixed = {**tables, "receipts": tables["receipts"].sample(frac=1, random_state=1)}
    again, _ = stage(mixed, methods=[METHODS[3]], treatments={"pkh": treatment("pkh")})
    mine = found[0]["weights"].query("universe == 'households' and scope == 'all' and method == 'entropy_balancing'")
    pd.testing.assert_frame_equal(again["weights"], mine.reset_index(drop=True), check_exact=True)
