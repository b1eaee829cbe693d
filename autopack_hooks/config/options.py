"""Options of the configuration: each declares the values it takes once, as a check and as JSON Schema.

A ``Check`` returns the clean value, or raises ``InvalidValue`` with what was expected. Its ``schema`` lets the same values
pass, so that an editor finds a slip while it is made; where JSON Schema cannot say all of it, the check is stricter.
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


class InvalidValue(ValueError):
    """A value of the wrong kind; the message says what was expected."""


class Check(NamedTuple):
    """The values of an option: ``clean(value, key)`` returns the clean value or raises InvalidValue."""

    clean: Clean
    schema: Schema

    def __call__(self, value: Any, key: str) -> Any:
        """Return the clean value."""
        return self.clean(value, key)


def checked(**schema: Any) -> Callable[[Clean], Check]:
    """Make a Check of a function; ``schema`` are the keywords of its JSON Schema (``not_`` is ``not``)."""
    return lambda clean: Check(clean, {keyword.rstrip("_"): value for keyword, value in schema.items()})


def option(check: Check, default: Any, doc: str) -> Any:
    """Declare one option of a dataclass."""
    metadata = {"check": check, "doc": doc}
    if default == {}:
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


@checked(type="string", pattern=r"\S")
def a_text(value: Any, key: str) -> str:
    """Check for a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidValue(f"{key} must be a non-empty text")
    return value


@checked(type="string", pattern=r"^(?!\s*$)(?!/)(?!(.*/)?\.\.(/|$))[^\\]+$")
def a_path(value: Any, key: str) -> str:
    """Check for a path inside the repository."""
    path = PurePosixPath(a_text(value, key))
    outside = path.is_absolute() or ".." in path.parts or not path.parts
    if outside or "\\" in str(value) or not str(value).isprintable():
        raise InvalidValue(f"{key} must be a path inside the repository, with forward slashes: {value!r}")
    return str(path)


@checked(type="boolean")
def a_flag(value: Any, key: str) -> bool:
    """Check for true or false."""
    if not isinstance(value, bool):
        raise InvalidValue(f"{key} must be true or false")
    return value


@checked(type="number", exclusiveMinimum=0, exclusiveMaximum=1e9)
def a_positive(value: Any, key: str) -> float:
    """Check for a number above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise InvalidValue(f"{key} must be a number above 0")
    return float(value)


@checked(type="integer", minimum=0)
def a_count(value: Any, key: str) -> int:
    """Check for a whole number, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidValue(f"{key} must be a whole number, 0 or more")
    return value


def a_number(least: int, most: int) -> Check:
    """Return a check for a whole number between two."""

    def clean(value: Any, key: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InvalidValue(f"{key} must be a whole number from {least} to {most}")
        return value

    return Check(clean, {"type": "integer", "minimum": least, "maximum": most})


def a_list(item: Check) -> Check:
    """Return a check for a list whose items ``item`` accepts."""

    def clean(value: Any, key: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise InvalidValue(f"{key} must be a list")
        return tuple(item(v, f"{key}[{i}]") for i, v in enumerate(value))

    return Check(clean, {"type": "array", "items": item.schema})


def one_of(*choices: str) -> Check:
    """Return a check for one of a few words."""

    def clean(value: Any, key: str) -> str:
        if value not in choices:
            raise InvalidValue(f"{key} must be one of {', '.join(choices)}, not {value!r}")
        return str(value)

    return Check(clean, {"enum": list(choices)})


def optional(item: Check) -> Check:
    """Return a check for a value, or null."""
    return Check(
        lambda value, key: None if value is None else item(value, key), {"anyOf": [item.schema, {"type": "null"}]}
    )


def a_map(name: Check, item: Check, of: str) -> Check:
    """Return a check for a mapping of names to values, which ``of`` describes in words."""

    def clean(value: Any, key: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise InvalidValue(f"{key} must map {of}")
        return {name(k, f"{key}.{k}"): item(v, f"{key}.{k}") for k, v in value.items()}

    return Check(clean, {"type": "object", "propertyNames": name.schema, "additionalProperties": item.schema})


def rows_of(*keys: str) -> Check:
    """Return a check for a list of mappings of texts, as the link policy has them."""

    def clean(value: Any, key: str) -> tuple[Mapping[str, str], ...]:
        rows: tuple[dict[str, Any], ...] = a_list(Check(lambda row, name: mapping(row, name, keys), {}))(value, key)
        for i, row in enumerate(rows):
            for name, text in row.items():
                a_text(text, f"{key}[{i}].{name}")
        return rows

    item = {"type": "object", "properties": dict.fromkeys(keys, a_text.schema), "additionalProperties": False}
    return Check(clean, {"type": "array", "items": item})


def section(kind: type[Any], raw: Any, where: str) -> Any:
    """Build the dataclass ``kind`` of options from a mapping.

    Args:
        kind: the dataclass, which may itself raise InvalidValue for options that do not go together.
        raw: the mapping, or None for all defaults.
        where: the key of the section, for messages.

    Raises:
        InvalidValue: an option is unknown, or its value is wrong.
    """
    values = section_values(kind, raw, where)
    try:
        return kind(**values)
    except InvalidValue as error:
        raise InvalidValue(f"{where}: {error}") from None


def section_values(kind: type[Any], raw: Any, where: str) -> dict[str, Any]:
    """Return the clean values of the options of ``kind`` that ``raw`` gives. Raises InvalidValue."""
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
    """Return the JSON Schema of a section: each option with its documentation and its default."""
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
    """Return ``raw`` if it is a mapping with ``known`` keys only. Raises InvalidValue, which names the nearest known key."""
    if not isinstance(raw, dict):
        raise InvalidValue(f"{where} must be a mapping of {', '.join(known)}")
    for key in raw:
        if key not in known:
            import difflib  # only where there is a slip to explain

            near = difflib.get_close_matches(str(key), known, 1, 0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            place = "" if where == "the file" else f" in {where}"
            raise InvalidValue(f"unknown key {key!r}{place}; {hint}")
    return raw
