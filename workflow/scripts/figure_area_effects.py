"""Draw the effect of one programme in every kabupaten/kota, before and after partial pooling."""

from dampak.figures.exhibit import write_exhibit
from dampak.figures.programmes.area_effects import draw
from dampak.provenance.job import Job

with Job(snakemake) as job:
    figure, caption = draw(job.table("effects_by_area"), job.table("tiles"), job.settings)
    write_exhibit(figure, caption, job.path("png").with_suffix(""))
