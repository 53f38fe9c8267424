"""What the rules of programme studies need besides common.smk: their files, and what their jobs depend on."""

from dampak.config.load import register_settings, survey_settings
from dampak.config.programmes.variables import analysis_settings, printed_settings, split_settings
from dampak.provenance.secret import key_settings
from dampak.synth.files import RAW_FILES, SYNTHETIC_TABLES, TRUTHS

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


def survey_paths(wildcards):
    """Return the survey files of a study."""
    return [source.path for source in load_study(ROOT, wildcards.study).survey.files.values()]


def register_path(wildcards):
    """Return the raw file of a register."""
    return load_study(ROOT, wildcards.study).registers[wildcards.register].path


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


def link_extra(study, wildcards):
    """Return what linkage depends on besides leaves: registers, their programmes, and the seed."""
    excludes = {name: register.excludes for name, register in study.registers.items() if register.excludes}
    return programme_extra(study, wildcards) | {"excludes": excludes, "seed": study.seed}


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
