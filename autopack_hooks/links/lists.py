"""List items: the rule of CommonMark 5.2 and 5.3 that finds their content, building no tokens.

An item's content starts after its marker and one to four columns of white space; lines that are indented as far
belong to it. ``StateBlock`` keeps, for every line, where its content begins and how many columns that is from the margin.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from markdown_it.rules_block import StateBlock

LIST_STARTERS = frozenset("*+-0123456789")
_MARKER = re.compile(r"(?:[*+-]|(?P<number>[0-9]{1,9})[.)])(?=[ \t\n]|\Z)")

EndsItem = Callable[[StateBlock, int, int], bool]


def list_rule(state: StateBlock, start: int, end: int, silent: bool, ends_item: EndsItem) -> bool:
    """Read a list that starts at line ``start``; ``ends_item`` tells whether another block begins at a line."""
    if state.is_code_block(start) or _continues_paragraph(state, start):
        return False
    marker = _marker(state, start)
    if marker is None:
        return False
    if (
        silent
        and state.parentType == "paragraph"
        and state.sCount[start] >= state.blkIndent
        and not _interrupts(state, start, marker)
    ):
        return False
    if silent:
        return True
    kind, parent = marker.group()[-1], state.parentType
    state.parentType = "list"
    state.level += 2  # the list's and the item's
    line = start
    while marker is not None and marker.group()[-1] == kind:
        line = _item(state, line, end, marker)
        if (
            line >= end
            or state.sCount[line] < state.blkIndent
            or state.is_code_block(line)
            or ends_item(state, line, end)
        ):
            break
        marker = _marker(state, line)
    state.level -= 2
    state.line, state.parentType = line, parent
    return True


def _continues_paragraph(state: StateBlock, line: int) -> bool:
    """A line that is indented by four from its list, but not as far as the item's content, is text of the item before."""
    indent = state.sCount[line]
    return state.listIndent >= 0 and indent - state.listIndent >= 4 and indent < state.blkIndent


def _marker(state: StateBlock, line: int) -> re.Match[str] | None:
    return _MARKER.match(state.src, state.bMarks[line] + state.tShift[line])


def _interrupts(state: StateBlock, line: int, marker: re.Match[str]) -> bool:
    """Whether a list may end a paragraph: its first item has content, and its number is 1."""
    number = marker["number"]
    blank = not state.src[marker.end() : state.eMarks[line]].strip(" \t")
    return not blank and (number is None or int(number) == 1)


def _item(state: StateBlock, line: int, end: int, marker: re.Match[str]) -> int:
    """Read one item; returns the line after it."""
    after = state.sCount[line] + len(marker.group())
    at, column, stop = marker.end(), after, state.eMarks[line]
    while at < stop and state.src[at] in " \t":
        column += 4 - (column + state.bsCount[line]) % 4 if state.src[at] == "\t" else 1
        at += 1
    empty = at >= stop
    space = column - after
    saved = state.tShift[line], state.sCount[line], state.listIndent, state.blkIndent
    state.listIndent, state.blkIndent = state.blkIndent, after + (1 if empty or space > 4 else space)
    state.tShift[line], state.sCount[line] = at - state.bMarks[line], column
    if empty and state.isEmpty(line + 1):
        # An item that begins with two blank lines is empty.
        state.line = min(line + 2, end)
    else:
        state.md.block.tokenize(state, line, end)
    state.tShift[line], state.sCount[line], state.listIndent, state.blkIndent = saved
    return state.line
