"""The part that both Qdrant engines share: a plan becomes writes, and search hits become entries.

An update writes an entry's new passages and then deletes those left over; wherever that breaks off, the entry's
points disagree with each other and it reads as partly there, which the next run repairs. So does an entry that an
unfinished write has marked, on a server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

from autopack_hooks.core.errors import DeadlineExceeded
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.embedder import LEXICAL, Dense, Embedder, Sparse, dense_vector
from autopack_hooks.sync.plan import Plan
from autopack_hooks.sync.qdrant.adoption import take_over
from autopack_hooks.sync.qdrant.batches import EntryJob, ahead, batches_of, slices
from autopack_hooks.sync.qdrant.hits import Accept, Hit, hit_of, rank_of
from autopack_hooks.sync.qdrant.lease import Claim, State, StateStore
from autopack_hooks.sync.qdrant.points import (
    DRAFT,
    VECTOR,
    Held,
    HeldPoints,
    Payload,
    Point,
    entry_key,
    entry_points,
    point_differences,
    state_id,
)
from autopack_hooks.sync.qdrant.vectors import PassageVectors
from autopack_hooks.sync.records import Key, Record
from autopack_hooks.sync.target import Applied, EmptySession, FieldDifferences, Overtaken, Progress, Stored


class PointStore(StateStore, Protocol):
    """The operations of an engine on points. ``most``: how many points one batch may write, and delete.

    A call returns when its work is durable, and raises TargetError or DeadlineExceeded when that is not known.
    """

    most: int

    def scan(self, project_id: str) -> Iterable[tuple[str, Payload]]:
        """Yield the id and the SCANNED fields of every point of the project."""
        ...

    def projects(self) -> Iterable[str]:
        """Return the names of the projects that have points of entries."""
        ...

    def first_points(self, project_id: str, limit: int) -> Sequence[tuple[str, Payload]]:
        """Return up to ``limit`` points of the project, with their whole payloads."""
        ...

    def read(self, ids: Sequence[str]) -> Mapping[str, Held]:
        """Return those of the points ``ids`` that are there."""
        ...

    def write(
        self,
        project_id: str,
        points: Sequence[Point],
        surplus: Sequence[str],
        confirm: Callable[[], None],
        fresh: Collection[str] | None = None,
    ) -> None:
        """Write points over those of the same ids, then delete the surplus ones.

        Args:
            project_id: The project.
            points: The points to write.
            surplus: The ids to delete.
            confirm: Called by a store that others reach past our locks; raises Overtaken where the claim is lost.
            fresh: The ids of the points that were not there; None where that is not known.
        """
        ...

    def marked(self, project_id: str) -> int:
        """Return how many points of the project a write has marked and not finished; 0 where nothing is marked."""
        ...

    def make_vector(self, name: str, size: int) -> None:
        """Make room for the dense vectors ``name``, if there is none. Raises TargetError for one of another size."""
        ...

    def delete_vector(self, project_id: str, name: str) -> None:
        """Delete the vectors ``name`` of the project's points."""
        ...

    def nearest(
        self, query: Sparse | Dense, using: str, project_id: str, ledger: str | None, limit: int
    ) -> list[tuple[float, Payload]]:
        """Return the best passages for a query, best first, with score and payload.

        Args:
            query: Its vector.
            using: The name of the vectors that are compared with it.
            project_id: The project.
            ledger: The ledger; None for all.
            limit: How many.
        """
        ...


class EmptyQdrant(EmptySession):
    """The session of a reader where there is no collection yet."""

    def search(self, query: str, ledgers: Collection[str] = (), limit: int = 10, accept: Accept = bool) -> list[Hit]:
        """Return no hit."""
        return []


