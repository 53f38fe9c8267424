"""Clean the files of the household survey; outcomes go to files of their own."""

from pathlib import Path

from dampak.clean.survey.stage import clean_survey_files
from dampak.provenance.job import Job

with Job(snakemake) as job:
    job.write(clean_survey_files(job.settings, base_dir=Path.cwd(), key=job.key), exact=True)
