"""From what the population is to the codes that an interviewer writes."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dampak.errors import ConfigError

BoolArray = NDArray[np.bool_]
YES, NO = 1, 5
Coding = Mapping[str, Mapping[str, Mapping[int, float]]]


def yes_no(holds: BoolArray) -> NDArray[np.int64]:
    """Write 1 (yes) and 5 (no), as Susenas does."""
    return np.where(holds, YES, NO)


def coded(question: str, categories: pd.Series, coding: Coding, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw a code for each category: a category stands for several codes of the questionnaire.

    Parameters
    ----------
    question : str
        Question in `coding`.
    categories : (n,) Series of str or categorical
    coding : mapping
        Question -> category -> {code: share}.
    rng : Generator

    Returns
    -------
    (n,) int

    Raises
    ------
    ConfigError
        If a category has no code.
    """
    chance, codes = rng.random(len(categories)), np.zeros(len(categories), dtype=np.int64)
    values = categories.astype("category")
    for position, category in enumerate(values.cat.categories):
        here = values.cat.codes.to_numpy() == position
        if not here.any():
            continue
        if category not in coding.get(question, {}):
            raise ConfigError(
                f"config/synth/survey_answers.yaml: answers: {question}: there is no code for {category!r}; add one"
            )
        shares = coding[question][category]
        steps = np.cumsum(list(shares.values()))[:-1]
        codes[here] = np.array(list(shares))[np.searchsorted(steps, chance[here], side="right")]
    return codes


def asked(codes: NDArray[np.int64], of_whom: BoolArray) -> "pd.arrays.IntegerArray":
    """Blank the answers of those who were not asked."""
    return pd.arrays.IntegerArray(codes.astype(np.int16), ~of_whom)
