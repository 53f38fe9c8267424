"""Draw covariate balance before and after, by method."""

from dampak.figures.exhibit import write_exhibit
from dampak.figures.love import draw
from dampak.provenance.job import Job

with Job(snakemake) as job:
    figure, caption = draw(job.table("balance"), job.table("effects"), job.settings)
    write_exhibit(figure, caption, job.path("png").with_suffix(""))
