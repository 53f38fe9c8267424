"""Registers that come province by province are linked as if they were one table."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from dampak.match.linkage.stage import link_provinces, link_stage

from .test_link_stage import SETTINGS, tables

__all__ = ["tables"]
NOTHING = pd.DataFrame({"register": pd.Series(dtype=object), "row": pd.Series(dtype="int64")})
Linked = Callable[[pd.DataFrame], dict[str, pd.DataFrame]]


@pytest.fixture(scope="module")
def files(tables: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The registers, a file per kabupaten: each is a province here."""
    folder, paths = tmp_path_factory.mktemp("provinces"), []
    for code, rows in tables["registers"].groupby("kab_code"):
        paths.append(folder / f"{code}.parquet")
        rows.to_parquet(paths[-1], index=False)
    assert len(paths) == 2
    return paths


def test_links_and_their_report_are_those_of_one_table(tables: dict[str, pd.DataFrame], files: list[Path]) -> None:
    # The parameters are estimated on a sample, here all rows, in the order in which they come.
    register = tables["registers"].sort_values("kab_code", kind="stable", ignore_index=True)
    whole = link_stage(tables | {"registers": register}, SETTINGS)
    apart = link_provinces(files, tables | {"dropped": NOTHING}, SETTINGS)
    assert len(whole["links"]) > 500
    # Which links are shown by way of example is chosen part by part.
    for name in set(whole) - {"waterfall"}:
        assert_frame_equal(apart[name], whole[name], check_exact=True)
    assert list(apart["waterfall"]) == list(whole["waterfall"])
    assert 8 <= apart["waterfall"]["link"].nunique() <= 48


def test_a_row_that_was_dropped_between_provinces_is_not_linked(
    tables: dict[str, pd.DataFrame], files: list[Path]
) -> None:
    links = link_provinces(files, tables | {"dropped": NOTHING}, SETTINGS)["links"]
    gone = links.loc[links["accepted"], ["register", "row"]].head(3).reset_index(drop=True)
    fewer = link_provinces(files, tables | {"dropped": gone}, SETTINGS)
    assert not pd.MultiIndex.from_frame(fewer["links"][["register", "row"]]).isin(pd.MultiIndex.from_frame(gone)).any()
    whole = fewer["linkage"].query("kab_code == 'all'")
    assert whole["n_register"].sum() == len(tables["registers"]) - 3
