"""Estimate every effect and placebo effect with its standard error, and how firmly each stands."""

from dampak.estimate.robustness_stage import robustness_stage
from dampak.estimate.stage import effects_stage
from dampak.provenance.job import Job

with Job(snakemake) as job:
    data = [job.table(name) for name in ("design", "outcomes", "scores", "pairs", "weights")]
    tables = effects_stage(*data, job.settings)
    robustness = robustness_stage(*data, job.table("orders"), tables["effects"], job.settings)
    job.write(tables | {"robustness": robustness})
