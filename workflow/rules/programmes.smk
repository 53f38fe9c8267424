"""What the rules of programme studies need besides common.smk: their files, and what their jobs depend on."""

from dampak.config.stage_settings import register_settings, survey_settings
from dampak.config.programmes.variables import analysis_settings, printed_settings, split_settings
from dampak.provenance.secret import key_settings
from dampak.synth.files import PROVINCE_FILES, PROVINCE_TABLE, RAW_FILES, SYNTHETIC_TABLES, TRUTHS

NAME_TABLES = [f"config/names/{name}.csv" for name in ("variants", "words", "spelling", "sounds", "drop_reasons")]
PROGRAMME_TABLES = (
    "ledger",
    "rupiah",
    "linkage",
    "contamination",
    "imbalance",
    "problems",
    "effects",
    "published",
    "effects_by_area",
    "poverty",
    "targeting",
    "verdicts",
)
PROGRAMME_FIGURES = (
    "verdicts",
    "linkage",
    "waterfall",
    "programme_effects",
    "area_effects",
    "poverty",
    "targeting",
    "overlaps",
)
ANALYSIS = (
    "covariates",
    "crossed_with_receipt",
    "within_areas",
    "exact",
    "design",
    "subgroups",
    "estimands",
    "propensity",
    "support",
    "methods",
    "headline",
    "seed",
)


def synthetic_parameters(wildcards):
    """Return the parameters of a study's synthetic population."""
    return f"config/synth/{load_study(ROOT, wildcards.study).synthetic.parameters}.yaml"


def province_of_job(study, wildcards):
    """Return the province of a job."""
    return {"province": wildcards.province}


def survey_paths(wildcards):
    """Return the survey files of a study."""
    study = load_study(ROOT, wildcards.study)
    return [path for name in study.survey.files for path in study.files_of(name)]


def register_path(wildcards):
    """Return the raw file of a register."""
    return load_study(ROOT, wildcards.study).registers[wildcards.register].path


def area_paths(wildcards):
    """Return the files of the table of areas."""
    return load_study(ROOT, wildcards.study).files_of("areas")


def areas_extra(study, wildcards):
    """Return the source of the table of areas, with its codebook."""
    return {"areas": source_settings(ROOT, study, "areas")["areas"]}


def province_paths(wildcards):
    """Return the raw files of all registers in one province."""
    registers = load_study(ROOT, wildcards.study).registers.values()
    return [path for register in registers for path in register.paths([wildcards.province])]


def of_provinces(pattern):
    """Return a function that lists one file of every province of a study."""

    def of(wildcards):
        provinces = load_study(ROOT, wildcards.study).provinces
        return [pattern.format(study=wildcards.study, province=province) for province in provinces]

    return of


def register_parts(part):
    """Return a function that lists one part of what cleaning makes of every register of a study."""

    def of(wildcards):
        folder = f"results/{wildcards.study}"
        name = (
            f"{folder}/private/register_{{}}.parquet"
            if part == "table"
            else f"{folder}/clean/registers/{{}}_{part}.csv"
        )
        return [name.format(register) for register in load_study(ROOT, wildcards.study).registers]

    return of


def of_treatments(stage, table):
    """Return a function that lists one table of all treatments of a study."""

    def of(wildcards):
        treatments = load_study(ROOT, wildcards.study).treatments
        return [f"results/{wildcards.study}/{stage}/{name}/{table}.parquet" for name in treatments]

    return of


def published_file(wildcards):
    """Return the file of published effects of a study, if it names one."""
    published = load_study(ROOT, wildcards.study).published
    return [published] if published else []


def survey_extra(study, wildcards):
    """Return what cleaning the survey depends on besides leaves: its codebooks, which variables are outcomes, the key."""
    return {
        "path": f"config/studies/{study.name}.yaml",
        "survey": survey_settings(ROOT, study),
        "split": split_settings(study),
        "key": key_settings(study),
    }


def register_extra(study, wildcards):
    """Return what cleaning a register depends on besides leaves: its codebook, and the key."""
    name = wildcards.register
    return {"register": name, "spec": register_settings(ROOT, study, name), "key": key_settings(study)}


def province_extra(study, wildcards):
    """Return what cleaning the registers of a province depends on besides leaves: their codebooks, and the key."""
    specs = {name: register_settings(ROOT, study, name) for name in study.registers}
    own = {"province": wildcards.province, "specs": specs, "key": key_settings(study)}
    return join_extra(study, wildcards) | own


def programme_extra(study, wildcards):
    """Return the programme of every register, and the study's file for messages."""
    registers = {name: register.programme or name for name, register in study.registers.items()}
    return {"path": f"config/studies/{study.name}.yaml", "registers": registers}


def receipts_extra(study, wildcards):
    """As `programme_extra`, with the registers that the study asks about: not those that only list, such as the DTKS."""
    settings = programme_extra(study, wildcards)
    asked = {name for treatment in study.treatments.values() for name in (*treatment.receives, *treatment.given)}
    registers = {name: programme for name, programme in settings["registers"].items() if programme in asked}
    return settings | {"registers": registers}


def join_extra(study, wildcards):
    """Return what holding registers against each other depends on: their programmes, and which exclude which."""
    excludes = {name: register.excludes for name, register in study.registers.items() if register.excludes}
    return programme_extra(study, wildcards) | {"excludes": excludes}


def link_extra(study, wildcards):
    """Return what linkage depends on besides leaves: the programmes of the registers, and the seed."""
    return programme_extra(study, wildcards) | {"seed": study.seed}


def match_extra(study, wildcards):
    """Return what a treatment's weights depend on besides leaves: itself and the universes, no outcome among it."""
    return analysis_settings(study, wildcards.treatment, outcomes=False)


def effects_extra(study, wildcards):
    """Return what a treatment's effects depend on besides leaves: itself and the universes with their outcomes."""
    return analysis_settings(study, wildcards.treatment, outcomes=True)


def tiles_file(wildcards):
    """Return the tile grid of a study's maps."""
    return load_study(ROOT, wildcards.study).tiles


def names_extra(study, wildcards):
    """Return what figures of programmes print: labels, sources, the programmes and their outcomes in order."""
    return figure_extra(study, wildcards) | printed_settings(study)


def registered_extra(study, wildcards):
    """Return what figures of registers print: as `names_extra`, but without combinations of programmes."""
    printed = names_extra(study, wildcards)
    return printed | {"programmes": printed["registered"]}


def notebook_extra(study, wildcards):
    """Return what the notebook of a programme study prints besides what figures do."""
    printed = names_extra(study, wildcards)
    return printed | {"treatment": {"name": "", "label": ""}, "study_headline": study.headline, "benchmark": None}


def verdicts_extra(study, wildcards):
    """Return what the figure of verdicts prints: as `names_extra`; a verdict says what is good for the family."""
    return names_extra(study, wildcards) | {"verdicts_mean": "benefit"}
