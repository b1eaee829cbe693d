"""Edit a JSON text in place: what is not edited keeps its bytes, whatever its indentation.

The text must be valid; ``json.loads`` is asked first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

Path = Sequence[str | int]
"""Keys and indexes from the root to a value."""

_SPACE = re.compile(r"[ \t\r\n]*")
_INDENT = re.compile(r"\n([ \t]+)\S")
_DECODER = json.JSONDecoder()


class _Member(NamedTuple):
    """A member of an object or an item of an array: its key or index, where it begins (with the key), its value's place."""

    key: str | int
    start: int
    value: int
    end: int


def append(text: str, path: Path, key: str | None, value: Any) -> str:
    """Return ``text`` with a last member added to the object, or (``key`` None) a last item to the array, at ``path``."""
    start, depth = _place(text, path), len(path) + 1
    members = _members(text, start)
    newline = "\r\n" if "\r\n" in text else "\n"
    found = _INDENT.search(text)
    unit = found[1] if found else "  "
    lines = json.dumps(value, indent=unit, ensure_ascii=False).split("\n")
    new = (f"{json.dumps(key)}: " if key is not None else "") + f"{newline}{unit * depth}".join(lines)
    if members:
        return _replaced(text, members[-1].end, members[-1].end, f",{newline}{unit * depth}{new}")
    end = _skip(text, start + 1)
    return _replaced(text, start + 1, end, f"{newline}{unit * depth}{new}{newline}{unit * (depth - 1)}")


def delete(text: str, path: Path) -> str:
    """Return ``text`` without the member or item at ``path``, and the comma that stood beside it."""
    start = _place(text, path[:-1])
    members = _members(text, start)
    number = next(n for n, member in enumerate(members) if member.key == path[-1])
    if number:
        return _replaced(text, members[number - 1].end, members[number].end, "")
    if len(members) > 1:
        return _replaced(text, members[0].start, members[1].start, "")
    return _replaced(text, start + 1, _skip(text, members[0].end), "")


def _replaced(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _place(text: str, path: Path) -> int:
    """Return where the value at ``path`` begins. Of a key that is there twice the last counts, as for every reader."""
    start = _skip(text, text.startswith("\ufeff"))
    for key in path:
        start = next(member.value for member in reversed(_members(text, start)) if member.key == key)
    return start


def _members(text: str, start: int) -> list[_Member]:
    """Return the members of the object, or the items of the array, that begins at ``start``."""
    in_object = text[start] == "{"
    found: list[_Member] = []
    at = _skip(text, start + 1)
    while text[at] not in "}]":
        if text[at] == ",":
            at = _skip(text, at + 1)
        value, key = at, len(found)
        if in_object:
            key, colon = _DECODER.raw_decode(text, at)
            value = _skip(text, _skip(text, colon) + 1)
        end = _DECODER.raw_decode(text, value)[1]
        found.append(_Member(key, at, value, end))
        at = _skip(text, end)
    return found


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
