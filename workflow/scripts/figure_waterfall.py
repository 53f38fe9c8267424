"""Draw the match weights of sampled links."""

from dampak.figures.exhibit import write_exhibit
from dampak.figures.programmes.waterfall import draw
from dampak.provenance.job import Job

with Job(snakemake) as job:
    figure, caption = draw(job.table("waterfall"), job.settings)
    write_exhibit(figure, caption, job.path("png").with_suffix(""))
