"""What `dampak run` does once it has checked its studies; the toy chain has settings, but no study's model."""

from pathlib import Path

from dampak.cli import _build

_build(Path.cwd(), ["toy"], cores=1)
