"""SQLite: one file, opened by URI so that reading can never make it.

The journal mode stays what it is. A new file has SQLite's rollback journal: all of a sync is one transaction, so
there is nothing for a write-ahead log to win, and the database remains one file that can be copied, read from a
read-only folder, and kept on a network drive.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError

from autopack_hooks.core.errors import FatalError, LockTimeout, TargetError
from autopack_hooks.sync.database.file import is_our_database, located, new_database
from autopack_hooks.sync.database.url import SqliteUrl
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.ownership import set_aside
from autopack_hooks.sync.placement import StorePlace
from autopack_hooks.sync.target import StoreDamaged

_POLL = 0.1
"""Seconds that one attempt at the write lock waits inside SQLite, where signals are not handled."""

_GRACE = 2.0
"""Seconds beyond the deadline that a commit may wait for readers to finish."""

# SQLite's message -> its meaning for the user.
_FAULTS = {
    "database or disk is full": "the disk is full; nothing was written, free some space and run again",
    "file is not a database": "the file is not an SQLite database; give another file",
    "malformed": "the database is damaged; restore it, or move it away and run again to fill a new one",
    "readonly database": "it cannot be written; check the permissions of the file and of its folder",
    "unable to open database file": "it cannot be opened; check that its folder exists and may be written to",
    "disk I/O error": "the disk failed; check the disk and the permissions of the folder",
}


_DAMAGES = ("malformed", "file is not a database", "vtable constructor failed")


class Sqlite:
    """The driver of an SQLite database (see ``Driver`` in target.py)."""

    def __init__(self, url: SqliteUrl, place: StorePlace | None = None, owner: str = "", damage: str = "") -> None:
        """Name the file; nothing is opened yet.

        Args:
            url: The URL.
            place: Where it may lie.
            owner: The name of this clone.
            damage: Why the database, which is ours, is to be replaced before it is written to; "" for not at all.
        """
        self.replaced = ""
        self._owner = owner
        self._damage = damage
        self._named = url.path
        self._path = url.path
        self._masked = url.masked
        self._place = place

    def exists(self) -> bool:
        """Return True if the file exists. Raises TargetError where it may not be opened (see ``StorePlace``)."""
        with self._reachable():
            self._path = located(SqliteUrl(self._named, self._masked), self._place)
            return self._path.exists()

    @contextmanager
    def connection(self, deadline: Deadline, *, write: bool) -> Iterator[Connection]:
        """Open a connection that is closed, and rolled back unless committed, at the end."""
        there = self.exists()
        if write:
            with self._reachable():
                self._prepare(there)
        # Reading opens the file for writing too: only so can SQLite undo what a killed writer left half done.
        uri = f"{self._path.as_uri()}?mode=rw"

        def connect() -> sqlite3.Connection:
            timeout = _POLL if write else deadline.remaining()
            made = sqlite3.connect(uri, uri=True, timeout=timeout, isolation_level=None)
            # Text that is not UTF-8 is shown as such and differs from every ledger's, instead of ending the run.
            made.text_factory = partial(str, encoding="utf-8", errors="backslashreplace")
            made.execute(f"PRAGMA query_only = {int(not write)}")
            return made

        engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
        try:
            with engine.connect() as connection:
                if self._place:
                    self._place.check_again(self._path)
                yield connection
        finally:
            engine.dispose()

    def _prepare(self, there: bool) -> None:
        """Have a file there, out of git's sight. Raises OSError, TargetError."""
        if self._place:
            self._place.hide(self._path)
        if there and self._damage and is_our_database(self._path):
            aside = set_aside(self._path, self._owner)
            self.replaced = (
                f"the database was damaged ({self._damage}); it is now {aside.name}, and a new one is filled"
            )
        elif there:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._place:
            self._place.check_again(self._path)
        new_database(self._path)

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = f"{error.strerror or error}; check the folder and its permissions"
            raise TargetError(f"database {self._masked}: {reason}") from error

    def begin(self, connection: Connection, project_id: str, deadline: Deadline, *, write: bool) -> None:
        """Start a transaction; with ``write`` it holds every other writer of the file out until it ends."""
        if not write:
            connection.exec_driver_sql("BEGIN")
            return
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as error:
                if not _is_busy(error) or not deadline.remaining():
                    raise

    def lock(self, connection: Connection, project_id: str) -> None:
        """Do nothing more: the transaction holds all writers of the file out."""

    def renew(self, connection: Connection, deadline: Deadline) -> None:
        """Let the next statement wait no longer than is left."""
        milliseconds = int(1000 * (deadline.remaining() + _GRACE))
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {milliseconds}")

    def is_timeout(self, error: DBAPIError) -> bool:
        """Return False: the deadline cuts no statement of SQLite short."""
        return False

    def fault(self, error: DBAPIError) -> FatalError:
        """Return ``error`` as one line for the user."""
        if _is_busy(error):
            return LockTimeout(f"database {self._masked}: another process is using it; run again when that is done")
        message = str(error.orig)
        if any(key in message for key in _DAMAGES) and is_our_database(self._path):
            return StoreDamaged(f"the database {self._masked}", " ".join(message.split()))
        reason = next((text for key, text in _FAULTS.items() if key in message), " ".join(message.split()))
        return TargetError(f"database {self._masked}: {reason}")


def _is_busy(error: DBAPIError) -> bool:
    return "locked" in str(error.orig)
