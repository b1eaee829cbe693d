"""Markdown structure with exact places, from markdown-it-py.

``scan_blocks`` is the cheap pass that ledgers need: block structure only, no tables and no inline parsing,
and in a memory that does not grow with the number of paragraphs. Fences inside lists and quotes, indented
code and HTML blocks are where CommonMark says they are.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

_RULES = [
    "drain",
    "prose",
    "plain",
    "code",
    "fence",
    "blockquote",
    "hr",
    "list",
    "html_block",
    "heading",
    "lheading",
    "paragraph",
]


# What may start something else than a line of a paragraph.
_OPENERS = frozenset("#>-+*_=~`<0123456789")
_PROSE = re.compile(
    r"(?:[ ]*(?:(?:[-+*]|\d{1,9}[.)])[ ])?"  # an item's marker, or none
    r"(?:[^\s\d#>+*_=~`<-]|\d+(?![\d.)])|\*\*(?=[^\W\d_])|`(?!``))[^\n]*(?:\n|\Z))+"
)


class Heading(NamedTuple):
    """A heading at the top level of a document; ``line`` counts from 1, ``column`` is where its text starts."""

    line: int
    level: int
    text: str
    column: int


class Block(NamedTuple):
    """Lines ``start`` to ``end`` (both counted from 1, ``end`` included) that hold no Markdown text.

    ``kind`` is ``fence``, ``code`` (indented) or ``html``. ``closed`` is False for a fence that only the end
    of its container ends.
    """

    kind: str
    start: int
    end: int
    closed: bool = True


class Blocks(NamedTuple):
    """What ``scan_blocks`` found, each list in document order."""

    headings: list[Heading]
    opaque: list[Block]


def scan_blocks(text: str, lines: list[str]) -> Blocks:
    """Headings and opaque blocks of ``text``, whose ``lines`` are given as SourceText splits them."""
    found = Blocks([], [])
    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])

    def drain(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        # Called before every block: at the top level all tokens so far are finished and can go.
        if state.level == 0 and not silent and state.tokens:
            _collect(state.tokens, lines, found)
            state.tokens.clear()
        return False

    parser.block.ruler.before("code", "drain", drain)
    parser.block.ruler.before("code", "prose", _prose)
    parser.block.ruler.before("code", "plain", _plain)
    parser.block.ruler.enableOnly(_RULES)
    _collect(parser.parse(text), lines, found)
    return found


def _prose(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A block rule that passes over a run of plainly worded lines and list items at the top level.

    Between blank lines such lines can only be paragraphs and lists, however they are indented, so no heading and no
    code is in them. The run must end where a list ends too: before a blank line with unindented text behind it.
    """
    if silent or state.level or state.blkIndent or state.sCount[start] >= 4 or start < state.env.get("refused", 0):
        return False
    run = _PROSE.match(state.src, state.bMarks[start])
    if run is None:
        return False
    line = start + run.group().count("\n") + (not run.group().endswith("\n"))
    if line < end:
        following = state.skipEmptyLines(line)
        if following == line or (following < end and state.sCount[following]):
            # Not to be matched again from each of its blocks, which would take quadratic time.
            state.env["refused"] = line
            return False
    state.line = line
    return True


def _plain(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A block rule that passes over paragraphs of plainly worded lines, which are most of a document.

    It says what the rules behind it would say (a test compares) without asking each of them at every line,
    and makes no tokens. Whatever could be anything but prose is left to them.
    """
    source, starts, shifts, ends = state.src, state.bMarks, state.tShift, state.eMarks
    if silent or state.sCount[start] - state.blkIndent >= 4 or not _worded(source, starts[start] + shifts[start]):
        return False
    line = start + 1
    while line < end:
        at = starts[line] + shifts[line]
        if at >= ends[line]:
            break
        # A count below 0 marks a line that a quote goes on with lazily: whatever it says, it is of the paragraph.
        if state.sCount[line] >= 0 and not _worded(source, at):
            bullet = source[at] in "-*+" and source.startswith(" ", at + 1) and source[at + 2 : at + 3].isalnum()
            if bullet and state.listIndent < 0 and 0 <= state.sCount[line] - state.blkIndent < 4:
                break
            if bullet and state.listIndent >= 0 and state.sCount[line] - state.listIndent < 4:
                break
            return False
        line += 1
    state.line = line
    return True


def _worded(source: str, at: int) -> bool:
    """Whether a line whose text starts ``at`` can neither open a block nor underline a heading."""
    first = source[at]
    if first not in _OPENERS:
        return True
    if first == "*":
        return source.startswith("**", at) and source[at + 2 : at + 3].isalpha()
    return first == "`" and not source.startswith("```", at)


def _collect(tokens: list[Token], lines: list[str], found: Blocks) -> None:
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            if token.level == 0 and token.map:
                start = token.map[0]
                text = tokens[index + 1].content
                found.headings.append(Heading(start + 1, int(token.tag[1]), text, _text_column(lines[start], text)))
        elif token.map and token.type in ("fence", "code_block", "html_block"):
            start, end = token.map
            kind = {"fence": "fence", "code_block": "code", "html_block": "html"}[token.type]
            closed = kind != "fence" or _closed(token, end - start, lines[end - 1])
            found.opaque.append(Block(kind, start + 1, end, closed))


def _text_column(line: str, text: str) -> int:
    at = line.find(text.split("\n", 1)[0])
    return max(at, 0) + 1


def _closed(token: Token, height: int, last: str) -> bool:
    """Whether a fence of ``height`` lines ends with a closing one: its ``last`` line looks so and is not content."""
    content = token.content.count("\n") + (token.content[-1:] not in ("", "\n"))
    rest = last.rstrip().lstrip(" \t>")
    return height > content + 1 and len(rest) >= len(token.markup) and not rest.strip(token.markup[0])
