"""Write what follows from the typed models: JSON schemas, `config/defaults.yaml`, `config/README.md`.

`python -m dampak.config.generate` writes them into the project of the current folder; `--check` only says whether they
are in step, with exit code 1 where they are not.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from dampak.config.codebook import Codebook
from dampak.config.programmes.study import ProgrammeStudy
from dampak.config.reference import COMMAND, defaults, readme
from dampak.config.settings import Settings
from dampak.config.study import Study

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_text(model: type[BaseModel]) -> str:
    """Return the JSON schema of a model as text, for editors that complete and check YAML.

    It describes files as they are written: a definition is text, defaults may be left out.
    """
    schema: dict[str, Any] = {"$schema": DIALECT, **model.model_json_schema(mode="validation")}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def generated() -> dict[str, str]:
    """Return {path relative to the project: text} of every generated file; the same on every call and machine."""
    return {
        "config/study.schema.json": schema_text(Study),
        "config/programme_study.schema.json": schema_text(ProgrammeStudy),
        "config/codebook.schema.json": schema_text(Codebook),
        "config/config.schema.json": schema_text(Settings),
        "config/defaults.yaml": defaults(),
        "config/README.md": readme(),
    }


def out_of_step(root: Path) -> list[str]:
    """Return the generated files whose content is not what the models give, missing ones included."""
    return [
        file
        for file, text in generated().items()
        if not (root / file).is_file() or (root / file).read_bytes() != text.encode()
    ]


def write(root: Path) -> list[str]:
    """Write the generated files that are out of step; return their paths relative to `root`."""
    texts = generated()
    changed = out_of_step(root)
    for file in changed:
        (root / file).write_bytes(texts[file].encode())
    return changed


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Write the schemas and reference of the configuration.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is out of step")
    check = parser.parse_args(arguments).check
    root = Path.cwd()
    if not (root / "config" / "studies").is_dir():
        print(f"error: {root} has no config/studies; change to the project's folder", file=sys.stderr)
        return 1
    if not check:
        for file in write(root):
            print(f"wrote {file}")
        return 0
    stale = out_of_step(root)
    for file in stale:
        print(f"error: {file} is not what the models give; run '{COMMAND}'", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
