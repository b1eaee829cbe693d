"""A second opinion on what a Markdown text holds, from a parser that shares nothing with the reader's.

Before something that was made is written, both must read the same headings, blocks and targets out of it: what one
parser alone sees is not sure enough to change somebody's document for. The one module that knows markdown-it-py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from autopack_hooks.markdown_new.slug import slugify
from autopack_hooks.markdown_new.structure import CODE, FENCE, HTML_BLOCK, Structure
from autopack_hooks.text import front_matter_end, unix_newlines

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_FOOTNOTE = re.compile(r"\[\^([^\]\[\s]+)\]:[ \t]*")
_FOOTNOTE_USE = re.compile(r"\[\^([^\]\[\s]+)\]")
_KINDS = {"fence": FENCE, "code_block": CODE, "html_block": HTML_BLOCK}
_MAX_NESTING = 100


class Outline(NamedTuple):
    """What both parsers must agree on, in document order.

    Headings as line, last line, level, slug and whether nested; blocks that hold no Markdown as kind, first and last
    line; targets of links and images, references resolved.
    """

    headings: list[tuple[int, int, int, str, bool]]
    opaque: list[tuple[str, int, int]]
    targets: list[str]


def find_difference(structure: Structure, text: str) -> str | None:
    """Return in words the first thing that the referee reads otherwise out of ``text`` than the reader did, or None."""
    for name, own, other in zip(Outline._fields, outline_of(structure), read_outline(text), strict=True):
        for index in range(max(len(own), len(other))):
            seen, said = (repr(items[index]) if index < len(items) else "nothing" for items in (own, other))
            if seen != said:
                return f"{name}: the reader sees {seen}, the referee {said}"
    return None


def outline_of(structure: Structure) -> Outline:
    """Return the outline of what the reader found."""
    return Outline(
        [(h.line, h.end, h.level, slugify(h.rendered), h.nested) for h in structure.headings],
        [(block.kind, block.start, block.end) for block in structure.opaque],
        structure.targets,
    )


def read_outline(text: str) -> Outline:
    """Return the outline of ``text`` as markdown-it-py reads it."""
    lines = unix_newlines(text).split("\n")
    front = front_matter_end(lines)
    outline = Outline([], [], [])
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
    for token in tokens:
        target = token.attrs.get("href" if token.type == "link_open" else "src")
        if token.type in ("link_open", "image") and not str(target).startswith("mailto:\n"):
            yield str(target)
        yield from _targets(token.children or [])


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # 50 ms: only where something is to be written

    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable(["table", "strikethrough"])
    everywhere: Any = {"alt": ["paragraph", "reference", "blockquote"]}
    parser.block.ruler.before("reference", "footnote", _footnote, everywhere)
    parser.inline.ruler.before("link", "footnote", _footnote_use)
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


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
