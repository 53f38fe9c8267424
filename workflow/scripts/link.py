"""Link the rows of all registers to the surveyed households."""

from dampak.match.linkage.stage import link_stage
from dampak.provenance.job import Job

with Job(snakemake) as job:
    job.write(link_stage(job.tables("roster", "registers", "rupiah", "households"), job.settings))
