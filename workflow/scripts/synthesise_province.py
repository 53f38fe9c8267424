"""Draw the synthetic population of one province and write its raw files, and what is true of it."""

from pathlib import Path

from dampak.provenance.job import Job
from dampak.synth.stage import synthesise

with Job(snakemake) as job:
    synthesise(job.settings, root=Path.cwd(), outputs={name: Path(path) for name, path in snakemake.output.items()})
