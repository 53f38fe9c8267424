"""The versions that a job depends on are those which its imports would find, and no others."""

import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path

import packaging.markers  # noqa: F401  (loaded before a test replaces the path)
import pytest

from dampak.provenance.code.environment import normalised, versions

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Give the name and version of a distribution, the lines of its metadata and the files that it installed."""
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), str(tmp_path / "second"), str(tmp_path / "missing")])

    def write(name: str, version: str, *lines: str, folder: str = "second", files: tuple[str, ...] = ()) -> None:
        info = tmp_path / folder / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        head = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines]
        (info / "METADATA").write_text("\n".join(head) + "\n\nVersion: of the description\nRequires-Dist: nothing\n")
        (info / "RECORD").write_text("".join(f"{file},sha256=x,1\n" for file in files))

    return write


def found(*packages: str) -> dict[str, str]:
    return {name: version for name, version in versions(packages).items() if name != "python"}


def test_requirements_are_followed_where_their_markers_hold(install: Install) -> None:
    install(
        "top",
        "1.0",
        "Requires-Dist: Middle_Part>=2,<3",
        "Requires-Dist: elsewhere; sys_platform == 'plan9'",
        "Requires-Dist: here ; python_version >= '3.8'",
        "Requires-Dist: tool; extra == 'dev'",
        "Requires-Dist: tool2; python_version >= '3.8' and extra == 'dev'",
        "Requires-Dist: long (>=1)\n        ; python_version < '3'",
        "Requires-Dist: absent",
    )
    for name in ("middle-part", "elsewhere", "here", "tool", "tool2", "long", "unrelated"):
        install(name.replace("-", "_"), "2.5")
    assert found("top") == {"top": "1.0", "middle-part": "2.5", "here": "2.5"}


def test_extras_count_where_they_are_requested(install: Install) -> None:
    install("top", "1", "Requires-Dist: base[Fast_Path]", "Requires-Dist: other")
    install("other", "1", "Requires-Dist: base")
    install("base", "1", "Requires-Dist: quick; extra == 'fast-path'", "Requires-Dist: slow; extra == 'slow'")
    install("quick", "1")
    install("slow", "1")
    assert found("top") == {"top": "1", "other": "1", "base": "1", "quick": "1"}


def test_circles_end(install: Install) -> None:
    install("a", "1", "Requires-Dist: b")
    install("b", "2", "Requires-Dist: a")
    assert found("a") == {"a": "1", "b": "2"}


def test_the_first_on_the_path_counts(install: Install) -> None:
    install("numpy", "1.0")
    install("numpy", "99.0", folder="first")
    assert found("numpy") == {"numpy": "99.0"}


def test_a_module_is_found_by_the_files_of_its_distribution(install: Install) -> None:
    install("python_odd", "1.0", files=("odd/__init__.py", "oddity.py"))
    install("single", "3.0", files=("alone.py",))
    install("compiled", "4.0", files=("_speed.cpython-311-x86_64-linux-gnu.so",))
    assert found("odd") == {"python-odd": "1.0"}
    assert found("alone") == {"single": "3.0"}
    assert found("_speed") == {"compiled": "4.0"}


def test_a_module_known_under_another_name_is_shadowed_as_well(install: Install) -> None:
    install("scikit_learn", "1.0", files=("sklearn/__init__.py",))
    install("scikit_learn", "99.0", folder="first")
    assert found("sklearn") == {"scikit-learn": "99.0"}


def test_what_is_not_installed_is_left_out(install: Install) -> None:
    assert versions(["nowhere"]) == {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}


def test_pandas_computes_with_what_it_finds(install: Install) -> None:
    install("pandas", "3.0")
    install("numexpr", "2.0")
    assert found("pandas") == {"pandas": "3.0", "numexpr": "2.0"}


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("numpy", "numpy"),
        ("sklearn", "scikit-learn"),
        ("yaml", "pyyaml"),
        ("python_calamine", "python-calamine"),
        ("dateutil", "python-dateutil"),
        ("PIL", "pillow"),
        ("ipykernel_launcher", "ipykernel"),
        ("mpl_toolkits", "matplotlib"),
        ("_yaml", "pyyaml"),
    ],
)
def test_installed_modules_are_found_with_the_version_that_importlib_gives(module: str, distribution: str) -> None:
    assert versions([module])[distribution] == importlib.metadata.version(distribution)


def test_every_version_agrees_with_importlib_and_tools_of_development_are_absent() -> None:
    all_found = versions(["numpy", "pandas", "matplotlib", "sklearn", "nbconvert", "nbclient", "pydantic", "pandera"])
    assert list(all_found) == sorted(all_found)
    for name, version in all_found.items():
        assert name == normalised(name)
        assert name == "python" or version == importlib.metadata.version(name)
    assert not {"pytest", "ruff", "mypy", "hypothesis", "snakemake", "dampak", "jupyterlab"} & all_found.keys()
