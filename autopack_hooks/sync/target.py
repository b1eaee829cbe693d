"""What every store of records can do. A backend is one file with its heavy imports inside.

Each target answers for itself which keys and hashes it holds and which commit it was last synced from, so
that there is no second record of the truth which could drift from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from autopack_hooks.core.errors import LockTimeout
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.plan import Plan
from autopack_hooks.sync.records import Key, Record

Progress = Callable[[int], None]
"""Called with the number of entries just done."""


@dataclass(frozen=True)
class Stored:
    """What a target holds of one project: key -> content hash, and the commit of the last complete sync.

    An entry that is there only in part, or more than once, has the hash "", which equals none. ``pending`` is the
    commit from which entries were written since then by a run that did not come to its end. ``synced_at`` is when
    the last run ended, as the target wrote it down.
    """

    hashes: Mapping[Key, str]
    commit: str | None = None
    pending: str | None = None
    synced_at: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Applied:
    """How much was written: entries, and for a vector store the passages that were embedded.

    ``complete`` is False when the deadline ended the work between two batches.
    """

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    embedded: int = 0
    complete: bool = True


class Overtaken(LockTimeout):
    """Another writer came between the comparison and the writing, or took over: look again, and then go on."""


class Session(Protocol):
    """An open target. In a session opened for writing no other writer can come between the two calls."""

    def stored(self) -> Stored:
        """What is there now."""
        ...

    def apply(
        self,
        plan: Plan,
        records: Mapping[Key, Record],
        commit: str | None,
        deadline: Deadline,
        progress: Progress,
        *,
        whole: bool = True,
    ) -> Applied:
        """Do ``plan``: write its inserts and updates from ``records``, delete its deletes, in batches.

        ``commit`` is pending from before the first batch is written, and remembered once the plan is complete
        (and never when it is not). A plan that is not the ``whole`` of the commit leaves it pending. When the
        deadline comes, stops between two batches with ``complete=False``: every entry is then as before or as
        planned. An empty plan writes no entry; a changed ``commit`` alone may be noted. Raises Overtaken.
        """
        ...


class Target(Protocol):
    """A store of records."""

    name: str
    """``database`` or ``qdrant``."""

    url: str
    """Where it is, credentials masked."""

    def connect(self, project_id: str, deadline: Deadline, *, write: bool) -> AbstractContextManager[Session]:
        """Open it; with ``write`` it is made where it does not exist, and other writers are kept out.

        Without ``write`` nothing is created, and a store that does not exist yet reads as empty. Raises
        TargetError (cannot be reached, foreign schema, refused), LockTimeout (another writer in the way),
        DeadlineExceeded.
        """
        ...
