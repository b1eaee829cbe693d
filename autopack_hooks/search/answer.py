"""What one store answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from autopack_hooks.sync.records import Key

DEPTH = 30
"""Entries that each store is asked for at least, so that there is something to fuse."""


STATUS_LENGTH = 200
"""Characters of a status; in a row whose cells are shifted a whole summary stands there."""


class StoredEntry(NamedTuple):
    """An entry that a store found, by its best passage; ``status`` and ``date`` (ISO 8601) are "" where it has none."""

    key: Key
    title: str
    text: str
    status: str
    date: str
    score: float


@dataclass(frozen=True)
class Answer:
    """The answer of a store.

    Attributes:
        store: ``database`` or ``qdrant``.
        found: The entries that have the words of the question, the best first.
        known: The store holds entries of the project.
        commit: The commit that it was last synced from.
        pending: A commit that is written in part.
        fault: Why it gave no answer; "" where it did.
        busy: That is because a sync is writing to it.
        similar: The entries whose meaning is near, by a model, the nearest first.
        lack: Why the meaning was not asked for, where there is a model.
    """

    store: str
    found: Sequence[StoredEntry] = ()
    known: bool = False
    commit: str | None = None
    pending: str | None = None
    fault: str = ""
    busy: bool = False
    similar: Sequence[StoredEntry] = ()
    lack: str = ""
