"""Makes the parts of a document's structure of what the reader kept of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

from autopack_hooks.markdown.additions import Cover
from autopack_hooks.markdown.collected import Collected
from autopack_hooks.markdown.html import Html
from autopack_hooks.markdown.places import Cursor
from autopack_hooks.markdown.slug import Slugger
from autopack_hooks.markdown.structure import CODE, FENCE, HTML_BLOCK, Block, Heading, Link, Snippet, Table
from autopack_hooks.markdown.written import Links

_ATX = re.compile(rb"#{1,6}(?=[ \t\n]|\Z)")


class Structure:
    """The parts of a document, each list in document order and made when it is first asked for.

    ``front`` is how many lines its YAML front matter has.
    """

    def __init__(self, found: Collected) -> None:
        self._found = found
        self.front = found.front

    @cached_property
    def headings(self) -> list[Heading]:
        """The headings, those in lists and quotes included."""
        return list(_headings(self._found))

    @cached_property
    def opaque(self) -> list[Block]:
        """The blocks that hold no Markdown text."""
        return list(_blocks(self._found))

    @cached_property
    def tables(self) -> list[Table]:
        """The tables."""
        cursor = _cursor(self._found)
        return [Table(cursor.line(start), cursor.line(end - 1)) for start, end in self._found.tables]

    @cached_property
    def links(self) -> list[Link]:
        """The links, in the order of their destinations."""
        return self._links.placed()

    @cached_property
    def codes(self) -> list[Snippet]:
        """The code spans."""
        return list(self.find_codes(lambda text: True))

    def find_codes(self, wanted: Callable[[str], bool]) -> Iterator[Snippet]:
        """Yield the code spans whose text is ``wanted``."""
        math = self._links.math if b"$" in self._found.data else Cover(())
        return _codes(self._found, math, wanted)

    @cached_property
    def comments(self) -> list[Snippet]:
        """The comments."""
        return _spans(self._found, self._html.comments)

    @cached_property
    def footnotes(self) -> list[Snippet]:
        """The labels of the footnote definitions, each where it stands."""
        return _spans(self._found, self._found.footnotes)

    @cached_property
    def anchors(self) -> frozenset[str]:
        """The slugs of the headings, and the ids and names of HTML in lower case."""
        return frozenset(_slugs(self._found, self._html.headings) | self._html.anchors)

    @property
    def targets(self) -> list[str]:
        """The targets of rendered links and images, references resolved, bare URLs and HTML left out."""
        return self._links.targets

    @cached_property
    def _html(self) -> Html:
        return Html([(start, text) for start, _, text in self._found.tags], [b[::2] for b in self._found.html_blocks])

    @cached_property
    def _links(self) -> Links:
        return Links(self._found, self._html)


def _cursor(found: Collected) -> Cursor:
    return Cursor(found.data, found.front + 1)


def _headings(found: Collected) -> Iterator[Heading]:
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
        shown = _rendered(found, start, end, rendered)
        yield Heading(line, level, text, column, last, shown, containers.end_over(start) > 0)


def _rendered(found: Collected, start: int, end: int, rendered: list[str]) -> str:
    shown = "".join(rendered)
    marks = _ATX.match(found.data, start) if shown.endswith((" ", "\t")) else None
    if marks:
        written = found.piece(marks.end(), end).rstrip("\n")
        if written.endswith("\t") and not _atx_text(written).endswith(";"):
            return shown.rstrip(" \t")  # the parser leaves blanks in front of a tab
    return shown


def _atx_text(written: str) -> str:
    """Return what stands behind the opening marks of a heading, without the closing ones."""
    text = written.rstrip(" \t")
    bare = text.rstrip("#")
    return (bare if bare[-1:] in ("", " ", "\t") else text).strip()


def _setext_text(written: str) -> str:
    lines = written.split("\n")[:-1]
    return "\n".join([lines[0], *(line.lstrip(" \t>") for line in lines[1:])]).strip()


def _slugs(found: Collected, html: list[tuple[int, str]]) -> set[str]:
    texts = [(start, _rendered(found, start, end, rendered)) for start, end, _, rendered in found.headings]
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


def _codes(found: Collected, math: Cover, wanted: Callable[[str], bool]) -> Iterator[Snippet]:
    data, cursor = found.data, _cursor(found)
    for start, end in found.codes:
        ticks = 1
        while data[start + ticks] == 0x60:
            ticks += 1
        text = found.piece(start + ticks, end - ticks)
        if wanted(text) and not math.end_over(start):
            yield Snippet(*cursor.place(start + ticks), text)


def _spans(found: Collected, spans: list[tuple[int, str]]) -> list[Snippet]:
    cursor = _cursor(found)
    return [Snippet(*cursor.place(start), text) for start, text in sorted(spans)]
