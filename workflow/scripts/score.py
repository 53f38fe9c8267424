"""Estimate propensity scores and mark common support, without sight of any outcome."""

from dampak.match.stage import score_stage
from dampak.provenance.job import Job

with Job(snakemake) as job:
    job.write(score_stage(job.table("design"), job.settings))
