"""PostgreSQL through psycopg 3: everything that waits is bounded by the deadline.

Time limits and the lock are set inside the transaction, so they hold behind a connection pooler too. The lock is
the server's: it is gone with its holder, and a holder that sleeps through ``idle_in_transaction_session_timeout``
is disconnected by the server, so that it can write nothing when it wakes.
"""

from __future__ import annotations

import math
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from autopack_hooks.core.errors import DeadlineExceeded, FatalError, LockTimeout, TargetError
from autopack_hooks.sync.database.url import MASK, PostgresUrl
from autopack_hooks.sync.deadline import Deadline

CONNECT_SECONDS = 10
"""The longest that one address may take to answer; the deadline may make it less."""

_GRACE = 2.0
"""Seconds beyond the deadline for the server to keep its own limits, before the connection is cut."""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_CANCELLED, _LOCKED = "57014", "55P03"
_FAULTS = {
    "3D000": "there is no such database; create it or correct the URL",
    "25006": "the server takes no writes (it is read-only); give the primary server",
    "42501": "this user may not do that; grant the rights, or give another user",
    "53100": "the server's disk is full; nothing was written, free some space and run again",
}


class Postgres:
    """The driver of a PostgreSQL database (see ``Driver`` in target.py)."""

    replaced = ""

    def __init__(self, url: PostgresUrl) -> None:
        self._url = url

    def exists(self) -> bool:
        """Return True: only the server knows."""
        return True

    @contextmanager
    def connection(self, deadline: Deadline, *, write: bool) -> Iterator[Connection]:
        """Open a connection that is closed, and rolled back unless committed, at the end."""
        engine = self._engine(deadline)
        options: dict[str, Any] = {} if write else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            with engine.connect() as plain, _cut_off(plain, deadline):
                yield plain.execution_options(**options)
        finally:
            engine.dispose()

    def begin(self, connection: Connection, project_id: str, deadline: Deadline, *, write: bool) -> None:
        """Start a transaction; with ``write`` it holds other writers of the project out until it ends."""
        _limit(connection, deadline.remaining(), statement=deadline.remaining() + 1)
        if write:
            # Two projects that come first to an empty database would both make the tables.
            connection.execute(_LOCK, {"key": "autopack-hooks tables"})
            self.lock(connection, project_id)

    def lock(self, connection: Connection, project_id: str) -> None:
        """Hold other writers of a project out until the transaction ends."""
        connection.execute(_LOCK, {"key": f"autopack-hooks project {project_id}"})

    def renew(self, connection: Connection, deadline: Deadline) -> None:
        """Let the next statement take no longer than is left."""
        _limit(connection, deadline.remaining(), statement=deadline.remaining())

    def is_timeout(self, error: DBAPIError) -> bool:
        """Return True if the server stopped a statement because its time was up."""
        return _state(error) == _CANCELLED

    def fault(self, error: DBAPIError) -> FatalError:
        """Return ``error`` as one line for the user."""
        where = f"database {self._url.masked}"
        state = _state(error)
        if state == _CANCELLED:
            return DeadlineExceeded(f"{where}: the time was up; what was written is complete, run again to go on")
        if state == _LOCKED:
            return LockTimeout(f"{where}: another writer is using it; run again when that is done")
        return TargetError(f"{where}: {_FAULTS.get(state) or self._reason(error)}")

    def _engine(self, deadline: Deadline) -> Engine:
        seconds = max(2, math.floor(min(deadline.remaining(), CONNECT_SECONDS)))
        arguments = {
            "fallback_application_name": "autopack-hooks",
            "connect_timeout": seconds,
            **self._url.options,
            # A prepared statement would outlive its transaction, which a pooler in front does not expect.
            "prepare_threshold": None,
        }
        # The parameters are kept out of the engine's URL, so that no message of SQLAlchemy can show them.
        engine = create_engine(
            "postgresql+psycopg://",
            connect_args=arguments,
            poolclass=NullPool,
            hide_parameters=True,
            use_native_hstore=False,
        )

        @event.listens_for(engine, "do_connect")
        def connect(dialect: Any, _record: Any, cargs: Any, cparams: Any) -> Any:
            return _bounded(lambda: dialect.connect(*cargs, **cparams), deadline.remaining(), self._url.masked)

        return engine

    def _reason(self, error: DBAPIError) -> str:
        primary = getattr(getattr(error.orig, "diag", None), "message_primary", None)
        lines = [line.strip() for line in str(primary or error.orig).splitlines() if line.strip()]
        message = lines[0] if lines else type(error.orig).__name__
        for secret in self._url.secrets:
            message = message.replace(secret, MASK)
        return f"{message}; check the URL, the server and its log"


def _state(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


def _limit(connection: Connection, lock: float, statement: float) -> None:
    """Set the limits (seconds) of the running transaction; 0 would mean none, so 1 ms is the least."""
    values = {"statement": statement, "lock": lock, "idle": statement + _GRACE}
    connection.execute(
        text(
            "SELECT set_config('statement_timeout', :statement, true), set_config('lock_timeout', :lock, true), "
            "set_config('idle_in_transaction_session_timeout', :idle, true)"
        ),
        {name: str(max(1, int(1000 * seconds))) for name, seconds in values.items()},
    )


def _bounded(connect: Callable[[], Any], seconds: float, where: str) -> Any:
    """Return the result of ``connect`` within ``seconds``; it may hang in the resolver or try many addresses."""
    results: list[Any] = []
    lock = threading.Lock()
    abandoned = False

    def work() -> None:
        try:
            result = connect()
        except Exception as error:
            result = error
        with lock:
            if not abandoned:
                results.append(result)
                return
        if not isinstance(result, Exception):
            result.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    with lock:
        abandoned = not results
    if abandoned:
        raise DeadlineExceeded(f"database {where}: no answer in time; check the server, or raise --max-seconds")
    if isinstance(results[0], Exception):
        raise results[0]
    return results[0]


@contextmanager
def _cut_off(connection: Connection, deadline: Deadline) -> Iterator[None]:
    """Shut the socket when the deadline is well past: a server that stopped answering keeps no limit of its own."""
    descriptor = connection.connection.driver_connection.fileno()  # type: ignore[union-attr]  # psycopg's, open just now

    def cut() -> None:
        # A second handle on whatever kind of socket it is; an error means that it is closed already.
        with suppress(OSError), socket.fromfd(descriptor, socket.AF_INET, socket.SOCK_STREAM) as line:
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(deadline.remaining() + _GRACE, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
