"""Execute a notebook of a study and print it as a page."""

from dampak.provenance.job import Job
from dampak.provenance.writing import write_atomically
from dampak.report.stage import notebook_stage

with Job(snakemake) as job:
    results, study = job.path("notebook").parents[2], snakemake.wildcards.study
    texts = notebook_stage(job.path("source"), results=results, study=study, settings=job.settings)
    for name, text in zip(("notebook", "page"), texts, strict=True):
        write_atomically(job.path(name), lambda path, text=text: path.write_text(text, encoding="utf-8"))
