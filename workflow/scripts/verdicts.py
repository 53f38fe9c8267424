"""Turn effects, placebo gates and balance into a verdict per outcome."""

from dampak.estimate.stage import verdict_stage
from dampak.provenance.job import Job

with Job(snakemake) as job:
    job.write(verdict_stage(job.table("effects"), job.table("placebo"), job.table("balance"), job.settings))
