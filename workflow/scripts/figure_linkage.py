"""Draw match rate, expected precision and recall by register and area."""

from dampak.figures.exhibit import write_exhibit
from dampak.figures.programmes.linkage import draw
from dampak.provenance.job import Job

with Job(snakemake) as job:
    figure, caption = draw(job.table("linkage"), job.table("tiles"), job.settings)
    write_exhibit(figure, caption, job.path("png").with_suffix(""))
