"""The second opinion on a changed ledger, before it is written."""

from __future__ import annotations

from autopack_hooks.markdown.assemble import Structure
from autopack_hooks.markdown.referee import outline_of, read_outline


def parsers_agree(structure: Structure, text: str) -> bool:
    """Return whether the referee reads the same headings and blocks, and so the same entries, out of ``text``."""
    ours, theirs = outline_of(structure), read_outline(text)
    return ours.headings == theirs.headings and ours.opaque == theirs.opaque
