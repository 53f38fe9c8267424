"""Expressions mean what a statistician reads, missing stays missing, and nothing outside the language runs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dampak.clean.expression import evaluate, names_in
from dampak.errors import ConfigError

NAN = float("nan")
FRAME = pd.DataFrame(
    {
        "re74": [0.0, 100.0, NAN],
        "age": [20.0, 30.0, 40.0],
        "one": [1.0, 0.0, NAN],
        "region": pd.Series(["east", "west", None], dtype=object),
    }
)
WHERE = "config/studies/x.yaml: covariates: v"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("re74 == 0", [1, 0, NAN]),
        ("re74 != 0", [0, 1, NAN]),
        ("age ** 2 / 100 - 1", [3, 8, 15]),
        ("-age + 1", [-19, -29, -39]),
        ("20 < age <= 40", [0, 1, 1]),
        ("log1p(re74)", [0, np.log(101), NAN]),
        ("sqrt(abs(-re74))", [0, 10, NAN]),
        ("exp(log(age))", [20, 30, 40]),
        ("region == 'east'", [1, 0, NAN]),
        ("region in ['east', 'west']", [1, 1, NAN]),
        ("age not in (20, 30)", [0, 0, 1]),
        ("region >= 'f'", [0, 1, NAN]),
        ("not one", [0, 1, NAN]),
        ("one and age > 25", [0, 0, NAN]),
        ("one or age > 35", [1, 0, 1]),
        ("one and age > 50", [0, 0, 0]),
        ("3", [3, 3, 3]),
        ("age", [20, 30, 40]),
    ],
)
def test_value(expression: str, expected: list[float]) -> None:
    values = evaluate(expression, FRAME, where=WHERE)
    assert values.dtype == np.float64
    np.testing.assert_allclose(values, expected, rtol=1e-14)


def test_names_are_listed_once_without_functions() -> None:
    assert names_in("log1p(re74 + re75) * re74 > age and region in ['a']") == ["re74", "re75", "age", "region"]


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')",
        "age.__class__",
        "age[0]",
        "(lambda: 1)()",
        "[x for x in age]",
        "open('f')",
        "log(age, 2)",
        "log(x=age)",
        "age if one else 0",
        "age & one",
        "f'{age}'",
        "age in region",
        "None",
        "b'a'",
        "(y := 3)",
        "1j",
    ],
)
def test_what_is_outside_the_language_is_refused(expression: str) -> None:
    with pytest.raises(ConfigError, match=r"x\.yaml: covariates: v: .* is not allowed; use arithmetic"):
        evaluate(expression, FRAME, where=WHERE)


@pytest.mark.parametrize("expression", ["age =", "", "import os", "age = 3", "(" * 300])
def test_what_is_not_an_expression_is_refused(expression: str) -> None:
    with pytest.raises(ConfigError, match="is not an expression; write for instance 're74 == 0'"):
        evaluate(expression, FRAME, where=WHERE)


def test_an_unknown_name_is_answered_with_the_close_one() -> None:
    with pytest.raises(ConfigError, match=r"uses 're47'.*did you mean 're74'\?\); the variables are re74, age"):
        evaluate("re47 == 0", FRAME, where=WHERE)


def test_texts_and_numbers_do_not_mix() -> None:
    with pytest.raises(ConfigError, match=r"compares a text with a number.*quotes"):
        evaluate("region == 1", FRAME, where=WHERE)
    with pytest.raises(ConfigError, match=r"'region' in 'region \+ 1' is a text"):
        evaluate("region + 1", FRAME, where=WHERE)
    with pytest.raises(ConfigError, match="is a text, a number was expected"):
        evaluate("region", FRAME, where=WHERE)


@given(st.lists(st.sampled_from([0.0, 1.0, NAN]), min_size=2, max_size=2))
def test_de_morgan_holds_with_missing_values(pair: list[float]) -> None:
    frame = pd.DataFrame({"a": [pair[0]], "b": [pair[1]]})
    left = evaluate("not (a and b)", frame, where=WHERE)
    np.testing.assert_array_equal(left, evaluate("not a or not b", frame, where=WHERE))
