"""YAML files as plain data, with the traps of YAML closed.

Only `true` and `false` are truth values (`no` is text), `01` and `12:30` are text, `1e-3` is a number, a date is text;
a key that appears twice is refused, where YAML would silently keep the last.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from dampak.errors import ConfigError

try:  # libyaml parses a study in one millisecond instead of ten.
    from yaml import CSafeLoader as _Loader
except ImportError:
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]


class _Repeated(Exception):
    """A key that appears twice in one mapping."""


class StudyLoader(_Loader):
    """Safe YAML loader with the scalars of YAML 1.2's core schema, and without repeated keys."""

    # Not the parent's: its resolvers would read `no` as false and `0101` as 65.
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the name and type are PyYAML's

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping, refusing a repeated key."""
        lines: dict[Any, int] = {}
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                continue
            key, line = (key_node.tag, key_node.value), key_node.start_mark.line + 1
            if key in lines:
                raise _Repeated(
                    f"line {line}: the key {key_node.value!r} appears twice (first on line {lines[key]}); remove one"
                )
            lines[key] = line
        return super().construct_mapping(node, deep=deep)


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?((0|[1-9][0-9]*)?\.[0-9]+|(0|[1-9][0-9]*)\.)([eE][-+]?[0-9]+)?|[-+]?(0|[1-9][0-9]*)[eE][-+]?[0-9]+"
     r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+0123456789."),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):  # fmt: skip
    StudyLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


def parse_document(text: str, *, file: str) -> dict[str, Any]:
    """Parse the text of a configuration file.

    Parameters
    ----------
    text
        The file's content.
    file
        Its path as the user knows it, for messages.

    Returns
    -------
    dict
        Plain values: dict, list, str, int, float, bool, None.

    Raises
    ------
    ConfigError
        When it is not YAML, repeats a key, is empty, or is not a mapping; names the line.
    """
    try:
        value = yaml.load(text, Loader=StudyLoader)
    except _Repeated as error:
        raise ConfigError(f"{file}: {error}") from None
    except yaml.MarkedYAMLError as error:
        raise ConfigError(f"{file}: {_syntax(error, text)}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{file}: is not readable YAML ({' '.join(str(error).split())}); correct it") from None
    if value is None:
        raise ConfigError(f"{file}: is empty; write the keys that config/README.md lists")
    if not isinstance(value, dict):
        raise ConfigError(f"{file}: holds a {type(value).__name__}, keys with values were expected; write 'key: value'")
    return value


def _syntax(error: yaml.MarkedYAMLError, text: str) -> str:
    """One sentence for a syntax error, with its line and the usual cause."""
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    problem = error.problem or "cannot be read"
    remedy = "check the indentation and the quotes there"
    if "mapping values are not allowed" in problem:
        remedy = "put text that holds a colon in quotes, and align keys of one level"
    elif mark and "cannot start any token" in problem and _indented_with_tab(text, mark.line):
        remedy = "indent with blanks, not tabs"
    elif "alias" in problem or "anchor" in problem or "tag" in problem or "directive" in problem:
        remedy = "put text that starts with *, &, ! or % in quotes"
    elif "document" in problem:
        remedy = "keep one document per file: remove the '---' lines"
    return f"{where}{problem}; {remedy}"


def _indented_with_tab(text: str, line: int) -> bool:
    """Whether a line (from 0) starts with blanks of which one is a tab."""
    lines = text.splitlines()
    indent = lines[line][: len(lines[line]) - len(lines[line].lstrip())] if line < len(lines) else ""
    return "\t" in indent


def read_text(path: Path, *, file: str) -> str:
    """Read a configuration file as UTF-8 text.

    Raises
    ------
    ConfigError
        When it cannot be opened or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 text (byte {error.start + 1}); save it as UTF-8") from None
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise ConfigError(f"{file}: cannot be read ({reason}); check the file and its permissions") from None
