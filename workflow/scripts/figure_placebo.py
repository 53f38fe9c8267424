"""Draw the placebo effects, each marked as passed or failed."""

from dampak.figures.exhibit import write_exhibit
from dampak.figures.placebo import draw
from dampak.provenance.job import Job

with Job(snakemake) as job:
    figure, caption = draw(job.table("placebo"), job.table("effects"), job.settings)
    write_exhibit(figure, caption, job.path("png").with_suffix(""))
