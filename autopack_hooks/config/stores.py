"""The default stores, and the patterns that hide them from git."""

from __future__ import annotations

STORE_PATTERNS = {
    "autopack.db": ("/autopack.db*", "/autopack.db*"),
    ".autopack/qdrant/x": ("/.autopack/", "/.autopack/qdrant*"),
}
"""A file of a store -> the pattern that hides it and all that belongs to it, and one that leaves files beside it alone."""

DEFAULT_EXCLUDES = {name.partition("/")[0]: wide for name, (wide, _) in STORE_PATTERNS.items()}
"""First part of a path at the root -> the pattern that hides the default store there."""
