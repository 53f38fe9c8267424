"""Pair and weight treated and comparison units by every method of the study."""

from dampak.match.stage import match_stage
from dampak.provenance.job import Job

with Job(snakemake) as job:
    job.write(match_stage(job.table("design"), job.table("scores"), job.settings))
