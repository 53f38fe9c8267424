"""The bad inputs of a programme study, through the workflow: one sentence for each, and the other sources go on.

One synthetic population writes the raw files. Each study below reads a copy of them with something wrong: `faults` has
six registers that cannot be read; `edition` and `weightless` a survey that cannot; `odd` has what a study must live
with: numbers of 15 digits, households without a weight, and a programme that no surveyed household receives.
"""

import csv
import io
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from dbfread import DBF
from msoffcrypto.format.ooxml import OOXMLFile

from .conftest import ROOT, Project, copy_project

RAW = "results/source/raw"
KEY = {"DAMPAK_KEY": "a key of more than sixteen characters"}
PASSWORD, ACCENTS = "rahasia", ("RENÉ", "ANDRÉ")
SHORT_NIKS, UNWEIGHTED = 40, 60
UNREAD = ("dtks", "pkh", "pkh_plus", "bpnt", "bst", "blt_desa")
SOUND = ("pip", "kabupaten_aid", "aspd", "jatim_puspa", "kip_jawara")
Study = dict[str, Any]


@dataclass(frozen=True)
class Runs:
    """A project after its two runs: of the studies that must fail, and of the one that must not."""

    project: Project
    refused: str
    odd: str

    @property
    def errors(self) -> list[str]:
        return [line for line in self.refused.splitlines() if line.startswith("error: ")]

    def logs(self) -> list[Path]:
        return sorted(self.project.root.glob("results/*/logs/*.log"))

    def table(self, study: str, path: str) -> pd.DataFrame:
        return pd.read_csv(self.project.root / f"results/{study}/{path}")


def base() -> Study:
    """The default study without its synthetic population, small enough for a test."""
    study = yaml.safe_load((ROOT / "config/studies/pkh_jatim.yaml").read_text(encoding="utf-8"))
    methods = [m for m in study["methods"] if m["method"] in ("difference_in_means", "entropy_balancing")]
    less = {
        "linkage": {"imputations": 2},
        "notebooks": [],
        "methods": methods,
        "universes": {"households": study["universes"]["households"]},
        "subgroups": {},
    }
    return {key: value for key, value in study.items() if key not in ("synthetic", "published")} | less


def write_study(project: Project, name: str, study: Study) -> Path:
    """Write a study that reads a copy of the raw files, and return the folder of the copy."""
    shutil.copytree(project.root / RAW, project.root / f"data/{name}")
    text = yaml.safe_dump(study, sort_keys=False, allow_unicode=True)
    path = project.root / f"config/studies/{name}.yaml"
    path.write_text(text.replace("results/pkh_jatim/raw", f"data/{name}"), encoding="utf-8")
    return project.root / f"data/{name}"


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


