"""What all rules need: the studies, their stamped settings, their targets."""

from pathlib import Path

from dampak.config.draws import seed_if_drawn
from dampak.config.load import load_settings, load_study, studies_by_kind, study_names
from dampak.config.stage_settings import citations, labels, leaves, source_settings
from dampak.errors import DampakError
from dampak.provenance.graph import wildcard_sets
from dampak.provenance.sources import missing_sources, package_hashes, source_files
from dampak.provenance.stamp import stamp

ROOT = Path(workflow.basedir)
TABLES = ("balance", "dropped", "frontier", "support", "effects", "placebo", "sensitivity", "verdicts", "ledger")
FIGURES = ("overlap", "love", "effects", "placebo")
FORMATS = ("png", "svg", "pdf")


def checked(function):
    """Turn a sentence for the user into Snakemake's own error, without a trace."""

    def call(*arguments):
        try:
            return function(*arguments)
        except DampakError as error:
            raise WorkflowError(str(error)) from None

    return call


load_study = checked(load_study)
DEFAULT_STUDIES = checked(load_settings)(ROOT)["default_studies"]
STUDIES = study_names(ROOT)
# Patterns of the wildcard `study`, for rules that belong to studies of one kind only (see `studies_by_kind`).
KINDS = {kind: "|".join(names) or "-" for kind, names in studies_by_kind(ROOT).items()}
ONE_TREATMENT, PROGRAMMES = KINDS["one_treatment"], KINDS["programmes"]


wildcard_constraints:
    study="[a-z][a-z0-9_]*",
    treatment="[a-z][a-z0-9_]*",
    register="[a-z][a-z0-9_]*",
    province="[0-9]{2}",


def stamped(script, *names, extra=None, notebook=None):
    """Return the `stamp` param for one rule, made of the named config leaves, `extra(study, wildcards)`, and the code of its script.

    `notebook` is the path pattern of a notebook that the script executes, whose code counts as well.
    """

    def of(wildcards):
        study = load_study(ROOT, wildcards.study)
        settings = _joined(leaves(study, *names), checked(extra)(study, wildcards) if extra else {})
        executed = [notebook.format(**wildcards)] if notebook else []
        return checked(stamp)(settings, ROOT, f"workflow/scripts/{script}.py", *executed)

    return of


def _joined(settings, more):
    """Return settings with more of them; a leaf and an extra may fill one mapping together (`gates.treated`)."""
    return settings | {
        key: settings[key] | value if isinstance(settings.get(key), dict) and isinstance(value, dict) else value
        for key, value in more.items()
    }


def wildcard_values(name):
    """Return the values that each wildcard takes in a study."""
    study = load_study(ROOT, name)
    values = {"study": [name], "notebook": study.notebooks}
    if name in PROGRAMMES.split("|"):
        values |= {
            "treatment": list(study.treatments),
            "register": list(study.registers),
            "province": study.provinces,
        }
    return values


def study_outputs(name):
    """Return a function that lists every output of a study, so that a broken study disturbs no other."""

    def of(wildcards):
        checked(missing_sources)(ROOT, load_study(ROOT, name))
        values = wildcard_values(name)
        return [
            output
            for rule in workflow.rules
            for chosen in wildcard_sets(rule, values)
            for output in rule.expand_output(chosen)[0]
        ]

    return of


def benchmark_effects(wildcards):
    """Return the effects of the study that this one is held against, if it names one."""
    benchmark = load_study(ROOT, wildcards.study).benchmark
    return [f"results/{benchmark.study}/tables/effects.csv"] if benchmark else []


def raw_files(wildcards):
    """Return the raw files that a study names by path."""
    return source_files(load_study(ROOT, wildcards.study))


def seed_of_draws(stage):
    """Return a function that gives a stage the seed of a study, where it draws at random."""
    return lambda study, wildcards: seed_if_drawn(study, stage)


def clean_extra(study, wildcards):
    """Return what cleaning depends on besides the study's own leaves: codebooks, and the bytes of packaged data."""
    return {
        "path": f"config/studies/{study.name}.yaml",
        "sources": source_settings(ROOT, study),
        "package_hashes": package_hashes(study),
    }


def figure_files(name):
    """Return the named output files of a figure: each format, and its caption."""
    return {suffix: f"results/{{study}}/figures/{name}.{suffix}" for suffix in (*FORMATS, "txt")}


def figure_extra(study, wildcards):
    """Return what figures print from the codebooks."""
    return {"labels": labels(ROOT, study), "citations": citations(ROOT, study)}
