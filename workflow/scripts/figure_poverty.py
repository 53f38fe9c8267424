"""Draw by how much each programme lowers poverty, and what a rupiah closes of the poverty gap."""

from dampak.figures.exhibit import write_exhibit
from dampak.figures.programmes.poverty import draw
from dampak.provenance.job import Job

with Job(snakemake) as job:
    figure, caption = draw(job.table("poverty"), job.settings)
    write_exhibit(figure, caption, job.path("png").with_suffix(""))
