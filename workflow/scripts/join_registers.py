"""Hold the registers against each other, and account for every row of the study."""

from dampak.clean.registers.files import join_register_files
from dampak.provenance.job import Job

NAMES = ("table", "quarantine", "ledger", "notes", "rupiah", "survey_ledger", "survey_quarantine")

with Job(snakemake) as job:
    job.write(join_register_files(job.tables(*NAMES), job.settings), exact=True)
