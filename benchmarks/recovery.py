"""The planted truth of the synthetic East Java study, recovered from its raw files: coverage over seeds.

Each seed draws a smaller population and survey, writes survey files and registers with their faults to a temporary
folder, and cleans, links, matches and estimates with the settings of `config/studies/pkh_jatim.yaml`. Held against the
truth: the interval of the headline method, with the links imputed; and the naive difference of means.

Run: `uv run python -m benchmarks.recovery [--seeds N] [--write]`.
"""

import argparse
import math
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binom
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from benchmarks.sections import ROOT, today_here
from dampak.clean.registers.files import PARTS, clean_register_file, join_register_files
from dampak.clean.survey.areas import clean_areas_file
from dampak.clean.survey.stage import clean_survey_files
from dampak.config.load import load_study
from dampak.config.programmes.study import ProgrammeStudy
from dampak.config.programmes.variables import analysis_settings, split_settings
from dampak.config.stage_settings import leaves, register_settings, survey_settings
from dampak.estimate.programmes.effects import programme_effects
from dampak.match.linkage.stage import link_stage
from dampak.match.programmes.stage import match_programme
from dampak.seeds import seed_of
from dampak.synth.files import REGISTER_FILES
from dampak.synth.identities import draw_identities, load_names
from dampak.synth.parameters import load_parameters, resized
from dampak.synth.population import draw_population
from dampak.synth.recovery import recovery_tables
from dampak.synth.registers.dirt import load_dirt
from dampak.synth.registers.draw import draw_registers
from dampak.synth.registers.write import write_registers
from dampak.synth.survey import draw_survey
from dampak.synth.survey_files.files import write_survey_files
from dampak.synth.survey_files.settings import load_layout
from dampak.synth.truth import true_effects

SEED = 2027  # settings of the study were chosen on surveys of 2026 and before, none on these
FULL, REDUCED = 200, 4
HOUSEHOLDS, SURVEYED = 75_000, 9_000
STUDY, NAIVE = "pkh_jatim", "difference_in_means"
TREATMENTS = ("pkh", "bpnt", "pip", "bst", "blt_desa", "bpnt_only", "pkh_and_bpnt")
OUTCOMES = (
    "log_consumption", "log_nonfood", "log_food", "poor", "food_insecure", "attends_school", "works", "outpatient",
)  # fmt: skip
TOO_SMALL = ("kip_jawara",)  # four rows in a population of this size, in some seeds none
WANTED = 0.93  # of the intervals of a row
PLANTED = 0.003  # a mean effect nearer to 0 is that of another programme that came with this one
# What the analysis rules take of the study, see workflow/rules/programmes.smk.
ANALYSIS = (
    "covariates", "crossed_with_receipt", "within_areas", "exact", "design", "estimands", "propensity", "support",
    "headline", "gates.treated", "linkage.imputations", "multiplicity", "alpha",
)  # fmt: skip
KEY = b"of this benchmark"  # of the hashes that stand for NIK and KK: nobody is behind them
PAGE = Path(__file__).resolve().parent / "recovery.md"
Tables = dict[str, pd.DataFrame]


def study_settings(folder: Path, number: int) -> dict[str, Any]:
    """Settings of the jobs between raw files and effects, for raw files in another folder."""
    study = load_study(ROOT, STUDY)
    assert isinstance(study, ProgrammeStudy)
    registers = {n: register.programme or n for n, register in study.registers.items() if n not in TOO_SMALL}
    common = {"path": f"config/studies/{STUDY}.yaml", "registers": registers, "seed": seed_of(SEED, "study", number)}
    survey = survey_settings(ROOT, study)
    specs = {name: register_settings(ROOT, study, name) for name in registers}
    for spec in (*(survey[name] for name in study.survey.files), *specs.values()):
        spec["path"] = str(folder / Path(spec["path"]).relative_to(f"results/{STUDY}/raw"))
    territory = leaves(study, "territory")
    cleaned = ("aggregates", "household_variables", "person_variables", "design")
    methods = [m for m in study.plain["methods"] if m["label"] in (study.headline, NAIVE)]
    analysis = leaves(study, *ANALYSIS) | {"subgroups": {}, "methods": methods, "seed": common["seed"]}
    return {
        "synthetic": study.plain["synthetic"],
        "survey": common | territory | leaves(study, *cleaned) | {"survey": survey, "split": split_settings(study)},
        "registers": {name: territory | {"register": name, "spec": spec} for name, spec in specs.items()},
        "join": common
        | {"excludes": {name: list(r.excludes) for name, r in study.registers.items() if r.excludes}},
        "link": common | leaves(study, "linkage") | {"subgroups": {}},
        "effects": {
            name: analysis | _asked(analysis_settings(study, name, outcomes=True)) for name in TREATMENTS
        },
    }  # fmt: skip


