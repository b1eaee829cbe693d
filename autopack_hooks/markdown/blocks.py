"""Markdown structure with exact places, from markdown-it-py.

``scan_blocks`` is the cheap pass that ledgers need: block structure only, no tables and no inline parsing. What
plainly is a heading, a fence, a comment or a run of prose at the top level is taken at one look; everything else, up to
the next heading at which the parse can begin anew, is left to markdown-it-py. So fences inside lists and quotes, indented
code and HTML blocks are where CommonMark says they are, and memory does not grow with the number of paragraphs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from autopack_hooks.core.text import unix_newlines

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

_RULES = ["plain", "code", "fence", "blockquote", "hr", "list", "html_block", "heading", "lheading", "paragraph"]

# What may start something else than a line of a paragraph.
_OPENERS = frozenset("#>-+*_=~`<0123456789")

# One block at the top level that can be nothing else. A run of plainly worded lines and list items is one: between blank
# lines it can only be paragraphs and lists, however it is indented, so no heading and no code is in it.
_SIMPLE = re.compile(
    r"(?P<blank>(?:[ \t]*\n)+)"
    r"|[ ]{0,3}(?P<marks>\#{1,6})(?=[ \t\n]|\Z)(?P<title>[^\n]*)(?:\n|\Z)"
    r"|(?P<fence>[ ]{0,3}(?:(?P<ticks>`{3,})(?!`)[^`\n]*|(?P<waves>~{3,})(?!~)[^\n]*)\n"
    r"(?:[^\n]*\n)*?[ ]{0,3}(?:(?(ticks)(?P=ticks)`*|(?P=waves)~*))[ \t]*(?:\n|\Z))"
    r"|(?P<comment>[ ]{0,3}<!--(?!-?>)(?s:.*?)-->[^\n]*(?:\n|\Z))"
    r"|(?P<rule>[ ]{0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})(?:\n|\Z))"
    r"|(?P<prose>(?![ ]{4})(?:[ ]*(?:(?:[-+*]|\d{1,9}[.)])[ ])?"
    r"(?:[^\s\d\#>+*_=~`<-]|\d+(?![\d.)])|\*\*(?=[^\W\d_])|`(?!``))[^\n]*(?:\n|\Z))+)"
)
# A run of prose ends where a list ends too: at the end, or at blank lines with unindented text behind them.
_GAP = re.compile(r"(?:[ \t]*\n)+(?=[^ \t\n])|(?:[ \t]*\n)*[ \t]*\Z")
# A heading without indentation ends all that is open but a fence and some HTML.
_BOUNDARY = re.compile(r"\n(?=\#{1,6}[ \t\n])")


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
    text = unix_newlines(text).replace("\0", "\ufffd")
    found = Blocks([], [])
    parser = None
    at, line = 0, 1
    while at < len(text):
        match = _SIMPLE.match(text, at)
        if match is None or (match.lastgroup == "prose" and not _GAP.match(text, match.end())):
            parser = parser or _parser()
            end = _parse_some(parser, text, at, line, lines, found)
        else:
            end = match.end()
            _take(match, line, lines, found)
        line += text.count("\n", at, end)
        at = end
    return found


def _parser() -> MarkdownIt:
    # Imported here: a ledger without nested or odd blocks is read without it, and it takes 50 ms.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.block.ruler.before("code", "plain", _plain)
    parser.block.ruler.enableOnly(_RULES)
    return parser


def _take(match: re.Match[str], line: int, lines: list[str], found: Blocks) -> None:
    kind = match.lastgroup
    if kind == "title":
        title = match["title"].rstrip(" \t")
        bare = title.rstrip("#")
        title = (bare if bare[-1:] in (" ", "\t") else title).strip()
        found.headings.append(Heading(line, len(match["marks"]), title, _text_column(lines[line - 1], title)))
    elif kind in ("fence", "comment"):
        height = match.group().count("\n") + (not match.group().endswith("\n"))
        found.opaque.append(Block("fence" if kind == "fence" else "html", line, line + height - 1))


def _parse_some(parser: MarkdownIt, text: str, at: int, line: int, lines: list[str], found: Blocks) -> int:
    """Parse ``text`` from ``at``, which is on ``line``, up to a heading at which nothing is open; returns where that is.

    Where a fence or HTML is still open at the next heading, twice as many headings are taken in, so that the time
    stays linear.
    """
    steps = 1
    while True:
        end = at
        for _ in range(steps):
            boundary = _BOUNDARY.search(text, end)
            end = boundary.end() if boundary else len(text)
        part = Blocks([], [])
        height = text.count("\n", at, end)
        _collect(parser.parse(text[at:end]), lines[line - 1 : line + height], line - 1, part)
        last = part.opaque[-1] if part.opaque else None
        if end == len(text) or last is None or last.kind == "code" or not _is_open(last, line + height - 1, lines):
            found.headings.extend(part.headings)
            found.opaque.extend(part.opaque)
            return end
        steps *= 2


def _is_open(block: Block, last: int, lines: list[str]) -> bool:
    """Whether a block reaches the line ``last``, but for blank lines."""
    return not any(lines[number - 1].strip(" \t") for number in range(block.end + 1, last + 1))


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


def _collect(tokens: list[Token], lines: list[str], above: int, found: Blocks) -> None:
    """Add what ``tokens`` say of ``lines``, which have ``above`` lines above them."""
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            if token.level == 0 and token.map:
                start = token.map[0]
                text = tokens[index + 1].content
                found.headings.append(
                    Heading(above + start + 1, int(token.tag[1]), text, _text_column(lines[start], text))
                )
        elif token.map and token.type in ("fence", "code_block", "html_block"):
            start, end = token.map
            kind = {"fence": "fence", "code_block": "code", "html_block": "html"}[token.type]
            closed = kind != "fence" or _closed(token, end - start, lines[end - 1])
            found.opaque.append(Block(kind, above + start + 1, above + end, closed))


def _text_column(line: str, text: str) -> int:
    at = line.find(text.split("\n", 1)[0])
    return max(at, 0) + 1


def _closed(token: Token, height: int, last: str) -> bool:
    """Whether a fence of ``height`` lines ends with a closing one: its ``last`` line looks so and is not content."""
    content = token.content.count("\n") + (token.content[-1:] not in ("", "\n"))
    rest = last.rstrip().lstrip(" \t>")
    return height > content + 1 and len(rest) >= len(token.markup) and not rest.strip(token.markup[0])
