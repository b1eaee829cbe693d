"""The protocol of a store of records. A backend is one file with its heavy imports inside.

Each target answers for itself which keys and hashes it holds and which commit it was last synced from, so
that there is no second record of the truth which could drift from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from autopack_hooks.core.errors import OK, LockTimeout, TargetError
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.plan import Plan
from autopack_hooks.sync.records import Key, Record

FieldDifferences = Mapping[Key, Sequence[str]]
"""Key -> the fields in which the stored entry is not what a sync would write."""

ALTERED = "altered"
"""Stands for the hash of an entry that is not what its stored hash says; it equals no hash."""

Progress = Callable[[int], None]
"""Called with the number of entries just done."""


@dataclass(frozen=True)
class Stored:
    """The content of a target for one project.

    Attributes:
        hashes: Key -> content hash. An entry that is there only in part, or more than once, has the hash "", which
            equals no other.
        commit: The commit of the last complete sync.
        pending: The commit from which entries were written since then by a run that did not complete.
        synced_at: When the last run ended, as the target recorded it.
        replaced: Why the store that was there before was set aside; "" for none.
        faults: What is wrong with entries whose hash is "", where that is known: ``missing`` in part, ``stale``, ``duplicate``.
    """

    hashes: Mapping[Key, str]
    commit: str | None = None
    pending: str | None = None
    synced_at: str | None = field(default=None, compare=False)
    replaced: str = field(default="", compare=False)
    faults: Mapping[Key, str] = field(default_factory=dict, compare=False)

    @property
    def known(self) -> bool:
        """True where the project has entries, or was synced before."""
        return bool(self.hashes or self.commit or self.pending)


@dataclass(frozen=True)
class Applied:
    """The number of entries written, and for a vector store of passages embedded.

    ``complete`` is False when the deadline ended the work between two batches.
    """

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    embedded: int = 0
    complete: bool = True


class Overtaken(LockTimeout):
    """Another writer came between the comparison and the writing, or took over: compare again, and then go on."""


class StoreDamaged(TargetError):
    """The store is ours and damaged: connected to again for writing, it is set aside and a new one is made."""

    def __init__(self, store: str, reason: str) -> None:
        super().__init__(f"{store} is damaged: {reason}; the next sync sets it aside and fills a new one")
        self.reason = reason


@dataclass(frozen=True)
class TargetResult:
    """The result of one target: counts of entries, the ``plan``, and what was ``stored`` before.

    ``error`` and ``exit_code`` say why the plan was not carried out in full; ``fields`` what differed, where the run
    compared field by field. ``adopted`` entries were taken over from the project ``former``.
    """

    url: str
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    embedded: int = 0
    plan: Plan | None = None
    error: str = ""
    exit_code: int = OK
    stored: Stored | None = field(default=None, repr=False)
    former: str = ""
    adopted: int = 0
    fields: FieldDifferences = field(default_factory=dict, repr=False)

    @property
    def written(self) -> int:
        """The number of entries inserted, updated and deleted."""
        return self.inserted + self.updated + self.deleted


class Session(Protocol):
    """An open target. In a session opened for writing no other writer can come between the two calls."""

    def stored(self) -> Stored:
        """Return what is there now."""
        ...

    def projects(self) -> Sequence[str]:
        """Return the names of all projects that have entries in the store, sorted."""
        ...

    def stored_of(self, project_id: str) -> Stored:
        """Return what is there of another project."""
        ...

    def adopt(self, project_id: str, pending: str | None) -> None:
        """Take over the entries of another project; those that this one has too stay as this one has them.

        A call that was interrupted is finished by the next one.

        Args:
            project_id: The other project, which has no entry afterwards.
            pending: The commit that is going to be synced.

        Raises:
            Overtaken: Another writer came between.
            DeadlineExceeded: The time is up.
        """
        ...

    def differences(self, records: Mapping[Key, Record], deadline: Deadline) -> FieldDifferences:
        """Compare what is stored with ``records``, field by field, trusting no stored hash.

        Args:
            records: The entries as a sync would write them.
            deadline: When to stop.

        Returns:
            The fields that differ, by key, of the entries that are in both.

        Raises:
            DeadlineExceeded: The time is up.
        """
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
        """Carry out ``plan`` in batches: write its inserts and updates from ``records``, delete its deletes.

        When the deadline comes, stops between two batches with ``complete=False``: every entry is then as before or as
        planned. An empty plan writes no entry; a changed ``commit`` alone may be recorded.

        Args:
            plan: The keys to insert, update and delete.
            records: The records of the keys to insert and update.
            commit: The commit they come from. It is pending from before the first batch, and recorded as synced once
                the plan is complete (and never when it is not).
            deadline: When to stop.
            progress: Called after each batch.
            whole: False where the plan is not the whole of the commit, which then stays pending.

        Raises:
            Overtaken: Another writer came between.
            TargetError: A record cannot be stored, or the target failed.
        """
        ...


class EmptySession:
    """The session of a reader where there is no store yet."""

    def stored(self) -> Stored:
        """Return nothing."""
        return Stored({})

    def projects(self) -> Sequence[str]:
        """Return no project."""
        return ()

    def stored_of(self, project_id: str) -> Stored:
        """Return nothing."""
        return Stored({})

    def adopt(self, *_: object) -> None:
        """Refuse to write."""
        raise ValueError("this session was opened for reading")

    def differences(self, *_: object) -> FieldDifferences:
        """Return nothing: there is nothing to compare."""
        return {}

    def apply(self, *_: object, **__: object) -> Applied:
        """Refuse to write."""
        raise ValueError("this session was opened for reading")


class Target(Protocol):
    """A store of records."""

    name: str
    """``database`` or ``qdrant``."""

    url: str
    """Where it is, credentials masked."""

    def connect(self, project_id: str, deadline: Deadline, *, write: bool) -> AbstractContextManager[Session]:
        """Open the store as one project's session.

        Args:
            project_id: The project whose entries are read and written.
            deadline: When to give up.
            write: Create the store where it does not exist, and keep other writers out. Without it nothing is created,
                and a store that does not exist yet reads as empty.

        Raises:
            TargetError: It cannot be reached, has a foreign schema, or refuses.
            LockTimeout: Another writer is in the way.
            DeadlineExceeded: The time is up.
        """
        ...
