"""Linkage of register rows to survey households, by NIK, KK number and probability.

Each name is loaded when it is asked for: DuckDB and splink take half a second that other stages need not spend.
"""

from importlib import import_module
from typing import Any

# Name -> module of this package that defines it.
_PUBLIC = {
    "LinkSettings": "settings",
    "Links": "links",
    "contamination": "unlinked",
    "link_parts": "links",
    "link_registers": "links",
    "linkage_by_group": "report",
    "linkage_table": "report",
    "receipts": "received",
    "true_quality": "report",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_PUBLIC[name]}", __name__), name)
