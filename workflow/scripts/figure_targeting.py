"""Draw who receives each programme: deciles, concentration curves, errors."""

from dampak.figures.exhibit import write_exhibit
from dampak.figures.programmes.targeting import draw
from dampak.provenance.job import Job

with Job(snakemake) as job:
    figure, caption = draw(job.table("targeting"), job.table("concentration"), job.settings)
    write_exhibit(figure, caption, job.path("png").with_suffix(""))
