"""The names of the tables and the row of ``sot_sync_state``, free of any database library."""

from __future__ import annotations

from typing import NamedTuple

ENTRIES = "sot_entries"
STATE = "sot_sync_state"


class SyncState(NamedTuple):
    """The commit of the last complete sync, the one that is written in part, and when a sync last wrote."""

    commit: str | None = None
    pending: str | None = None
    synced_at: str | None = None
