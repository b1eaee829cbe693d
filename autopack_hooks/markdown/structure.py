"""The parts of a Markdown document: plain values, each with its line and column (both from 1, columns in characters)."""

from __future__ import annotations

from typing import NamedTuple

# The forms of a link.
LINK, IMAGE, REFERENCE, AUTOLINK, HTML, MENTION, FOOTNOTE = (
    "link",
    "image",
    "reference",
    "autolink",
    "html",
    "mention",
    "footnote",
)
# The kinds of a block.
FENCE, CODE, HTML_BLOCK = "fence", "code", "html"


class Heading(NamedTuple):
    """A heading of the lines ``line`` to ``end``, the underline included.

    ``text`` is what stands there, ``column`` where it starts, ``rendered`` what a reader sees of it. ``nested``: in a
    list, a quote or a footnote.
    """

    line: int
    level: int
    text: str
    column: int
    end: int = 0
    rendered: str = ""
    nested: bool = False


class Block(NamedTuple):
    """Lines ``start`` to ``end`` that hold no Markdown text.

    ``kind`` is ``fence``, ``code`` (indented) or ``html``. ``closed`` is False for a fence that only the end of its
    container ends; ``info`` is what stands behind its opening marks.
    """

    kind: str
    start: int
    end: int
    closed: bool = True
    info: str = ""


class Table(NamedTuple):
    """A table of the lines ``start`` (its header) to ``end``."""

    start: int
    end: int


class Link(NamedTuple):
    """One reference to a target.

    ``line`` and ``column`` are where the destination starts, ``raw`` is the destination as written, and ``target`` what
    it means (escapes and entities resolved, percent-encoding kept). ``text`` is the link's text or label, white space
    collapsed, at most 200 characters. ``fault`` is ``undefined_reference`` or ``undefined_footnote`` where the document
    alone shows that the link leads nowhere, else "".

    A definition is a link of the form ``reference``; what refers to it is none. ``raw`` never spans two lines, but for
    an HTML attribute that does.
    """

    form: str
    line: int
    column: int
    target: str
    raw: str
    text: str
    fault: str = ""


class Snippet(NamedTuple):
    """A piece of text and where it starts: a code span without its backticks, a comment with its marks, a label."""

    line: int
    column: int
    text: str
