"""Inline ignores: ``<!-- autopack: ignore CODE reason -->`` silences the findings of one code on one line.

The line is the comment's own; a comment that stands alone silences the next line that is neither blank nor such a
comment, and where that line opens a code block, the whole block. In code, and in backticks, the comment is an example.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from autopack_hooks.checks.codespans import without_code
from autopack_hooks.core.text import SourceText

if TYPE_CHECKING:  # importing it costs 58 ms, which a run that parses nothing does not pay
    from autopack_hooks.markdown.blocks import Block

MARK = "autopack:"
_COMMENT = re.compile(r"<!--\s*autopack:\s*ignore\b((?:(?!<!--|-->).)*)-->")
_BODY = re.compile(r"\s*([A-Z]{3}\d{3}(?:\s*,\s*[A-Z]{3}\d{3})*)\s+\S")


class Ignore(NamedTuple):
    """One comment: where it stands, the codes it names (none: malformed), and the lines it covers."""

    line: int
    column: int
    codes: tuple[str, ...]
    first: int
    last: int


def find_ignores(source: SourceText, find_opaque: Callable[[], Sequence[Block]]) -> tuple[Ignore, ...]:
    """The ignore comments of ``source``. ``find_opaque`` gives its code blocks; it is called only where a comment is."""
    if MARK not in source.text:
        return ()
    comments = [(n, match) for n, line in enumerate(source.lines, 1) if MARK in line for match in _comments(line)]
    blocks = [block for block in find_opaque() if block.kind != "html"] if comments else []
    starts = [block.start for block in blocks]
    alone = _next_lines(source, [n for n, match in comments if source.lines[n - 1].strip() == match.group()])
    found = []
    for number, match in comments:
        around = bisect_right(starts, number) - 1
        if around >= 0 and number <= blocks[around].end:
            continue
        first = last = alone.get(number, number)
        opened = bisect_left(starts, first)
        if number in alone and opened < len(blocks) and starts[opened] == first:
            last = blocks[opened].end
        body = _BODY.match(match[1])
        codes = tuple(code.strip() for code in body[1].split(",")) if body else ()
        found.append(Ignore(number, match.start() + 1, codes, first, last))
    return tuple(found)


def _comments(line: str) -> list[re.Match[str]]:
    """The ignore comments of a line that do not start in a code span."""
    shown = without_code(line)
    return [match for match in _COMMENT.finditer(line) if shown[match.start()] == "<"]


def _next_lines(source: SourceText, alone: Sequence[int]) -> dict[int, int]:
    """For each line that is one comment, the next line that is neither blank nor such a comment (or none: itself)."""
    covered: dict[int, int] = {}
    for number in reversed(alone):
        following = range(number + 1, len(source.lines) + 1)
        line = next((n for n in following if source.lines[n - 1].strip()), number)
        covered[number] = covered.get(line, line)
    return covered