def _asked(settings: dict[str, Any]) -> dict[str, Any]:
    """Keep the outcomes of the table, and the universes that have any of them."""
    universes = {}
    for name, about in settings["universes"].items():
        outcomes = [term for term in about["outcomes"] if term["name"] in OUTCOMES]
        if outcomes:
            universes[name] = about | {"outcomes": outcomes, "placebo_outcomes": []}
    return settings | {"universes": universes}


def raw_files(chosen: Mapping[str, Any], folder: Path, number: int) -> Tables:
    """Draw a population and a survey, write the raw files below `folder`; what is true of effects and links."""
    seed = seed_of(SEED, "population", number)
    parameters = resized(
        load_parameters(ROOT, chosen["parameters"]), households=HOUSEHOLDS, survey_households=SURVEYED
    )  # fmt: skip
    population = draw_population(parameters, seed=seed)
    survey = draw_survey(population, parameters, seed=seed)
    identities = draw_identities(population, names=load_names(ROOT), seed=seed)
    layout = load_layout(ROOT)
    write_survey_files(
        survey, identities, parameters.areas, layout=layout, folder=folder, edition=chosen["edition"], seed=seed
    )
    registers = draw_registers(
        population, identities, parameters, dirt=load_dirt(ROOT), spellings=layout.dirt, seed=seed
    )  # fmt: skip
    write_registers(registers, {name: folder / REGISTER_FILES[name] for name in registers.tables})
    surveyed = registers.links["household_id"].isin(survey.households["household_id"]).astype(int)
    effects = true_effects(population, survey)
    return {"true_effects": effects, "true_links": registers.links.assign(surveyed=surveyed)}


def linked(settings: Mapping[str, Any]) -> Tables:
    """Clean survey and registers and link them: the tables that matching takes, and the links."""
    survey = clean_survey_files(settings["survey"], base_dir=ROOT, key=KEY)
    areas = clean_areas_file(settings["survey"] | {"areas": settings["survey"]["survey"]["areas"]}, base_dir=ROOT)
    survey |= areas
    cleaned = [
        clean_register_file(spec, areas["areas"], base_dir=ROOT, key=KEY) for spec in settings["registers"].values()
    ]
    parts = {part: pd.concat([tables[part] for tables in cleaned], ignore_index=True) for part in PARTS}
    accounts = {f"survey_{part}": survey[part] for part in ("ledger", "quarantine")}
    joined = join_register_files(parts | accounts, settings["join"])
    found = link_stage(
        {name: joined[name] for name in ("registers", "rupiah")} | {n: survey[n] for n in ("roster", "households")},
        settings["link"],
    )
    kept = ("households", "persons", "household_outcomes", "person_outcomes", "areas")
    return {name: survey[name] for name in kept} | {name: found[name] for name in ("links", "receipts")}


