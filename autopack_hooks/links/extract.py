"""Extract the links of a document, each with the exact place of its destination, and its anchors."""

from __future__ import annotations

from autopack_hooks.checks.ignores import MARK, find_ignores
from autopack_hooks.core.text import SourceText, unix_newlines
from autopack_hooks.links.mentions import is_mention
from autopack_hooks.links.model import DocumentLinks
from autopack_hooks.markdown.assemble import Structure
from autopack_hooks.markdown.reader import read
from autopack_hooks.markdown.structure import MENTION, Link


def extract(text: str, *, mentions: bool) -> DocumentLinks:
    """Return the links of ``text``; with ``mentions``, paths in backticks are among them."""
    return links_of(text, read(text), mentions=mentions)


def links_of(text: str, structure: Structure, *, mentions: bool) -> DocumentLinks:
    """Return the links of ``text``, whose ``structure`` was read; with ``mentions``, paths in backticks are among them."""
    links = structure.links
    if mentions:
        paths = [Link(MENTION, line, column, text, text, "") for line, column, text in structure.find_codes(is_mention)]
        links = sorted([*links, *paths], key=lambda link: (link.line, link.column))
    unix = unix_newlines(text)
    lines = unix.count("\n") + (unix[-1:] not in ("", "\n"))
    ignores = find_ignores(SourceText.from_text("", text), lambda: structure) if MARK in text else ()
    return DocumentLinks(links, structure.anchors, lines, ignores)
