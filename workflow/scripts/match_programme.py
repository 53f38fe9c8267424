"""Weight the units of one treatment, in every universe and subgroup."""

from dampak.match.programmes.stage import match_programme
from dampak.provenance.job import Job

with Job(snakemake) as job:
    tables = job.tables("households", "persons", "receipts")
    job.write(match_programme(snakemake.wildcards.treatment, **tables, settings=job.settings))
