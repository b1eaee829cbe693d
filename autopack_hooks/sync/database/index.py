"""The full text index of a database that is written to: a row for each entry, in the same transaction.

It may lack rows, or have others too many, where a version wrote that knew no index, or another program: every session that
writes mends that at its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError

from autopack_hooks.sync.database.fulltext import (
    INDEX,
    INDEX_PREFIX,
    POSTGRES_INDEX,
    POSTGRES_TABLE,
    SQLITE_TABLE,
    rowid,
    tsvector,
)
from autopack_hooks.sync.database.schema import EntryTable
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.records import Key
from autopack_hooks.sync.terms import terms_text

RowKey = tuple[str, str, str]
"""Project, ledger and entry."""

_BATCH = 500
_KEY = "project_id, file_type, entry_id"


class TextIndex(Protocol):
    """The index in one kind of database."""

    def count(self, project_id: str) -> int:
        """Return the number of its rows, as far as this session answers for them."""
        ...

    def hashes(self, project_id: str | None) -> dict[RowKey, str]:
        """Return the hash of the entry that each row was made from; without a project those of all."""
        ...

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write the rows of entries, given by the columns of their table, over those that are there."""
        ...

    def delete(self, keys: Sequence[RowKey]) -> None:
        """Delete rows; those that are not there do not matter."""
        ...


