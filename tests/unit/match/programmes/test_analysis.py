"""Who is compared with whom: groups by receipt, and an account of every unit that is left out."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dampak.match.programmes.analysis import IN_AREA, Analysis, analysis_of, group_of, receipt_table
from dampak.match.support import KEPT
from tests.unit.match.programmes.cases import UNIVERSE, receipts, received, sample, study, terms, treatment

PROGRAMMES = ["bpnt", "pip", "pkh"]
# Households that receive nothing, one programme, two, all three.
HOMES = ["", "bpnt", "pip", "pkh", "bpnt pip", "bpnt pkh", "pip pkh", "bpnt pip pkh"]


def analysed(tables: dict[str, pd.DataFrame], universe: str = "households", **changes: Any) -> Analysis:
    settings = study(**changes)
    return analysis_of(next(iter(settings["treatments"])), universe, settings=settings, **tables)


@pytest.mark.parametrize(
    ("spec", "treated", "comparison"),
    [
        (treatment("pkh"), "pkh, bpnt pkh, pip pkh, bpnt pip pkh", ", bpnt, pip, bpnt pip"),
        # A top-up is looked at among those who have what it tops up.
        (treatment("pip", given=["pkh"]), "pip pkh, bpnt pip pkh", "pkh, bpnt pkh"),
        # One programme alone, against none of the two: those with the other one are neither.
        (treatment("pkh", not_receives=["bpnt"], comparison_without=["pkh", "bpnt"]), "pkh, pip pkh", ", pip"),
        # Both, against none of the two: those with one are neither.
        (treatment("pkh", "bpnt"), "bpnt pkh, bpnt pip pkh", ", pip"),
        # The same without comparison_without of its own would compare them with those who have the other programme.
        (treatment("pkh", not_receives=["bpnt"]), "pkh, pip pkh", ", bpnt, pip, bpnt pip"),
        # Who is treated is never compared, whatever comparison_without says.
        (treatment("pkh", comparison_without=["bpnt"]), "pkh, bpnt pkh, pip pkh, bpnt pip pkh", ", pip"),
    ],
)
def test_groups_follow_from_what_is_received(spec: dict[str, Any], treated: str, comparison: str) -> None:
    table = np.array([[float(name in home.split()) for name in PROGRAMMES] for home in HOMES])
    group = group_of(spec, table, PROGRAMMES)
    assert [home for home, g in zip(HOMES, group, strict=True) if g == 1] == treated.split(", ")
    assert [home for home, g in zip(HOMES, group, strict=True) if g == 0] == comparison.split(", ")


def test_receipts_of_other_programmes_are_not_looked_at() -> None:
    table = pd.DataFrame(
        {"household_id": [2, 2, 5, 9], "programme": ["pkh", "dtks", "bpnt", "pkh"], "probability": [0.4, 0.9, 0.8, 1]}
    )
    found = receipt_table(table, np.array([2, 5, 9]), ["pkh", "bpnt"], "probability")
    assert found.tolist() == [[0.4, 0], [0, 0.8], [1, 0]]


def test_every_unit_of_the_universe_is_accounted_for() -> None:
    tables = sample()
    homes = tables["households"]
    homes.loc[::97, "age"] = np.nan
    spec = treatment("pkh", not_receives=["bpnt"], comparison_without=["pkh", "bpnt"], among="old == 1", adjust_for=[])
    found = analysed(tables, treatments={"pkh_only": spec}, within_areas=False)
    rows = found.left_out.set_index("reason")
    pkh, bpnt, old = received(tables, "pkh"), received(tables, "bpnt"), homes["old"].to_numpy() == 1
    expected = {
        "receives another combination of programmes": (0, int(bpnt.sum())),
        "not meant for it: old == 1": (int((pkh & ~bpnt & ~old).sum()), int((~pkh & ~bpnt & ~old).sum())),
    }
    for reason, counts in expected.items():
        assert tuple(rows.loc[reason, ["n_treated", "n_comparison"]]) == counts
    missing = homes["age"].isna().to_numpy() & old & ~bpnt
    assert rows.loc["missing_covariate: age", ["n_treated", "n_comparison"]].sum() == missing.sum() > 0
    assert found.left_out[["n_treated", "n_comparison"]].to_numpy().sum() == len(homes)
    kept = found.treatment
    assert tuple(rows.loc[KEPT, ["n_treated", "n_comparison"]]) == (kept.sum(), (~kept).sum())
    assert rows["weight_treated"].sum() == pytest.approx(homes["weight"][pkh & ~bpnt].sum())
    assert np.array_equal(found.unit_id, homes["household_id"].to_numpy()[old & ~bpnt & homes["age"].notna()])


def test_a_yes_no_covariate_that_one_group_lacks_takes_the_other_groups_units_with_it() -> None:
    tables = sample()
    pkh = received(tables, "pkh")
    only_treated, only_comparison = np.flatnonzero(pkh)[:7], np.flatnonzero(~pkh)[:11]
    tables["households"]["disabled"] = tables["households"]["landed"] = 0.0
    tables["households"].loc[only_treated, "disabled"] = 1.0
    tables["households"].loc[only_comparison, "landed"] = 1.0
    found = analysed(tables, covariates=terms("age", "disabled", "landed"))
    rows = found.left_out.set_index("reason")[["n_treated", "n_comparison"]]
    assert rows.loc["no comparison unit has disabled = 1"].tolist() == [7, 0]
    assert rows.loc["no recipient has landed = 1"].tolist() == [0, 11]
    assert rows.to_numpy().sum() == len(tables["households"])
    assert not np.isin([*only_treated, *only_comparison], found.row).any()
    # What no longer varies is no covariate; the last area is the sum of the others.
    assert list(found.names) == ["age", *(f"kab_{code}" for code in range(3501, 3506))]


@pytest.mark.parametrize(("few", "recipients"), [("recipients", True), ("comparison units", False)])
def test_an_area_where_few_stand_for_a_group_is_left_out_whole(few: str, recipients: bool) -> None:
    tables = sample()
    homes = tables["households"]
    group = received(tables, "pkh") if recipients else ~received(tables, "pkh")
    pkh = received(tables, "pkh")
    for code, left in ((3502, IN_AREA - 1), (3503, IN_AREA)):
        there = np.flatnonzero(group & (homes["area_code"] == code))
        pkh[there[left:]] = not recipients
    tables["receipts"] = receipts(homes, pkh=pkh.astype(float))
    found = analysed(tables)
    rows = found.left_out.set_index("reason")[["n_treated", "n_comparison"]]
    inside = homes["area_code"].to_numpy() == 3502
    assert rows.loc[f"kabupaten/kota with fewer than {IN_AREA} {few}"].tolist() == [
        int((pkh & inside).sum()), int((~pkh & inside).sum())
    ]  # fmt: skip
    assert set(found.area_code) == {3501, 3503, 3504, 3505, 3506}
    assert rows.to_numpy().sum() == len(homes)
    # Without areas among the covariates they stay.
    assert 3502 in analysed(tables, within_areas=False).area_code


def test_persons_are_treated_as_their_household_is_and_have_numbers_of_their_own() -> None:
    tables = sample()
    persons = tables["persons"]
    about = {**UNIVERSE, "of": "persons", "keep": "person_age >= 15 and person_age <= 64",
             "covariates": terms("person_age", "male"), "within_areas": False}  # fmt: skip
    found = analysed(tables, "adults", universes={"adults": about})
    kept = persons["person_age"].between(15, 64).to_numpy()
    assert np.array_equal(found.row, np.flatnonzero(kept))
    assert np.array_equal(found.unit_id, (persons["household_id"] * 100 + persons["number"])[kept])
    assert np.array_equal(found.treatment, received(tables, "pkh")[found.household])
    homes = tables["households"]["household_id"].to_numpy()[found.household]
    assert np.array_equal(homes, persons["household_id"].to_numpy()[found.row])
    assert list(found.names) == ["urban", "age", "size_squared", "person_age", "male"]
    assert found.left_out[["n_treated", "n_comparison"]].to_numpy().sum() == kept.sum()


def test_a_programme_adjusted_for_is_a_covariate() -> None:
    tables = sample()
    found = analysed(tables, treatments={"pkh": treatment("pkh", adjust_for=["bpnt"])})
    column = found.covariates[:, list(found.names).index("receives_bpnt")]
    assert np.array_equal(column == 1, received(tables, "bpnt")[found.household])


def test_need_is_crossed_with_the_receipt_of_other_programmes() -> None:
    tables = sample()
    spec = treatment("pkh", adjust_for=["bpnt"])
    found = analysed(tables, treatments={"pkh": spec}, crossed_with_receipt=["size"])
    column = found.covariates[:, list(found.names).index("receives_bpnt_by_size")]
    size = tables["households"]["size"].to_numpy()[found.household]
    assert np.array_equal(column, np.where(received(tables, "bpnt")[found.household], size, 0.0))


def test_a_part_leaves_out_what_does_not_compare_within_it() -> None:
    tables = sample()
    whole = analysed(tables, exact=["urban"])
    inside = whole.covariates[:, list(whole.names).index("urban")] == 1
    part = whole.part(inside)
    assert np.array_equal(part.unit_id, whole.unit_id[inside])
    assert "urban" in whole.names and "urban" not in part.names
    assert part.exact is not None and np.unique(part.exact).size == 1
    assert part.left_out["reason"].tolist() == [KEPT]


def test_without_recipients_the_analysis_is_empty_of_them_and_no_error() -> None:
    tables = sample()
    tables["receipts"] = tables["receipts"].query("programme != 'pkh'")
    found = analysed(tables)
    assert not found.treatment.any()
    assert found.left_out.set_index("reason").loc[KEPT, "n_treated"] == 0