def estimated(tables: Tables, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Effects of all treatments of the table."""
    effects = []
    for name in TREATMENTS:
        own = settings["effects"][name]
        made = match_programme(name, tables["households"], tables["persons"], tables["receipts"], own)
        effects.append(programme_effects(name, tables | made, own)["effects"])
    return pd.concat(effects, ignore_index=True)


def one_seed(number: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Effects and links of one seed, held against the truth; as `recovery_tables` says, with `seed` and `certain`.

    `certain` is the headline estimate with accepted links taken as true.
    """
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        settings = study_settings(folder, number)
        truth = raw_files(settings["synthetic"], folder, number)
        tables = linked(settings)
    effects = estimated(tables, settings)
    own = next(iter(settings["effects"].values()))
    asked = {name: own[name] for name in ("headline", "linkage", "subgroups")}
    asked |= {"registers": list(settings["registers"])}
    nothing = pd.DataFrame(columns=["treatment", "area", "measure", "value", "std_error"])
    found = recovery_tables(tables | truth | {"effects": effects, "poverty": nothing}, asked)
    table = found["recovery"]
    table = table[table["outcome"].isin(OUTCOMES)]
    plain = effects[effects["method"] == own["headline"]].set_index(["treatment", "outcome"])["estimate"]
    certain = plain.reindex(pd.MultiIndex.from_frame(table[["treatment", "outcome"]])).to_numpy(dtype=float)
    return table.assign(seed=number, certain=certain), found["linkage_truth"].assign(seed=number)


def _one_thread() -> None:
    """Small matrices gain nothing from several threads, and the processes would fight for the cores."""
    threadpool_limits(limits=1)


def run(seeds: int, *, workers: int = 2, keep: Path | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Effects and links of all seeds. The result does not hang on the number of processes.

    Parameters
    ----------
    seeds : int
    workers : int
    keep : Path, optional
        Folder for effects.csv and links.csv of the seeds so far, written anew after each; seeds in it are not run anew.
    """
    tables: dict[str, pd.DataFrame] = {}
    if keep is not None and (keep / "links.csv").is_file():
        tables = {name: pd.read_csv(keep / f"{name}.csv") for name in ("effects", "links")}
    done = set(tables["links"]["seed"]) if tables else set()
    with ProcessPoolExecutor(workers, initializer=_one_thread) as pool:
        for effects, links in pool.map(one_seed, [number for number in range(1, seeds + 1) if number not in done]):
            for name, table in (("effects", effects), ("links", links)):
                tables[name] = pd.concat([tables[name], table], ignore_index=True) if name in tables else table
                if keep is not None:
                    keep.mkdir(parents=True, exist_ok=True)
                    tables[name].to_csv(keep / f"{name}.csv", index=False)
            number = int(effects["seed"].iloc[0])
            print(f"seed {number}: {effects['covered'].sum()} of {len(effects)} intervals hold the truth", flush=True)
    return tables["effects"], tables["links"]


HEAD = """# The planted truth, recovered

The synthetic East Java study over {seeds} seeds, each with {households:,} households, of which {surveyed:,} are
surveyed (`benchmarks/recovery.py`): raw files with their faults written, cleaned, linked, matched and estimated with
the settings of `config/studies/{study}.yaml`, and held against the average effect on the surveyed recipients, which
the potential outcomes give. *Naive*: difference of weighted means. *Accepted*: entropy balancing with accepted links
taken as true. *Imputed*: entropy balancing with the links imputed, the headline of the study. *z*: mean of error over
standard error; *SE ratio*: root mean square of the standard errors over the standard deviation of the errors.
*Naive sign*: seeds in which the naive difference has the sign of the truth; *sign*: the same of the headline; where no
effect is planted, there is no sign. *Seeds*: those with 50 treated and 50 comparison units, and weights that balance.

{verdict}
One standard error of a coverage of 95 % is {error:.1f} points, of a mean z {apart:.2f}: of rows whose intervals hold
exactly 95 %, {chance:.0f} in 100 show less than {wanted:.0f} % in so many seeds, {unlucky:.0f} of {rows}. Luck matters
less in the rows of a treatment, or of an outcome, together.

Coverage by treatment: {by_treatment}. By outcome: {by_outcome}.

The 200 seeds before these (`SEED` 2026, on which settings were chosen; households, not PSUs, left out together) had
95.8 % of 11,091 intervals and 93 % or more in 55 of 56 rows; in the other, blt_desa on log_nonfood, 90.5 %.

Accepted links: precision {precision:.2f} %, recall {recall:.1f} % of the register rows of surveyed families.

{today}; about a minute a seed on one core. Again: `uv run python -m benchmarks.recovery --write`.

| treatment | outcome | seeds | true | naive: bias | accepted: bias | imputed: bias | z | SE ratio | coverage, % \
| naive sign, % | sign, % |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
""".replace("\\\n", "")


def summary(effects: pd.DataFrame) -> pd.DataFrame:
    """Bias, coverage and signs of every treatment and outcome; a row each."""
    error = effects["estimate"] - effects["true"]
    draws = effects.assign(
        naive_error=effects["naive"] - effects["true"],
        certain_error=effects["certain"] - effects["true"],
        error=error,
        z=error / effects["std_error"],
        squared=effects["std_error"] ** 2,
        naive_sign=np.sign(effects["naive"]) == np.sign(effects["true"]),
        sign=np.sign(effects["estimate"]) == np.sign(effects["true"]),
    )
    by = draws.groupby(["treatment", "outcome"])
    columns = ["true", "naive_error", "certain_error", "error", "z", "covered", "naive_sign", "sign"]
    table = by[columns].mean().assign(seeds=by.size(), se_ratio=np.sqrt(by["squared"].mean()) / by["error"].std(ddof=1))
    order = pd.MultiIndex.from_product([TREATMENTS, OUTCOMES], names=["treatment", "outcome"])
    return table.reindex(order[order.isin(table.index)]).reset_index()


def _coverage(effects: pd.DataFrame, column: str, order: Sequence[str]) -> str:
    """Coverage of all intervals of a treatment or outcome, in words."""
    covered = 100 * effects.groupby(column)["covered"].mean()
    return ", ".join(f"{name} {covered[name]:.1f} %" for name in order if name in covered)


def page(effects: pd.DataFrame, links: pd.DataFrame) -> str:
    """The results as Markdown."""
    table, every = summary(effects), links[links["register"] == "all"]
    seeds = int(effects["seed"].nunique())
    below = table[table["covered"] < WANTED]
    # Of intervals that hold 93 % of the time, how often as few would hold as did.
    as_few = binom.cdf((table["covered"] * table["seeds"]).round(), table["seeds"], WANTED)
    named = ", ".join(
        f"{row['treatment']} on {row['outcome']} (p {p:.2f})"
        for row, p in zip(below.to_dict("records"), as_few[below.index], strict=True)
    )
    fewer = f", fewer in {named}" if named else ""
    verdict = (
        f"{100 * effects['covered'].mean():.1f} % of the {len(effects):,} intervals hold the truth; "
        f"{100 * WANTED:.0f} % or more do in {len(table) - len(below)} of {len(table)} rows{fewer}. "
        f"{'No row is' if as_few.min() > 0.05 / len(table) else 'Some rows are'} below {100 * WANTED:.0f} % by more "
        f"than luck (exact one-sided test, Bonferroni over the rows; least p {as_few.min():.2g})."
    )
    luck = binom.cdf(math.ceil(WANTED * seeds) - 1, seeds, 0.95)
    text = HEAD.format(
        seeds=seeds, households=HOUSEHOLDS, surveyed=SURVEYED, study=STUDY, verdict=verdict, today=today_here(),
        error=100 * math.sqrt(0.95 * 0.05 / seeds), apart=1 / math.sqrt(seeds), wanted=100 * WANTED,
        chance=100 * luck, unlucky=luck * len(table), rows=len(table),
        by_treatment=_coverage(effects, "treatment", TREATMENTS), by_outcome=_coverage(effects, "outcome", OUTCOMES),
        precision=100 * every["n_right"].sum() / every["n_linked"].sum(),
        recall=100 * every["n_right"].sum() / every["n_true"].sum(),
    )  # fmt: skip
    for row in table.to_dict("records"):
        planted = abs(row["true"]) >= PLANTED
        signs = [f"{100 * row[name]:.0f}" if planted else "–" for name in ("naive_sign", "sign")]
        text += (
            f"| {row['treatment']} | {row['outcome']} | {row['seeds']} | {row['true']:+.3f} "
            f"| {row['naive_error']:+.3f} | {row['certain_error']:+.3f} | {row['error']:+.3f} | {row['z']:+.2f} "
            f"| {row['se_ratio']:.2f} | {100 * row['covered']:.1f} | {' | '.join(signs)} |\n"
        )
    return text


def main() -> None:
    """Replicate, print, and keep the page if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery", description=__doc__)
    parser.add_argument("--seeds", type=int, default=None, help=f"{REDUCED}; {FULL} with --write")
    parser.add_argument("--write", action="store_true", help="keep benchmarks/recovery.md")
    parser.add_argument(
        "--keep", type=Path, help="folder for the results of every seed; a run that was broken off goes on from there"
    )
    options = parser.parse_args()
    seeds = options.seeds or (FULL if options.write else REDUCED)
    text = page(*run(seeds, keep=options.keep))
    print(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
