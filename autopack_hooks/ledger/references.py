"""Every mention of an id in a Markdown text: headings, rows, prose, code, and the anchors of links to its heading."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autopack_hooks.core.edits import Edit


def renumber_edits(text: str, old: str, new: str) -> Iterator[Edit]:
    """Yield edits that write ``new`` for each mention of the id ``old``.

    Longer names (``BUILD-12.1``, ``BUILD-12-NOTES``) and paths that merely hold the id are other things. Anchors such
    as ``#build-12--2026-01-03--title`` follow the heading that they are made of.
    """
    mention = re.compile(rf"(?<![\w.#/\\-]){re.escape(old)}(?![\w/-]|\.\w)")
    yield from (Edit(match.start(), match.end(), new) for match in mention.finditer(text))
    anchor = re.compile(rf"(?<=#){re.escape(_slug(old))}(?=--|[)\s>\]\"']|$)")
    yield from (Edit(match.start(), match.end(), _slug(new)) for match in anchor.finditer(text))


def _slug(entry_id: str) -> str:
    """Return how a heading's anchor starts that starts with an id."""
    return re.sub(r"[^a-z0-9_-]", "", entry_id.lower())
