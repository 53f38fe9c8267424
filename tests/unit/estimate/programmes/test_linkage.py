"""Doubtful links widen the interval of the headline effect; certain ones leave it as it is."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dampak.errors import DataError
from dampak.estimate.programmes import linkage as module
from dampak.estimate.programmes.linkage import probability_of
from tests.unit.estimate.programmes.cases import UNIVERSES, Tables, estimated, planted, row, settings
from tests.unit.match.programmes.cases import method, receipts, received, treatment

IMPUTED = "entropy_balancing_imputed"
LINKAGE = {"imputations": 5}


def doubtful(tables: Tables, share: float) -> Tables:
    """Of some recipients the link is accepted with 0.8; as many others have one of 0.2 that is not."""
    rng = np.random.default_rng(8)
    pkh = received(tables, "pkh")
    chance = pkh.astype(float)
    n = round(share * pkh.sum())
    chance[rng.choice(np.flatnonzero(pkh), n, replace=False)] = 0.8
    chance[rng.choice(np.flatnonzero(~pkh), n, replace=False)] = 0.2
    return {**tables, "receipts": receipts(tables["households"], pkh=chance)}


@pytest.fixture(scope="module")
def tables() -> Tables:
    return planted(3)


@pytest.mark.parametrize("headline", ["entropy_balancing", "regression", "ipw"])
def test_with_certain_links_the_imputed_headline_is_the_headline(tables: Tables, headline: str) -> None:
    choice = method(method=headline, **({"std_error": "hc3"} if headline == "entropy_balancing" else {}))
    # One method is enough to weight; regression needs a scope that was weighted.
    methods = [choice] if headline != "regression" else [choice, method(method="entropy_balancing")]
    found = estimated(tables, settings(linkage=LINKAGE, methods=methods, headline=headline))
    compared = [
        "estimate",
        "std_error",
        "df",
        "ci_low",
        "ci_high",
        "p_value",
        "n_treated",
        "n_comparison",
        "ess_comparison",
    ]
    for outcome in ("food", "poor", "school"):
        plain, imputed = row(found, outcome, headline), row(found, outcome, f"{headline}_imputed")
        assert imputed[compared].to_numpy(dtype=float) == pytest.approx(plain[compared].to_numpy(dtype=float), rel=1e-8)
    assert not found["effects"].query("outcome == 'land'")["method"].str.endswith("_imputed").any()
    assert found["problems"].empty


def test_links_that_are_nearly_certain_count_as_certain(tables: Tables) -> None:
    pkh = received(tables, "pkh")
    near = {**tables, "receipts": receipts(tables["households"], pkh=np.where(pkh, 0.99901, 0.00099))}
    found = estimated(near, settings(linkage={"imputations": 20}))
    assert row(found, "food", IMPUTED)["estimate"] == pytest.approx(row(found, "food")["estimate"], rel=1e-9)


def test_doubtful_links_widen_the_interval_and_keep_the_counts_of_accepted_ones(tables: Tables) -> None:
    found = estimated(doubtful(tables, 0.3), settings(linkage={"imputations": 10}))
    for outcome in ("food", "school"):
        plain, imputed = row(found, outcome), row(found, outcome, IMPUTED)
        assert imputed["std_error"] > plain["std_error"]
        assert imputed["estimate"] != plain["estimate"]
        assert abs(imputed["estimate"] - plain["estimate"]) < 3 * plain["std_error"]
        assert imputed[["n_treated", "n_comparison"]].tolist() == plain[["n_treated", "n_comparison"]].tolist()
        assert imputed["df"] <= plain["df"]


@pytest.mark.parametrize("imputations", [0, 1])
def test_fewer_than_two_draws_are_no_imputation(tables: Tables, imputations: int) -> None:
    found = estimated(doubtful(tables, 0.3), settings(linkage={"imputations": imputations}))
    assert set(found["effects"]["method"]) == {"entropy_balancing"}


def test_the_same_seed_draws_the_same_recipients_and_another_others(tables: Tables) -> None:
    made, homes = doubtful(tables, 0.2), {"households": UNIVERSES["households"]}
    first, again, other = (
        row(estimated(made, settings(linkage={"imputations": 2}, seed=seed, universes=homes)), "food", IMPUTED)[
            "estimate"
        ]
        for seed in (4, 4, 5)
    )
    assert first == again != other


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, np.ndarray]]:
    """The analysis and the treatment of every draw."""
    kept: list[tuple[Any, np.ndarray]] = []
    original = module._refitted

    def refitted(treatment: np.ndarray, analysis: Any, *rest: Any) -> Any:
        kept.append((analysis, treatment.copy()))
        return original(treatment, analysis, *rest)

    monkeypatch.setattr(module, "_refitted", refitted)
    return kept


def test_persons_of_a_household_are_drawn_together_and_certain_households_never(
    tables: Tables, drawn: list[tuple[Any, np.ndarray]]
) -> None:
    made = doubtful(tables, 0.3)
    about = settings(linkage=LINKAGE)
    about = {**about, "universes": {"children": about["universes"]["children"]}}
    estimated(made, about)
    assert len(drawn) == 5
    chance = probability_of("pkh", made["receipts"], made["households"]["household_id"].to_numpy(), about)
    changed = np.zeros(len(chance), dtype=bool)
    for analysis, treated in drawn:
        by_home = pd.Series(treated).groupby(analysis.household)
        assert (by_home.min() == by_home.max()).all()
        assert by_home.size().max() > 1
        own = chance[analysis.household]
        assert treated[own == 1].all() and not treated[own == 0].any()
        changed[analysis.household[treated != analysis.treatment]] = True
    assert changed.any()
    assert np.isin(chance[changed], [0.2, 0.8]).all()
    assert {0.2, 0.8} <= set(np.round(chance[changed], 3))


def test_a_household_whose_outcome_is_missing_is_not_drawn(
    tables: Tables, drawn: list[tuple[Any, np.ndarray]]
) -> None:  # fmt: skip
    made = doubtful(tables, 0.3)
    gone = tables["household_outcomes"].copy()
    missing = np.arange(len(gone)) % 4 == 0
    gone.loc[missing, ["food", "poor"]] = np.nan
    about = settings(linkage=LINKAGE)
    about = {**about, "universes": {"households": about["universes"]["households"]}}
    estimated(made, about, seen={**made, "household_outcomes": gone})
    assert len(drawn) == 10
    for analysis, treated in drawn:
        at = missing[analysis.row]
        assert np.array_equal(treated[at], analysis.treatment[at])
    assert any((treated != analysis.treatment).any() for analysis, treated in drawn)


def test_a_draw_that_cannot_be_weighted_is_a_sentence(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise DataError("entropy_balancing: no positive weights reach all target means at once")

    monkeypatch.setattr(module, "balanced", refuse)
    found = estimated(doubtful(tables, 0.3), settings(linkage=LINKAGE))
    assert set(found["effects"]["method"]) == {"entropy_balancing"}
    problems = found["problems"]
    assert set(problems["method"]) == {IMPUTED}
    assert problems["problem"].str.match(r"(food|poor|school): entropy_balancing: no positive weights").all()


def test_the_probability_of_a_combination_is_that_of_its_parts() -> None:
    table = pd.DataFrame(
        {
            "household_id": [1, 1, 2, 2, 3],
            "programme": ["pkh", "bpnt", "pkh", "pip", "bpnt"],
            "probability": [0.9, 0.5, 0.6, 1.0, 0.7],
        }
    )
    cases = {
        "pkh": (treatment("pkh"), [0.9, 0.6, 0, 0]),
        "both": (treatment("pkh", "bpnt"), [0.45, 0, 0, 0]),
        "alone": (treatment("pkh", not_receives=["bpnt"]), [0.45, 0.6, 0, 0]),
        "given": (treatment("pip", given=["pkh"]), [0, 0.6, 0, 0]),
        "other": (treatment("pkh", comparison_without=["pkh", "bpnt"]), [0.9, 0.6, 0, 0]),
    }
    about = {"treatments": {k: spec for k, (spec, _) in cases.items()}, "programmes": ["bpnt", "pip", "pkh"]}
    for name, (_, expected) in cases.items():
        assert probability_of(name, table, np.array([1, 2, 3, 4]), about).tolist() == pytest.approx(expected), name
