"""Clean the raw sources of one study."""

from pathlib import Path

from dampak.clean.readers import read_source
from dampak.clean.study import clean_study
from dampak.provenance.job import Job

with Job(snakemake) as job:
    raw = {name: read_source(name, source, Path.cwd()) for name, source in job.settings["sources"].items()}
    job.write(clean_study(raw, job.settings), exact=True)
