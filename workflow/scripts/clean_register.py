"""Clean one register of beneficiaries."""

from pathlib import Path

from dampak.clean.registers.files import clean_register_file
from dampak.provenance.job import Job

with Job(snakemake) as job:
    job.write(clean_register_file(job.settings, job.table("areas"), base_dir=Path.cwd(), key=job.key), exact=True)
