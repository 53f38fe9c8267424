"""A verdict follows from sign and adjusted p-value in the direction that is good, unless a gate fails."""

from typing import Any

import pandas as pd
import pytest

from dampak.estimate.programmes.areas import AREA_COLUMNS
from dampak.estimate.programmes.verdicts import FIXES, VERDICT_COLUMNS, programme_verdicts
from dampak.match.programmes.stage import PROBLEM_COLUMNS
from tests.unit.match.programmes.cases import terms

SETTINGS: dict[str, Any] = {
    "treatments": {"pkh": {"receives": ["pkh"]}},
    "universes": {
        "households": {"outcomes": terms("food", "poor"), "placebo_outcomes": ["land"]},
        "children": {"outcomes": terms("school"), "placebo_outcomes": []},
    },
    "registers": {"pkh_list": "pkh", "pkh_late": "pkh", "bpnt_list": "bpnt"},
    "headline": "eb",
    "alpha": 0.05,
    "gates": {"treated": 50, "balance": 0.1, "contamination": 0.05, "better": {"poor": "less"}},
}


def effect(outcome: str, estimate: float, p: float, method: str = "eb", **more: Any) -> dict[str, Any]:
    return {
        "treatment": "pkh", "outcome": outcome, "subgroup": "all", "method": method, "estimate": estimate,
        "std_error": 0.02, "df": 200.0, "ci_low": estimate - 0.04, "ci_high": estimate + 0.04, "p_value": p,
        "p_adjusted": p, "n_treated": 50, "n_comparison": 900, **more,
    }  # fmt: skip


SOUND = [
    effect("food", 0.1, 0.001),
    effect("poor", -0.1, 0.001),
    effect("school", 0.01, 0.4),
    effect("land", 0.01, 0.4),
]


def judged(
    *,
    effects: list[dict[str, Any]] = SOUND,
    areas: list[tuple[Any, ...]] = (),  # type: ignore[assignment]
    problems: list[tuple[str, ...]] = (),  # type: ignore[assignment]
    imbalance: list[tuple[Any, ...]] = (),  # type: ignore[assignment]
    contamination: list[tuple[Any, ...]] = (),  # type: ignore[assignment]
    **settings: Any,
) -> pd.DataFrame:
    tables = {
        "effects": pd.DataFrame(effects),
        "areas": pd.DataFrame(areas, columns=AREA_COLUMNS),
        "problems": pd.DataFrame(problems, columns=PROBLEM_COLUMNS),
        "imbalance": pd.DataFrame(
            imbalance, columns=["treatment", "universe", "scope", "method", "covariate", "smd_after"]
        ),
        "contamination": pd.DataFrame(contamination, columns=["register", "kab_code", "share"]),
    }
    return programme_verdicts(tables, SETTINGS | settings).set_index(["outcome", "area"])


def of(table: pd.DataFrame, outcome: str, area: str = "all") -> dict[str, str]:
    return dict(table.loc[(outcome, area)])


@pytest.mark.parametrize(
    ("outcome", "estimate", "p", "verdict"),
    [
        ("food", 0.1, 0.001, "positive"),
        ("food", -0.1, 0.001, "negative"),
        ("food", 0.1, 0.05, "no_evidence"),
        ("food", -0.1, 0.2, "no_evidence"),
        # Of poverty less is better.
        ("poor", -0.1, 0.001, "positive"),
        ("poor", 0.1, 0.001, "negative"),
        ("poor", -0.1, 0.06, "no_evidence"),
    ],
)
def test_the_sign_is_judged_in_the_direction_that_is_good(
    outcome: str, estimate: float, p: float, verdict: str
) -> None:  # fmt: skip
    table = judged(effects=[effect(outcome, estimate, p), *(row for row in SOUND if row["outcome"] != outcome)])
    found = of(table, outcome)
    assert found["verdict"] == verdict
    assert f"eb estimates an effect on {outcome} of {estimate:g} (95% interval " in found["reasons"]
    if verdict == "negative":
        assert found["fix"].startswith(f"Find out why recipients fare worse in {outcome}")


def test_the_adjusted_p_value_decides_and_not_the_plain_one() -> None:
    rows = [effect("food", 0.1, 0.001, p_adjusted=0.2), *SOUND[1:]]
    assert of(judged(effects=rows), "food")["verdict"] == "no_evidence"


