"""Run a command of this project on a machine that has only Python 3.11+ and git.

    python3 bootstrap.py dampak run        is        uv run dampak run
    python3 bootstrap.py pytest            is        uv run pytest

Uses the uv on the PATH if there is one; otherwise installs uv into the folder `.uv` beside this file with pip. It
needs no root, touches nothing outside this folder but uv's own cache, and uses the standard library only.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCAL = HERE / ".uv"


def say(text):
    print(f"bootstrap: {text}", file=sys.stderr, flush=True)


def find_uv():
    """Return the path of a uv that is already here, or None."""
    name = "uv.exe" if os.name == "nt" else "uv"
    local = [folder / name for folder in (LOCAL / "bin", LOCAL / "Scripts") if (folder / name).is_file()]
    return shutil.which("uv") or (str(local[0]) if local else None)


def install_uv():
    """Install uv under `.uv`: in a virtual environment, or with pip's --target where Python has no venv."""
    say("installing uv into .uv (once)")
    try:
        venv.EnvBuilder(with_pip=True, clear=True).create(LOCAL)
        python = LOCAL / ("Scripts" if os.name == "nt" else "bin") / ("python.exe" if os.name == "nt" else "python")
        command = [str(python), "-m", "pip", "install", "--quiet", "uv"]
    except (OSError, subprocess.CalledProcessError, SystemExit):
        shutil.rmtree(LOCAL, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(LOCAL), "uv"]
    if subprocess.call(command) or not find_uv():
        shutil.rmtree(LOCAL, ignore_errors=True)
        sys.exit(
            "bootstrap: could not install uv with this Python's pip (the message above says why); "
            "install uv yourself and run: uv run " + " ".join(sys.argv[1:])
        )
    return find_uv()


def main():
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit(f"bootstrap: dampak needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable})")
    arguments = sys.argv[1:] or ["dampak", "run"]
    uv = find_uv() or install_uv()
    say(f"uv run {' '.join(arguments)} (the first time sets up .venv from uv.lock)")
    environment = dict(os.environ, UV_PYTHON=os.environ.get("UV_PYTHON", sys.executable))
    environment.pop("VIRTUAL_ENV", None)
    command = [uv, "run", "--project", str(HERE), "--directory", str(HERE), "--locked", *arguments]
    try:
        sys.exit(subprocess.call(command, env=environment))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
