"""A document -> its Facts: every link with the exact place of its destination, and every anchor."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache

from markdown_it import MarkdownIt

from autopack_hooks.checks.ignores import find_ignores
from autopack_hooks.core.text import SourceText, front_matter_end
from autopack_hooks.links.blocks import HEADING, HTML_BLOCK, Chunk, Structure, scan_structure
from autopack_hooks.links.html import attributes, headings, unescape
from autopack_hooks.links.inline import Item, Scanner
from autopack_hooks.links.mentions import is_mention
from autopack_hooks.links.model import HTML, MENTION, REFERENCE, DocumentLinks, Link
from autopack_hooks.links.slug import Slugger
from autopack_hooks.markdown_new.reader import read

# What makes a heading's rendered text differ from its source: underscores only at the edge of a word.
_MARKUP = re.compile(r"[*\[\]<>&\\`~!]|(?<!\w)_|_(?!\w)")
_TEXT_LIMIT = 200
_RENDER_LIMIT = 2_000


def extract(source: SourceText, *, mentions: bool) -> DocumentLinks:
    """The facts of ``source``; with ``mentions``, paths in backticks are among the links."""
    lines = _without_front_matter(source.lines)
    text = "\n".join(lines)
    structure = scan_structure(text)
    scanner = Scanner(structure.labels, structure.footnotes, mentions=mentions)
    starts = source.starts if "\r" not in source.text and lines is source.lines else _line_starts(lines)
    found = [_definition(text, d, starts) for d in structure.definitions]
    for chunk in structure.chunks:
        found.extend(_links(chunk, scanner, text, starts))
    anchors = {anchor.lower() for anchor in _anchors(structure)} | scanner.anchors
    ignores = find_ignores(source, lambda: read(source.text))
    return DocumentLinks(sorted(found, key=lambda link: link[1:3]), frozenset(anchors), _count_lines(source), ignores)


def _count_lines(source: SourceText) -> int:
    return len(source.lines) - (not source.lines[-1])


def _without_front_matter(lines: list[str]) -> list[str]:
    """``lines`` with those of a YAML front matter emptied."""
    end = front_matter_end(lines)
    return [""] * end + lines[end:] if end else lines


def _line_starts(lines: list[str]) -> list[int]:
    starts, offset = [], 0
    for line in lines:
        starts.append(offset)
        offset += len(line) + 1
    return starts


def _place(offset: int, starts: list[int]) -> tuple[int, int]:
    line = bisect_right(starts, offset) - 1
    return line + 1, offset - starts[line] + 1


def _definition(text: str, definition: tuple[str, int, int, str], starts: list[int]) -> Link:
    label, start, end, target = definition
    return Link(REFERENCE, *_place(start, starts), target, text[start:end], label[:_TEXT_LIMIT])


def _links(chunk: Chunk, scanner: Scanner, text: str, starts: list[int]) -> Iterator[Link]:
    if chunk.kind == HTML_BLOCK:
        items: Iterable[Item] = _html_items(chunk.content, scanner)
    else:
        items = scanner.scan(chunk.content)
    for item in items:
        if item.form == MENTION and not is_mention(item.target):
            continue
        offset = _offset(chunk, item.start)
        raw = chunk.content[item.start : item.end]
        shown = " ".join(item.text.split())[:_TEXT_LIMIT]
        yield Link(item.form, *_place(offset, starts), item.target, raw, shown, item.fault)


def _html_items(content: str, scanner: Scanner) -> Iterator[Item]:
    for attribute in attributes(content):
        if attribute.name == "anchor":
            scanner.anchors.add(unescape(attribute.raw).lower())
        else:
            end = attribute.start + len(attribute.raw)
            yield Item(HTML, attribute.start, end, unescape(attribute.raw))


def _offset(chunk: Chunk, at: int) -> int:
    """The source offset of a place in a chunk's content."""
    if len(chunk.starts) == 1:
        return chunk.starts[0] + at
    line = chunk.content.count("\n", 0, at)
    return chunk.starts[line] + at - (chunk.content.rfind("\n", 0, at) + 1)


def _anchors(structure: Structure) -> Iterator[str]:
    slugger = Slugger()
    for kind, content in structure.headings:
        if kind == HEADING:
            yield slugger.anchor(_rendered(content, structure))
        else:
            for text in headings(content):
                yield slugger.anchor(text)


def _rendered(content: str, structure: Structure) -> str:
    """A heading's text as a reader sees it: no markup, code kept, images and tags gone."""
    if not _MARKUP.search(content) or len(content) > _RENDER_LIMIT:
        return content
    env = {"references": {label: {"href": "#", "title": ""} for label in structure.labels}}
    tokens = _inline_parser().parseInline(content, env)[0].children or []
    return "".join(token.content for token in tokens if token.type in ("text", "code_inline"))


@cache
def _inline_parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("strikethrough")
