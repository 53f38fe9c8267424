"""Every contradiction in a study of programmes is answered by one sentence that names file, key and remedy."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from dampak.config.load import load_study
from dampak.config.programmes.study import ProgrammeStudy
from dampak.errors import ConfigError

ROOT = Path(__file__).resolve().parents[3]
FILE = "config/studies/pkh_jatim.yaml"
Load = Callable[[dict[str, Any]], ProgrammeStudy]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project's codebooks, and one more that names nobody."""
    root = tmp_path_factory.mktemp("project")
    for folder in ("config/studies", "config/codebooks"):
        (root / folder).mkdir(parents=True)
    for book in (ROOT / "config/codebooks").glob("*.yaml"):
        (root / "config/codebooks" / book.name).write_bytes(book.read_bytes())
    anonymous = {"title": "A list", "citation": "A list.", "variables": {"amount": {"type": "number"}}}
    (root / "config/codebooks/register_anonymous.yaml").write_text(yaml.safe_dump(anonymous))
    return root


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / FILE).read_text(encoding="utf-8"))
    return found | {"notebooks": []}


@pytest.fixture(scope="module")
def load(project: Path) -> Load:
    def run(changed: dict[str, Any]) -> ProgrammeStudy:
        (project / FILE).write_text(yaml.safe_dump(changed, sort_keys=False), encoding="utf-8")
        study = load_study(project, "pkh_jatim")
        assert isinstance(study, ProgrammeStudy)
        return study

    return run