class QdrantSession:
    """An open store, as one project's session."""

    def __init__(
        self,
        store: PointStore,
        project_id: str,
        deadline: Deadline,
        *,
        write: bool,
        now: Callable[[], datetime],
        clone: str = "",
        replaced: str = "",
        embedder: Embedder = LEXICAL,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Begin a session; nothing is read yet.

        Args:
            store: The store.
            project_id: The project.
            deadline: When to stop waiting for another writer.
            write: The session may write.
            now: The time in UTC.
            clone: The name by which other writers know this clone.
            replaced: Why the store that was there before was set aside.
            embedder: Makes the vectors.
            sleep: Waits so many seconds.
        """
        self._store = store
        self._project = project_id
        self._write = write
        self._replaced = replaced
        self._embedder = embedder
        self._deadline = deadline
        self._new_claim = partial(Claim, store, deadline=deadline, clone=clone, sleep=sleep, now=now)
        self._claim = self._new_claim(project_id)
        self._entries: dict[Key, HeldPoints] | None = None
        self._state = State()

    def close(self) -> None:
        """Free what is still claimed. Call it at the end, however that came."""
        self._claim.release()

    def stored(self) -> Stored:
        """Return what is there now. A point that is not ours is an entry under its own id, with the hash ""."""
        if self._write:
            self._claim.wait()
        self._entries, self._state = self._read(self._project)
        self._claim.embedder = self._state.embedder
        return _stored(self._entries, self._state, self._replaced)

    def _read(self, project_id: str) -> tuple[dict[Key, HeldPoints], State]:
        entries: dict[Key, HeldPoints] = {}
        state, reserved = State(), state_id(project_id)
        for name, payload in self._store.scan(project_id):
            if name == reserved:
                state = State.read(payload)
            else:
                entries.setdefault(entry_key(name, payload), HeldPoints()).add(name, payload, self._embedder)
        return entries, state

    def projects(self) -> Sequence[str]:
        """Return the names of all projects with entries (see ``Session.projects``)."""
        return sorted(self._store.projects())

    def stored_of(self, project_id: str) -> Stored:
        """Return what is there of another project."""
        entries, state = self._read(project_id)
        return _stored(entries, state)

    def adopt(self, project_id: str, pending: str | None) -> None:
        """Take over another project's points (see ``Session.adopt``), while its own writers are kept out."""
        if not self._write:
            raise ValueError("this session was opened for reading")
        if self._entries is None:
            self.stored()
        other = self._new_claim(project_id)
        try:
            other.wait()
            _, old = self._read(project_id)
            if self._store.shared:
                other.begin(old.commit, old.pending)
            self._claim.embedder = self._state.embedder or old.embedder
            self._claim.begin(self._state.commit or old.commit, pending)
            held, confirm = set(self._entries or ()), partial(self._confirm, other)
            take_over(self._store, project_id, self._project, held, confirm)
            # That marks and deletes the point by which the other claim would be renewed.
            other.held = False
            self._store.write(self._project, [], [state_id(project_id)], self._claim.renew)
        finally:
            other.release()
            self._entries = None

    def _confirm(self, other: Claim) -> None:
        self._deadline.check("taking over the entries of another project")
        self._claim.renew()
        other.renew()

    def differences(self, records: Mapping[Key, Record], deadline: Deadline) -> FieldDifferences:
        """Compare payload and vector of every point (see ``Session.differences``)."""
        if self._entries is None:
            self.stored()
        found: dict[Key, Sequence[str]] = {}
        held = self._entries or {}
        for keys in slices([key for key in held if key in records]):
            deadline.check("comparing the points")
            points = {key: entry_points(records[key], self._embedder) for key in keys}
            stored = self._store.read([point.id for some in points.values() for point in some])
            for key, some in points.items():
                names = point_differences(some, held[key].ids, stored, self._embedder)
                found |= {key: names} if names else {}
        return found

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
        """Carry out ``plan`` (see ``Session.apply``).

        An entry too large for one batch may be left half written by the deadline: it then reads as partly there.
        """
        if not self._write:
            raise ValueError("this session was opened for reading")
        if self._entries is None:
            self.stored()
        before = self._state.commit, self._state.pending
        after = (commit, None) if whole else (before[0], commit if plan else before[1])
        done = Applied()
        try:
            vectors = PassageVectors(self._store, self._embedder, self._state.embedder)
            for done in self._carry_out(plan, records, commit, vectors, deadline, progress):
                if not done.complete:
                    return done
            if plan:
                self._check(plan)
            complete = whole and self._state.embedder != self._embedder.name
            if plan or after != before or complete:
                self._finish(after, commit, vectors if complete else None)
        except DeadlineExceeded:
            return replace(done, complete=False)
        finally:
            self._entries = None
            self._claim.release()
        return done

    def _check(self, plan: Plan) -> None:
        """Make sure that no mark is left but on entries that ``plan`` leaves alone. Raises Overtaken."""
        planned = {*plan.update, *plan.delete}
        alone = sum(held.marked for key, held in (self._entries or {}).items() if key not in planned)
        if self._store.marked(self._project) > alone:
            raise Overtaken("another clone is writing to this Qdrant collection; run again when that is done")

    def _carry_out(
        self,
        plan: Plan,
        records: Mapping[Key, Record],
        commit: str | None,
        vectors: PassageVectors,
        deadline: Deadline,
        progress: Progress,
    ) -> Iterator[Applied]:
        """Write batch by batch; yields what is done after each."""
        held, written, done = self._entries or {}, set[str](), Applied()
        if plan.insert and plan.delete:
            vectors.keep_moved([name for key in plan.delete if key in held for name in held[key].ids])
        most = min(self._store.most, vectors.limit or self._store.most)
        batches = batches_of(self._jobs(plan, records), most)
        for batch in ahead(batches) if self._store.shared else batches:
            if not deadline.remaining():
                yield replace(done, complete=False)
                return
            vectors.fill(batch, deadline)
            self._claim.begin(self._state.commit, commit)
            # A point that says another entry's name is surplus there, and may have been written for its own by now.
            written.update(point.id for point in batch.points if plan.update or plan.delete)
            surplus = [name for name in batch.surplus if name not in written]
            self._store.write(self._project, batch.points, surplus, self._claim.renew, batch.fresh)
            done = batch.add_to(done)
            progress(len(batch.finished))
            yield done

    def _finish(self, after: tuple[str | None, str | None], commit: str | None, vectors: PassageVectors | None) -> None:
        """Record the state; with ``vectors`` every passage has those of this session's embedder now."""
        if vectors:
            self._claim.begin(self._state.commit, commit)
            vectors.retire(self._project)
            self._claim.embedder = self._embedder.name
        self._claim.end(*after)

    def state(self) -> State:
        """Return the commit that was synced, without reading the entries."""
        held = self._store.read([state_id(self._project)])
        return State.read(next(iter(held.values())).payload if held else None)

    def holds_entries(self) -> bool:
        """Return True if the project has a passage, as far as its first points tell: one is the state's."""
        return any("content_hash" in payload for _, payload in self._store.first_points(self._project, 8))

    def search(self, query: str, ledgers: Collection[str] = (), limit: int = 10, accept: Accept = bool) -> list[Hit]:
        """Return the best entries for ``query``, best first, each by its best passage.

        Args:
            query: The question.
            ledgers: The ledgers to look in; none for all.
            limit: How many entries at most.
            accept: Says which entries are wanted.
        """
        vector = self._embedder.embed_query(query)
        return self._best(vector, VECTOR, ledgers, limit, accept) if vector[0] else []

    def similar(
        self, vector: Dense, embedder: str, ledgers: Collection[str], limit: int, accept: Accept = bool
    ) -> list[Hit]:
        """Return the entries nearest to a vector that the dense ``embedder`` made (see ``search``)."""
        return self._best(vector, dense_vector(embedder), ledgers, limit, accept)

    def _best(
        self, vector: Sparse | Dense, using: str, ledgers: Collection[str], limit: int, accept: Accept
    ) -> list[Hit]:
        found = [hit for ledger in ledgers or (None,) for hit in self._nearest(vector, using, ledger, limit, accept)]
        return sorted(found, key=lambda hit: (-hit.score, hit.file_type, hit.entry_id))[:limit]

    def _nearest(self, vector: Sparse | Dense, using: str, ledger: str | None, limit: int, accept: Accept) -> list[Hit]:
        wanted = max(limit, 1) * 4
        while True:
            found = self._store.nearest(vector, using, self._project, ledger, wanted)
            best: dict[Key, Hit] = {}
            for score, payload in sorted(found, key=rank_of):
                hit = hit_of(score, payload)
                if not payload.get(DRAFT) and accept(hit):
                    best.setdefault((hit.file_type, hit.entry_id), hit)
            if len(best) >= limit or len(found) < wanted:
                return list(best.values())[:limit]
            wanted *= 4

    def _jobs(self, plan: Plan, records: Mapping[Key, Record]) -> Iterator[EntryJob]:
        held = self._entries or {}
        for kind, keys in (("inserted", plan.insert), ("updated", plan.update), ("deleted", plan.delete)):
            for key in keys:
                points = [] if kind == "deleted" else entry_points(records[key], self._embedder)
                new = {point.id for point in points}
                old = held[key].ids if key in held else []
                surplus = [name for name in old if name not in new]
                yield EntryJob(kind, points, surplus, new.difference(old), old if points else ())


def _stored(entries: Mapping[Key, HeldPoints], state: State, replaced: str = "") -> Stored:
    hashes = {key: held.digest for key, held in entries.items()}
    faults = {key: held.fault for key, held in entries.items() if not hashes[key]}
    return Stored(hashes, state.commit, state.pending, state.synced_at, replaced, faults)
