"""Cuts entries into passages."""

from __future__ import annotations

import re
from collections.abc import Iterable

PASSAGE_LIMIT = 2000
"""The longest passage, in characters."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_SOFT_END = re.compile(r"[.!?;|]\s|\s")

# The ranks of a line as the start of a passage.
_ANY_LINE, _PARAGRAPH, _TITLE = 0, 1, 2


def passages(title: str, content: str, limit: int = PASSAGE_LIMIT) -> list[str]:
    """Cut ``content`` into passages of at most ``limit`` characters, none of them blank, nothing but blank lost.

    A short entry is one passage. A long one is cut at the last heading that leaves a passage within the limit;
    where there is none, at the last blank line, then at the last line; a line that is itself too long at the end
    of a sentence or word. No heading or blank line inside a code fence counts. Without content the title is
    the passage, and without either there is none.
    """
    found = [content] if len(content) <= limit else _cut(_starts(content, limit), limit)
    return [text.strip("\r\n") for text in found if text.strip()] or [text for text in [title] if text.strip()]


def _cut(lines: Iterable[tuple[int, str]], limit: int) -> Iterable[str]:
    """Join lines to passages, each ended before its best line (of the best ones the last)."""
    pending: list[tuple[int, str]] = []
    size = 0
    for rank, line in lines:
        while pending and size + len(line) > limit:
            candidates = [*((pending[i][0], i) for i in range(1, len(pending))), (rank, len(pending))]
            at = max(candidates)[1]
            yield "".join(text for _, text in pending[:at])
            pending = pending[at:]
            size = sum(len(text) for _, text in pending)
        pending.append((rank, line))
        size += len(line)
    yield "".join(text for _, text in pending)


def _starts(content: str, limit: int) -> Iterable[tuple[int, str]]:
    """Yield each line with its newline, and its rank as a start of a passage; none is longer than ``limit``."""
    fence = ""
    after_blank = False
    for line in _LINE.findall(content):
        text = line.rstrip("\r\n")
        mark = _FENCE.match(text)
        rank = _ANY_LINE
        if not fence:
            rank = _TITLE if _HEADING.match(text) else _PARAGRAPH if after_blank else _ANY_LINE
            fence = mark.group(1) if mark else ""
        elif mark and mark.group(1).startswith(fence) and not text.strip(" \t" + fence[0]):
            fence = ""
        after_blank = not text.strip()
        for part in _split_line(line, limit):
            yield rank, part
            rank = _ANY_LINE


def _split_line(line: str, limit: int) -> Iterable[str]:
    start = 0
    while len(line) - start > limit:
        window = line[start : start + limit]
        ends = [match.end() for match in _SOFT_END.finditer(window, limit // 2)]
        size = ends[-1] if ends else limit
        yield window[:size]
        start += size
    yield line[start:]
