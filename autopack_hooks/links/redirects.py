"""Redirect stubs: for a document that many broken links want and history knows, a short page at the old place."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable

from autopack_hooks.links.plan import PlanRow
from autopack_hooks.links.resolve import MARKDOWN

# From this many broken links on, there will be others outside of the repository.
MANY = 3


def stubs(rows: Iterable[PlanRow], is_free: Callable[[str], bool]) -> dict[str, str]:
    """Return path -> text of the stubs that are worth having. ``is_free`` returns whether nothing is at a path."""
    wanted: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        best = row.suggestions[0] if row.suggestions else None
        old = row.broken.verdict.path
        if best and best.why == "history" and old.lower().endswith(MARKDOWN):
            wanted[old, best.path] += 1
    return {old: stub(old, new) for (old, new), count in sorted(wanted.items()) if count >= MANY and is_free(old)}


def stub(old: str, new: str) -> str:
    """Return the page at ``old`` that points to ``new``."""
    target = posixpath.relpath(new, posixpath.dirname(old) or ".")
    return f"# Moved\n\nThis document is now [{new}](<{target}>).\n"
