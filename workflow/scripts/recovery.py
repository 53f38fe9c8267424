"""Hold the results of synthetic data against what is true of them."""

from dampak.provenance.job import Job
from dampak.synth.recovery import recovery_tables

NAMES = ("effects", "links", "poverty", "areas", "households", "true_effects", "true_links")

with Job(snakemake) as job:
    job.write(recovery_tables(job.tables(*NAMES), job.settings))
