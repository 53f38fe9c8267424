"""What a script gets of its rule's inputs."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from dampak.provenance.job import Job


def job(**inputs: object) -> Job:
    """A job with these inputs, not begun."""
    made = Job.__new__(Job)
    made._snakemake = SimpleNamespace(input=inputs)
    return made


def test_tables_of_several_files_are_stacked_and_of_none_are_empty(tmp_path: Path) -> None:
    for name, rows in (("a", [1, 2]), ("b", [3]), ("none", [])):
        pd.DataFrame({"x": pd.Series(rows, dtype="int64")}).to_parquet(tmp_path / f"{name}.parquet")
    files = {name: str(tmp_path / f"{name}.parquet") for name in ("a", "b", "none")}
    found = job(all=[files["none"], files["a"], files["b"]], one=files["a"], unnamed=[]).tables("all", "one", "unnamed")
    assert found["all"]["x"].tolist() == [1, 2, 3] and found["all"]["x"].dtype == "int64"
    assert found["one"]["x"].tolist() == [1, 2]
    # A study without published effects names no file of them.
    assert found["unnamed"].empty
