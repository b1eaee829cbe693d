"""A second opinion on what a Markdown text holds, from a parser that shares nothing with the reader's.

Before something that was made is written, both must read the same headings, blocks and targets out of it: what one
parser alone sees is not sure enough to change somebody's document for. The one module that knows markdown-it-py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from autopack_hooks.core.text import front_matter_end, unix_newlines
from autopack_hooks.markdown.assemble import Structure
from autopack_hooks.markdown.slug import slugify
from autopack_hooks.markdown.structure import CODE, FENCE, HTML_BLOCK

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.parser_block import RuleFuncBlockType
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_FOOTNOTE = re.compile(r"\[\^([^\]\[\s]+)\]:[ \t]*")
_FOOTNOTE_USE = re.compile(r"\[\^([^\]\[\s]+)\]")
_KINDS = {"fence": FENCE, "code_block": CODE, "html_block": HTML_BLOCK}
_MAX_NESTING = 100


class Outline(NamedTuple):
    """Hold what both parsers must agree on, in document order.

    Headings as line, last line, level, slug and whether nested; blocks that hold no Markdown as kind, first and last
    line; targets of links and images, references resolved.
    """

    headings: list[tuple[int, int, int, str, bool]]
    opaque: list[tuple[str, int, int]]
    targets: list[str]


def find_difference(structure: Structure, text: str) -> str | None:
    """Return in words the first thing that the referee reads otherwise out of ``text`` than the reader did, or None."""
    outlines: Iterable[tuple[str, list[Any], list[Any]]]
    outlines = zip(Outline._fields, outline_of(structure), read_outline(text), strict=True)
    for name, own, other in outlines:
        for seen, said in zip_longest(own, other):
            if seen != said:
                return f"{name}: the reader sees {seen!r}, the referee {said!r}"
    return None


def outline_of(structure: Structure) -> Outline:
    """Return the outline of what the reader found."""
    return Outline(
        [(h.line, h.end, h.level, slugify(h.rendered), h.nested) for h in structure.headings],
        [(block.kind, block.start, block.end) for block in structure.opaque],
        structure.targets,
    )


def parsers_agree(structure: Structure, text: str) -> bool:
    """Return whether the referee reads the same headings and blocks, and so the same entries, out of ``text``."""
    ours, theirs = outline_of(structure), read_outline(text)
    return ours.headings == theirs.headings and ours.opaque == theirs.opaque


def read_outline(text: str) -> Outline:
    """Return the outline of ``text`` as markdown-it-py reads it."""
    lines = unix_newlines(text).split("\n")
    front = front_matter_end(lines)
    outline = Outline([], [], [])
    if lines[-1].strip():
        lines.append("")  # it overlooks a last line that holds only the mark of a quote
    tokens = _parser().parse("\n" * front + "\n".join(lines[front:]), {"footnotes": set()})
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.map:
            children = tokens[index + 1].children or []
            place = token.map[0] + 1, token.map[1], int(token.tag[1])
            outline.headings.append((*place, slugify("".join(_rendered(children))), token.level > 0))
        elif token.map and token.type in _KINDS:
            outline.opaque.append((_KINDS[token.type], token.map[0] + 1, token.map[1]))
        elif token.type == "inline":
            outline.targets.extend(_targets(token.children or []))
    return outline


def _rendered(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield what a reader sees of a heading: images and tags left out."""
    return (token.content for token in tokens if token.type in ("text", "code_inline", "footnote"))


def _targets(tokens: Sequence[Token]) -> Iterator[str]:
    for index, token in enumerate(tokens):
        if token.type == "image":
            yield str(token.attrs["src"])
            yield from _targets(token.children or [])
        elif token.type == "link_open":
            target = str(token.attrs["href"])
            if token.markup != "autolink" or tokens[index + 1].content == target:  # else it is an e-mail address
                yield target


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # 50 ms: only where something is to be written

    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable(["table", "strikethrough"])
    everywhere: Any = {"alt": ["paragraph", "reference", "blockquote"]}
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.block.ruler.at("reference", _definition)
    parser.block.ruler.before("reference", "footnote", _footnote, everywhere)
    parser.inline.ruler.after("link", "footnote", _footnote_use)
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]  # the documented way to set it
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # likewise
    return parser


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a table as GitHub does: its first line is nothing else, and hyphens alone below it underline a heading."""
    from markdown_it.rules_block import table

    if start + 1 >= state.lineMax or any(rule(state, start, end, True) for rule in _openers(state)):
        return False
    rule = state.src[state.bMarks[start + 1] : state.eMarks[start + 1]]
    return bool(rule.strip(" \t").strip("-")) and table(state, start, end, silent)


def _openers(state: StateBlock) -> Sequence[RuleFuncBlockType]:
    """Return the rules of blocks that may begin within a paragraph, tables left out."""
    return state.md.block.ruler.getRules("blockquote")


def _definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a link definition as GitHub does: as the first line of a paragraph that goes on behind it."""
    from markdown_it.rules_block import lheading, paragraph, reference

    if silent or not reference(state, start, end, silent):
        return False
    while state.line < end and _goes_on(state, state.line, end):
        state.sCount[state.line] = state.blkIndent  # however far it is indented
        if not reference(state, state.line, end, False):
            return lheading(state, state.line, end, False) or paragraph(state, state.line, end, False)
    return True


def _goes_on(state: StateBlock, line: int, end: int) -> bool:
    """Return whether ``line`` belongs to the paragraph that is open above it."""
    if state.isEmpty(line):
        return False
    lazy = state.sCount[line] < 0 or state.sCount[line] - state.blkIndent > 3
    return lazy or not any(rule(state, line, end, True) for rule in state.md.block.ruler.getRules("paragraph"))


def _footnote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a footnote's definition: a container, as a list item is, whose content is indented by four."""
    begin = state.bMarks[start] + state.tShift[start]
    match = None if state.is_code_block(start) else _FOOTNOTE.match(state.src, begin, state.eMarks[start])
    if match is None or silent:
        return match is not None
    state.env["footnotes"].add(_folded(match[1]))
    saved = state.bMarks[start], state.tShift[start], state.sCount[start], state.blkIndent, state.parentType
    state.bMarks[start], state.tShift[start] = match.end(), 0
    state.blkIndent += 4
    state.sCount[start] = state.blkIndent
    state.parentType = "footnote"
    state.level += 1
    first = start if match.end() < state.eMarks[start] else start + 1
    state.line = first
    state.md.block.tokenize(state, first, end)
    state.level -= 1
    state.bMarks[start], state.tShift[start], state.sCount[start], state.blkIndent, state.parentType = saved
    return True


def _footnote_use(state: StateInline, silent: bool) -> bool:
    match = _FOOTNOTE_USE.match(state.src, state.pos)
    if match is None or _folded(match[1]) not in state.env["footnotes"]:
        return False
    if not silent:
        state.push("footnote", "", 0).content = match[1]
    state.pos = match.end()
    return True


def _folded(label: str) -> str:
    return label.casefold()