def test_no_evidence_tells_the_effect_that_would_have_been_seen() -> None:
    """With 200 degrees of freedom and an error of 0.02: 0.02 (t at 0.975 + t at 0.8) = 0.02 (1.972 + 0.843)."""
    reasons = of(judged(), "school")["reasons"]
    assert "An effect of 0.0563 would have been seen in four of five such surveys" in reasons


def test_the_imputed_row_is_the_headline_where_it_has_an_error() -> None:
    pooled = effect("food", -0.3, 0.001, "eb_imputed")
    other = effect("food", 9.0, 0.001, "ipw")
    assert of(judged(effects=[*SOUND, pooled, other]), "food")["verdict"] == "negative"
    assert of(judged(effects=[*SOUND, pooled | {"std_error": float("nan")}, other]), "food")["verdict"] == "positive"


GATES = {
    "recipients": {"problems": [("pkh", "households", "all", "all", "3 treated units are left")]},
    "weights": {"problems": [("pkh", "households", "all", "eb", "no positive weights reach the means")]},
    "placebo": {"effects": [*SOUND[:3], effect("land", 0.2, 0.01)]},
    "balance": {"imbalance": [("pkh", "households", "all", "eb", "age", -0.12)]},
    "contamination": {"contamination": [("pkh_list", "all", 0.01), ("pkh_late", "all", 0.06)]},
}
SAID = {
    "recipients": "Too few to compare: 3 treated units are left.",
    "weights": "The headline method has no answer: no positive weights reach the means.",
    "placebo": "The same method finds an effect of 0.2 on land (p = 0.010), which no programme can have changed",
    "balance": "age stays -0.12 standard deviations apart, and 0.1 is the limit.",
    "contamination": "Up to 6.0% of the comparison households may be recipients whose link was missed, and 5% is the",
}


@pytest.mark.parametrize("gate", GATES)
def test_each_gate_that_fails_makes_the_effect_not_credible_with_its_sentence_and_remedy(gate: str) -> None:
    table = judged(**GATES[gate])
    for outcome in ("food", "poor"):
        found = of(table, outcome)
        assert found["verdict"] == "not_credible"
        assert SAID[gate] in found["reasons"]
        assert found["reasons"].startswith(f"eb estimates an effect on {outcome}")
        assert found["fix"] == FIXES[gate]
    # Gates are of one universe; missed links are of the treatment.
    assert of(table, "school")["verdict"] == ("not_credible" if gate == "contamination" else "no_evidence")


@pytest.mark.parametrize("counts", [{"n_treated": 49}, {"n_comparison": 49}])
def test_an_outcome_that_fewer_units_have_than_the_gate_asks_for_is_not_credible(counts: dict[str, int]) -> None:
    table = judged(effects=[effect("food", 0.1, 0.001, **counts), *SOUND[1:]])
    found = of(table, "food")
    assert (found["verdict"], found["fix"]) == ("not_credible", FIXES["recipients"])
    both = {"n_treated": 50, "n_comparison": 900} | counts
    said = (
        f"{both['n_treated']} treated and {both['n_comparison']} comparison units have it, and 50 of each are needed."
    )
    assert said in found["reasons"]
    assert of(table, "poor")["verdict"] == "positive"


NEAR = {
    "a problem of a subgroup": {"problems": [("pkh", "households", "rural", "all", "3 treated units")]},
    "a problem of another method": {"problems": [("pkh", "households", "all", "ipw", "no score")]},
    "a problem of another treatment": {"problems": [("bpnt", "households", "all", "all", "3 treated units")]},
    "a problem of another outcome": {"problems": [("pkh", "households", "all", "eb", "poor: no variance")]},
    "a problem of the placebo": {"problems": [("pkh", "households", "all", "eb", "land: no variance")]},
    "imbalance at the limit": {"imbalance": [("pkh", "households", "all", "eb", "age", 0.1)]},
    "imbalance under another method": {"imbalance": [("pkh", "households", "all", "ipw", "age", 0.5)]},
    "imbalance of a subgroup": {"imbalance": [("pkh", "households", "rural", "eb", "age", 0.5)]},
    "missed links of another programme": {"contamination": [("bpnt_list", "all", 0.5)]},
    "missed links of one area": {"contamination": [("pkh_list", "3501", 0.5), ("pkh_list", "all", 0.05)]},
    "a placebo effect under another method": {"effects": [*SOUND, effect("land", 0.2, 0.001, "ipw")]},
    "a placebo effect at the level": {"effects": [*SOUND[:3], effect("land", 0.2, 0.05)]},
}


