"""Makes a Structure of what the reader kept of a document."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autopack_hooks.markdown.additions import Cover
from autopack_hooks.markdown.collected import Collected
from autopack_hooks.markdown.places import Cursor
from autopack_hooks.markdown.slug import Slugger
from autopack_hooks.markdown.structure import CODE, FENCE, HTML_BLOCK, Block, Heading, Snippet, Structure, Table
from autopack_hooks.markdown.written import Links

_ATX = re.compile(rb"#{1,6}(?=[ \t\n]|\Z)")


def assemble(found: Collected) -> Structure:
    """Return the structure of the document whose events ``found`` holds."""
    links = Links(found)
    headings = list(_headings(found))
    return Structure(
        found.front,
        [heading for _, heading in headings],
        list(_blocks(found)),
        _tables(found),
        links.placed(),
        list(_codes(found, links.math)),
        _spans(found, links.comments),
        _spans(found, found.footnotes),
        frozenset(_slugs(headings, links.headings) | links.anchors),
        links.targets,
    )


def _cursor(found: Collected) -> Cursor:
    return Cursor(found.data, found.front + 1)


def _headings(found: Collected) -> Iterator[tuple[int, Heading]]:
    """Yield the headings, each with its offset."""
    cursor, containers = _cursor(found), Cover(found.containers)
    for start, end, level, rendered in found.headings:
        line, column = cursor.place(start)
        marks = _ATX.match(found.data, start)
        written = found.piece(start, end).rstrip("\n")
        if marks:
            last, text = line, _atx_text(written[level:])
            column += written.index(text, level) if text else 1 - column
        else:
            last, text = cursor.line(end - 1), _setext_text(written)
        shown = "".join(rendered)
        if marks and written.endswith("\t") and not text.endswith(";"):
            shown = shown.rstrip(" \t")  # the parser leaves blanks in front of a tab
        yield start, Heading(line, level, text, column, last, shown, containers.end_over(start) > 0)


def _atx_text(written: str) -> str:
    """Return what stands behind the opening marks of a heading, without the closing ones."""
    text = written.rstrip(" \t")
    bare = text.rstrip("#")
    return (bare if bare[-1:] in ("", " ", "\t") else text).strip()


def _setext_text(written: str) -> str:
    lines = written.split("\n")[:-1]
    return "\n".join([lines[0], *(line.lstrip(" \t>") for line in lines[1:])]).strip()


def _slugs(headings: list[tuple[int, Heading]], html: list[tuple[int, str]]) -> set[str]:
    texts = [(start, heading.rendered) for start, heading in headings]
    slugger = Slugger()
    return {slugger.anchor(text) for _, text in (sorted([*texts, *html]) if html else texts)}


def _blocks(found: Collected) -> Iterator[Block]:
    blocks = [(start, end, HTML_BLOCK, True, "") for start, end, _ in found.html_blocks]
    for (start, end, kind), text_end in zip(found.code_blocks, found.code_text_ends, strict=True):
        if kind == "Indented":
            blocks.append((start, end, CODE, True, ""))
        else:
            blocks.append((start, end, FENCE, _is_closed(found.data, start, end, text_end), kind["Fenced"]))
    blocks.sort()
    cursor = _cursor(found)
    for start, end, name, closed, info in blocks:
        yield Block(name, cursor.line(start), cursor.line(max(start, end - 1)), closed, info)


def _is_closed(data: bytes, start: int, end: int, text_end: int) -> bool:
    """Return whether something stands in a fence behind its text: its closing marks."""
    if not text_end:
        text_end = data.find(b"\n", start, end)
    return text_end >= 0 and bool(data[text_end:end].strip(b" \t>\n"))


def _tables(found: Collected) -> list[Table]:
    cursor = _cursor(found)
    return [Table(cursor.line(start), cursor.line(end - 1)) for start, end in found.tables]


def _codes(found: Collected, math: Cover) -> Iterator[Snippet]:
    data, cursor = found.data, _cursor(found)
    for start, end in found.codes:
        if math.end_over(start):
            continue
        ticks = 1
        while data[start + ticks] == 0x60:
            ticks += 1
        yield Snippet(*cursor.place(start + ticks), found.piece(start + ticks, end - ticks))


def _spans(found: Collected, spans: list[tuple[int, str]]) -> list[Snippet]:
    cursor = _cursor(found)
    return [Snippet(*cursor.place(start), text) for start, text in sorted(spans)]
