"""Options of the configuration: each says once what it takes, as a check and as JSON Schema.

A ``Check`` gives the clean value or raises ``Bad`` with what was expected. Its ``schema`` lets the same values pass, so
that an editor finds a slip while it is made; where JSON Schema cannot say all of it, the check is the stricter one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import PurePosixPath
from typing import Any, NamedTuple

Clean = Callable[[Any, str], Any]
Schema = Mapping[str, Any]


class Bad(ValueError):
    """A value of the wrong kind; the message says what was expected."""


class Check(NamedTuple):
    """What an option takes. ``clean(value, key)`` returns the clean value or raises Bad."""

    clean: Clean
    schema: Schema

    def __call__(self, value: Any, key: str) -> Any:
        """The clean value."""
        return self.clean(value, key)


def checked(**schema: Any) -> Callable[[Clean], Check]:
    """Makes a Check of a function; ``schema`` are the keywords of its JSON Schema (``not_`` is ``not``)."""
    return lambda clean: Check(clean, {keyword.rstrip("_"): value for keyword, value in schema.items()})


def option(check: Check, default: Any, doc: str) -> Any:
    """One option of a dataclass."""
    metadata = {"check": check, "doc": doc}
    if default == {}:
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


@checked(type="string", pattern=r"\S")
def a_text(value: Any, key: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise Bad(f"{key} must be a non-empty text")
    return value


@checked(type="string", pattern=r"^(?!\s*$)(?!/)(?!(.*/)?\.\.(/|$))[^\\]+$")
def a_path(value: Any, key: str) -> str:
    """A path inside the repository."""
    path = PurePosixPath(a_text(value, key))
    outside = path.is_absolute() or ".." in path.parts or not path.parts
    if outside or "\\" in str(value) or not str(value).isprintable():
        raise Bad(f"{key} must be a path inside the repository, with forward slashes: {value!r}")
    return str(path)


@checked(type="boolean")
def a_flag(value: Any, key: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Bad(f"{key} must be true or false")
    return value


@checked(type="number", exclusiveMinimum=0, exclusiveMaximum=1e9)
def a_positive(value: Any, key: str) -> float:
    """A number above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise Bad(f"{key} must be a number above 0")
    return float(value)


@checked(type="integer", minimum=0)
def a_count(value: Any, key: str) -> int:
    """A whole number, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Bad(f"{key} must be a whole number, 0 or more")
    return value


def a_number(least: int, most: int) -> Check:
    """A whole number between two."""

    def clean(value: Any, key: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Bad(f"{key} must be a whole number from {least} to {most}")
        return value

    return Check(clean, {"type": "integer", "minimum": least, "maximum": most})


def a_list(item: Check) -> Check:
    """A list, of which every item is cleaned."""

    def clean(value: Any, key: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Bad(f"{key} must be a list")
        return tuple(item(v, f"{key}[{i}]") for i, v in enumerate(value))

    return Check(clean, {"type": "array", "items": item.schema})


def one_of(*choices: str) -> Check:
    """One of a few words."""

    def clean(value: Any, key: str) -> str:
        if value not in choices:
            raise Bad(f"{key} must be one of {', '.join(choices)}, not {value!r}")
        return str(value)

    return Check(clean, {"enum": list(choices)})


def optional(item: Check) -> Check:
    """A value, or null."""
    return Check(
        lambda value, key: None if value is None else item(value, key), {"anyOf": [item.schema, {"type": "null"}]}
    )


def a_map(name: Check, item: Check, of: str) -> Check:
    """A mapping of names to values; ``of`` says in words what it maps to what."""

    def clean(value: Any, key: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Bad(f"{key} must map {of}")
        return {name(k, f"{key}.{k}"): item(v, f"{key}.{k}") for k, v in value.items()}

    return Check(clean, {"type": "object", "propertyNames": name.schema, "additionalProperties": item.schema})


def rows_of(*keys: str) -> Check:
    """A list of mappings of texts, as the link policy has them."""

    def clean(value: Any, key: str) -> tuple[Mapping[str, str], ...]:
        rows: tuple[dict[str, Any], ...] = a_list(Check(lambda row, name: mapping(row, name, keys), {}))(value, key)
        for i, row in enumerate(rows):
            for name, text in row.items():
                a_text(text, f"{key}[{i}].{name}")
        return rows

    item = {"type": "object", "properties": dict.fromkeys(keys, a_text.schema), "additionalProperties": False}
    return Check(clean, {"type": "array", "items": item})


def section(kind: type[Any], raw: Any, where: str) -> Any:
    """The dataclass ``kind`` of options, from a mapping (None: all defaults). Raises Bad.

    What its keys cannot tell one by one, ``kind`` says by raising Bad itself.
    """
    values = section_values(kind, raw, where)
    try:
        return kind(**values)
    except Bad as error:
        raise Bad(f"{where}: {error}") from None


def section_values(kind: type[Any], raw: Any, where: str) -> dict[str, Any]:
    """The clean values of the options of ``kind`` that ``raw`` gives. Raises Bad."""
    options = {f.name: f for f in dataclasses.fields(kind)}
    given = mapping({} if raw is None else raw, where, tuple(options))
    values = {}
    for key, value in given.items():
        default = options[key].default
        if dataclasses.is_dataclass(default) and isinstance(default, object):
            values[key] = section(type(default), value, f"{where}.{key}")
        else:
            values[key] = options[key].metadata["check"](value, f"{where}.{key}")
    return values


def section_schema(kind: type[Any]) -> dict[str, Any]:
    """The JSON Schema of a section: each option with its documentation and its default."""
    properties: dict[str, Any] = {}
    for f in dataclasses.fields(kind):
        if dataclasses.is_dataclass(f.default):
            properties[f.name] = section_schema(type(f.default))
            continue
        given = f.default if f.default_factory is dataclasses.MISSING else f.default_factory()
        default = list(given) if isinstance(given, tuple) else given
        shown = {} if default is None else {"default": default}
        properties[f.name] = {"description": f.metadata["doc"], **f.metadata["check"].schema, **shown}
    about = re.sub(r"`+", "", (kind.__doc__ or "").strip().split("\n")[0])
    null_or = {"type": ["object", "null"]}
    return {"description": about, **null_or, "properties": properties, "additionalProperties": False}


def mapping(raw: Any, where: str, known: tuple[str, ...]) -> dict[str, Any]:
    """``raw`` if it is a mapping with ``known`` keys only. Raises Bad, which names the nearest known one."""
    if not isinstance(raw, dict):
        raise Bad(f"{where} must be a mapping of {', '.join(known)}")
    for key in raw:
        if key not in known:
            import difflib  # only where there is a slip to explain

            near = difflib.get_close_matches(str(key), known, 1, 0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            place = "" if where == "the file" else f" in {where}"
            raise Bad(f"unknown key {key!r}{place}; {hint}")
    return raw