def sentences(load: Load, changed: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(changed)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{FILE}: ") for line in lines)
    return [line.removeprefix(f"{FILE}: ") for line in lines]


def test_the_study_as_it_is_loads(load: Load, document: dict[str, Any]) -> None:
    study = load(document)
    assert study.name == "pkh_jatim"
    assert study.programmes[:2] == ["dtks", "pkh"]
    assert study.treatments["pkh"].receives == study.treatments["pkh"].comparison_without == ["pkh"]
    assert study.treatments["pkh_only"].comparison_without == ["pkh", "bpnt"]


CONTRADICTIONS = [
    "survey: areas: names a package; a survey file is named by `path`",
    "registers: persons: 'persons' is also the name of a survey file; give the register another name",
    "design: weight is missing; a household survey is weighted: name its weight",
    "registers: aspd: excludes: 'kabupaten_ad' is not a register (did you mean 'kabupaten_aid'?); the registers are ",
    "registers: bst: excludes: 'bst' is the register itself; remove it",
    *(
        f"treatments: wrong: {key}: no register lists the programme 'pkhh' (did you mean 'pkh'?); the programmes are"
        for key in ("receives", "not_receives", "comparison_without", "given", "adjust_for")
    ),
    "treatments: wrong: 'bpnt' is what the treated receive; remove it from not_receives, given and adjust_for",
    "treatments: wrong: 'pip' is what the treated receive; remove it from not_receives, given and adjust_for",
    "treatments: wrong: 'pkh' is what the treated receive; remove it from not_receives, given and adjust_for",
    "covariates: 'urban' is listed twice; remove one",
    "universes: households: 'head_age' is also a covariate; a covariate must be one that no programme has changed",
    "universes: wrong: the outcome 'computer' belongs to households already; give it another name",
    "universes: wrong: placebo_outcomes: 'car' is a covariate, which would explain it away; remove it from one of them",
    "universes: wrong: placebo_outcomes: 'gold' is a covariate, which would explain it away; remove it from",
    "universes: wrong: 'psu' is a name that dampak uses itself; give it another name",
    "universes: wrong: 'strata' is a name that dampak uses itself; give it another name",
    "gates: better: 'poorer' is not an outcome (did you mean 'poor'?); the outcomes are log_consumption",
    "poverty: effect_on: 'log_consumptions' is not an outcome (did you mean 'log_consumption'?); the outcomes are log_",
    "methods: 'ipw' is listed twice; remove one",
    "methods: optimal: optimal does not estimate 'ate' (it does: att, atc); remove the method, or change its estimand",
    "methods: did_dr: did_dr needs two rounds of a panel; remove the method",
    "methods: again: matching with replacement cannot honour `design: strata, psu`; use replace: false, ipw or entropy",
    "headline: 'entropy_balance' is not the label of a method (did you mean 'entropy_balancing'?); the labels are",
]


@pytest.fixture(scope="module")
def contradicted(load: Load, document: dict[str, Any]) -> list[str]:
    """All contradictions in one study: none may hide another."""
    d = copy.deepcopy(document)
    d["survey"]["areas"] = {"package": "causaldata", "file": "areas.csv", "codebook": "wilayah"}
    d["registers"]["persons"] = {"path": "persons.csv", "codebook": "register_pip"}
    d["registers"]["aspd"]["excludes"] = ["kabupaten_ad"]
    d["registers"]["bst"]["excludes"] = ["bst"]
    del d["design"]["weight"]
    d["treatments"]["wrong"] = {
        "receives": ["pkh", "bpnt", "pip", "pkhh"], "not_receives": ["pkhh", "bpnt"], "given": ["pip", "pkhh"],
        "comparison_without": ["pkhh"], "adjust_for": ["pkh", "pkhh"],
    }  # fmt: skip
    d["covariates"].append("urban")
    d["universes"]["households"]["outcomes"].append("head_age")
    d["universes"]["wrong"] = {
        "of": "persons", "covariates": ["strata = age", "gold"], "outcomes": ["psu = works", "computer"],
        "placebo_outcomes": ["car", "gold"],
    }  # fmt: skip
    d["gates"]["better"] = {"poorer": "less"}
    d["poverty"] = {"effect_on": "log_consumptions"}
    d["methods"] += [
        {"method": "ipw"}, {"method": "optimal", "estimand": "ate"}, {"method": "did_dr"},
        {"method": "nearest_1", "label": "again", "replace": True},
    ]  # fmt: skip
    d["headline"] = "entropy_balance"
    return sentences(load, d)


@pytest.mark.parametrize("sentence", CONTRADICTIONS)
def test_each_contradiction_has_its_sentence(contradicted: list[str], sentence: str) -> None:
    assert [line for line in contradicted if line.startswith(sentence)], "\n".join(contradicted)


def test_nothing_else_is_found_wrong(contradicted: list[str]) -> None:
    other = [line for line in contradicted if not line.startswith(tuple(CONTRADICTIONS))]
    assert other == [
        "treatments: wrong: 'pkhh' is what the treated receive; remove it from not_receives, given and adjust_for"
    ]
    assert len(contradicted) == len(CONTRADICTIONS) + 1


UNKNOWN = [
    ("aggregates: a_count", "agee", "age"),
    ("aggregates: a_share", "mal", "male"),
    ("aggregates: a_first", "pregnantt", "pregnant"),
    ("household_variables: early", "headage", "head_age"),
    ("covariates: urbn", "urbn", "urban"),
    ("covariates: log_floors", "floor_areas", "floor_area"),
    ("exact", "regions", "region"),
    ("design: psu", "psus", "psu"),
    ("subgroups: rich", "consumptions", "consumption"),
    ("treatments: pkh: among", "component", "components"),
    ("poverty: welfare", "consumptoin", "consumption"),
    ("poverty: line", "lines", "line"),
    ("poverty: size", "sise", "size"),
    ("person_variables: young", "schoolng", "schooling"),
    ("universes: children: keep", "agge", "age"),
    ("universes: children: covariates: mle", "mle", "male"),
    ("universes: adults: outcomes: wrks", "wrks", "works"),
    ("universes: households: outcomes: log_cars", "cars", "car"),
    ("universes: households: placebo_outcomes", "lnd", "land"),
]
REFUSED = [
    ("covariates: nik", "nik"),
    ("subgroups: of_name", "name"),
    ("universes: adults: outcomes: named", "kk"),
    ("aggregates: numbers", "nik"),
]


@pytest.fixture(scope="module")
def unfounded(load: Load, document: dict[str, Any]) -> list[str]:
    d = copy.deepcopy(document)
    d["aggregates"] |= {
        "a_count": {"count": "agee >= 6"}, "a_share": {"any": "mal == 1"},
        "a_first": {"of": "age", "where": "pregnantt == 1", "take": "first"}, "numbers": {"count": "nik != ''"},
    }  # fmt: skip
    d["household_variables"].insert(0, "early = headage + 1")
    d["covariates"] += ["urbn", "log_floors = log(floor_areas)", "nik"]
    d["exact"] = ["regions"]
    d["design"]["psu"] = "psus"
    d["subgroups"] |= {"rich": "consumptions > 1", "of_name": "name == 'SITI'"}
    d["treatments"]["pkh"]["among"] = "component > 0"
    d["poverty"] = {"welfare": "consumptoin", "line": "lines", "size": "sise"}
    d["person_variables"].insert(0, "young = schoolng == 'none'")
    d["universes"]["children"] |= {"keep": "agge >= 7", "covariates": ["age", "mle"]}
    d["universes"]["adults"]["outcomes"] = ["wrks", "named = kk != ''"]
    d["universes"]["households"]["outcomes"].append("log_cars = log(cars)")
    d["universes"]["households"]["placebo_outcomes"] = ["lnd"]
    d["registers"]["pip"]["codebook"] = "register_anonymous"
    return sentences(load, d)


@pytest.mark.parametrize(("key", "variable", "meant"), UNKNOWN)
def test_a_variable_that_there_is_not_is_named_with_its_key(
    unfounded: list[str], key: str, variable: str, meant: str
) -> None:
    assert f"{key}: there is no variable {variable!r} (did you mean {meant!r}?)" in unfounded, "\n".join(unfounded)


@pytest.mark.parametrize(("key", "variable"), REFUSED)
def test_a_personal_variable_is_refused_wherever_it_is_used(unfounded: list[str], key: str, variable: str) -> None:
    assert f"{key}: {variable!r} is personal and may not leave cleaning; use another variable" in unfounded


def test_a_register_that_names_nobody_cannot_be_linked_and_nothing_else_is_wrong(unfounded: list[str]) -> None:
    nobody = "registers: pip: its codebook has none of nik, kk, name, by which rows are linked; add one"
    assert nobody in unfounded
    assert len(unfounded) == len(UNKNOWN) + len(REFUSED) + 1, "\n".join(unfounded)


def test_a_definition_may_use_only_those_before_it(load: Load, document: dict[str, Any]) -> None:
    d = copy.deepcopy(document)
    d["household_variables"] = [*d["household_variables"][1:], d["household_variables"][0], "late = log_size"]
    load(d)
    d["household_variables"].reverse()
    found = sentences(load, d)
    assert any(line.startswith("household_variables: late: there is no variable 'log_size'") for line in found)


def test_romano_wolf_is_refused_where_outcomes_are_of_different_units(load: Load, document: dict[str, Any]) -> None:
    for choice in ("holm", "anderson_q"):
        assert load(document | {"multiplicity": choice}).multiplicity == choice
    # `sentences` asserts that each names the file.
    assert sentences(load, document | {"multiplicity": "romano_wolf"}) == [
        "multiplicity: 'romano_wolf' is not a choice; use holm or anderson_q"
    ]


@pytest.mark.parametrize(
    ("aggregate", "sentence"),
    [
        (
            {"count": "age > 6", "any": "age > 6"},
            "give one of `count`, `any`, or `of` with `take`; it gives count, any",
        ),
        ({"take": "first"}, "give one of `count`, `any`, or `of` with `take`; it gives nothing"),
        ({"of": "age"}, "`of` and `take` belong together; give both or neither"),
        (
            {"count": "age > 6", "where": "male == 1"},
            "`where` belongs to `of`; put the condition into `count` or `any`",
        ),
    ],
)
def test_an_aggregate_has_one_meaning(
    load: Load, document: dict[str, Any], aggregate: dict[str, str], sentence: str
) -> None:
    found = sentences(load, document | {"aggregates": document["aggregates"] | {"wrong": aggregate}})
    assert len(found) == 1
    assert found[0].startswith("aggregates: wrong: ") and sentence in found[0]


def test_registers_of_which_some_come_in_a_file_per_province_are_refused(load: Load, document: dict[str, Any]) -> None:
    d = copy.deepcopy(document)
    d["registers"]["pkh"]["path"] = "raw/{province}/pkh.xlsx"
    (sentence,) = sentences(load, d)
    assert sentence.startswith("registers: dtks: path has no {province}, that of pkh has; registers are cleaned")
    assert "divide this one too, or join the files of the others" in sentence


def test_provinces_stand_in_order_and_each_once(load: Load, document: dict[str, Any]) -> None:
    d = copy.deepcopy(document)
    d["territory"]["provinces"] = ["36", "35"]
    assert sentences(load, d) == ["territory: provinces: codes must rise, each once; sort them"]


def test_a_path_with_a_province_is_a_file_for_each(load: Load, document: dict[str, Any]) -> None:
    d = copy.deepcopy(document)
    d["territory"]["provinces"] = ["35", "36"]
    d["survey"]["persons"]["path"] = "raw/{province}/kor_ind.dta"
    study = load(d)
    assert study.files_of("persons") == ["raw/35/kor_ind.dta", "raw/36/kor_ind.dta"]
    # The registers are one file each, so they are not cleaned province by province.
    assert study.files_of("pkh") == [document["registers"]["pkh"]["path"]] and study.provinces == []
    for register in d["registers"].values():
        register["path"] = register["path"].replace("raw/", "raw/{province}/")
    assert load(d).provinces == ["35", "36"]
