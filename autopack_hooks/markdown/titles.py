"""Bounds the titles of links: the parser takes time that grows with the square of a title's lines."""

from __future__ import annotations

import re
from bisect import bisect

_MOST_LINES = 1_000
_OPENING = re.compile(r"[\s>]([\"'(])")
_CLOSING = {mark: re.compile(rf"(?<!\\)\{end}") for mark, end in ('""', "''", "()")}


def without_long_titles(text: str) -> str:
    """Return ``text``, in which no title of an inline link goes over more than 1,000 lines.

    The mark that would open a longer one, closed or not, is replaced by a semicolon, so that the link is none. All else
    stays in its place. It takes time that grows with the length of the text.
    """
    if text.count("\n") <= _MOST_LINES or "](" not in text:
        return text
    # A blank line ends a title, and hardly a text has so many lines without one.
    parts = text.split("\n\n")
    return "\n\n".join([_bounded(part) if part.count("\n") > _MOST_LINES else part for part in parts])


def _bounded(part: str) -> str:
    newlines = [match.start() for match in re.finditer("\n", part)]
    ends = dict.fromkeys(_CLOSING, 0)
    chars = list(part)
    for match in _OPENING.finditer(part):
        at, mark = match.start(1), match[1]
        if ends[mark] <= at:
            end = _CLOSING[mark].search(part, at + 1)
            ends[mark] = end.start() if end else len(part)
        if bisect(newlines, ends[mark]) - bisect(newlines, at) > _MOST_LINES:
            chars[at] = ";"
    return "".join(chars)
