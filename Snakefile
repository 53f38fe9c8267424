"""dampak: from raw surveys and beneficiary registers to a checkable verdict. See README.md."""

from snakemake.utils import min_version

from dampak.provenance.snakefile import remember_lock

min_version("9.10")


include: "workflow/rules/common.smk"
include: "workflow/rules/programmes.smk"
include: "workflow/rules/synth.smk"
include: "workflow/rules/clean.smk"
include: "workflow/rules/match.smk"
include: "workflow/rules/estimate.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        [study_outputs(study) for study in DEFAULT_STUDIES],


# `snakemake nsw_cps` builds one study.
for study in STUDIES:
    if study in {rule.name for rule in workflow.rules}:
        raise WorkflowError(f"config/studies/{study}.yaml: a rule is called '{study}'; give the study another name")

    rule:
        name:
            study
        input:
            study_outputs(study),


# Snakemake's memory is derived from dampak.lock: what is stale is decided there.
checked(remember_lock)(workflow, wildcard_values)