@pytest.mark.parametrize("case", NEAR)
def test_what_is_no_breach_of_a_gate_leaves_the_verdict(case: str) -> None:
    assert of(judged(**NEAR[case]), "food")["verdict"] == "positive"


def test_all_gates_that_fail_are_told_and_the_first_gives_the_remedy() -> None:
    everything: dict[str, Any] = {"problems": []}
    for gate in GATES.values():
        everything = {**everything, **gate, "problems": [*everything["problems"], *gate.get("problems", [])]}
    found = of(judged(**everything), "food")
    assert all(said in found["reasons"] for said in SAID.values())
    assert found["fix"] == FIXES["recipients"]


def test_without_an_estimate_the_gate_that_failed_is_the_reason() -> None:
    rest = [row for row in SOUND if row["outcome"] != "food"]
    found = of(judged(effects=rest, **GATES["recipients"]), "food")
    assert (found["verdict"], found["reasons"]) == ("not_credible", "Too few to compare: 3 treated units are left.")
    found = of(judged(effects=rest), "food")
    assert (found["verdict"], found["reasons"]) == ("not_credible", "The headline method has no estimate.")
    assert found["fix"] == FIXES["weights"]


NONE = (float("nan"),) * 4


def area(code: str, *pooled: float, own: tuple[float, ...] = (0.5, 0.1, 0.3, 0.7), outcome: str = "food") -> tuple:
    return ("pkh", outcome, code, *own, *(pooled or NONE), 40, 60)


def test_areas_are_judged_by_their_partially_pooled_effect() -> None:
    table = judged(
        areas=[
            area("3501", 0.2, 0.05, 0.1, 0.3),
            area("3502", -0.2, 0.05, -0.3, -0.1),
            area("3503", 0.02, 0.05, -0.08, 0.12),
            area("3504", own=NONE),
            area("3501", -0.2, 0.05, -0.3, -0.1, outcome="poor"),
        ]
    )
    verdicts = {code: of(table, "food", code)["verdict"] for code in ("3501", "3502", "3503", "3504")}
    assert verdicts == {"3501": "positive", "3502": "negative", "3503": "no_evidence", "3504": "not_credible"}
    assert of(table, "poor", "3501")["verdict"] == "positive"
    assert "is 0.2 here (95% interval 0.1 to 0.3), partially pooled" in of(table, "food", "3501")["reasons"]
    # 0.05 (1.960 + 0.842).
    assert "An effect of 0.14 would have been seen" in of(table, "food", "3503")["reasons"]
    few = of(table, "food", "3504")
    assert few["reasons"] == "40 surveyed units are treated here, too few for an estimate of the area."
    assert few["fix"] == FIXES["recipients"]


def test_where_too_few_areas_have_an_estimate_to_pool_each_stands_for_itself() -> None:
    table = judged(areas=[area("3501"), area("3502", own=(0.1, 0.1, -0.1, 0.3)), area("3503", own=NONE)])
    assert [of(table, "food", code)["verdict"] for code in ("3501", "3502", "3503")] == [
        "positive", "no_evidence", "not_credible"
    ]  # fmt: skip
    assert "is 0.5 here (95% interval 0.3 to 0.7), by its own units alone." in of(table, "food", "3501")["reasons"]


def test_areas_of_what_is_not_credible_are_not_either() -> None:
    table = judged(areas=[area("3501", 0.2, 0.05, 0.1, 0.3)], **GATES["balance"])
    assert of(table, "food", "3501") == {
        "treatment": "pkh", "verdict": "not_credible", "reasons": "As for all areas together.",
        "fix": FIXES["balance"],
    }  # fmt: skip


def test_every_outcome_has_one_verdict_and_the_table_is_sorted() -> None:
    table = judged(areas=[area("3502", own=NONE), area("3501", own=NONE)]).reset_index()[VERDICT_COLUMNS]
    keys = table[["outcome", "area"]].to_numpy().tolist()
    assert keys == [["food", "3501"], ["food", "3502"], ["food", "all"], ["poor", "all"], ["school", "all"]]
