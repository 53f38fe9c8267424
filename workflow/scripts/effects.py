"""Estimate every effect and placebo effect with its standard error."""

from dampak.estimate.stage import effects_stage, robustness_stage
from dampak.provenance.job import Job

with Job(snakemake) as job:
    design, outcomes, scores, pairs, weights = map(job.table, ("design", "outcomes", "scores", "pairs", "weights"))
    tables = effects_stage(design, outcomes, scores, pairs, weights, job.settings)
    job.write(tables | {"robustness": robustness_stage(design, outcomes, scores, job.settings)})
