"""What git tracks: its listing, parsed only when somebody asks."""

from __future__ import annotations

import hashlib
from functools import cached_property

from autopack_hooks.core.git import IndexEntry, Repo, parse_listing


class Index:
    """The listing of a repository's index, taken once for a run; empty outside git."""

    def __init__(self, repo: Repo | None) -> None:
        self._listing = repo.index_listing() if repo else b""

    @cached_property
    def entries(self) -> list[IndexEntry]:
        """One for each path and stage."""
        return parse_listing(self._listing)

    @cached_property
    def modes(self) -> dict[str, str]:
        """Path -> mode."""
        return {entry.path: entry.mode for entry in self.entries}

    @cached_property
    def oids(self) -> dict[str, str]:
        """Path -> blob id."""
        return {entry.path: entry.oid for entry in self.entries}

    @cached_property
    def shape(self) -> str:
        """A digest of the paths and modes; it stays the same when only contents change."""
        rows = (row.split(b" ", 2) for row in self._listing.split(b"\0") if row)
        return hashlib.sha256(b"\0".join(row[0] + row[2] for row in rows)).hexdigest()

    @cached_property
    def content(self) -> str:
        """A digest of the whole listing."""
        return hashlib.sha256(self._listing).hexdigest()
