"""Sentences for what a configuration file gets wrong: file, key path, what is wrong, remedy."""

import difflib
import types
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from dampak.clean.spelling import listing, suggestion

EXPECTED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text",
    "decimal": "a number",
    "finite": "a finite number",
}
WORDS: dict[Any, str] = {int: "a whole number", float: "a number", str: "text"}
REMEDY = {
    "int": "write it without quotes, unit or thousands mark",
    "float": "write it without quotes, unit or thousands mark, with a decimal point",
    "bool": "write true or false",
    "string": "put it in quotes",
}


def unknown_key(key: str, known: Iterable[str]) -> str:
    """Say that a key is unknown, and which one was probably meant; all known keys where none is close."""
    keys = list(known)
    close = difflib.get_close_matches(key.casefold(), keys, n=1)
    return f"unknown key; did you mean {close[0]!r}?" if close else f"unknown key; the keys here are {listing(keys)}"


def sentences(error: ValidationError, model: type[BaseModel], file: str) -> list[str]:
    """Write one sentence for each problem that validation found.

    Parameters
    ----------
    error
        What pydantic raised.
    model
        The model that was validated; its fields say which keys are known.
    file
        Path of the file as the user knows it, such as `config/studies/x.yaml`.

    Returns
    -------
    list of str
        In the order of the model's fields, without repetitions.
    """
    found: dict[str, None] = {}
    for problem in error.errors(include_url=False):
        context = problem.get("ctx") or {}
        if "problems" in context:
            found |= {f"{file}: {text}": None for text in context["problems"]}
            continue
        steps, holder, target = _walk(model, problem["loc"])
        text = _what(problem["type"], problem["msg"], problem["input"], context, problem["loc"], holder, target)
        found[": ".join([file, *steps, text])] = None
    return list(found)


def _walk(model: type[BaseModel], location: Sequence[int | str]) -> tuple[list[str], Any, Any]:
    """Translate pydantic's location into the keys that the user sees.

    Returns
    -------
    steps : list of str
        Such as `["methods", "entry 3 (nearest_1)", "calipre"]`.
    holder
        The model, or field, in which the last step was looked up.
    target
        The type that stands at the location; None for an unknown key.
    """
    steps: list[str] = []
    current: Any = model
    holder: Any = model
    for part in location:
        if part == "[key]":  # pydantic's mark for a key of a mapping, which is itself the step before
            continue
        current = _bare(current)
        holder = current
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(str(part))
            steps.append(str(part))
            current = field if field is not None else None
        elif isinstance(part, int) and get_origin(current) in (tuple, list):
            steps.append(f"entry {part + 1}")
            current = get_args(current)[0]
        elif get_origin(current) is dict:
            steps.append(str(part))
            current = get_args(current)[1]
        else:
            tagged = [m for m in get_args(current) if _tag(m) == part]
            if tagged and steps:
                steps[-1] += f" ({part})"
            current = tagged[0] if tagged else None
    return steps, holder, current


def _bare(annotation: Any) -> Any:
    """Strip a field, `Annotated` and `| None` off a type."""
    if isinstance(annotation, FieldInfo):
        annotation = annotation.annotation
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        members = [m for m in get_args(annotation) if m is not type(None)]
        if len(members) == 1:
            return _bare(members[0])
    return annotation


def _tag(member: Any) -> str | None:
    """The value of `method` that selects a member of the union of methods."""
    fields = getattr(member, "model_fields", {})
    return get_args(fields["method"].annotation)[0] if "method" in fields else None


def _what(
    kind: str,
    message: str,
    given: Any,
    context: dict[str, Any],
    location: Sequence[int | str],
    holder: Any,
    target: Any,
) -> str:
    """What is wrong and what to do, for one kind of error."""
    key = str(location[-1]) if location else ""
    fields: dict[str, FieldInfo] = getattr(holder, "model_fields", {})
    family = kind.split("_")[0]
    match kind:
        case "extra_forbidden":
            return unknown_key(key, fields)
        case "missing":
            about = fields[key].description if key in fields else None
            return f"the key is missing; add it ({_lower(about)})" if about else "the key is missing; add it"
        case "union_tag_not_found":
            return "the key 'method' is missing; add it, for instance 'method: ipw'"
        case "union_tag_invalid":
            known = [tag.strip().strip("'") for tag in str(context["expected_tags"]).split(",")]
            tag = str(context["tag"])
            return f"there is no method {tag!r}{suggestion(tag, known)}; use one of {listing(known)}"
        case "literal_error":
            options = [o.strip().strip("'") for o in str(context["expected"]).replace(" or ", ", ").split(",")]
            hint = suggestion(str(given), options)
            return f"{given!r} is not a choice{hint}; use {' or '.join(options)}"
        case "string_pattern_mismatch":
            letters = "letters" if "A-Z" in str(context.get("pattern")) else "lower-case letters"
            return f"{given!r} cannot be a name; use {letters}, digits and _, a letter first"
        case "string_too_short":
            return "is empty; write a text"
        case "string_too_long":
            return f"{given!r} is too long; write one character"
        case "too_short" if context.get("actual_length") == 0:
            return "is empty; write at least one entry"
        case "too_short" | "too_long":
            wanted = f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
            return f"{wanted} expected, got {context['actual_length']}: {_shown(given)}; correct the list"
        case "list_type" | "tuple_type":
            return f"expected a list, got {_shown(given)}; write '[a, b]', or '- ' before each entry"
        case "dict_type" | "model_type" | "model_attributes_type":
            inside = list(fields_of(target))[:4]
            keys = f" such as {', '.join(inside)}" if inside else ""
            return f"expected keys with values{keys}, got {_shown(given)}; write them as 'key: value'"
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            sign = {"greater_than": "above", "greater_than_equal": "at least", "less_than": "below"}.get(
                kind, "at most"
            )
            limit = context.get("gt", context.get("ge", context.get("lt", context.get("le"))))
            return f"{given!r} is out of range; write a value {sign} {limit}"
        case "value_error":
            return str(context.get("error", message))
        case "invalid_key":
            return f"the key {given!r} is not text; put it in quotes or correct it"
    if get_origin(_bare(holder)) in (Union, types.UnionType):
        # One value was tried as each member of a union: one sentence names them all.
        words = [WORDS.get(_bare(member), "text") for member in get_args(_bare(holder))]
        return f"expected {' or '.join(dict.fromkeys(words))}, got {_shown(given)}; correct it"
    if family in EXPECTED:
        return f"expected {EXPECTED[family]}, got {_shown(given)}; {REMEDY.get(family, 'correct it')}"
    return f"{_lower(message)}, got {_shown(given)}; see config/README.md"


def fields_of(target: Any) -> dict[str, FieldInfo]:
    """Return the fields of the model in a type, or nothing where there is no one model."""
    target = _bare(target)
    if get_origin(target) is dict:
        target = _bare(get_args(target)[1])
    fields: dict[str, FieldInfo] = getattr(target, "model_fields", {})
    return fields


def _shown(value: Any) -> str:
    """A value as a sentence shows it: empty for null, and never a page of text."""
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _lower(text: str | None) -> str:
    text = (text or "").rstrip(".")
    return text[:1].lower() + text[1:]
