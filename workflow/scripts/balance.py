"""Measure covariate balance before and after, by method."""

from dampak.match.balance_stage import balance_stage
from dampak.provenance.job import Job

with Job(snakemake) as job:
    job.write(balance_stage(job.table("design"), job.table("scores"), job.table("weights"), job.settings))
