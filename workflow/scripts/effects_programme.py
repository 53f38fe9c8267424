"""Estimate all effects of one treatment."""

from dampak.estimate.programmes.effects import programme_effects
from dampak.provenance.job import Job

NAMES = ("households", "persons", "receipts", "household_outcomes", "person_outcomes", "scores", "weights", "problems")

with Job(snakemake) as job:
    job.write(programme_effects(snakemake.wildcards.treatment, job.tables(*NAMES), job.settings))
