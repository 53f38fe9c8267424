"""Clean the table of areas, which registers and survey both need."""

from pathlib import Path

from dampak.clean.survey.areas import clean_areas_file
from dampak.provenance.job import Job

with Job(snakemake) as job:
    job.write(clean_areas_file(job.settings, base_dir=Path.cwd()), exact=True)
