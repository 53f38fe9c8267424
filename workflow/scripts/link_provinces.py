"""Link the rows of all registers to the surveyed households, province by province."""

from dampak.match.linkage.stage import link_provinces
from dampak.provenance.job import Job

with Job(snakemake) as job:
    tables = job.tables("roster", "dropped", "rupiah", "households")
    job.write(link_provinces(job.paths("registers"), tables, job.settings))
