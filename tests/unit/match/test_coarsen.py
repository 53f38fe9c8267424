"""Coarsened strata agree on all bins, hold both groups, and put a value on a boundary into the higher bin."""

import numpy as np
import pytest

from dampak.errors import ConfigError, DataError
from dampak.match.coarsen import coarsened


def strata(x, **options):
    """Strata of one covariate, every value of which occurs in both groups."""
    x = np.asarray(x, dtype=float)
    both = np.tile(x, 2)[:, None]
    return coarsened(both, np.arange(both.size) < x.size, names=["x"], **options)[: x.size].tolist()


def test_values_on_a_boundary_go_into_the_higher_bin():
    assert strata([0, 4.9, 5, 9, 10, 11], bins={"x": [5, 10]}) == [0, 0, 1, 1, 2, 2]
    assert strata([0, 1, 2, 3, 4], bins=2) == [0, 0, 1, 1, 1]
    assert strata([0, 1, 2, 3, 4], bins=4) == [0, 1, 2, 3, 3]


def test_exact_ignored_and_quantile_bins():
    x = [3.0, 1.0, 1.0, 2.5, 100.0]
    assert strata(x, bins=0) == [2, 0, 0, 1, 3]
    assert strata(x, bins=1) == [0] * 5
    assert strata(np.arange(10), bins="q5") == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert strata([7.0, 7.0, 7.0]) == [0, 0, 0]


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        # 200 values: Sturges ceil(log2(200) + 1); Scott 199 / (3.5 sd 200^(-1/3)), sd 57.88; Freedman-Diaconis
        # 199 / (2 x 99.5 x 200^(-1/3)).
        ("sturges", 9),
        ("scott", 6),
        ("fd", 6),
    ],
)
def test_rules_give_the_number_of_bins_of_their_authors(rule, number):
    x = np.arange(100, dtype=float)  # doubled by `strata`
    x = np.concatenate([x, x + 100])
    found = coarsened(x[:, None], np.arange(200) % 2 == 0, names=["x"], bins=rule)
    assert found.max() + 1 == number


def test_freedman_diaconis_widens_its_quantiles_where_most_values_are_equal():
    x = np.concatenate([np.zeros(160), np.arange(1, 41)]).astype(float)
    # Quartiles 0 and 0, upper eighth 15 to 16: a bin is as wide as that distance / 0.75 x 400^(-1/3).
    found = coarsened(np.tile(x, 2)[:, None], np.arange(400) < 200, names=["x"], bins="fd")
    width = 15.125 / 0.75 * 400 ** (-1 / 3)
    assert found.max() + 1 == np.ceil(40 / width)


def test_strata_are_the_distinct_combinations_that_hold_both_groups():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 5, size=(300, 3)).astype(float)
    treatment = rng.random(300) < 0.3
    found = coarsened(x, treatment, names=["a", "b", "c"], bins={"a": 0, "b": [2.0], "c": 1})
    key = [(int(a), int(b >= 2)) for a, b in x[:, :2]]
    both = sorted(
        {k for k, t in zip(key, treatment, strict=True) if t}
        & {k for k, t in zip(key, treatment, strict=True) if not t}
    )
    assert found.tolist() == [both.index(k) if k in both else -1 for k in key]


def test_neither_the_order_of_rows_nor_the_unit_of_a_covariate_matters():
    rng = np.random.default_rng(2)
    x, treatment = rng.normal(size=(200, 2)), rng.random(200) < 0.4
    shuffled = rng.permutation(200)
    one = coarsened(x, treatment, names=["a", "b"], bins=4)
    assert (coarsened(x[shuffled], treatment[shuffled], names=["a", "b"], bins=4) == one[shuffled]).all()
    assert (coarsened(x * [1024.0, 0.5], treatment, names=["a", "b"], bins=4) == one).all()


def test_units_that_are_not_included_have_no_stratum_and_do_not_stretch_the_bins():
    x = np.array([0.0, 1.0, 2.0, 3.0] * 2 + [1000.0])
    treatment = np.array([True] * 4 + [False] * 5)
    include = x < 1000
    found = coarsened(x[:, None], treatment, names=["x"], bins=2, include=include)
    assert found.tolist() == [0, 0, 1, 1, 0, 0, 1, 1, -1]


def test_impossible_requests_are_refused_in_a_sentence():
    x, treatment = np.arange(8.0)[:, None], np.arange(8) < 4
    with pytest.raises(ConfigError, match="bins: 'y' is not a covariate; name one of x"):
        coarsened(x, treatment, names=["x"], bins={"y": 3})
    for rule in ("best", "q1", "qx", -1, True, 2.5, [], [np.nan]):
        with pytest.raises(ConfigError, match=r"is no way to bin a covariate; use sturges, scott, fd, q and a number"):
            coarsened(x, treatment, names=["x"], bins={"x": rule})
    with pytest.raises(DataError, match="no two units of different groups agree on the bins of x; use fewer or wider"):
        coarsened(x, treatment, names=["x"], bins=0)
    with pytest.raises(DataError, match="no unit is included"):
        coarsened(x, treatment, names=["x"], include=np.zeros(8, dtype=bool))


def test_whole_numbers_fall_into_the_same_cells_in_any_unit():
    """In tenths, or millions, a value on a bound is off it by rounding."""
    t = np.arange(48) < 24
    for largest in range(2, 12):
        x = (np.arange(48) % (largest + 1)).astype(float)[:, None]
        for bins in range(2, 9):
            expected = coarsened(x, t, names=["x"], bins=bins)
            for unit in (0.1, 1e-7, 1e6, 3.3):
                assert coarsened(x * unit, t, names=["x"], bins=bins).tolist() == expected.tolist()
