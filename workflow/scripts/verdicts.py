"""Turn effects, placebo gates and balance into a verdict per outcome."""

from dampak.estimate.verdict_stage import verdict_stage
from dampak.provenance.job import Job

with Job(snakemake) as job:
    effects, placebo, balance, robustness = map(job.table, ("effects", "placebo", "balance", "robustness"))
    job.write(verdict_stage(effects, placebo, balance, job.settings, robustness=robustness))
