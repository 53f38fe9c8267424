"""The log of steps that really ran; it lies outside every project, and no tool knows of it."""

import os


def add(step):
    """Append the name of a step that is running."""
    with open(os.environ["TOY_CHAIN_LOG"], "a", encoding="utf-8") as log:  # noqa: PTH123
        log.write(f"{step}\n")
