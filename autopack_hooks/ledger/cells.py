"""Cells of INDEX rows: which bars split one by mistake, and how a text becomes a cell."""

from __future__ import annotations

import re

from autopack_hooks.core.edits import Edit, apply_edits
from autopack_hooks.ledger.model import IndexRow

_BAR = re.compile(r"(?<!\\)((?:\\\\)*)\|")
_BLANKS = re.compile(r"\s+")


def as_cell(text: str) -> str:
    """``text`` on one line, its bars escaped, so that it is one cell."""
    return _BAR.sub(r"\1\\|", _BLANKS.sub(" ", text)).strip()


def words(row: IndexRow) -> tuple[str, ...]:
    """Return what a row says, whichever of its bars are escaped: equal before and after a fix."""
    bare = "|".join(cell.text for cell in row.cells).replace("\\|", "|")
    return tuple(part.strip() for part in bare.rstrip("| ").split("|"))


def splitting_bar(line: str, row: IndexRow) -> int:
    """Return the column of the bar that most likely splits a cell of a row with too many."""
    inner, coded, tight = _suspects(line, row)
    guess = inner[min(row.expected - 1, len(inner) - 1)] if inner else row.column
    return next(iter([*coded, *tight]), guess)


def bars_to_escape(line: str, row: IndexRow) -> tuple[int, ...]:
    """Return the columns of the bars to escape; none where it is not certain which they are.

    It is certain where just as many bars as there are cells too many stand inside backticks, or without blanks
    around them, or both together.
    """
    surplus = len(row.cells) - row.expected
    _, coded, tight = _suspects(line, row)
    for suspects in (coded, tight, sorted({*coded, *tight})):
        if surplus > 0 and len(suspects) == surplus:
            return tuple(suspects)
    return ()


def escaped(line: str, row: IndexRow) -> str:
    """Return the row as it stands on its ``line``, with its splitting bars escaped."""
    text = apply_edits(line, (Edit(column - 1, column - 1, "\\") for column in bars_to_escape(line, row)))
    return text[row.column - 1 :].rstrip()


def _suspects(line: str, row: IndexRow) -> tuple[list[int], list[int], list[int]]:
    """Return the inner bars; of those, the ones in backticks, and the others that lack a blank on one side."""
    start, end = row.column - 1, len(line.rstrip())
    text = start + len(line[start:]) - len(line[start:].lstrip("| "))
    inner = [pipe for pipe in row.pipes if text < pipe < end]
    coded: list[int] = []
    tight: list[int] = []
    ticks, before = 0, 0
    for pipe in inner:
        ticks += line.count("`", before, pipe)
        before = pipe
        if ticks % 2:
            coded.append(pipe)
        elif line[pipe - 2] != " " or not line.startswith(" ", pipe):
            tight.append(pipe)
    return inner, coded, tight
