"""Code spans of one line, found without an inline parser and in time that grows with the line."""

from __future__ import annotations

import re

_TICKS = re.compile(r"`+")


def without_code(line: str) -> str:
    """``line`` with blanks in place of its code spans, so that columns stay what they are.

    A span goes from a run of backticks to the next run of the same length, as CommonMark has it; a run that no
    later one answers stands for itself.
    """
    if "`" not in line:
        return line
    runs = [match.span() for match in _TICKS.finditer(line)]
    closing = _closing_runs(runs)
    pieces, at, opening = [], 0, 0
    while opening < len(runs):
        last = closing[opening]
        if last is not None:
            start, end = runs[opening][0], runs[last][1]
            pieces += [line[at:start], " " * (end - start)]
            at, opening = end, last
        opening += 1
    return "".join([*pieces, line[at:]])


def _closing_runs(runs: list[tuple[int, int]]) -> list[int | None]:
    """For each run, which later one is the next of its length."""
    closing: list[int | None] = [None] * len(runs)
    nearest: dict[int, int] = {}
    for i in range(len(runs) - 1, -1, -1):
        length = runs[i][1] - runs[i][0]
        closing[i] = nearest.get(length)
        nearest[length] = i
    return closing
