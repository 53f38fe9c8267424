"""What is compared between a register person and a survey person, level by level."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Two names alike by sound, as a condition of the comparison of sex.
_SAME_SOUND = "name_key_l = name_key_r"
_CLOSE, _NEAR = 0.92, 0.84


@dataclass(frozen=True)
class Level:
    """One level of agreement.

    Parameters
    ----------
    name : str
        As charts print it.
    condition : str
        SQL over the columns of both records (suffixes ``_l`` and ``_r``).
    m, u : float
        Starting values: probability of the level for one person, for two.
    group : int
        Probabilities sum to one within a group of levels: a comparison with several groups is conditional on what
        tells the groups apart.
    fixed : bool
        Whether the level carries no weight of its own.
    """

    name: str
    condition: str
    m: float
    u: float
    group: int = 0
    fixed: bool = False


@dataclass(frozen=True)
class Comparison:
    """Levels from the closest agreement to none; `missing` is the SQL of no information.

    Parameters
    ----------
    name : str
    missing : str
    levels : tuple of Level
    """

    name: str
    missing: str
    levels: tuple[Level, ...]


def _lacks(*columns: str) -> str:
    return " or ".join(f"{column}_{side} is null" for column in columns for side in "lr")


COMPARISONS = (
    Comparison(
        "nik",
        _lacks("nik"),
        (Level("NIK equal", "nik_l = nik_r", 0.95, 1e-8), Level("NIK differs", "true", 0.05, 1.0)),
    ),
    Comparison(
        "kk",
        _lacks("kk"),
        (Level("KK equal", "kk_l = kk_r", 0.95, 1e-8), Level("KK differs", "true", 0.05, 1.0)),
    ),
    Comparison(
        "name",
        _lacks("name"),
        (
            Level("name equal", "name_l = name_r", 0.8, 1e-3),
            Level("name sounds equal", _SAME_SOUND, 0.05, 1e-3),
            Level("name close", f"jaro_winkler_similarity(name_l, name_r) >= {_CLOSE}", 0.08, 3e-3),
            Level("name near", f"jaro_winkler_similarity(name_l, name_r) >= {_NEAR}", 0.04, 2e-2),
            Level("name differs", "true", 0.03, 0.97),
        ),
    ),
    # Sex given the name: who has the same name mostly has the same sex, so that agreement says little on top of it.
    Comparison(
        "sex",
        _lacks("sex"),
        (
            Level("sex equal, name alike", f"coalesce({_SAME_SOUND}, false) and sex_l = sex_r", 0.99, 0.95),
            Level("sex differs, name alike", f"coalesce({_SAME_SOUND}, false)", 0.01, 0.05),
            Level("sex equal, name not alike", "sex_l = sex_r", 0.98, 0.5, 1),
            Level("sex differs, name not alike", "true", 0.02, 0.5, 1),
        ),
    ),
    Comparison(
        "birth",
        _lacks("birth_date"),
        (
            Level("birth date equal", "birth_date_l = birth_date_r", 0.9, 5e-5),
            Level(
                "birth date off in one part",
                "(birth_year_l = birth_year_r)::int + (birth_month_l = birth_month_r)::int"
                " + (birth_day_l = birth_day_r)::int = 2 or (birth_year_l = birth_year_r"
                " and birth_month_l = birth_day_r and birth_day_l = birth_month_r)",
                0.05,
                5e-3,
            ),
            Level("birth year equal", "birth_year_l = birth_year_r", 0.02, 1e-2),
            Level("birth year within 2", "abs(birth_year_l - birth_year_r) <= 2", 0.01, 5e-2),
            Level("birth date differs", "true", 0.02, 0.93),
        ),
    ),
    Comparison(
        "area",
        f"kab_code_l = kab_code_r and ({_lacks('kecamatan')})",
        (
            Level("kecamatan equal", "kecamatan_l = kecamatan_r", 0.97, 0.05),
            Level("kecamatan differs", "kab_code_l = kab_code_r", 0.03, 0.95),
            # The prior of a move to another kabupaten is in the prior, see `posterior`.
            Level("other kabupaten", "true", 0.5, 0.5, 1, fixed=True),
        ),
    ),
)
NAMES = tuple(comparison.name for comparison in COMPARISONS)

# NIK and KK across all areas, the rest within one. Rules are tried one after the other; no pair comes twice.
BLOCKING = (
    "l.nik = r.nik",
    "l.kk = r.kk",
    "l.kab_code = r.kab_code and l.birth_date = r.birth_date",
    "l.kab_code = r.kab_code and l.name_key = r.name_key",
    "l.kecamatan = r.kecamatan and l.birth_year = r.birth_year and l.sex = r.sex",
    "l.kecamatan = r.kecamatan and l.name_start = r.name_start",
)

Parameters = Mapping[str, tuple[tuple[float, float], ...]]


def starting_values() -> dict[str, tuple[tuple[float, float], ...]]:
    """Give m and u of every level before training.

    Returns
    -------
    dict of str to tuple of (m, u)
        By comparison, in the order of its levels.
    """
    return {comparison.name: tuple((level.m, level.u) for level in comparison.levels) for comparison in COMPARISONS}


def splink_settings(parameters: Parameters) -> dict[str, Any]:
    """Settings of splink with fixed m and u.

    Splink's own training adds floating point numbers in the order in which DuckDB's threads deliver them (sampling of
    u and both steps of EM), so its last digits depend on the number of cores; the parameters are therefore estimated
    by `dampak.match.linkage.training`, and splink is left with what has no sums: blocking and comparing.

    Parameters
    ----------
    parameters : mapping of comparison to (m, u) by level

    Returns
    -------
    dict
        Prior odds of 1: the prior differs by area and is added afterwards.
    """
    comparisons = []
    for comparison in COMPARISONS:
        levels: list[dict[str, Any]] = [
            {"sql_condition": comparison.missing, "label_for_charts": "not known", "is_null_level": True}
        ]
        for level, (m, u) in zip(comparison.levels, parameters[comparison.name], strict=True):
            last = level is comparison.levels[-1]
            levels.append(
                {
                    "sql_condition": "ELSE" if last else level.condition,
                    "label_for_charts": level.name,
                    "m_probability": m,
                    "u_probability": u,
                }
            )
        comparisons.append({"output_column_name": comparison.name, "comparison_levels": levels})
    return {
        "link_type": "link_only",
        "unique_id_column_name": "unique_id",
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in BLOCKING],
        "probability_two_random_records_match": 0.5,
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
    }
