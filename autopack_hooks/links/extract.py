"""Extract the links of a document, each with the exact place of its destination, and its anchors."""

from __future__ import annotations

from autopack_hooks.checks.ignores import find_ignores
from autopack_hooks.core.text import SourceText
from autopack_hooks.links.mentions import is_mention
from autopack_hooks.links.model import MENTION, DocumentLinks, Link
from autopack_hooks.markdown_new.reader import read
from autopack_hooks.markdown_new.structure import Structure


def extract(source: SourceText, *, mentions: bool) -> DocumentLinks:
    """Return the links of ``source``; with ``mentions``, paths in backticks are among them."""
    return links_of(source, read(source.text), mentions=mentions)


def links_of(source: SourceText, structure: Structure, *, mentions: bool) -> DocumentLinks:
    """Return the links of ``source``, whose ``structure`` was read; with ``mentions``, paths in backticks are among them."""
    links = structure.links
    if mentions:
        paths = [Link(MENTION, c.line, c.column, c.text, c.text, "") for c in structure.codes if is_mention(c.text)]
        links = sorted([*links, *paths], key=lambda link: (link.line, link.column))
    lines = len(source.lines) - (not source.lines[-1])
    return DocumentLinks(links, structure.anchors, lines, find_ignores(source, lambda: structure.opaque))
