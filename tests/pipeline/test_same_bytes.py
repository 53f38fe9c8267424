"""The same inputs give the same bytes, wherever and however the pipeline runs."""

from .conftest import Project


def test_every_result_has_the_same_bytes_elsewhere_on_one_core_with_other_seeds_and_locale(
    built: Project, empty: Project
) -> None:
    done = empty.dampak(
        "run",
        "--cores",
        "1",
        PYTHONHASHSEED="7",
        TZ="Asia/Jakarta",
        LC_ALL="C",
        MPLBACKEND="svg",
        OPENBLAS_NUM_THREADS="1",
        OMP_NUM_THREADS="1",
    )
    assert done.returncode == 0, done.stderr
    ours, theirs = built.results(), empty.results()
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []
