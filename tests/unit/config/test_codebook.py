"""A codebook means what it says: codes keep their spelling, and contradictions get a sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dampak.config.documents import parse_document
from dampak.config.load import load_codebook
from dampak.errors import ConfigError

Edit = Callable[..., None]
FILE = "config/codebooks/survey.yaml"
KAB = "kab: {column: KAB, type: category}"


@pytest.mark.parametrize(
    ("written", "held"),
    [
        ("01", "01"),
        ("1", "1"),
        ("1.0", "1"),
        ("3501", "3501"),
        ("no", "no"),
        ("Y", "Y"),
        ("-9", "-9"),
        ("-9.5", "-9.5"),
    ],
)
def test_a_code_is_held_as_the_text_that_cells_are_compared_with(
    root: Path, edit: Edit, written: str, held: str
) -> None:
    edit(KAB, f"kab: {{column: KAB, type: category, codes: {{{written}: a}}, missing_codes: [{written}]}}", file=FILE)
    kab = load_codebook(root, "survey").variables["kab"]
    assert (list(kab.codes), kab.missing_codes) == ([held], [held])


@pytest.mark.parametrize(
    ("written", "value"),
    [("no", "no"), ("off", "off"), ("true", True), ("12:30", "12:30"), ("0101", "0101"), ("1_000", "1_000"),
     ("2020-03-01", "2020-03-01"), ("1e-3", 0.001), ("-.5", -0.5), ("7", 7), ("~", None), ("", None), ("=", "=")],
)  # fmt: skip
def test_yaml_has_no_traps(written: str, value: object) -> None:
    read = parse_document(f"key: {written}\n", file="x.yaml")["key"]
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("kab: {column: KAB, type: categry}", "variables: kab: type: 'categry' is not a choice"),
        ("kab: {column: KAB}", "variables: kab: type: the key is missing"),
        ("kab: {colum: KAB, type: category}", "variables: kab: colum: unknown key; did you mean 'column'?"),
        ("kab: {type: category, range: [0, 1]}", "variables: kab: a category variable has no range; remove `range`"),
        ("kab: {type: number, range: [9, 1]}", "variables: kab: range: [9.0, 1.0] has its low end above its high end"),
        ("kab: {type: number, range: [1]}", "variables: kab: range: at least 2 expected, got 1: [1]"),
        ("kab: {type: number, factor: 0}", "variables: kab: factor: 0 would make every value zero"),
        ("kab: {type: binary, codes: {true: 1}}", "variables: kab: codes: 1: expected a code, got True; put a word"),
        ("kab: {type: binary, codes: {a: true}}", "variables: kab: codes: a: expected a number or text, got True"),
        (
            "kab: category",
            "variables: kab: expected keys with values such as column, label, unit, type, got 'category'",
        ),
        ("kab-name: {type: category}", "variables: kab-name: 'kab-name' cannot be a name; use letters, digits and _"),
        ("age: {type: number}", "line 9: the key 'age' appears twice (first on line 5); remove one"),
    ],
)
def test_a_mistake_gets_one_sentence(root: Path, edit: Edit, new: str, sentence: str) -> None:
    edit(KAB, new, file=FILE)
    with pytest.raises(ConfigError) as raised:
        load_codebook(root, "survey")
    assert [line for line in str(raised.value).splitlines() if line.startswith(f"{FILE}: {sentence}")], str(
        raised.value
    )


def test_a_missing_codebook_is_named_with_those_there_are(root: Path) -> None:
    with pytest.raises(ConfigError, match=r"config/codebooks/surve\.yaml: does not exist.*the codebooks are survey"):
        load_codebook(root, "surve")
