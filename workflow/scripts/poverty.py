"""Measure poverty with and without every programme."""

from dampak.estimate.poverty.stage import poverty_stage
from dampak.provenance.job import Job

with Job(snakemake) as job:
    job.write(poverty_stage(job.tables("households", "outcomes", "receipts", "effects"), job.settings))
