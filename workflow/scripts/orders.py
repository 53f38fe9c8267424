"""Repeat greedy matching in other orders and with ties broken at random, without sight of any outcome."""

from dampak.match.stage import orders_stage
from dampak.provenance.job import Job

with Job(snakemake) as job:
    job.write(orders_stage(job.table("design"), job.table("scores"), job.settings))
