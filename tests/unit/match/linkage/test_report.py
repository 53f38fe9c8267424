"""The linkage report says what the links are worth, and what may be among the unlinked."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dampak.errors import DataError
from dampak.match.linkage import contamination, linkage_by_group, linkage_table, receipts, true_quality

from .conftest import Linked


def test_every_row_is_in_the_table_once(usual: Linked) -> None:
    table = linkage_table(usual.links, usual.register)
    overall = table[table["kab_code"] == "all"]
    by_area = table[table["kab_code"] != "all"]
    assert overall["n_register"].sum() == by_area["n_register"].sum() == len(usual.register)
    assert overall["n_linked"].sum() == by_area["n_linked"].sum() == usual.links.links["accepted"].sum()
    assert not table.duplicated(["register", "kab_code"]).any()


def test_expected_precision_and_recall_are_the_true_ones(filthy: Linked) -> None:
    table = linkage_table(filthy.links, filthy.register).query("kab_code == 'all'").set_index("register")
    true = true_quality(filthy.links.links, filthy.truth).set_index("register").drop(index="all")
    assert (true["recall"] < 0.98).all()
    np.testing.assert_allclose(table["expected_precision"], true["precision"], atol=0.015)
    np.testing.assert_allclose(table["expected_recall"], true["recall"], atol=0.04)


def test_groups_divide_the_links(usual: Linked) -> None:
    households = usual.roster[["household_id"]].drop_duplicates()
    groups = households.assign(urban=households["household_id"] % 2 == 0, region="jawa")
    table = linkage_by_group(usual.links, groups)
    accepted = usual.links.links.groupby("register")["accepted"].sum()
    assert set(table["group"]) == {"urban", "region"}
    for _, part in table.groupby("group"):
        assert part.groupby("register")["n_linked"].sum().tolist() == accepted.tolist()
    with pytest.raises(DataError, match="a linked household has no row"):
        linkage_by_group(usual.links, groups.iloc[:10])


def test_unlinked_beneficiaries_are_as_many_as_expected(filthy: Linked) -> None:
    households = filthy.roster[["household_id", "kab_code"]].drop_duplicates()
    table = contamination(filthy.links, filthy.register, households)
    overall = table[table["kab_code"] == "all"].set_index("register")
    accepted = filthy.links.links[filthy.links.links["accepted"]]
    for register, of_register in filthy.truth.groupby("register"):
        linked = set(accepted.loc[accepted["register"] == register, "household_id"])
        hidden = set(of_register.loc[of_register["household_id"] >= 0, "household_id"]) - linked
        line = overall.loc[register]
        assert line["n_comparison"] == len(households) - len(linked)
        # Candidates below the floor are true now and then; the rest is chance.
        assert abs(line["expected"] - len(hidden)) < 4 * np.sqrt(len(hidden)) + 0.2 * len(hidden)
    by_area = table[table["kab_code"] != "all"].groupby("register")[["n_comparison", "expected", "upper"]].sum()
    np.testing.assert_allclose(by_area, overall[["n_comparison", "expected", "upper"]])


def test_rows_that_name_nobody_widen_the_bound_by_their_sampling_share(usual: Linked) -> None:
    households = usual.roster[["household_id", "kab_code"]].drop_duplicates()
    report = usual.links.report.assign(n_unidentified=[100, 0, 0, 50, 0, 0])
    links = replace(usual.links, report=report)
    table = contamination(links, usual.register, households, sampling_share=0.1)
    wider = (table["upper"] - table["expected"]).round(9)
    assert wider[table["kab_code"] == "3501"].tolist() == [10.0, 5.0]
    assert wider[table["kab_code"] == "3502"].tolist() == [0.0, 0.0]
    # From the links: about one row in nine is in the survey.
    found = contamination(links, usual.register, households)
    estimated = (found["upper"] - found["expected"])[found["kab_code"] == "3501"].iloc[0] / 100
    assert 0.07 < estimated < 0.16


def test_receipts_pay_what_accepted_rows_pay(usual: Linked) -> None:
    table = receipts(usual.links, usual.register, {"pkh": "pkh", "bpnt": "sembako"})
    accepted = usual.links.links[usual.links.links["accepted"]]
    paid = accepted.merge(usual.register, on=["register", "row"])["amount"].sum()
    assert table["amount"].sum() == paid
    assert not table.duplicated(["household_id", "programme"]).any()
    assert (table.loc[~table["accepted"], "amount"] == 0).all()
    assert table["probability"].between(0, 1).all()
    both = receipts(usual.links, usual.register, {"pkh": "any", "bpnt": "any"})
    assert set(both["programme"]) == {"any"} and both["amount"].sum() == paid
    assert set(receipts(usual.links, usual.register, {"pkh": "pkh"})["programme"]) == {"pkh"}


def test_probability_of_a_household_is_that_of_any_of_its_rows(usual: Linked) -> None:
    links = replace(
        usual.links,
        links=pd.DataFrame(
            {
                "register": "pkh",
                "row": [1, 2, 3],
                "household_id": [7, 7, 8],
                "how": "nik",
                "match_weight": 0.0,
                "probability": [0.5, 0.5, 0.25],
                "accepted": [True, False, False],
            }
        ),
    )
    register = pd.DataFrame({"register": "pkh", "row": [1, 2, 3], "amount": [900.0, 800.0, np.nan]})
    table = receipts(links, register, {"pkh": "pkh"})
    assert table["probability"].tolist() == [0.75, 0.25]
    assert table["amount"].tolist() == [900.0, 0.0]
