"""What the jobs of a programme study are told: matching knows no outcome, figures know what they print."""

from pathlib import Path
from typing import Any

import pytest

from dampak.config.load import load_study
from dampak.config.programmes.study import ProgrammeStudy
from dampak.config.programmes.variables import analysis_settings, printed_settings, split_settings

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def study() -> ProgrammeStudy:
    found = load_study(ROOT, "pkh_jatim")
    assert isinstance(found, ProgrammeStudy)
    return found


def words(value: Any) -> set[str]:
    """Every key and text in nested settings."""
    if isinstance(value, dict):
        return set(value) | {word for entry in value.values() for word in words(entry)}
    if isinstance(value, list):
        return {word for entry in value for word in words(entry)}
    return {str(value)}


def outcomes_of(study: ProgrammeStudy) -> set[str]:
    return {term.name for universe in study.universes.values() for term in universe.outcomes}


def placebos_of(study: ProgrammeStudy) -> set[str]:
    return {name for universe in study.universes.values() for name in universe.placebo_outcomes}


def test_the_match_stage_of_no_treatment_is_told_an_outcome(study: ProgrammeStudy) -> None:
    for treatment in study.treatments:
        told = words(analysis_settings(study, treatment, outcomes=False))
        assert not told & (outcomes_of(study) | placebos_of(study) | {"outcomes", "placebo_outcomes"}), treatment


def test_the_effects_stage_is_told_the_same_and_the_outcomes(study: ProgrammeStudy) -> None:
    blind, seeing = (analysis_settings(study, "pkh", outcomes=flag) for flag in (False, True))
    for name, about in seeing["universes"].items():
        names = [term["name"] for term in about.pop("outcomes")]
        assert names == [term.name for term in study.universes[name].outcomes]
        assert about.pop("placebo_outcomes") == study.universes[name].placebo_outcomes
    assert seeing == blind


def test_a_treatment_is_told_of_its_own_programmes_only_and_of_no_label(study: ProgrammeStudy) -> None:
    told = analysis_settings(study, "pkh_plus", outcomes=True)
    assert told["programmes"] == ["bpnt", "pkh", "pkh_plus"]
    assert list(told["treatments"]) == ["pkh_plus"]
    assert "label" not in words(told)
    assert told["path"] == "config/studies/pkh_jatim.yaml"
    assert told["survey"] == {"household_id": "household_id", "person_number": "number"}


def test_design_and_outcomes_share_no_variable(study: ProgrammeStudy) -> None:
    split = split_settings(study)
    for of in ("households", "persons"):
        assert not set(split[of]["design"]) & set(split[of]["outcomes"])
        assert split[of]["design"] == sorted(set(split[of]["design"]))
    households = set(split["households"]["design"])
    assert {"weight", "stratum", "psu", "kab_code", "size", "region", "components", "pupils"} <= households
    assert {"consumption", "line", "land", "poor", "computer"} <= set(split["households"]["outcomes"])
    assert {"age", "male", "birth_last_two_years"} <= set(split["persons"]["design"])
    assert {"attends_school", "works"} <= set(split["persons"]["outcomes"])


def test_figures_print_every_treatment_and_outcome_in_order_of_the_study(study: ProgrammeStudy) -> None:
    printed = printed_settings(study)
    assert [entry["name"] for entry in printed["programmes"]] == list(study.treatments)
    assert {"name": "bpnt", "label": "BPNT/Sembako"} in printed["programmes"]
    names = [entry["name"] for entry in printed["outcomes"]]
    assert set(names) == outcomes_of(study)
    households = [term.name for term in study.universes["households"].outcomes]
    assert names[: len(households)] == households
    assert printed["area_effects"] == {"treatment": "pkh", "outcome": "log_consumption"}


def test_registered_programmes_are_those_of_registers_and_no_combination(study: ProgrammeStudy) -> None:
    registered = printed_settings(study)["registered"]
    asked = [name for name in study.programmes if name in study.treatments]
    assert [entry["name"] for entry in registered] == asked and "dtks" not in asked
    assert "pkh_only" not in {entry["name"] for entry in registered}
    assert {"name": "pkh", "label": "PKH"} in registered


def test_universes_of_persons_are_printed_after_households_wherever_they_stand(study: ProgrammeStudy) -> None:
    turned = study.model_copy(update={"universes": dict(reversed(study.universes.items()))})
    names = [entry["name"] for entry in printed_settings(turned)["outcomes"]]
    assert names[0] == "log_consumption" and names[-1] == "attends_school"


@pytest.mark.parametrize(
    ("imputations", "headline"),
    [(5, "entropy_balancing_imputed"), (2, "entropy_balancing_imputed"), (1, "entropy_balancing")],
)
def test_the_printed_headline_is_the_one_that_decides(study: ProgrammeStudy, imputations: int, headline: str) -> None:
    linkage = study.linkage.model_copy(update={"imputations": imputations})
    printed = printed_settings(study.model_copy(update={"linkage": linkage}))
    assert printed["headline"] == headline
    labels = [entry["label"] for entry in printed["methods"]]
    assert labels == [*(m.label for m in study.methods), *(["entropy_balancing_imputed"] if imputations > 1 else [])]
    assert {"label": headline, "method": "entropy_balancing"} in printed["methods"]
