"""Estimate every effect and placebo effect with its standard error."""

from dampak.estimate.stage import effects_stage
from dampak.provenance.job import Job

with Job(snakemake) as job:
    tables = [job.table(name) for name in ("design", "outcomes", "scores", "pairs", "weights")]
    job.write(effects_stage(*tables, job.settings))
