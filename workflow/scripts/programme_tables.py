"""Stack the tables of all treatments."""

from dampak.estimate.programmes.stacked import stacked_tables
from dampak.provenance.job import Job

NAMES = ("effects", "areas", "problems", "balance", "imbalance", "support", "published")

with Job(snakemake) as job:
    job.write(stacked_tables(job.tables(*NAMES), job.settings))
