"""The job of linkage follows every rupiah of the registers to a link or to none, and lets nobody's name out."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dampak.match.linkage.stage import link_stage

from .dirty import study

PERSONAL = {"nik", "kk", "name", "name_key", "birth_date", "sex", "kecamatan"}
SETTINGS: dict[str, Any] = {
    "linkage": {"accept": 0.75, "floor": 0.001},
    # Two registers are one programme; dtks, without amounts, is none.
    "registers": {"pkh": "pkh", "pkh_plus": "pkh"},
    "subgroups": {"urban": "urban == 1"},
    "path": "config/studies/s.yaml",
    "seed": 3,
}


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    roster, register, _ = study(
        households=2500, areas=2, share=0.3, registers={"pkh": 0.3, "pkh_plus": 0.05, "dtks": 0.4}, seed=5
    )  # fmt: skip
    rng = np.random.default_rng(6)
    amount = rng.integers(1, 30, len(register)) * 150_000.0
    register = register.assign(amount=np.where(register["register"] == "dtks", np.nan, amount))
    # One register row has no amount that can be read.
    register.loc[register.index[register["register"] == "pkh"][0], "amount"] = np.nan
    home = roster[["household_id", "kab_code"]].drop_duplicates("household_id")
    kept = register.groupby("register")["amount"].sum()
    names = ["pkh", "pkh_plus", "dtks", "aspd"]
    paid = pd.Series(names).map(kept).fillna(0.0)
    rupiah = pd.DataFrame({"register": names, "in": paid + 1e6, "kept": paid, "dropped": 1e6, "declared": np.nan})
    return {
        "roster": roster,
        "registers": register,
        "households": home.assign(urban=(home["household_id"] % 2).astype(float)).reset_index(drop=True),
        "rupiah": rupiah,
    }


@pytest.fixture(scope="module")
def found(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return link_stage(tables, SETTINGS)


def test_kept_rupiah_are_linked_or_unlinked_to_the_last_one(
    tables: dict[str, pd.DataFrame], found: dict[str, pd.DataFrame]
) -> None:
    account = found["rupiah"].set_index("register")
    assert (account["kept"] == account["linked"] + account["unlinked"]).all()
    assert account.drop(columns=["linked", "unlinked"]).reset_index().equals(tables["rupiah"])
    assert (account.loc[["pkh", "pkh_plus"], ["linked", "unlinked"]] > 0).all(axis=None)
    assert (account.loc[["dtks", "aspd"], ["linked", "unlinked"]] == 0).all(axis=None)


def test_linked_rupiah_are_those_of_accepted_rows_and_reach_the_receipts(
    tables: dict[str, pd.DataFrame], found: dict[str, pd.DataFrame]
) -> None:
    links, register = found["links"], tables["registers"].set_index(["register", "row"])["amount"]
    accepted = links[links["accepted"]].set_index(["register", "row"])
    assert accepted.index.is_unique
    by_hand = register.loc[accepted.index].groupby("register").sum()
    linked = found["rupiah"].set_index("register")["linked"]
    assert linked[["pkh", "pkh_plus"]].tolist() == by_hand[["pkh", "pkh_plus"]].tolist()
    assert not links["accepted"].all()
    receipts = found["receipts"]
    assert set(receipts["programme"]) == {"pkh"}
    assert receipts["amount"].sum() == linked.sum()
    assert (receipts.loc[~receipts["accepted"], "amount"] == 0).all()


def test_no_table_of_the_job_names_a_person(
    tables: dict[str, pd.DataFrame], found: dict[str, pd.DataFrame]
) -> None:  # fmt: skip
    numbers = {*tables["roster"]["nik"].dropna(), *tables["roster"]["kk"].dropna(), *tables["roster"]["name"].dropna()}
    for name, table in found.items():
        assert not PERSONAL & set(table.columns), name
        for column in table:
            assert not numbers & set(table[column].dropna().astype(str)), (name, column)


def test_subgroups_are_counted_apart_and_every_registers_comparison_is_bounded(
    tables: dict[str, pd.DataFrame], found: dict[str, pd.DataFrame]
) -> None:
    assert "urban" in found["linkage_groups"].astype(str).to_numpy()
    whole = found["contamination"].query("kab_code == 'all'").set_index("register")
    assert set(whole.index) == {"pkh", "pkh_plus", "dtks"}
    accepted = found["links"].query("accepted").groupby("register")["household_id"].nunique()
    assert (whole["n_comparison"] == len(tables["households"]) - accepted).all()
    assert ((whole["expected"] <= whole["upper"]) & whole["share"].between(0, 1)).all()
