"""Draw every effect with its confidence interval, against the benchmark where there is one."""

from dampak.figures.effects import draw
from dampak.figures.exhibit import write_exhibit
from dampak.provenance.job import Job

with Job(snakemake) as job:
    figure, caption = draw(job.table("effects"), job.table("benchmark"), job.settings)
    write_exhibit(figure, caption, job.path("png").with_suffix(""))
