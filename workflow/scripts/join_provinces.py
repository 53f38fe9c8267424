"""Find families that are listed in two provinces, and account for every row of the study."""

from dampak.clean.registers.provinces import join_provinces
from dampak.provenance.job import Job

NAMES = ("ledger", "quarantine", "notes", "rupiah", "survey_ledger", "survey_quarantine")

with Job(snakemake) as job:
    job.write(join_provinces(job.paths("registers"), job.tables(*NAMES), job.settings), exact=True)
