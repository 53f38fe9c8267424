"""Welfare of a household: latent standing, schooling of adults, dwelling, assets, consumption without programmes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from dampak.synth.sections import Dwelling, Welfare
from dampak.synth.terms import SCHOOLING, named

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Spread of log consumption: the Gini of another year gives the shape, kept within what Susenas shows.
SPREAD_BOUNDS = (0.42, 0.62)
FOOD_SHARE_BOUNDS = (0.25, 0.85)
# Standard deviations between no toilet and one of its own, and the level from which water is piped.
SHARED_TOILET, PIPED = 0.6, 0.9

FLOORS = ("earth", "cement", "tile")
WALLS = ("bamboo", "wood", "brick")
TOILETS = ("none", "shared", "private")
WATERS = ("unprotected", "protected", "piped")
LIGHTS = ("none", "unmetered", "metered")
FUELS = ("wood", "lpg")


@dataclass(frozen=True)
class Consumption:
    """Log consumption per person per month, before an area's level is set.

    Parameters
    ----------
    food, nonfood : (n,) float
        Logs, without any programme, of the current round.
    food_before, nonfood_before : (n,) float
        Logs of the previous round, when no planted effect had begun.
    """

    food: FloatArray
    nonfood: FloatArray
    food_before: FloatArray
    nonfood_before: FloatArray


def standing(psu: IntArray, settings: Welfare, rng: np.random.Generator) -> FloatArray:
    """Draw permanent welfare, mean 0 and variance 1, of which neighbours share a part; returns (n,) float."""
    _, block = np.unique(psu, return_inverse=True)
    shared = rng.standard_normal(int(block.max()) + 1)[block]
    own = rng.standard_normal(len(psu))
    share = settings.psu_share.value
    return np.asarray(np.sqrt(share) * shared + np.sqrt(1 - share) * own)


def schooling(persons: pd.DataFrame, households: pd.DataFrame, areas: pd.DataFrame, rng: np.random.Generator
              ) -> "pd.Categorical[Any]":  # fmt: skip
    """Draw the highest level that each person finished.

    Younger cohorts, better-off households and areas with more mean years of schooling stand higher; nobody has
    finished a level before the age for it (12, 15, 18, 22).

    Parameters
    ----------
    persons : DataFrame
        `household`, `age`.
    households : DataFrame
        `area`, `standing`.
    areas : DataFrame
        `mean_years_school_2021`.
    """
    row = persons["household"].to_numpy()
    age = persons["age"].to_numpy(dtype=float)
    years = areas["mean_years_school_2021"].to_numpy(dtype=float)[households["area"].to_numpy()][row]
    latent = (
        0.55 * households["standing"].to_numpy()[row]
        + 0.28 * (years - 8)
        - 0.035 * (np.clip(age, 18, 80) - 42)
        + 0.9 * rng.standard_normal(len(age))
    )
    level = np.searchsorted(np.array([-1.15, 0.2, 0.75, 1.95]), latent)
    possible = np.searchsorted(np.array([12.0, 15.0, 18.0, 22.0]), age, side="right")
    # Nearly every child finishes primary school today.
    level = np.where((age < 25) & (latent > -2.2), np.maximum(level, 1), level)
    return named(np.minimum(level, possible), SCHOOLING)


def _chance(logit: FloatArray, rng: np.random.Generator) -> BoolArray:
    return np.asarray(rng.random(len(logit)) < 1 / (1 + np.exp(-logit)))


def _graded(latent: FloatArray, names: tuple[str, ...], lower: float | FloatArray, upper: float | FloatArray
            ) -> "pd.Categorical[Any]":  # fmt: skip
    """Cut a latent quality into three grades."""
    code = (latent > lower).astype(np.int8) + (latent > upper).astype(np.int8)
    return named(code, names)


def dwelling(households: pd.DataFrame, areas: pd.DataFrame, settings: Dwelling, rng: np.random.Generator
             ) -> pd.DataFrame:  # fmt: skip
    """Draw dwelling and assets.

    Parameters
    ----------
    households : DataFrame
        `area`, `urban`, `standing`, `size` (persons).
    areas : DataFrame
        `improved_sanitation_2021_pct`, `improved_water_2021_pct`.
    settings : Dwelling
    rng : Generator

    Returns
    -------
    DataFrame
        (n rows) `floor_area` (square metres), `floor`, `wall`, `toilet`, `water`, `light`, `fuel`, and one boolean
        per asset of `settings.assets`.
    """
    area, n = households["area"].to_numpy(), len(households)
    well = households["standing"].to_numpy() + settings.urban.value * households["urban"].to_numpy()
    link = settings.link.value

    def latent() -> FloatArray:
        return np.asarray(link * well + np.sqrt(1 - link**2) * rng.standard_normal(n))

    # The area's published share of improved sanitation and water is where its households are cut.
    sanitation = -ndtri(np.clip(areas["improved_sanitation_2021_pct"].to_numpy(dtype=float)[area] / 100, 0.05, 0.985))
    water = -ndtri(np.clip(areas["improved_water_2021_pct"].to_numpy(dtype=float)[area] / 100, 0.05, 0.985))
    size = households["size"].to_numpy(dtype=float)
    columns: dict[str, object] = {
        "floor_area": np.clip(
            np.rint(
                np.exp(
                    np.log(settings.floor_area.value)
                    + 0.22 * well
                    + 0.12 * np.log(size)
                    + 0.35 * rng.standard_normal(n)
                )
            ),
            9,
            600,
        ).astype(np.int64),
        "floor": _graded(latent(), FLOORS, *settings.cuts("earth_floor", "cement_floor")),
        "wall": _graded(latent(), WALLS, *settings.cuts("bamboo_wall", "wood_wall")),
        "toilet": _graded(latent(), TOILETS, sanitation - SHARED_TOILET, sanitation),
        "water": _graded(latent(), WATERS, water, PIPED),
        "light": _graded(latent(), LIGHTS, *settings.cuts("no_electricity", "unmetered")),
        "fuel": named(latent() > settings.cuts("wood_fuel")[0], FUELS),
    }
    standing, urban = households["standing"].to_numpy(), households["urban"].to_numpy()
    for name, asset in settings.assets.items():
        columns[name] = _chance(asset.level + asset.slope * standing + asset.urban * urban, rng)
    return pd.DataFrame(columns)


def log_consumption(households: pd.DataFrame, areas: pd.DataFrame, settings: Welfare, rng: np.random.Generator
                    ) -> Consumption:  # fmt: skip
    """Draw log consumption per person of two rounds in the absence of every programme.

    Permanent welfare and a transitory part, with the spread that the area's Gini implies (for a log-normal
    G = 2 Phi(sigma / sqrt 2) - 1); log-normal but for a `skew` that thins the lower tail, as poverty gaps are smaller
    than a log-normal's; larger households have less per person (`size_elasticity`); the
    food share falls with consumption (Engel). Levels are relative: `dampak.synth.calibration` sets each area's.

    Parameters
    ----------
    households : DataFrame
        `area`, `urban`, `standing`, `size`.
    areas : DataFrame
        `gini_2025`.
    settings : Welfare
    rng : Generator
    """
    n = len(households)
    gini = areas["gini_2025"].to_numpy(dtype=float)
    spread = np.clip(np.sqrt(2) * ndtri((gini + 1) / 2), *SPREAD_BOUNDS)[households["area"].to_numpy()]
    size, urban = households["size"].to_numpy(dtype=float), households["urban"].to_numpy(dtype=float)
    share, rho = settings.transitory_share.value, settings.round_correlation.value
    now, other = rng.standard_normal(n), rng.standard_normal(n)
    before = rho * now + np.sqrt(1 - rho**2) * other
    level = settings.urban_premium.value * urban + settings.size_elasticity.value * np.log(size / 3.5)
    permanent = np.sqrt(1 - share) * households["standing"].to_numpy()

    def total(passing: FloatArray) -> FloatArray:
        z, k = permanent + np.sqrt(share) * passing, settings.skew.value
        # Below the turning point -1/(2k), far outside the data, the quadratic is continued flat.
        bent = np.maximum(z, -1 / (2 * k)) if k > 0 else z
        return np.asarray(level + spread * (bent + k * (bent**2 - 1)) / np.sqrt(1 + 2 * k**2))

    total_now, total_before = total(now), total(before) - settings.growth.value
    habit = 0.04 * rng.standard_normal(n)

    def parts(log_total: FloatArray, centre: float) -> tuple[FloatArray, FloatArray]:
        noise = 0.03 * rng.standard_normal(n)
        food = settings.food_share.value + settings.engel_slope.value * (log_total - centre) + habit + noise
        food = np.clip(food, *FOOD_SHARE_BOUNDS)
        return log_total + np.log(food), log_total + np.log(1 - food)

    food, nonfood = parts(total_now, 0.0)
    food_before, nonfood_before = parts(total_before, -settings.growth.value)
    return Consumption(food, nonfood, food_before, nonfood_before)
