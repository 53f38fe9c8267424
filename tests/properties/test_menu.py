"""The properties ask every method that a study can name, and of samples that do not refuse them."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import pytest

from dampak.config.methods import FAMILIES, SUPPORTED_ESTIMANDS
from tests.properties.chain import run
from tests.properties.menu import LEARNERS, MENU, menu
from tests.properties.strategies import DESIGNS, a_sample


def choices(annotation: Any) -> set[Any]:
    """Values that an option may take, where they are named."""
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    return {value for part in get_args(annotation) for value in choices(part)}


def test_every_family_is_asked_for_every_estimand_and_with_every_choice_that_it_names() -> None:
    asked = [*MENU, *LEARNERS]
    assert {(m["method"], m["estimand"]) for m in MENU} == {
        (family, estimand) for family, estimands in SUPPORTED_ESTIMANDS.items() for estimand in estimands
    }
    # Of nearest neighbours, three families share their options.
    shared = ("nearest_1", "nearest_1_caliper", "nearest_5_bias_adjusted")
    for family in FAMILIES:
        name = str(get_args(family.model_fields["method"].annotation)[0])
        mine = [m for m in asked if m["method"] in (shared if name in shared else (name,))]
        for option, field in family.model_fields.items():
            if option not in ("method", "estimand"):
                used = {m[option] for m in mine if option in m and not isinstance(m[option], dict | list)}
                assert choices(field.annotation) <= used, (name, option, choices(field.annotation) - used)


def test_every_option_is_asked_in_another_way_than_its_default() -> None:
    defaults = {"label", "method", "estimand"}
    for family in FAMILIES:
        for option, field in family.model_fields.items():
            values = [m[option] for m in (*MENU, *LEARNERS) if option in m]
            assert option in defaults or any(value != field.get_default(call_default_factory=True) for value in values)


@pytest.mark.parametrize(("kind", "tied"), [*zip(DESIGNS, (True, False, True, False), strict=True)])
def test_samples_are_what_they_are_said_to_be_and_few_methods_refuse_them(kind: str, tied: bool) -> None:
    sample = a_sample(1, kind=kind, tied=tied, exact=True, n=120)
    tables = run(sample, menu(sample))
    scores = tables["scores"]["propensity"]
    assert scores.duplicated().any() == tied
    assert 0.2 < sample.design["treatment"].mean() < 0.8 and scores.between(0.02, 0.98).all()
    refused = set(tables["refused"]["method"]) if "refused" in tables else set()
    # Cells of three covariates in Sturges' number of bins are small.
    assert {label.split("_")[0] for label in refused} <= {"cem"}
    assert len(tables["effects"]) == len(menu(sample)) - len(refused)
