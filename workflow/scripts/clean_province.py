"""Clean all registers of one province."""

from pathlib import Path

from dampak.clean.registers.provinces import clean_province
from dampak.provenance.job import Job

with Job(snakemake) as job:
    job.write(clean_province(job.settings, job.table("areas"), base_dir=Path.cwd(), key=job.key), exact=True)
