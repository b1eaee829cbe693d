"""The database target: one table of entries in SQLite or PostgreSQL, through SQLAlchemy Core.

A session for writing is one transaction: the lock, the comparison and the writes belong together, so that no other
writer comes between, and readers see the old state or the new one. Each batch is a savepoint. When the deadline or
an interrupt ends the work, the batches that are done are committed and the next run goes on from there; a writer
that is killed leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from autopack_hooks import __version__
from autopack_hooks.core.errors import FatalError, TargetError
from autopack_hooks.sync.database.state import SyncState
from autopack_hooks.sync.database.url import DatabaseUrl, SqliteUrl
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.placement import StorePlace
from autopack_hooks.sync.plan import Plan
from autopack_hooks.sync.records import Key, Record
from autopack_hooks.sync.target import Applied, EmptySession, FieldDifferences, Progress, Session, Stored, StoreDamaged

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult
    from sqlalchemy.exc import DBAPIError

    from autopack_hooks.sync.database.index import TextIndex
    from autopack_hooks.sync.database.schema import EntryTable, StateTable

BATCH = 500
"""Entries between two checks of the deadline."""


class Driver(Protocol):
    """The differences between the databases."""

    replaced: str
    """Why the database that was there before was set aside."""

    def exists(self) -> bool: ...

    def connection(self, deadline: Deadline, *, write: bool) -> AbstractContextManager[Connection]: ...

    def begin(self, connection: Connection, project_id: str, deadline: Deadline, *, write: bool) -> None: ...

    def lock(self, connection: Connection, project_id: str) -> None: ...

    def renew(self, connection: Connection, deadline: Deadline) -> None: ...

    def is_timeout(self, error: DBAPIError) -> bool: ...

    def fault(self, error: DBAPIError) -> FatalError: ...


class DatabaseTarget:
    """A ``Target`` (see sync/target.py). Making one touches nothing and imports no driver."""

    name = "database"

    def __init__(self, url: DatabaseUrl, place: StorePlace | None = None, owner: str = "") -> None:
        self._url = url
        self._owner = owner
        self._damage = ""
        self._place = place
        self.url = url.masked

    @contextmanager
    def connect(self, project_id: str, deadline: Deadline, *, write: bool) -> Iterator[Session]:
        """Open the database (see ``Target.connect``)."""
        deadline.check(f"opening the database {self.url}")
        driver = self._driver()
        with self._faults(driver):
            if not write and not driver.exists():
                yield EmptySession()
                return
            with driver.connection(deadline, write=write) as connection:
                session = _Session(connection, driver, project_id, deadline, write)
                self._open(session)
                yield session
                connection.commit()

    def _open(self, session: _Session) -> None:
        try:
            session.begin()
        except TargetError as error:
            raise TargetError(f"database {self.url}: {error}") from error

    def _driver(self) -> Driver:
        if isinstance(self._url, SqliteUrl):
            from autopack_hooks.sync.database.sqlite import Sqlite

            return Sqlite(self._url, self._place, self._owner, self._damage)
        from autopack_hooks.sync.database.postgres import Postgres

        return Postgres(self._url)

    @contextmanager
    def _faults(self, driver: Driver) -> Iterator[None]:
        """Turn the errors of the database into ours, which name it."""
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError

        try:
            yield
        except DBAPIError as error:
            fault = driver.fault(_first(error))
            if isinstance(fault, StoreDamaged):
                self._damage = fault.reason
            raise fault from error
        except SQLAlchemyError as error:
            raise TargetError(
                f"database {self.url}: {type(error).__name__}; run with --verbose and report it"
            ) from error


def _first(error: DBAPIError) -> DBAPIError:
    """Return the first fault of a chain: where SQLite undid the transaction itself, ending its savepoint fails as well."""
    from sqlalchemy.exc import DBAPIError

    if "no such savepoint" not in str(error.orig):
        return error
    earlier = error.orig.__context__ if error.orig else None
    while earlier and not isinstance(earlier, DBAPIError):
        earlier = earlier.__context__
    return earlier if isinstance(earlier, DBAPIError) else error


class _Session:
    def __init__(
        self, connection: Connection, driver: Driver, project_id: str, deadline: Deadline, write: bool
    ) -> None:
        self._connection = connection
        self._driver = driver
        self._project = project_id
        self._deadline = deadline
        self._write = write
        self._entries: EntryTable | None = None
        self._state: StateTable | None = None
        self._index: TextIndex | None = None
        self._adopted = False

    def begin(self) -> None:
        """Start the transaction, with the lock that a writer needs, and find the tables."""
        from autopack_hooks.sync.database.index import find_index, make_index
        from autopack_hooks.sync.database.schema import find_tables, make_tables

        if not self._connection.in_transaction():
            self._driver.begin(self._connection, self._project, self._deadline, write=self._write)
            find = make_tables if self._write else find_tables
            self._entries, self._state = find(self._connection)
            if self._entries:
                self._index = (make_index if self._write else find_index)(self._connection, self._entries)

    def stored(self) -> Stored:
        """Return what is there now (see ``Session.stored``)."""
        return self.stored_of(self._project)

    def projects(self) -> Sequence[str]:
        """Return the names of all projects with rows (see ``Session.projects``)."""
        from autopack_hooks.sync.database.adoption import project_names

        self.begin()
        return project_names(self._connection, self._entries) if self._entries else ()

    def stored_of(self, project_id: str) -> Stored:
        """Return what is there of another project."""
        self.begin()
        hashes = self._entries.hashes(self._connection, project_id) if self._entries else {}
        state = self._state.read(self._connection, project_id) if self._state else SyncState()
        return Stored(hashes, *state, replaced=self._driver.replaced)

    def adopt(self, project_id: str, pending: str | None) -> None:
        """Take over another project's rows (see ``Session.adopt``), in the transaction that ``apply`` commits."""
        from autopack_hooks.sync.database.adoption import take_over

        self.begin()
        if not self._write or self._entries is None or self._state is None:
            raise ValueError("this session was opened for reading")
        self._driver.lock(self._connection, project_id)
        take_over(self._connection, self._entries, self._state, project_id, self._project)
        self._adopted = True

    def differences(self, records: Mapping[Key, Record], deadline: Deadline) -> FieldDifferences:
        """Compare every column of every row, and the rows of the index (see ``Session.differences``)."""
        from autopack_hooks.sync.database.index import index_differences

        self.begin()
        found: dict[Key, Sequence[str]] = {}
        if self._entries is None:
            return found
        hashes: dict[Key, str] = {}
        with closing(self._entries.contents(self._connection, self._project)) as rows:
            for row in rows:
                deadline.check("comparing the rows")
                key = row["file_type"], row["entry_id"]
                record = records.get(key)
                hashes[key] = record.content_hash if record else row["content_hash"]
                names = self._entries.differences(row, record) if record else ()
                found |= {key: names} if names else {}
        for key in index_differences(self._index, self._project, hashes):
            if "content_hash" not in found.get(key, ()):  # of another text both are of another hash
                found[key] = [*found.get(key, ()), "full text"]
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
        """Carry out ``plan`` (see ``Session.apply``). A record that cannot be stored is refused before anything is written."""
        self.begin()
        if not self._write or self._entries is None or self._state is None:
            raise ValueError("this session was opened for reading")
        rows = {key: self._entries.row(records[key]) for key in (*plan.insert, *plan.update)}
        before = self._state.read(self._connection, self._project)[:2]
        after = (commit, None) if whole else (before[0], commit if plan else before[1])
        try:
            if plan and deadline.remaining():
                self._save_state(self._state, before[0], commit)
            applied = self._batches(plan, self._entries, rows, deadline, progress)
            self._mend(deadline)
        except BaseException as error:
            self._commit_finished(error)
            raise
        if applied.complete and (plan or after != before):
            self._save_state(self._state, *after)
        self._connection.commit()
        return applied

    def _mend(self, deadline: Deadline) -> None:
        from autopack_hooks.sync.database.index import mend

        if self._index and self._entries:
            mend(self._connection, self._entries, self._index, self._project, deadline, all_rows=self._adopted)

    def _save_state(self, table: StateTable, commit: str | None, pending: str | None) -> None:
        table.write(self._connection, self._project, SyncState(commit, pending), f"autopack-hooks {__version__}")

    def _batches(
        self,
        plan: Plan,
        entries: EntryTable,
        rows: Mapping[Key, dict[str, Any]],
        deadline: Deadline,
        progress: Progress,
    ) -> Applied:
        applied = Applied()
        new = frozenset(plan.insert)
        # Deletions come last: work that ends early has then lost nothing.
        for keys, delete in [*_cut(plan.insert, False), *_cut(plan.update, False), *_cut(plan.delete, True)]:
            if not deadline.remaining():
                return replace(applied, complete=False)
            written = self._batch(entries, keys, None if delete else [rows[key] for key in keys], deadline)
            if written is None:
                return replace(applied, complete=False)
            applied = _added(applied, new, written, delete)
            progress(len(keys))
        return applied

    def _batch(
        self, entries: EntryTable, keys: Sequence[Key], rows: Sequence[dict[str, Any]] | None, deadline: Deadline
    ) -> list[Key] | None:
        """Write ``rows``, or delete ``keys``.

        Returns:
            The keys that changed; None when the deadline undid the batch.
        """
        from sqlalchemy.exc import DBAPIError

        self._driver.renew(self._connection, deadline)
        try:
            with self._connection.begin_nested():
                if rows is None:
                    if self._index:
                        self._index.delete([(self._project, *key) for key in keys])
                    return _keys(self._connection.execute(entries.delete(self._project, list(keys))))
                if self._index:
                    self._index.write(rows)
                return self._upsert(entries, rows)
        except DBAPIError as error:
            if self._driver.is_timeout(error):
                return None
            raise

    def _upsert(self, entries: EntryTable, rows: Sequence[dict[str, Any]]) -> list[Key]:
        written: list[Key] = []
        for dated in (True, False):
            some = [row for row in rows if ("created_at" in row) is dated]
            if some:
                written += _keys(self._connection.execute(entries.upsert(dated=dated), some))
        return written

    def _commit_finished(self, error: BaseException) -> None:
        """Commit the finished batches after an interrupt or a fault of ours; a fault of the database undoes them."""
        from sqlalchemy.exc import SQLAlchemyError

        if not isinstance(error, SQLAlchemyError):
            # The connection itself may have been interrupted: then there is nothing to commit.
            with suppress(SQLAlchemyError):
                self._connection.commit()


def _cut(keys: Sequence[Key], delete: bool) -> list[tuple[Sequence[Key], bool]]:
    return [(keys[at : at + BATCH], delete) for at in range(0, len(keys), BATCH)]


def _keys(result: CursorResult[str, str]) -> list[Key]:
    return [(row[0], row[1]) for row in result]


def _added(applied: Applied, new: Collection[Key], written: Sequence[Key], delete: bool) -> Applied:
    if delete:
        return replace(applied, deleted=applied.deleted + len(written))
    inserted = sum(key in new for key in written)
    return replace(applied, inserted=applied.inserted + inserted, updated=applied.updated + len(written) - inserted)
