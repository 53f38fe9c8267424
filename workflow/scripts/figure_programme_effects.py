"""Draw the effect of every programme on every household outcome, beside the naive difference."""

from dampak.figures.exhibit import write_exhibit
from dampak.figures.programmes.effects import draw
from dampak.provenance.job import Job

with Job(snakemake) as job:
    figure, caption = draw(job.table("effects"), job.table("published"), job.settings)
    write_exhibit(figure, caption, job.path("png").with_suffix(""))
