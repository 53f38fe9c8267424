"""Draw which programmes reach the same households."""

from dampak.figures.exhibit import write_exhibit
from dampak.figures.programmes.overlaps import draw
from dampak.provenance.job import Job

with Job(snakemake) as job:
    figure, caption = draw(job.table("overlaps"), job.settings)
    write_exhibit(figure, caption, job.path("png").with_suffix(""))
