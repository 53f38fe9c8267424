"""The three descriptions of the environment agree: pyproject.toml, uv.lock and environment.yml."""

import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def by_name(requirements: list[str]) -> dict[str, SpecifierSet]:
    parsed = [Requirement(text) for text in requirements]
    return {canonicalize_name(r.name): r.specifier for r in parsed}


def declared() -> dict[str, SpecifierSet]:
    return by_name([*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]])


def mirrored() -> dict[str, SpecifierSet]:
    plain = [line for line in CONDA["dependencies"] if isinstance(line, str)]
    (by_pip,) = [line["pip"] for line in CONDA["dependencies"] if isinstance(line, dict)]
    found = by_name([*plain, *(line for line in by_pip if line != "-e .")])
    assert len(found) == len(plain) + len(by_pip) - 1, "a package is listed twice"
    return {name: bound for name, bound in found.items() if name not in ("python", "pip")}


def test_every_dependency_has_a_lower_bound_and_nothing_else() -> None:
    for name, bound in declared().items():
        assert [s.operator for s in bound] == [">="], name


def test_conda_installs_the_same_packages_with_the_same_bounds() -> None:
    assert mirrored() == declared()


def test_conda_installs_this_package_from_this_folder() -> None:
    assert CONDA["name"] == PROJECT["project"]["name"] == "dampak"
    assert CONDA["channels"] == ["conda-forge"]
    assert "-e ." in CONDA["dependencies"][-1]["pip"]


def test_the_lock_is_of_these_requirements() -> None:
    (own,) = [package for package in LOCK["package"] if package["name"] == "dampak"]
    locked = [*own["metadata"]["requires-dist"], *own["metadata"]["requires-dev"]["dev"]]
    assert {entry["name"]: SpecifierSet(entry["specifier"]) for entry in locked} == declared()


@pytest.mark.parametrize("name", sorted(declared()))
def test_every_locked_version_satisfies_its_bound(name: str) -> None:
    versions = [package["version"] for package in LOCK["package"] if package["name"] == name]
    assert versions
    assert [v for v in versions if not declared()[name].contains(v)] == []


def test_all_ask_for_the_same_python() -> None:
    (python,) = [line for line in CONDA["dependencies"] if isinstance(line, str) and line.startswith("python>")]
    assert python == "python" + PROJECT["project"]["requires-python"] == "python" + LOCK["requires-python"]
    assert python == "python>=3.11"
