"""Every mistake in a study is answered by one sentence that names file, key and remedy."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dampak.config.load import load_study
from dampak.errors import ConfigError

FILE = "config/studies/cash.yaml"
Edit = Callable[..., None]

MISTAKES = [
    # what is written, in place of what, and the sentence after the file's name
    ("covariates:", "covariats:", "covariats: unknown key; did you mean 'covariates'?"),
    ("headline:", "language: en\nheadlin:", "headlin: unknown key; did you mean 'headline'?"),
    ("path:", "pth:", "sources: survey: pth: unknown key; did you mean 'path'?"),
    ("{method: nearest_1_caliper}", "{method: nearest_1_caliper, calipre: 0.1}",
     "methods: entry 2 (nearest_1_caliper): calipre: unknown key; did you mean 'caliper'?"),
    ("{method: regression}", "{method: regresion}",
     "methods: entry 1: there is no method 'regresion'"),
    ("{method: regression}", "{label: regression}", "methods: entry 1: the key 'method' is missing; add it"),
    ("{method: regression}", "regression", "methods: entry 1: "),
    ("headline: regression", "headline: regresion",
     "headline: 'regresion' is not the label of a method"),
    ("outcomes: [pcexp]\n", "", "outcomes: the key is missing; add it (variables that the treatment may have changed)"),
    ("covariates: [age,", "covariates: [age, pcexp,",
     "covariates: 'pcexp' is also an outcome; a covariate must be measured before treatment"),
    ("covariates: [age,", "covariates: [age, rich = log(pcexp),",
     "covariates: 'rich = log(pcexp)' uses the outcome 'pcexp'; a covariate must be measured before treatment"),
    ("outcomes: [pcexp]", "outcomes: [young = age < 30]",
     "covariates: 'age' shares its variables with the outcome 'young = age < 30'; a covariate must be measured"),
    ("covariates: [age,", "covariates: [age, cash,", "covariates: 'cash' uses the treatment 'cash'; remove it"),
    ("covariates: [age,", "covariates: [age, got = cash == 1,",
     "covariates: 'got = cash == 1' uses the treatment 'cash'; remove it"),
    ("covariates: [age,", "covariates: [age, age,", "covariates: 'age' is listed twice; remove one"),
    ("covariates: [age,", "covariates: [strata = age,",
     "covariates: 'strata' is a name that dampak uses itself; write 'strata_x = age'"),
    ("covariates: [age,", "covariates: [age == 3,", "covariates: entry 1: 'age == 3' needs a name; write"),
    ("covariates: [age,", "covariates: [old = age >,", "covariates: entry 1: expression: 'age >' is not an expression"),
    ("covariates: [age,", "covariates: [old =,", "covariates: entry 1: 'old =' has nothing after '='"),
    ("covariates: [age,", "covariates: [old: age > 60,", "covariates: entry 1: a definition is written with '='"),
    ("covariates: [age,", "covariates: [7,", "covariates: entry 1: expected a variable or a definition, got 7"),
    ("covariates: [age,", "covariates: [aeg,",
     "covariates: 'aeg' is not a variable of codebook survey (did you mean 'age'?)"),
    ("without: [before, poor]", "without: [before, poor, sise]",
     "placebo_outcomes: before: without: 'sise' is not a covariate"),
    ("without: [before, poor]", "without: [before]",
     "placebo_outcomes: before: without: 'poor' is made from 'before' and would explain it away; add it to without"),
    ("without: [before, poor]", "without: [poor]",
     "placebo_outcomes: before: without: 'before' is the placebo outcome itself and would explain it away"),
    ("without: [before, poor]", "without: [age, log_size, before, poor]",
     "placebo_outcomes: before: without: leaves no covariate"),
    ("{outcome: before, without: [before, poor]}", "{outcome: poor, without: [poor]}",
     "placebo_outcomes: poor: without: 'before' shares its variables with 'poor' and would explain it away"),
    ("{outcome: before", "{outcome: pcexp", "placebo_outcomes: pcexp: is also an outcome; a placebo outcome must"),
    ("{method: regression}, {method: nearest_1_caliper}", "{method: regression}, {method: regression}",
     "methods: the label 'regression' is used twice; give one of them another `label`"),
    ("{method: nearest_1_caliper}", "{method: nearest_1_caliper, ratio: 3}",
     "methods: entry 2 (nearest_1_caliper): ratio 3 contradicts the name; give it a `label`"),
    ("{method: nearest_1_caliper}", "{method: nearest_1_caliper, ratio: 0}",
     "methods: entry 2 (nearest_1_caliper): ratio: 0 is out of range; write a value at least 1"),
    ("{method: nearest_1_caliper}", "{method: nearest_1_caliper, caliper: wide}",
     "methods: entry 2 (nearest_1_caliper): caliper: expected a number, got 'wide'"),
    ("{method: nearest_1_caliper}", "{method: nearest_1_caliper, order: larges}",
     "methods: entry 2 (nearest_1_caliper): order: 'larges' is not a choice"),
    ("headline:", "estimands: [ate]\nheadline:",
     "methods: entry 2 (nearest_1_caliper): nearest_1_caliper does not estimate 'ate' (it does: att, atc)"),
    ("headline:", "estimands: [atx]\nheadline:", "estimands: entry 1: 'atx' is not a choice"),
    ("headline:", "alpha: 5\nheadline:", "alpha: 5 is out of range; write a value below 0.5"),
    ("headline:", "seed: many\nheadline:", "seed: expected a whole number, got 'many'"),
    ("headline:", "exact: kab\nheadline:", "exact: expected a list, got 'kab'; write '[a, b]'"),
    ("headline:", "exact: [pcexp]\nheadline:", "exact: 'pcexp' is also an outcome; an exact stratum must be known"),
    ("headline:", "exact: [kabb]\nheadline:",
     "exact: 'kabb' is not a variable of codebook survey (did you mean 'kab'?)"),
    ("headline:", "design: {weight: wgt}\nheadline:", "design: weight: 'wgt' is not a variable of codebook survey"),
    ("headline:", "unit_id: nick\nheadline:",
     "unit_id: 'nick' is not a variable of codebook survey (did you mean 'nik'?)"),
    ("headline:", "support: {rule: minmax, trim: 0.2}\nheadline:",
     "support: trim has no effect under the rule 'minmax'"),
    ("headline:", "notebooks: [stori]\nheadline:",
     "notebooks: notebooks/stori.ipynb does not exist (did you mean 'story'?)"),
    ("headline:", "benchmark: {study: trail, method: regression}\nheadline:",
     "benchmark: study: config/studies/trail.yaml does not exist (did you mean 'trial'?)"),
    ("headline:", "benchmark: {study: cash, method: regression}\nheadline:",
     "benchmark: study: names the study itself"),
    ("headline:", "benchmark: {study: trial, method: ipw}\nheadline:",
     "benchmark: method: 'ipw' is not the label of a method of trial; its labels are regression, nearest_1_caliper"),
    ("codebook: survey", "codebook: surwey",
     "sources: survey: codebook: config/codebooks/surwey.yaml does not exist (did you mean 'survey'?)"),
    ("path: data/survey.csv, ", "", "sources: survey: does not say where the data are; add `path`, or `package`"),
    ("path: data/survey.csv", "path: a.csv, package: b, file: c", "sources: survey: gives both a path and a package"),
    ("path: data/survey.csv", "path: a.csv, options: {delimeter: ;}",
     "sources: survey: options: delimeter: unknown key; did you mean 'delimiter'?"),
    ("path: data/survey.csv", "path: a.csv, keep: age >", "sources: survey: keep: 'age >' is not an expression"),
    ("path: data/survey.csv", "path: a.csv, keep: aged > 3", "sources: survey: keep: 'aged' is not a variable of"),
    ("{column: cash}", "{column: cash, treated: true}", "treatment: treated: expected a number or text, got True"),
    ("{column: cash}", "{column: cash, treated: 0}", "treatment: treated and comparison are both 0"),
    ("{column: cash}", "cash", "treatment: expected keys with values such as column, treated"),
    ("{column: cash}", "{}", "treatment: column: the key is missing; add it"),
    ("path: data/survey.csv", "path: a.csv, options: {sheet: [1]}",
     "sources: survey: options: sheet: expected a whole number or text, got [1]"),
    ("covariates: [age,", "covariates: [nik,", "covariates: 'nik' is personal in codebook survey and may not leave"),
    ("headline:", "unit_id: nik\nheadline:", "unit_id: 'nik' is personal in codebook survey and may not leave"),
    ("headline:", "estimands: [att, atc]\nheadline:", "estimands: at most 1 expected, got 2: ['att', 'atc']"),
    ("title: A cash transfer", "title:", "title: expected text, got nothing; put it in quotes"),
    ("title: A cash transfer", "title: 2020", "title: expected text, got 2020; put it in quotes"),
    ("title: A cash transfer", "title: A: cash transfer",
     "line 1, column 9: mapping values are not allowed in this context; put text that holds a colon in quotes"),
    ("title: A cash transfer", "title: a\ntitle: b",
     "line 2: the key 'title' appears twice (first on line 1); remove one"),
    ("title: A cash transfer", "\ttitle: a", "indent with blanks, not tabs"),
    ("{column: cash}", "{column: cash, column: cash}", "the key 'column' appears twice"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence"), MISTAKES, ids=lambda text: text[:40])
def test_a_mistake_gets_one_sentence(root: Path, edit: Edit, old: str, new: str, sentence: str) -> None:
    edit(old, new)
    with pytest.raises(ConfigError) as raised:
        load_study(root, "cash")
    lines = str(raised.value).splitlines()
    assert all(line.startswith(f"{FILE}: ") for line in lines)
    assert [line for line in lines if sentence in line], lines
    assert "pydantic" not in str(raised.value) and str(root) not in str(raised.value)


def test_the_study_before_the_mistakes_is_right(root: Path) -> None:
    assert load_study(root, "cash").name == "cash"


def test_a_single_mistake_gives_a_single_line(root: Path, edit: Edit) -> None:
    edit("covariates: [age,", "covariates: [age, pcexp,")
    with pytest.raises(ConfigError) as raised:
        load_study(root, "cash")
    assert str(raised.value) == (
        f"{FILE}: covariates: 'pcexp' is also an outcome; a covariate must be measured before treatment"
    )


def test_several_mistakes_give_one_line_each(root: Path, edit: Edit) -> None:
    edit("headline:", "alpha: much\nseed: -1\nheadline:")
    edit("path:", "pth:")
    with pytest.raises(ConfigError) as raised:
        load_study(root, "cash")
    keys = [line.removeprefix(f"{FILE}: ").split(":")[0] for line in str(raised.value).splitlines()]
    assert keys == ["sources", "alpha", "seed"]


def test_an_unknown_study_lists_those_there_are(root: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"there is no study 'cahs' \(did you mean 'cash'\?\); the studies are cash, trial"
    ):
        load_study(root, "cahs")


def test_a_study_with_the_wrong_ending_is_found(root: Path) -> None:
    (root / "config/studies/other.yml").write_text("")
    with pytest.raises(ConfigError, match=r"other\.yml: has the wrong ending; rename it to other\.yaml"):
        load_study(root, "other")


def test_a_broken_benchmark_is_named_as_such(root: Path, edit: Edit) -> None:
    edit("headline:", "benchmark: {study: trial, method: regression}\nheadline:")
    edit("headline: regression", "headline: x", file="config/studies/trial.yaml")
    with pytest.raises(ConfigError, match=r"cash\.yaml: benchmark: study: 'trial' has a problem of its own"):
        load_study(root, "cash")


def test_a_gain_may_be_an_outcome_beside_its_baseline(root: Path, edit: Edit) -> None:
    edit("outcomes: [pcexp]", "outcomes: [gain = pcexp - before]")
    assert load_study(root, "cash").outcomes[0].uses == {"pcexp", "before"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty; write the keys that config/README.md lists"),
        (b"- a\n", "holds a list, keys with values were expected"),
        (b"title: \xff\n", "is not UTF-8 text (byte 8); save it as UTF-8"),
        (b"a: 1\n---\nb: 1\n", "keep one document per file"),
        (b"a: [1\n", "line 2"),
        (b"a: *x\n", "put text that starts with *, &, ! or % in quotes"),
        (b"a: !!python/object:os.system x\n", "put text that starts with"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_file_that_is_no_study_gets_a_sentence(root: Path, content: bytes, sentence: str) -> None:
    (root / FILE).write_bytes(content)
    with pytest.raises(ConfigError) as raised:
        load_study(root, "cash")
    assert str(raised.value).startswith(f"{FILE}: ") and sentence in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
