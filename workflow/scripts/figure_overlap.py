"""Draw how far the propensity scores of treated and comparison units overlap."""

from dampak.figures.exhibit import write_exhibit
from dampak.figures.overlap import draw
from dampak.provenance.job import Job

with Job(snakemake) as job:
    figure, caption = draw(job.table("design"), job.table("scores"), job.settings)
    write_exhibit(figure, caption, job.path("png").with_suffix(""))
