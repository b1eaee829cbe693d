"""SQLite: one file, opened by URI so that reading can never make it.

The journal mode stays what it is. A new file has SQLite's rollback journal: all of a sync is one transaction, so
there is nothing for a write-ahead log to win, and the database remains one file that can be copied, read from a
read-only folder, and kept on a network drive.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError

from autopack_hooks.core.errors import FatalError, LockTimeout, TargetError
from autopack_hooks.sync.database.schema import ENTRIES, STATE
from autopack_hooks.sync.database.url import SqliteUrl
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.ownership import APPLICATION_ID, has_our_header, set_aside
from autopack_hooks.sync.placement import StorePlace
from autopack_hooks.sync.target import StoreDamaged

_POLL = 0.1
"""Seconds that one attempt at the write lock waits inside SQLite, where signals are not handled."""

_GRACE = 2.0
"""Seconds beyond the deadline that a commit may wait for readers to finish."""

_PAGE = 4096

_SUFFIXES = (".db", ".sqlite", ".sqlite3")
"""An empty file of such a name is what an earlier version left when it was killed."""

# SQLite's message -> its meaning for the user.
_FAULTS = {
    "database or disk is full": "the disk is full; nothing was written, free some space and run again",
    "file is not a database": "the file is not an SQLite database; give another file",
    "malformed": "the database is damaged; restore it, or move it away and run again to fill a new one",
    "readonly database": "it cannot be written; check the permissions of the file and of its folder",
    "unable to open database file": "it cannot be opened; check that its folder exists and may be written to",
    "disk I/O error": "the disk failed; check the disk and the permissions of the folder",
}


_DAMAGES = ("malformed", "file is not a database")


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
            self._path = self._place.resolve() if self._place else Path(os.path.realpath(self._named))
            if self._place and not self._place.own_word:
                reason = foreign_reason(self._path)
                if reason:
                    raise self._place.refusal(self._path, f"but that file is not a store of this program: {reason}")
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


def is_our_database(path: Path) -> bool:
    """Return True if ``path`` is a database of ours, damaged or not: by its header, or by our tables on its first page."""
    if has_our_header(path):
        return True
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as stream:
        page = stream.read(_PAGE)
    return len(page) == _PAGE and b"\0" in page and all(f"TABLE {name} (".encode() in page for name in (ENTRIES, STATE))


def foreign_reason(path: Path) -> str:
    """Return why the file ``path`` must be left alone; "" where there is none, or a database of ours or of the older tool."""
    if not os.path.lexists(path) or is_our_database(path):
        return ""
    if not path.is_file():
        return "it is not a regular file"
    if not path.stat().st_size:
        return "" if path.suffix in _SUFFIXES else "it is an empty file"
    # Without locks and without its journals first: so nothing beside the file is touched.
    uris = [f"{path.as_uri()}?immutable=1", f"{path.as_uri()}?mode=ro"]
    try:
        ours = any(_has_entries(uri) for uri in uris[: 1 + os.path.exists(f"{path}-wal")])
    except sqlite3.Error as error:
        return f"it cannot be read as an SQLite database ({error})"
    return "" if ours else f"it is an SQLite database without the table {ENTRIES}"


def _has_entries(uri: str) -> bool:
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return connection.execute(query, (ENTRIES,)).fetchone() is not None


def new_database(path: Path) -> None:
    """Make an empty database with our application id at ``path``, whole or not at all; one that is there stays.

    Raises OSError.
    """
    work = path.with_name(f"{path.name}-new-{os.urandom(8).hex()}")
    try:
        with closing(sqlite3.connect(f"{work.as_uri()}?mode=rwc", uri=True)) as connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        try:
            os.link(work, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            if not os.path.lexists(path):
                work.rename(path)
    except sqlite3.Error as error:
        raise OSError(None, f"no database can be made there: {error}") from error
    finally:
        work.unlink(missing_ok=True)


def _is_busy(error: DBAPIError) -> bool:
    return "locked" in str(error.orig)
