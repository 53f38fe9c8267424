"""Judge every programme, outcome and area."""

from dampak.estimate.programmes.verdicts import programme_verdicts
from dampak.provenance.job import Job

NAMES = ("effects", "areas", "problems", "imbalance", "contamination")

with Job(snakemake) as job:
    job.write({"verdicts": programme_verdicts(job.tables(*NAMES), job.settings)})
