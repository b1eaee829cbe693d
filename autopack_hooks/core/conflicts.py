"""Conflict markers that a merge left in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autopack_hooks.core.text import SourceText

_MARKER = re.compile(r"(<{7}|>{7}|\|{7}) |(<{7}|>{7}|\|{7}|={7})$")


def conflict_lines(source: SourceText) -> Iterator[int]:
    """Yield numbers of the lines that start with a marker.

    Equal signs only between the other two, elsewhere they underline.
    """
    if "<<<<<<<" not in source.text and ">>>>>>>" not in source.text:
        return
    inside = False
    for number, line in enumerate(source.lines, 1):
        match = _MARKER.match(line)
        if not match:
            continue
        kind = (match[1] or match[2])[0]
        if kind == "<":
            inside = True
        if kind in "<>" or inside:
            yield number
        if kind == ">":
            inside = False
