"""Finds where the destination of a link stands in its source. Offsets are in bytes."""

from __future__ import annotations

import re
from typing import NamedTuple

from autopack_hooks.markdown.entities import unescape_target

_ANGLED = re.compile(r"<((?:[^<>\n\\]|\\.)*+)>")
_PLAIN = re.compile(r"[^\\()\x00-\x20\x7f]*+")
_BLANK = re.compile(r"[ \t]*+(?:\n[ \t]*+)?+")
_QUOTED_BLANK = re.compile(r"[ \t]*+\n[ \t>]*+")
_LABEL = re.compile(rb"\[((?:[^\[\]\\]|\\.){1,4000})\]:", re.DOTALL)
_TITLE_ENDS = {'"': '"', "'": "'", "(": ")"}
_MOST_TRIES = 8


class Written(NamedTuple):
    """A destination as written.

    The offset of its first character, its characters (without angle brackets) and where the text or label before it
    ends.
    """

    start: int
    raw: str
    text_end: int


def inline_destination(data: bytes, start: int, end: int, target: str) -> Written:
    """Return the destination, which means ``target``, of the inline link that ``data[start:end]`` is."""
    last = at = data.rfind(b"](", start, end)
    for _ in range(_MOST_TRIES):
        if at < 0:
            break
        source = data[at + 2 : end - 1].decode("utf-8", "replace")
        for blank in (_BLANK, _QUOTED_BLANK):
            found = _destination_after(source, 0, blank)
            if found and _closes(source, found[2]) and unescape_target(source[found[0] : found[1]]) == target:
                return Written(_byte(source, found[0], at + 2), source[found[0] : found[1]], at)
        at = data.rfind(b"](", start, at)
    # An odd title, full of brackets: what the link means is known all the same.
    return Written(last + 2, data[last + 2 : end - 1].decode("utf-8", "replace"), last)


def definition_destination(data: bytes, at: int) -> Written | None:
    """Return the destination of the link definition that starts at ``at``, or None where there can be none."""
    label = _LABEL.match(data, at)
    if label is None:
        return None
    begin = label.end()
    end = data.find(b"\n", data.find(b"\n", begin) + 1 or len(data))
    source = data[begin : end if end >= 0 else len(data)].decode("utf-8", "replace")
    for blank in (_BLANK, _QUOTED_BLANK):
        found = _destination_after(source, 0, blank)
        if found and found[2] > found[0]:
            return Written(_byte(source, found[0], begin), source[found[0] : found[1]], label.end(1))
    return None


def _byte(source: str, at: int, offset: int) -> int:
    """Return the offset of the character ``at`` of ``source``, which starts at ``offset``."""
    return offset + len(source[:at].encode())


def _destination_after(source: str, at: int, blank: re.Pattern[str]) -> tuple[int, int, int] | None:
    """Return start and end of the destination behind some blanks, and of what follows it."""
    gap = blank.match(source, at)
    if gap is None:
        return None
    at = gap.end()
    if match := _ANGLED.match(source, at):
        return match.start(1), match.end(1), match.end()
    end = -1 if source.startswith("<", at) else _plain_end(source, at)
    return None if end < 0 else (at, end, end)


def _plain_end(source: str, at: int) -> int:
    """Return the end of a destination without angle brackets, or -1 where its parentheses are not balanced."""
    depth, size = 0, len(source)
    while True:
        at = _PLAIN.match(source, at).end()  # type: ignore[union-attr]  # it matches the empty text too
        char = source[at] if at < size else ""
        if char == "\\":
            at += 2 if at + 1 < size and source[at + 1] > " " else 1
        elif char == "(":
            depth, at = depth + 1, at + 1
        elif char == ")" and depth:
            depth, at = depth - 1, at + 1
        else:
            return -1 if depth else at


def _closes(source: str, after: int) -> bool:
    """Return whether nothing but a title stands behind a destination."""
    rest = source[after:].strip(" \t\n>")
    return not rest or (source[after] in " \t\n" and rest[-1] == _TITLE_ENDS.get(rest[0]))
