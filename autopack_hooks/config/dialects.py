"""The ``dialects:`` of the configuration: dialects that users write, with the keys that ``Dialect`` has.

No key is a regular expression: ids, headings and fields are described by their parts, so that no configuration can
make a check slow, or make it take prose for an entry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from autopack_hooks.config.options import (  # fmt: skip
    Check,
    InvalidValue,
    a_flag,
    a_list,
    a_map,
    a_number,
    a_text,
    checked,
    one_of,
    option,
    optional,
    section_values,
)
from autopack_hooks.ledger.dialect import (  # fmt: skip
    BOLD,
    DIALECTS,
    FILES,
    FRONT_MATTER,
    HEADINGS,
    ID,
    NUMBERS,
    PLAIN,
    ROLES,
    SECTIONS,
    TABLE,
    VERSIONS,
    Column,
    Dialect,
)

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_IN_HEADINGS = ("id", "number", "date", "title", "status")
_IN_TEMPLATES = ("heading", *_IN_HEADINGS)


@checked(type="string", pattern="^[A-Za-z](?:[A-Za-z0-9_-]{0,30}[A-Za-z0-9])?$")
def _prefix(value: Any, key: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z](?:[A-Za-z0-9_-]{0,30}[A-Za-z0-9])?", value):
        raise InvalidValue(f"{key} must be a word of letters, digits, _ and - that starts with a letter: {value!r}")
    return value


@checked(type="string", pattern=r"^[A-Za-z][\w -]*$")
def _field_name(value: Any, key: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z][\w -]{0,60}", value):
        raise InvalidValue(f"{key} must be a field's name, of letters, digits, blanks, _ and -: {value!r}")
    return value


@checked(type="string", maxLength=200, pattern=r"^[^\n\r#{}]*(\{(id|number|date|title|status)\}[^\n\r{}]*)+$")
def _heading(value: Any, key: str) -> str:
    text: str = a_text(value, key)
    names = _placeholders(text, _IN_HEADINGS, key)
    if len(text) > 200 or not text.isprintable() or text != text.strip() or text.startswith("#"):
        raise InvalidValue(f"{key} must be the text of a heading on one line, without its number signs: {value!r}")
    if len(set(names)) < len(names) or not names:
        raise InvalidValue(f"{key} must have each of its placeholders once, as in '{{id}}: {{title}}': {value!r}")
    if "}{" in text:
        raise InvalidValue(f"{key} must have text between its placeholders, so that they can be told apart: {value!r}")
    return text


@checked(type="string", maxLength=10_000)
def _template(value: Any, key: str) -> str:
    text: str = a_text(value, key)
    if "heading" not in _placeholders(text, _IN_TEMPLATES, key):
        raise InvalidValue(f"{key} must hold {{heading}}, which becomes the entry's heading")
    return text if text.endswith("\n") else text + "\n"


def _placeholders(text: str, known: tuple[str, ...], key: str) -> list[str]:
    names = _PLACEHOLDER.findall(text)
    unknown = [name for name in names if name not in known]
    if unknown or re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        raise InvalidValue(f"{key} may hold no braces but {', '.join(f'{{{name}}}' for name in known)}")
    return names


_COLUMNS = a_map(a_text, one_of(*ROLES), f"each column's header to what it says: {', '.join(ROLES)}")
_FIELDS = a_map(_field_name, one_of(*ROLES), f"each field's name to what it says: {', '.join(ROLES)}")
_LEVEL = a_number(1, 6)


def _maybe(check: Check, doc: str) -> Any:
    """Declare a key of a dialect; where it is not given, the dialect that it is ``like`` has it."""
    return option(optional(check), None, doc)


@dataclass(frozen=True)
class DialectConfig:
    """A dialect of your own."""

    like: str | None = _maybe(one_of(*DIALECTS), "the built-in dialect whose keys it has where it gives none")
    prefix: str | None = _maybe(_prefix, "what every id starts with: RFC for RFC-12")
    ids: str | None = _maybe(one_of(NUMBERS, VERSIONS), "numbers (PREFIX-NUMBER) or versions (1.2.0)")
    digits: int | None = _maybe(a_number(1, 9), "the least number of digits of a new id")
    entries: str | None = _maybe(one_of(HEADINGS, FILES), "whether an entry is a section or a file of its own")
    headings: tuple[str, ...] | None = _maybe(
        a_list(_heading), "forms of an entry's heading, such as '{id}: {title}'; the first is the one that is written"
    )
    level: int | None = _maybe(_LEVEL, "the level of an entry's heading")
    levels: tuple[int, ...] | None = _maybe(a_list(_LEVEL), "levels at which entries are understood")
    loose: tuple[str, ...] | None = _maybe(a_list(a_text), "headings without an id that may stand between entries")
    sections: tuple[str, ...] | None = _maybe(
        a_list(a_text), "headings above the entries' level whose text is of no entry, such as INDEX"
    )
    columns: Mapping[str, str] | None = _maybe(_COLUMNS, "columns of the INDEX, header -> role; {} means no INDEX")
    fields: tuple[str, ...] | None = _maybe(
        a_list(one_of(BOLD, PLAIN, FRONT_MATTER, SECTIONS, TABLE)), "where an entry's fields stand"
    )
    field_roles: Mapping[str, str] | None = _maybe(_FIELDS, "what fields say, name -> role")
    statuses: tuple[str, ...] | None = _maybe(a_list(a_text), "words that a status may start with; [] allows any")
    severities: tuple[str, ...] | None = _maybe(a_list(a_text), "words that a severity may start with; [] allows any")
    meta_fields: tuple[str, ...] | None = _maybe(a_list(_field_name), "fields of the META block")
    count_field: str | None = _maybe(_field_name, "the META field that counts the entries")
    noun: str | None = _maybe(a_text, "what the SUMMARY calls the entries")
    newest_first: bool | None = _maybe(a_flag, "whether the newest entry stands first")
    links: bool | None = _maybe(a_flag, "whether versions have link definitions at the end of the file")
    supersession: bool | None = _maybe(a_flag, 'whether both ends of "supersedes" and "superseded by" are checked')
    first_status: str | None = _maybe(a_text, "the status of a new entry")
    template: str | None = _maybe(_template, "the text of a new entry, with {heading}, {date}, {status} and so on")


def own_dialects(raw: Any) -> dict[str, Dialect]:
    """Return the dialects that ``dialects:`` defines. Raises InvalidValue."""
    if not isinstance(raw, dict):
        raise InvalidValue("dialects must map names to the keys of a dialect")
    found = {}
    for name, value in raw.items():
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,62}", name):
            raise InvalidValue(f"dialects: {name!r} is not a name (letters, digits, _ and -)")
        if name in DIALECTS:
            raise InvalidValue(f"dialects.{name} is built in; give yours another name, with `like: {name}`")
        found[name] = _dialect(name, value, f"dialects.{name}")
    return found


def _dialect(name: str, raw: Any, where: str) -> Dialect:
    values = {key: value for key, value in section_values(DialectConfig, raw, where).items() if value is not None}
    base = DIALECTS[values["like"]] if "like" in values else Dialect(name="", prefix="")
    given = {key: value for key, value in values.items() if key != "like"}
    if "columns" in given:
        given["columns"] = tuple(Column(header.strip(), role) for header, role in given["columns"].items())
    if "field_roles" in given:
        given["field_roles"] = tuple((key.lower(), role) for key, role in given["field_roles"].items())
    if "level" in given and "levels" not in given:
        given["levels"] = (given["level"],)
    if given.get("statuses") and "first_status" not in given:
        given["first_status"] = given["statuses"][0]
    dialect = replace(base, name=name, **given)
    _check(dialect, where)
    return dialect


def _check(dialect: Dialect, where: str) -> None:
    """Check the keys of a dialect against each other. Raises InvalidValue."""
    if dialect.ids == VERSIONS and (dialect.prefix or dialect.entries == FILES):
        raise InvalidValue(f"{where}: versions have no prefix, and are sections (entries: {HEADINGS})")
    if dialect.ids != VERSIONS and not dialect.prefix:
        raise InvalidValue(f"{where} needs a prefix, such as prefix: RFC for the ids RFC-1, RFC-2 (or `like`)")
    if dialect.level not in dialect.levels:
        raise InvalidValue(f"{where}: level {dialect.level} must be one of levels")
    if not dialect.headings:
        raise InvalidValue(f"{where}.headings must have at least one form")
    wanted = "{title}" if dialect.entries == FILES else "{id}"
    for form in dialect.headings:
        if wanted not in form or (dialect.entries != FILES and "{number}" in form):
            instead = "" if dialect.entries == FILES else " and no {number}"
            raise InvalidValue(
                f"{where}.headings: {form!r} must hold {wanted}{instead}, for entries are {dialect.entries}"
            )
    known = [word.casefold() for word in dialect.statuses]
    if known and dialect.first_status and dialect.first_status.casefold() not in known:
        raise InvalidValue(f"{where}.first_status must be one of its statuses: {', '.join(dialect.statuses)}")
    headers = [column.header.lower() for column in dialect.columns]
    ids = sum(column.role == ID for column in dialect.columns)
    if dialect.columns and (ids != 1 or len(set(headers)) < len(headers)):
        raise InvalidValue(f"{where}.columns must have different headers, and one column with the role {ID}")
