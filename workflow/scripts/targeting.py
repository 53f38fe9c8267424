"""Measure who receives each programme, and which programmes reach the same households."""

from dampak.estimate.targeting.stage import targeting_stage
from dampak.provenance.job import Job

with Job(snakemake) as job:
    job.write(targeting_stage(job.tables("households", "outcomes", "receipts"), job.settings))