class SqliteIndex:
    """An FTS5 table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self, project_id: str) -> int:
        """Return the number of all rows, which FTS5 keeps in a table of short ones."""
        return int(self._connection.exec_driver_sql(f"SELECT count(*) FROM {INDEX}_docsize").scalar() or 0)

    def hashes(self, project_id: str | None) -> dict[RowKey, str]:
        """Return key -> hash."""
        where, values = ("", ()) if project_id is None else (" WHERE project_id = ?", (project_id,))
        rows = self._connection.exec_driver_sql(f"SELECT {_KEY}, content_hash FROM {INDEX}{where}", values)
        return {(row[0], row[1], row[2]): row[3] for row in rows}

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows in the order of their numbers: otherwise FTS5 writes its index once for each of them."""
        values = sorted((rowid(*_key(row)), *_key(row), row["content_hash"], *_terms(row)) for row in rows)
        insert = (
            f"INSERT OR REPLACE INTO {INDEX} (rowid, {_KEY}, content_hash, title, content) VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        self._connection.exec_driver_sql(insert, values)

    def delete(self, keys: Sequence[RowKey]) -> None:
        """Delete rows by their numbers."""
        self._connection.exec_driver_sql(f"DELETE FROM {INDEX} WHERE rowid = ?", [(rowid(*key),) for key in keys])


class PostgresIndex:
    """A table of tsvectors with a GIN index."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self, project_id: str) -> int:
        """Return the number of the project's rows."""
        count = text(f"SELECT count(*) FROM {INDEX} WHERE project_id = :project")
        return int(self._connection.execute(count, {"project": project_id}).scalar() or 0)

    def hashes(self, project_id: str | None) -> dict[RowKey, str]:
        """Return key -> hash."""
        query = text(f"SELECT {_KEY}, content_hash FROM {INDEX} WHERE project_id = coalesce(:project, project_id)")
        return {(row[0], row[1], row[2]): row[3] for row in self._connection.execute(query, {"project": project_id})}

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows."""
        insert = text(
            f"INSERT INTO {INDEX} ({_KEY}, content_hash, terms) VALUES (:project, :ledger, :entry, :hash, "
            f"CAST(:terms AS tsvector)) ON CONFLICT ({_KEY}) DO UPDATE SET content_hash = excluded.content_hash, "
            "terms = excluded.terms"
        )
        values = [{**_named(_key(row)), "hash": row["content_hash"], "terms": tsvector(*_terms(row))} for row in rows]
        self._connection.execute(insert, values)

    def delete(self, keys: Sequence[RowKey]) -> None:
        """Delete rows."""
        where = "project_id = :project AND file_type = :ledger AND entry_id = :entry"
        self._connection.execute(text(f"DELETE FROM {INDEX} WHERE {where}"), [_named(key) for key in keys])


def find_index(connection: Connection, entries: EntryTable) -> TextIndex | None:
    """Return the index as it is; None where there is none."""
    if not inspect(connection).has_table(INDEX):
        return None
    return SqliteIndex(connection) if entries.sqlite else PostgresIndex(connection)


def make_index(connection: Connection, entries: EntryTable) -> TextIndex | None:
    """Return the index, made where it is missing; None where this database cannot have one.

    An SQLite without FTS5, and a user who may not create tables, are no reason to write no entries.
    """
    found = find_index(connection, entries)
    if found:
        return found
    if entries.sqlite:
        try:
            connection.exec_driver_sql(SQLITE_TABLE)
        except OperationalError as error:
            if "no such module" not in str(error.orig):
                raise
            return None
    elif not _create_on_postgres(connection):
        return None
    for name in inspect(connection).get_table_names():
        if name.startswith(INDEX_PREFIX) and name.removeprefix(INDEX_PREFIX).isdigit() and name != INDEX:
            connection.exec_driver_sql(f"DROP TABLE {name}")
    return find_index(connection, entries)


def _create_on_postgres(connection: Connection) -> bool:
    if not connection.exec_driver_sql("SELECT has_schema_privilege(current_schema(), 'CREATE')").scalar():
        return False
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(POSTGRES_TABLE)
            connection.exec_driver_sql(POSTGRES_INDEX)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":  # insufficient privilege
            raise
        return False
    return True


def mend(
    connection: Connection,
    entries: EntryTable,
    index: TextIndex,
    project_id: str,
    deadline: Deadline,
    *,
    all_rows: bool,
) -> None:
    """Give every entry its row in the index, and take out rows of entries that are not there.

    It stops between two batches when the time is up; the next run goes on.

    Args:
        connection: An open transaction.
        entries: The table of entries.
        index: The index.
        project_id: The project of this session. In SQLite, whose transaction holds all writers out, every project counts.
        deadline: When to stop.
        all_rows: Compare row by row even where there are as many as there are entries.
    """
    scope = None if entries.sqlite else project_id
    if not all_rows and index.count(project_id) == entries.count(connection, scope):
        return
    wanted, found = entries.all_hashes(connection, scope), index.hashes(scope)
    extra = [key for key in found if key not in wanted]
    missing = [key for key, digest in wanted.items() if found.get(key) != digest]
    for keys in _batches(extra):
        if deadline.remaining():
            index.delete(keys)
    for keys in _batches(missing):
        if deadline.remaining():
            index.write(entries.texts(connection, keys))


def _batches(keys: Sequence[RowKey]) -> Iterator[Sequence[RowKey]]:
    return (keys[at : at + _BATCH] for at in range(0, len(keys), _BATCH))


def _key(row: Mapping[str, Any]) -> RowKey:
    return row["project_id"], row["file_type"], row["entry_id"]


def _terms(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the terms of the title, the id among them, and of the content."""
    return terms_text(f"{row['entry_id']} {row['title']}"), terms_text(row["content"])


def _named(key: RowKey) -> dict[str, str]:
    return dict(zip(("project", "ledger", "entry"), key, strict=True))


def index_differences(index: TextIndex | None, project_id: str, hashes: Mapping[Key, str]) -> set[Key]:
    """Return the keys of entries without their row in the index, and of rows in it without their entry.

    Args:
        index: The index; None where the database has none, or none yet, which is no difference.
        project_id: The project.
        hashes: Of each entry that is there the hash that its row in the index should name.
    """
    if index is None:
        return set()
    found = index.hashes(project_id)
    held = {(file_type, entry_id): digest for (_, file_type, entry_id), digest in found.items()}
    return {key for key in held.keys() | hashes.keys() if held.get(key) != hashes.get(key)}
