"""Inline ignores: ``<!-- autopack: ignore CODE reason -->`` silences the findings of one code on one line.

The line is the comment's own; a comment that stands alone silences the next line that is neither blank nor such a
comment, and where that line opens a code block, the whole block. In code, and in backticks, the comment is an example.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from autopack_hooks.core.text import SourceText
from autopack_hooks.markdown.structure import HTML_BLOCK

if TYPE_CHECKING:
    from autopack_hooks.markdown.assemble import Structure

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


def find_ignores(source: SourceText, structure: Callable[[], Structure]) -> tuple[Ignore, ...]:
    """Return the ignore comments of ``source``; its ``structure`` is asked for only where there may be one."""
    if MARK not in source.text:
        return ()
    found = structure()
    spans = ((span, _COMMENT.fullmatch(span.text)) for span in found.comments if MARK in span.text)
    comments = [(span, match) for span, match in spans if match]
    starts = {block.start: block.end for block in found.opaque if block.kind != HTML_BLOCK}
    alone = _next_lines(source, [span.line for span, _ in comments if source.lines[span.line - 1].strip() == span.text])
    ignores = []
    for span, match in comments:
        first = last = alone.get(span.line, span.line)
        if span.line in alone:
            last = starts.get(first, first)
        body = _BODY.match(match[1])
        codes = tuple(code.strip() for code in body[1].split(",")) if body else ()
        ignores.append(Ignore(span.line, span.column, codes, first, last))
    return tuple(ignores)


def _next_lines(source: SourceText, alone: Sequence[int]) -> dict[int, int]:
    """For each line that is one comment, the next line that is neither blank nor such a comment (or none: itself)."""
    covered: dict[int, int] = {}
    for number in reversed(alone):
        following = range(number + 1, len(source.lines) + 1)
        line = next((n for n in following if source.lines[n - 1].strip()), number)
        covered[number] = covered.get(line, line)
    return covered
