"""Draw the verdict on every programme and outcome."""

from dampak.figures.exhibit import write_exhibit
from dampak.figures.programmes.verdicts import draw
from dampak.provenance.job import Job

with Job(snakemake) as job:
    figure, caption = draw(job.table("verdicts"), job.settings)
    write_exhibit(figure, caption, job.path("png").with_suffix(""))
