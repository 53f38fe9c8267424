"""The job that stands where real files would: a synthetic population, its raw files, and what is true of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dampak.provenance.tables import write_table
from dampak.seeds import seed_of
from dampak.synth.identities import draw_identities, load_names
from dampak.synth.parameters import load_parameters, resized
from dampak.synth.population import draw_population
from dampak.synth.provinces import load_provinces, of_province
from dampak.synth.registers.dirt import load_dirt
from dampak.synth.registers.draw import draw_registers
from dampak.synth.registers.write import write_registers
from dampak.synth.survey import draw_survey
from dampak.synth.survey_files.files import write_survey_files
from dampak.synth.survey_files.settings import load_layout
from dampak.synth.truth import true_effects


def synthesise(settings: Mapping[str, Any], *, root: Path, outputs: Mapping[str, Path]) -> None:
    """Draw a population and a survey of it, and write survey files, registers and truth.

    With `province` and `territory` (its provinces) in the settings it is that province's share of them.

    Parameters
    ----------
    settings : mapping
        `synthetic`: parameters, seed, edition, households, survey_households (null: as the parameters say).
    root : Path
        The project's folder; parameters are in config/synth.
    outputs : mapping of str to Path
        `RAW_FILES` by name, and `true_effects`, `true_links`, `true_dirt`.
    """
    chosen = settings["synthetic"]
    seed = int(chosen["seed"])
    parameters = load_parameters(root, str(chosen["parameters"]))
    sizes = {name: int(chosen[name]) for name in ("households", "survey_households") if chosen[name] is not None}
    if sizes:
        parameters = resized(parameters, **sizes)
    if "province" in settings:
        province, among = str(settings["province"]), list(settings["territory"]["provinces"])
        parameters = of_province(parameters, province, load_provinces(root), among=among)
        seed = seed_of(seed, "province", province)
    population = draw_population(parameters, seed=seed)
    survey = draw_survey(population, parameters, seed=seed)
    identities = draw_identities(population, names=load_names(root).for_areas(parameters.areas), seed=seed)
    folder, layout = outputs["areas"].parent, load_layout(root)
    write_survey_files(
        survey,
        identities,
        parameters.areas,
        layout=layout,
        folder=folder,
        edition=chosen["edition"],
        seed=seed,
    )
    registers = draw_registers(
        population, identities, parameters, dirt=load_dirt(root), spellings=layout.dirt, seed=seed, names=set(outputs)
    )  # fmt: skip
    write_registers(registers, {name: outputs[name] for name in registers.tables})
    write_table(true_effects(population, survey), outputs["true_effects"])
    surveyed = registers.links.assign(
        surveyed=registers.links["household_id"].isin(survey.households["household_id"]).astype(int)
    )
    write_table(surveyed, outputs["true_links"])
    write_table(registers.dirt, outputs["true_dirt"])
