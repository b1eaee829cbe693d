"""What is known of one document for links: plain values that a cache can hold."""

from __future__ import annotations

from typing import NamedTuple

from autopack_hooks.checks.ignores import Ignore

# What a link is written as.
LINK, IMAGE, REFERENCE, AUTOLINK, HTML, MENTION, FOOTNOTE = (
    "link",
    "image",
    "reference",
    "autolink",
    "html",
    "mention",
    "footnote",
)


class Link(NamedTuple):
    """One reference to a target.

    ``line`` and ``column`` (from 1) are where the destination's characters start, ``raw`` is these characters, and
    ``target`` what they mean (escapes and entities resolved, percent-encoding kept). ``text`` is the link's text or
    label. ``fault`` is a category that the document alone decides (an undefined reference or footnote), else "".
    """

    form: str
    line: int
    column: int
    target: str
    raw: str
    text: str
    fault: str = ""


class DocumentLinks(NamedTuple):
    """A document's links in order of place, its anchors (lower case), how many lines it has, and its ignore comments."""

    links: list[Link]
    anchors: frozenset[str]
    lines: int
    ignores: tuple[Ignore, ...]


NOTHING = DocumentLinks([], frozenset(), 0, ())
