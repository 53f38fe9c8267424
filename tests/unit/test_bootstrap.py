"""The bootstrap hands its command to uv, wherever it is started from, and says what it cannot do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).resolve().parents[2] / "bootstrap.py"


@pytest.fixture
def path_with_uv(tmp_path: Path) -> str:
    """Return a PATH whose uv prints what it was asked to do, and fails as told."""
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text('#!/bin/sh\necho "$@"\nexit ${UV_STAND_IN_CODE:-0}\n')
    uv.chmod(0o755)
    return f"{uv.parent}{os.pathsep}{os.environ['PATH']}"


def run(path: str, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BOOTSTRAP), *arguments]
    full = dict(os.environ, PATH=path, **environment)
    return subprocess.run(command, cwd=folder, env=full, text=True, capture_output=True, timeout=60)


def test_the_command_goes_to_uv_with_the_locked_environment_of_the_project(path_with_uv: str, tmp_path: Path) -> None:
    done = run(path_with_uv, tmp_path, "dampak", "run", "nsw_cps", "-n")
    root = BOOTSTRAP.parent
    assert done.stdout.split() == (
        ["run", "--project", str(root), "--directory", str(root), "--locked", "dampak", "run", "nsw_cps", "-n"]
    )
    assert "uv run dampak run nsw_cps -n" in done.stderr


def test_without_a_command_the_default_studies_run(path_with_uv: str, tmp_path: Path) -> None:
    assert run(path_with_uv, tmp_path).stdout.split()[-2:] == ["dampak", "run"]


def test_the_exit_code_of_the_command_is_handed_on(path_with_uv: str, tmp_path: Path) -> None:
    assert run(path_with_uv, tmp_path, "pytest", UV_STAND_IN_CODE="5").returncode == 5


def test_an_old_python_is_named() -> None:
    code = (
        "import sys, runpy; sys.version_info = (3, 10, 1); sys.argv = ['bootstrap.py'];"
        f" runpy.run_path({str(BOOTSTRAP)!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, timeout=60)
    assert done.returncode == 1 and "needs Python 3.11 or newer" in done.stderr