def write_rows(path: Path, rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


def break_registers(registers: Path) -> None:
    """Six registers that cannot be read, each in its own way; the others stay as they are."""
    text = (registers / "dtks.csv").read_text(encoding="utf-8")
    (registers / "dtks.csv").write_text(re.sub(r"(?<![0-9])35(?=[0-9]{2})", "33", text), encoding="utf-8")
    sealed = io.BytesIO()
    with (registers / "pkh.xlsx").open("rb") as stream:
        OOXMLFile(stream).encrypt(PASSWORD, sealed)
    (registers / "pkh.xlsx").write_bytes(sealed.getvalue())
    whole = (registers / "pkh_plus.xlsx").read_bytes()
    (registers / "pkh_plus.xlsx").write_bytes(whole[: len(whole) * 2 // 3])
    lines = (registers / "bpnt.csv").read_bytes().splitlines(keepends=True)
    for line, name, encoding in ((2, ACCENTS[0], "utf-8"), (4, ACCENTS[1], "cp1252")):
        cells = lines[line].split(b";")
        lines[line] = b";".join([*cells[:3], name.encode(encoding), *cells[4:]])
    (registers / "bpnt.csv").write_bytes(b"".join(lines))
    (registers / "bst.csv").write_bytes(b"")
    header = (registers / "blt_desa.csv").read_bytes().splitlines(keepends=True)[0]
    (registers / "blt_desa.csv").write_bytes(header)


def shorten_niks(path: Path) -> None:
    """Take the last digit from some NIKs, as a typist would."""
    rows = read_rows(path)
    niks, kks = (pd.Series([re.sub(r"\D", "", row[name]) for row in rows]) for name in ("nomor_nik", "nomor_kk"))
    remarked = pd.Series([row["keterangan"] for row in rows]) != ""
    # A row that stands twice, or that the office has struck out, would be dropped whatever its NIK.
    sound = niks.str.fullmatch(r"35[0-9]{4}[012456][1-9][0-9]{4}000[1-9]") & ~remarked & ~niks.duplicated(keep=False)
    sound &= ~kks.duplicated(keep=False)
    chosen = np.flatnonzero(sound)[:SHORT_NIKS].tolist()
    for place in chosen:
        rows[place]["nomor_nik"] = niks[place][:-1]
    write_rows(path, rows)


def leave_strangers(path: Path, truth: Path) -> None:
    """Keep of a register the rows of families that the survey did not visit."""
    links = pd.read_csv(truth)
    visited = set(links.loc[(links["register"] == path.stem) & (links["surveyed"] == 1), "row"])
    write_rows(path, [row for number, row in enumerate(read_rows(path), 1) if number not in visited])


def overwrite_weights(path: Path, text: str, rows: slice) -> None:
    """Write a text over the survey weight (FWT) of some records of a DBF file."""
    table = DBF(str(path), ignorecase=False)
    names = table.field_names
    start = 1 + sum(field.length for field in table.fields[: names.index("FWT")])
    width = table.fields[names.index("FWT")].length
    content = bytearray(path.read_bytes())
    for record in range(table.header.numrecords)[rows]:
        at = table.header.headerlen + record * table.header.recordlen + start
        content[at : at + width] = text.rjust(width).encode()
    path.write_bytes(bytes(content))


def write_odd(project: Project) -> None:
    study = base()
    kept = ("pkh", "pip", "bst")
    treatments = {name: study["treatments"][name] for name in kept}
    treatments["pkh"]["adjust_for"] = ["pip", "bst"]
    treatments["pip"]["adjust_for"] = ["pkh"]
    treatments["bst"]["adjust_for"] = ["pkh", "pip"]
    treatments["pkh_beside_bst"] = {"label": "PKH beside BST", "receives": ["pkh"], "given": ["bst"]}
    registers = {name: study["registers"][name] for name in kept}
    folder = write_study(project, "odd", study | {"registers": registers, "treatments": treatments})
    shorten_niks(folder / "registers/pip.csv")
    leave_strangers(folder / "registers/bst.csv", project.root / RAW / "../truth/links.csv")
    overwrite_weights(folder / "susenas/kor_rt.dbf", "0", slice(0, UNWEIGHTED))


def personal_values(folder: Path) -> set[str]:
    """Numbers, names and addresses of the raw files; names of few letters are words of the sentences as well."""
    roster = pd.read_csv(folder / "susenas/identitas.csv", dtype=str, keep_default_na=False)
    found = {*roster["NIK"], *roster["NO_KK"], *roster["NAMA"]}
    for path in (folder / "registers").glob("*.csv"):
        for row in read_rows(path):
            found |= {row[name].strip("'") for name in ("nama", "nomor_nik", "nomor_kk", "alamat")}
    return {value for value in found if len(value) > 10} | {*ACCENTS, PASSWORD}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    project = copy_project(tmp_path_factory.mktemp("bad_input") / "project")
    synthetic = {"parameters": "jatim_2020", "seed": 7, "households": 12000, "survey_households": 2400}
    text = yaml.safe_dump(base() | {"synthetic": synthetic}).replace("results/pkh_jatim/raw", RAW)
    (project.root / "config/studies/source.yaml").write_text(text, encoding="utf-8")
    made = project.snakemake(f"{RAW}/wilayah.csv", "--cores", "2")
    assert made.returncode == 0, made.stderr
    break_registers(write_study(project, "faults", base()) / "registers")
    edition = base()
    edition["survey"]["households"]["codebook"] = "susenas_2024_household"
    write_study(project, "edition", edition)
    overwrite_weights(write_study(project, "weightless", base()) / "susenas/kor_rt.dbf", "0", slice(None))
    write_odd(project)
    refused = project.dampak("run", "faults", "edition", "weightless", "--cores", "2", **KEY)
    assert refused.returncode == 1, refused.stderr
    odd = project.dampak("run", "odd", "--cores", "2", **KEY)
    assert odd.returncode == 0, odd.stderr
    return Runs(project, refused.stdout + refused.stderr, odd.stdout + odd.stderr)


@pytest.mark.parametrize(
    ("source", "path", "words"),
    [
        ("registers.dtks", "faults/registers/dtks.csv", ["province 35", "province 33", "name the right file"]),
        ("registers.pkh", "faults/registers/pkh.xlsx", ["encrypted", "take the password away", "save it again"]),
        ("registers.pkh_plus", "faults/registers/pkh_plus.xlsx", ["truncated", "copy or download it again"]),
        ("registers.bpnt", "faults/registers/bpnt.csv", ["line 5 ", "'utf-8'", "save the whole file in one encoding"]),
        ("registers.bst", "faults/registers/bst.csv", ["empty (0 bytes)", "copy the file again"]),
        ("registers.blt_desa", "faults/registers/blt_desa.csv", ["no data rows", "check that the export was complete"]),
        ("survey.households", "edition/susenas/kor_rt.dbf", ["URUT", "RENUM", "another year", "`codebook`"]),
        ("survey.households", "weightless/susenas/kor_rt.dbf", ["'FWT'", "no household has a survey weight above 0"]),
    ],
)
def test_what_cannot_be_read_gets_one_sentence(runs: Runs, source: str, path: str, words: list[str]) -> None:
    said = [line for line in runs.errors if f" {source}: data/{path}" in line]
    assert len(said) == 1, runs.refused
    assert [word for word in words if word not in said[0]] == [], said[0]


def test_nothing_else_is_complained_of_and_no_trace_is_shown(runs: Runs) -> None:
    assert len(runs.errors) == len(UNREAD) + 2, runs.refused
    for text in (runs.refused, *(path.read_text(encoding="utf-8") for path in runs.logs())):
        assert not re.search("Traceback|CalledProcessError|Error in rule|defect", text), text


def test_no_personal_value_is_printed_or_logged(runs: Runs) -> None:
    secrets = personal_values(runs.project.root / RAW)
    assert len(secrets) > 10_000
    for text in (runs.refused, runs.odd, *(path.read_text(encoding="utf-8") for path in runs.logs())):
        assert not [value for value in secrets if value in text], text


def test_registers_beside_bad_ones_are_cleaned(runs: Runs) -> None:
    folder = runs.project.root / "results/faults"
    assert {path.stem for path in folder.glob("private/register_*.parquet")} == {f"register_{name}" for name in SOUND}
    for name in SOUND:
        ledger = runs.table("faults", f"clean/registers/{name}_ledger.csv")
        assert ledger["rows_kept"].iloc[-1] > 0
        assert {path.name for path in folder.glob(f"clean/registers/{name}_[lnqr]*.csv")} == {
            f"{name}_{part}.csv" for part in ("ledger", "notes", "quarantine", "rupiah")
        }


@pytest.mark.parametrize("study", ["edition", "weightless"])
def test_registers_are_cleaned_though_the_survey_cannot_be_read(runs: Runs, study: str) -> None:
    cleaned = {path.stem for path in (runs.project.root / f"results/{study}/private").glob("register_*.parquet")}
    assert cleaned == {f"register_{name}" for name in (*SOUND, *UNREAD)}


def test_a_nik_of_15_digits_costs_the_nik_and_not_the_family(runs: Runs) -> None:
    name = "private/register_pip.parquet"
    before, after = (pd.read_parquet(runs.project.root / f"results/{study}/{name}") for study in ("faults", "odd"))
    changed = before["nik"].notna() & after["nik"].isna()
    assert changed.sum() == SHORT_NIKS
    pd.testing.assert_frame_equal(before.drop(columns="nik"), after.drop(columns="nik"))
    pd.testing.assert_series_equal(before["nik"][~changed], after["nik"][~changed])
    found = runs.table("odd", "tables/register_notes.csv").query("register == 'pip'").set_index("problem")["n"]
    sound = runs.table("faults", "clean/registers/pip_notes.csv").set_index("problem")["n"]
    assert found["nik_not_16_digits"] == sound["nik_not_16_digits"] + SHORT_NIKS
    assert found.drop("nik_not_16_digits").equals(sound.drop("nik_not_16_digits"))


def test_every_row_of_odd_files_is_accounted_for(runs: Runs) -> None:
    ledger = runs.table("odd", "tables/ledger.csv")
    assert (ledger["rows_kept"] + ledger["rows_dropped"] == ledger["rows_in"]).all()
    for _, lines in ledger.groupby("source"):
        assert (lines["rows_in"].to_numpy()[1:] == lines["rows_kept"].to_numpy()[:-1]).all()
    first = ledger.groupby("source")["rows_in"].first()
    for name in ("pip", "bst"):
        assert first[name] == len(read_rows(runs.project.root / f"data/odd/registers/{name}.csv"))
    last = ledger.groupby("source")["rows_kept"].last()
    linkage = runs.table("odd", "tables/linkage.csv").query("kab_code == 'all'").set_index("register")
    assert (linkage["n_register"] == last.reindex(linkage.index)).all()


def test_households_without_a_weight_are_set_aside_with_their_row_and_column(runs: Runs) -> None:
    quarantine = runs.table("odd", "clean/quarantine.csv").query("source == 'survey.households'")
    weightless = quarantine[quarantine["reason"] == "zero_weight"]
    assert set(weightless["row"]) == set(range(1, UNWEIGHTED + 1)) and set(weightless["column"]) == {"FWT"}
    raw = DBF(str(runs.project.root / "data/odd/susenas/kor_rt.dbf"), ignorecase=False)
    ids = [record["RENUM"] for record in raw]
    kept = pd.read_parquet(runs.project.root / "results/odd/clean/households.parquet")["household_id"]
    assert len(kept) + len(quarantine) == len(ids) and not set(kept) & set(ids[:UNWEIGHTED])


def test_a_programme_that_nobody_receives_is_not_credible_and_the_others_are_estimated(runs: Runs) -> None:
    linkage = runs.table("odd", "tables/linkage.csv").query("kab_code == 'all'").set_index("register")
    assert linkage.loc["bst", "n_register"] > 1000 and linkage.loc["bst", "n_linked"] == 0
    rupiah = runs.table("odd", "tables/rupiah.csv").set_index("register")
    assert rupiah.loc["bst", "unlinked"] == rupiah.loc["bst", "kept"] > 0
    sentence = "no surveyed unit is linked to it, so its effect cannot be estimated from this survey"
    problems = runs.table("odd", "tables/problems.csv").set_index("treatment")["problem"]
    verdicts = runs.table("odd", "tables/verdicts.csv").query("area == 'all'").set_index("treatment")
    effects = runs.table("odd", "tables/effects.csv")
    outcomes = set(base()["universes"]["households"]["outcomes"])
    for name in ("bst", "pkh_beside_bst"):
        assert problems[[name]].tolist() == [sentence]
        judged = verdicts.loc[[name]]
        assert set(judged["outcome"]) == outcomes and set(judged["verdict"]) == {"not_credible"}
        assert judged["reasons"].str.contains(sentence).all() and judged["fix"].notna().all()
        assert name not in set(effects["treatment"])
    for name in ("pkh", "pip"):
        judged = verdicts.loc[[name]]
        assert set(judged["outcome"]) == outcomes and (judged["verdict"] != "not_credible").any()
        found = effects[(effects["treatment"] == name) & (effects["method"] == "entropy_balancing")]
        assert outcomes <= set(found["outcome"]) and np.isfinite(found[["estimate", "std_error"]]).all(axis=None)
