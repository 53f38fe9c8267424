"""Register rows find their survey households, and say how sure that is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dampak.errors import ConfigError, DataError
from dampak.match.linkage import LinkSettings, link_registers, true_quality

from .conftest import SETTINGS, Linked


def test_usual_dirt_leaves_precision_of_99_and_recall_of_95_percent(usual: Linked) -> None:
    found = true_quality(usual.links.links, usual.truth).set_index("register")
    assert found.loc["all", "n_true"] > 500
    assert (found["precision"] >= 0.99).all()
    assert (found["recall"] >= 0.95).all()


def test_of_links_with_a_probability_that_share_is_true(filthy: Linked) -> None:
    judged = filthy.judged
    for low, high in ((0.001, 0.02), (0.02, 0.2), (0.2, 0.8), (0.8, 0.99), (0.99, 1.01)):
        inside = judged[judged["probability"].between(low, high, inclusive="left")]
        p = inside["probability"].to_numpy()
        # Four standard errors, and two links for what the model leaves out.
        room = 4 * np.sqrt((p * (1 - p)).sum()) + 2
        assert len(inside) > 20
        assert abs(inside["true"].sum() - p.sum()) < room, (low, high)
    expected, true = judged["probability"].sum(), (filthy.truth["household_id"] >= 0).sum()
    assert expected == pytest.approx(true, rel=0.06)


def test_threads_and_parts_leave_the_same_bytes(usual: Linked) -> None:
    again = link_registers(usual.roster, usual.register, settings=replace(SETTINGS, threads=1), seed=1)
    for name in ("links", "model", "report", "waterfall"):
        one, two = (getattr(links, name).to_csv(float_format="%.10g") for links in (again, usual.links))
        assert one == two, name
    parts = link_registers(usual.roster, usual.register, settings=replace(SETTINGS, part_people=1), seed=1)
    pd.testing.assert_frame_equal(parts.links, usual.links.links)
    pd.testing.assert_frame_equal(parts.report, usual.links.report)


def test_a_row_and_a_family_of_a_register_are_linked_once(usual: Linked) -> None:
    accepted = usual.links.links.query("accepted")
    assert not accepted.duplicated(["register", "row"]).any()
    # The same family again, in the same register: its household is found, and it is not a second family.
    chosen = accepted.query("register == 'pkh' and how == 'nik'").iloc[0]
    twin = usual.register[(usual.register["register"] == "pkh") & (usual.register["row"] == chosen["row"])]
    register = pd.concat([usual.register, twin.assign(row=900_001)], ignore_index=True)
    found = link_registers(usual.roster, register, settings=SETTINGS, seed=1).links.query("register == 'pkh'")
    pair = found[found["household_id"] == chosen["household_id"]].set_index("row")
    assert pair.loc[900_001, "probability"] > 0.99
    assert pair.loc[chosen["row"], "accepted"] and not pair.loc[900_001, "accepted"]


def test_two_families_of_one_household_are_two_links(usual: Linked) -> None:
    judged = usual.judged.query("accepted and true")
    counts = judged.groupby(["register", "household_id"]).size()
    assert (counts == 2).sum() > 5


def test_a_nik_alone_is_no_link_when_all_else_differs(usual: Linked) -> None:
    roster = usual.roster
    owner = roster[roster["nik"].notna() & (roster["sex"] == "L") & roster["birth_date"].notna()].iloc[0]
    base = usual.register[usual.register["register"] == "pkh"].iloc[[0]]
    stranger = base.assign(
        nik=owner["nik"],
        kk="not the family",
        name="ZZXXQ",
        name_key="ZZXXQ",
        sex="P",
        birth_date="1931-07-17",
        kab_code=owner["kab_code"],
        kecamatan=owner["kab_code"] * 1000 + 199,
        row=900_001,
    )
    register = pd.concat([usual.register, stranger], ignore_index=True)
    found = link_registers(roster, register, settings=SETTINGS, seed=1).links
    assert not found.query("row == 900001")["accepted"].any()
    # The same NIK with the person's own particulars is one.
    own = stranger.assign(**{c: owner[c] for c in ("name", "name_key", "sex", "birth_date", "kecamatan")})
    found = link_registers(
        roster, pd.concat([usual.register, own], ignore_index=True), settings=SETTINGS, seed=1
    ).links.query("row == 900001")
    assert found["accepted"].tolist() == [True] and found["household_id"].iloc[0] == owner["household_id"]


def test_a_recipient_whom_the_survey_did_not_meet_is_found_by_the_family_card(usual: Linked) -> None:
    linked = usual.judged.query("accepted and true and register == 'pkh' and how == 'nik'")
    register, roster = usual.register, usual.roster
    rows = register[(register["register"] == "pkh") & register["row"].isin(linked["row"]) & register["kk"].notna()]
    # The recipients are away: nobody of the roster has their NIK.
    away = rows["nik"].iloc[:60]
    found = link_registers(roster[~roster["nik"].isin(away)], register, settings=SETTINGS, seed=1).links
    found = found[(found["register"] == "pkh") & found["row"].isin(rows["row"].iloc[:60])].merge(
        linked[["row", "household_id"]], on=["row", "household_id"]
    )
    by_kk = found[found["how"] == "kk"]
    assert len(by_kk) > 20
    assert by_kk["probability"].mean() > 0.9


def test_outputs_tell_nothing_of_persons(usual: Linked) -> None:
    private = set()
    for table in (usual.roster, usual.register):
        for column in ("nik", "kk", "name", "name_key", "birth_date"):
            private |= set(table[column].dropna())
    for table in (usual.links.links, usual.links.model, usual.links.report, usual.links.waterfall):
        for column in table.select_dtypes(exclude="number").columns:
            assert private.isdisjoint(table[column].astype(str)), column


def test_weights_of_a_waterfall_add_up_to_the_odds_of_the_link(usual: Linked) -> None:
    waterfall = usual.links.waterfall
    assert waterfall["link"].nunique() > 5
    for _, steps in waterfall.groupby("link"):
        assert steps["total"].tolist() == pytest.approx(steps["weight"].cumsum().tolist(), abs=0.06)
        last = steps.iloc[-1]
        assert (last["total"] > 0) == (last["probability"] > 0.5) or abs(last["total"]) < 1
    assert set(waterfall["comparison"]) <= {"prior", "nik", "kk", "name", "sex", "birth", "area", "frequency"}


def test_nothing_in_common_is_a_sentence(usual: Linked) -> None:
    elsewhere = usual.register.assign(kab_code=7301, kecamatan=-1)
    with pytest.raises(DataError, match="no row is of a kabupaten of the survey"):
        link_registers(usual.roster, elsewhere, settings=SETTINGS, seed=1)
    with pytest.raises(DataError, match="register: column 'nik' is missing"):
        link_registers(usual.roster, usual.register.drop(columns="nik"), settings=SETTINGS, seed=1)
    with pytest.raises(DataError, match="roster: no person"):
        link_registers(usual.roster.iloc[:0], usual.register, settings=SETTINGS, seed=1)
    with pytest.raises(ConfigError, match=r"accept is 0\.4"):
        LinkSettings(accept=0.4)
    with pytest.raises(ConfigError, match="threads is 0"):
        LinkSettings(threads=0)
