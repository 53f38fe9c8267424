"""A small study of the kind of pkh_national: registers and survey in a file per province, three provinces."""

import re
from pathlib import Path

import pandas as pd
import pytest

from dampak.clean.provincial import ROWS_OF_A_FILE
from dampak.match.linkage.report import true_quality
from tests.pipeline.conftest import Project, copy_project

STUDY = "small_country"
PROVINCES = ("34", "65", "76")
REGISTERS = ("dtks", "pkh", "bpnt", "pip", "bst", "blt_desa")


def small_study(text: str) -> str:
    """The national study with three provinces and one treatment."""
    text = text.replace("pkh_national/", f"{STUDY}/")
    text = text.replace("households: 8400000, survey_households: 345000", "households: 12000, survey_households: 2400")
    text = re.sub(r"provinces: \[.*\]", f"provinces: {list(PROVINCES)}", text)
    text = text.replace("imputations: 5", "imputations: 2")
    return "\n".join(line for line in text.splitlines() if not re.match(r"  (bpnt|pkh_and_bpnt): \{label", line)) + "\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    copy = copy_project(tmp_path_factory.mktemp("provinces") / "project")
    text = (copy.root / "config/studies/pkh_national.yaml").read_text(encoding="utf-8")
    (copy.root / f"config/studies/{STUDY}.yaml").write_text(small_study(text), encoding="utf-8")
    done = copy.dampak("run", STUDY, "--cores", "2")
    assert done.returncode == 0, done.stderr
    return copy


def results(project: Project) -> Path:
    return project.root / f"results/{STUDY}"


def test_every_row_of_every_province_is_accounted_for(project: Project) -> None:
    tables = results(project) / "tables"
    ledger, rupiah = pd.read_csv(tables / "ledger.csv"), pd.read_csv(tables / "rupiah.csv")
    assert (ledger["rows_kept"] + ledger["rows_dropped"] == ledger["rows_in"]).all()
    for _, lines in ledger.groupby("source"):
        assert (lines["rows_in"].to_numpy()[1:] == lines["rows_kept"].to_numpy()[:-1]).all()
    raw = sum(
        len(pd.read_csv(results(project) / f"raw/{code}/registers/dtks.csv", sep=";", dtype=str)) for code in PROVINCES
    )
    assert ledger[ledger["source"] == "dtks"]["rows_in"].iloc[0] == raw
    assert (rupiah["linked"] + rupiah["unlinked"] + rupiah["dropped"] - rupiah["in"]).abs().max() < 1
    linkage = pd.read_csv(tables / "linkage.csv").query("kab_code == 'all'").set_index("register")
    last = ledger.groupby("source")["rows_kept"].last()
    assert (linkage["n_register"] == last.reindex(linkage.index)).all()
    quarantine = pd.read_csv(results(project) / "clean/quarantine.csv")
    own = quarantine[quarantine["source"].isin(REGISTERS)]
    assert set(own["row"] // ROWS_OF_A_FILE) == {int(code) for code in PROVINCES}


def test_links_are_right_and_found_in_every_province(project: Project) -> None:
    parts = []
    for code in PROVINCES:
        truth = pd.read_csv(results(project) / f"truth/{code}/links.csv")
        truth = truth.assign(row=int(code) * ROWS_OF_A_FILE + truth["row"])
        parts.append(truth[truth["register"].isin(REGISTERS)])
    truth = pd.concat(parts, ignore_index=True)
    truth = truth.assign(household_id=truth["household_id"].where(truth["surveyed"] == 1, -1))
    links = pd.read_parquet(results(project) / "match/links.parquet")
    found = true_quality(links, truth).set_index("register").loc["all"]
    assert found["precision"] >= 0.99 and found["recall"] >= 0.95
    assert set(links["household_id"] // 10**8) == {int(code) for code in PROVINCES}


def test_areas_of_the_results_are_provinces(project: Project) -> None:
    tables = results(project) / "tables"
    assert set(pd.read_csv(tables / "effects_by_area.csv")["area"].astype(str)) == set(PROVINCES)
    poverty = pd.read_csv(tables / "poverty.csv")
    assert set(poverty["area"].astype(str)) == {"all", *PROVINCES}
    caption = (results(project) / "figures/linkage.txt").read_text(encoding="utf-8")
    assert "dampak.figures.programmes.linkage.draw" in caption


def test_nothing_to_do_the_second_time_and_a_seed_of_linkage_leaves_cleaning_alone(project: Project) -> None:
    assert project.planned(STUDY) == set()
    project.edit(f"config/studies/{STUDY}.yaml", "\nseed: 34", "\nseed: 35")
    planned = project.planned(STUDY)
    assert f"link_provinces {STUDY}" in planned
    assert not {f"{rule} {STUDY}" for rule in ("synthesise_province", "clean_province", "join_provinces")} & planned
