"""Where things are, and the settings, as pytask's tutorial keeps them in one module."""

import hashlib
import json
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


def modules(*names):
    """Return the shared modules that a task imports, as paths that pytask can watch."""
    return {name: ROOT / "src" / "toy" / f"{name}.py" for name in names}


def stable_hash(settings):
    """Return a hash of settings that is the same in every interpreter."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
