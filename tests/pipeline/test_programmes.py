"""A small study of the kind of pkh_jatim: from raw registers and a survey to verdicts, and what a bad one does."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.pipeline.conftest import Project, copy_project

STUDY = "small"


def small_study(text: str) -> str:
    """The default study with a tenth of its population, two treatments and no drawing of links."""
    text = text.replace("pkh_jatim/", f"{STUDY}/")
    text = text.replace("seed: 2020}\n", "seed: 7, households: 30000, survey_households: 4000}\n", 1)
    text = text.replace("imputations: 5", "imputations: 2").replace("notebooks: [pkh_jatim]", "notebooks: []")
    head, rest = text.split("treatments:\n", 1)
    lines = [
        line for line in rest.splitlines() if not re.match(r"  (pip|bst|blt|pkh_|kab|jatim|kip|bpnt_)\w*: \{", line)
    ]
    return head + "treatments:\n" + "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    copy = copy_project(tmp_path_factory.mktemp("programmes") / "project")
    text = (copy.root / "config/studies/pkh_jatim.yaml").read_text(encoding="utf-8")
    (copy.root / f"config/studies/{STUDY}.yaml").write_text(small_study(text), encoding="utf-8")
    done = copy.dampak("run", STUDY, "--cores", "2")
    assert done.returncode == 0, done.stderr
    return copy


def table(project: Project, name: str) -> pd.DataFrame:
    return pd.read_csv(project.root / f"results/{STUDY}/tables/{name}.csv")


def test_rows_and_rupiah_are_conserved_from_register_to_table(project: Project) -> None:
    ledger, rupiah = table(project, "ledger"), table(project, "rupiah")
    assert (ledger["rows_kept"] + ledger["rows_dropped"] == ledger["rows_in"]).all()
    for _, lines in ledger.groupby("source"):
        assert (lines["rows_in"].to_numpy()[1:] == lines["rows_kept"].to_numpy()[:-1]).all()
    assert (rupiah["kept"] + rupiah["dropped"] - rupiah["in"]).abs().max() < 1
    assert (rupiah["linked"] + rupiah["unlinked"] - rupiah["kept"]).abs().max() < 1
    linkage = table(project, "linkage").query("kab_code == 'all'").set_index("register")
    last = ledger.groupby("source")["rows_kept"].last()
    assert (linkage["n_register"] == last.reindex(linkage.index)).all()


def test_links_are_right_and_found(project: Project) -> None:
    truth = table(project, "linkage_truth").set_index("register").loc["all"]
    assert truth["precision"] >= 0.99
    assert truth["recall"] >= 0.95


def test_the_naive_difference_has_the_wrong_sign_and_the_adjusted_one_the_right(project: Project) -> None:
    recovery = table(project, "recovery").set_index(["treatment", "outcome", "subgroup"])
    row = recovery.loc["pkh", "log_nonfood", "all"]
    assert row["naive"] < 0 < row["estimate"] and row["true"] > 0 and row["sign_change"] == 1
    assert recovery["covered"].mean() > 0.8


def test_poverty_is_as_published_in_every_area(project: Project) -> None:
    calibration = table(project, "calibration")
    areas = calibration[calibration["area"] != "all"]
    assert len(areas) == 38
    # One surveyed household in a hundred moves an area by more than the full study allows for.
    assert areas["difference"].abs().median() < 0.5


def test_no_name_or_number_leaves_cleaning(project: Project) -> None:
    results = project.root / f"results/{STUDY}"
    roster = pd.read_csv(results / "raw/susenas/identitas.csv", dtype=str, keep_default_na=False)
    secrets = {*roster["NIK"], *roster["NO_KK"], *roster.loc[roster["NAMA"].str.len() > 14, "NAMA"].head(500)} - {""}
    for path in sorted(results.rglob("*")):
        if not path.is_file() or {"raw", "private"} & set(path.relative_to(results).parts):
            continue
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path)
            texts = {str(v) for c in frame.columns if frame[c].dtype == object for v in frame[c].dropna().unique()}
            assert not secrets & texts, path
        elif path.suffix in (".csv", ".txt", ".log"):
            text = path.read_text(encoding="utf-8")
            assert not [s for s in re.findall(r"\b[0-9]{16}\b", text) if s in secrets], path
            assert not [s for s in secrets if not s.isdigit() and s in text], path


def test_no_rule_of_the_analysis_reads_the_truth(project: Project) -> None:
    rules = "".join(
        path.read_text(encoding="utf-8") for path in sorted((project.root / "workflow/rules").glob("*.smk"))
    )
    readers = [
        block for block in re.split(r"^rule ", rules, flags=re.MULTILINE)[1:] if "/truth/" in block.split("output:")[0]
    ]
    assert [block.split(":")[0] for block in readers] == ["recovery"]


def test_nothing_to_do_the_second_time_and_what_a_change_of_linkage_reruns(project: Project) -> None:
    assert project.planned(STUDY) == set()
    file = f"config/studies/{STUDY}.yaml"
    project.edit(file, "linkage: {imputations: 2}", "linkage: {imputations: 2, accept: 0.8}")
    planned = project.planned(STUDY)
    assert f"link {STUDY}" in planned and f"effects_programme {STUDY}" in planned
    assert (
        not {f"{rule} {STUDY}" for rule in ("synthesise", "clean_survey", "clean_register", "join_registers")} & planned
    )
    project.edit(file, "linkage: {imputations: 2, accept: 0.8}", "linkage: {imputations: 2}")
    project.edit(file, "gates:\n  treated: 50", "gates:\n  balance: 0.2\n  treated: 50")
    assert project.planned(STUDY) == {f"verdicts_programmes {STUDY}", f"verdicts_figure {STUDY}"}
    project.edit(file, "gates:\n  balance: 0.2\n  treated: 50", "gates:\n  treated: 50")
    assert project.planned(STUDY) == set()


def real_files(project: Project, target: Path) -> str:
    """A study on files that no rule makes: those of the small study, copied."""
    shutil.copytree(project.root / f"results/{STUDY}/raw", project.root / target)
    text = (project.root / f"config/studies/{STUDY}.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^synthetic: .*\n", "", text, flags=re.MULTILINE)
    return text.replace(f"results/{STUDY}/raw/", f"{target.as_posix()}/")


def test_real_files_need_a_key_and_one_bad_register_leaves_the_others_alone(project: Project) -> None:
    data = Path("data/real")
    text = real_files(project, data)
    (project.root / "config/studies/real.yaml").write_text(text, encoding="utf-8")
    without = project.dampak("run", "real", "-n", DAMPAK_KEY="")
    assert without.returncode == 1 and "the environment variable DAMPAK_KEY is not set" in without.stderr
    register = project.root / data / "registers/pkh.xlsx"
    register.write_bytes(register.read_bytes()[:5000])
    done = project.dampak("run", "real", "--cores", "2", DAMPAK_KEY="a key of more than sixteen characters")
    assert done.returncode == 1
    assert "registers.pkh: data/real/registers/pkh.xlsx" in done.stderr and "Traceback" not in done.stderr
    cleaned = {path.stem for path in (project.root / "results/real/private").glob("register_*.parquet")}
    assert "register_bpnt" in cleaned and "register_pkh" not in cleaned
