"""Raw sources of a study as dependencies: files that the user names, and data files of installed packages."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dampak.errors import DataError
from dampak.provenance.digests import file_sha256


def package_folder(package: str) -> Path | None:
    """Return the folder of an installed package, located without importing it; None where there is none."""
    spec = find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def package_file(package: str, file: str) -> Path:
    """Return the path of a data file that an installed package carries.

    Raises
    ------
    DataError
        When the package is not installed or has no such file.
    """
    folder = package_folder(package)
    if folder is None:
        raise DataError(f"package '{package}' is not installed; add it to pyproject.toml and run 'uv sync'")
    path = folder / file
    if not path.is_file():
        raise DataError(f"package '{package}' has no data file '{file}'; correct `file` in the study's source")
    return path


def source_files(study: Any) -> list[str]:
    """Return the raw files that a study names by path, as it names them (relative to the project's folder)."""
    return [path for name in study.sources for path in study.files_of(name)]


def package_hashes(study: Any) -> dict[str, str]:
    """Return {source name: SHA-256 of the package's data file} for the sources that come from packages."""
    return {n: file_sha256(package_file(s.package, s.file)) for n, s in study.sources.items() if s.package}


def missing_sources(root: Path, study: Any) -> None:
    """Check that every raw source of a study can be read; those that a synthetic population writes need not be there.

    Raises
    ------
    DataError
        One sentence per missing source, naming study, source, file and remedy.
    """
    problems = []
    made = f"results/{study.name}/raw/" if getattr(study, "synthetic", None) else None
    for name, source in study.sources.items():
        where = f"config/studies/{study.name}.yaml: sources: {name}"
        for path in study.files_of(name):
            if not (made and path.startswith(made)) and not (root / path).is_file():
                problems.append(f"{where}: file '{path}' does not exist; correct `path` or put the file there")
        if source.package:
            try:
                package_file(source.package, source.file)
            except DataError as error:
                problems.append(f"{where}: {error}")
    if problems:
        raise DataError("\n".join(problems))
