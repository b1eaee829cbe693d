"""The tables of a database target: created where they are missing, taken over where an older tool left them.

A table that is there keeps its columns and their types; values are converted to what those hold. What cannot be
written to is refused before anything is changed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    UniqueConstraint,
    cast,
    func,
    inspect,
    null,
    select,
    tuple_,
)
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import JSON, Date, String, TypeEngine

from autopack_hooks.core.errors import TargetError
from autopack_hooks.sync.database.fulltext import INDEX_PREFIX
from autopack_hooks.sync.database.state import ENTRIES, STATE, SyncState
from autopack_hooks.sync.fields import differing, json_value, moment
from autopack_hooks.sync.ownership import APPLICATION_ID
from autopack_hooks.sync.records import Key, Record, metadata_json

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

KEY = ("project_id", "file_type", "entry_id")
PAGE = 500
"""Rows that are read at a time."""

_TEXTS = (*KEY, "title", "content", "content_hash")
_DATES = ("created_at", "updated_at")
_OURS = (*_TEXTS, "metadata", *_DATES)
_PENDING = "pending_commit"
_STATE_COLUMNS = ("project_id", "source_commit", _PENDING, "synced_at", "tool")


@dataclass(frozen=True)
class EntryTable:
    """``sot_entries`` as it is in this database; ``date_required`` when its created_at is NOT NULL."""

    table: Table
    sqlite: bool
    date_required: bool

    def row(self, record: Record) -> dict[str, Any]:
        """Return the column values of ``record``. Raises TargetError for text that a database cannot hold."""
        metadata = metadata_json(record)
        values: dict[str, Any] = {name: getattr(record, name) for name in _TEXTS}
        kind = self.table.c.metadata.type
        values["metadata"] = dict(record.metadata) if isinstance(kind, JSON) else metadata
        if record.created_at is not None or not self.date_required:
            values["created_at"] = _date_value(self.table.c.created_at.type, record.created_at)
        return values

    def upsert(self, *, dated: bool) -> ReturningInsert[Any]:
        """Return the statement that inserts rows, or updates those that are there, and returns the keys written.

        Without ``dated`` the rows have no date for a column that needs one: a new row takes the time of the
        sync, an old row keeps what it has.
        """
        table = self.table
        insert = _insert(table, self.sqlite)
        insert = insert.values(updated_at=self._now("updated_at"))
        if not dated:
            insert = insert.values(created_at=self._now("created_at"))
        changed = {name: insert.excluded[name] for name in _OURS if name not in KEY and (dated or name != "created_at")}
        written = insert.on_conflict_do_update(index_elements=KEY, set_=changed)
        return written.returning(table.c.file_type, table.c.entry_id)

    def delete(self, project_id: str, keys: list[Key]) -> ReturningDelete[Any]:
        """Return the statement that deletes ``keys`` of one project, and returns those that were there."""
        c = self.table.c
        wanted = tuple_(c.file_type, c.entry_id).in_(keys)
        return self.table.delete().where(c.project_id == project_id, wanted).returning(c.file_type, c.entry_id)

    def hashes(self, connection: Connection, project_id: str) -> dict[Key, str]:
        """Return key -> hash of every row of the project; a row without a hash, or one of several, has "", equal to none."""
        c = self.table.c
        query = select(c.file_type, c.entry_id, c.content_hash).where(c.project_id == project_id)
        rows = connection.execute(query).all()
        found = {(_text(file_type), _text(entry_id)): str(digest or "") for file_type, entry_id, digest in rows}
        if len(found) < len(rows):
            # A table without a unique key, which only a reader meets.
            counts = Counter((_text(file_type), _text(entry_id)) for file_type, entry_id, _ in rows)
            found |= {key: "" for key, count in counts.items() if count > 1}
        return found

    def contents(self, connection: Connection, project_id: str) -> Generator[dict[str, Any], None, None]:
        """Yield the columns of every row of the project: metadata as JSON text, and dates of the database as seconds.

        So the database's own types raise nothing here, whatever they hold (PostgreSQL has dates that Python lacks).
        """
        c = self.table.c
        date = c.created_at if isinstance(c.created_at.type, String) else func.extract("epoch", c.created_at)
        metadata = c.metadata if self.sqlite else cast(c.metadata, Text)
        query = select(*(c[name] for name in _TEXTS), metadata.label("metadata"), date.label("created_at"))
        options = {"yield_per": PAGE}
        with connection.execute(query.where(c.project_id == project_id), execution_options=options) as rows:
            yield from (dict(row) for row in rows.mappings())

    def count(self, connection: Connection, project_id: str | None) -> int:
        """Return the number of rows that name an entry, of one project or of all."""
        return int(connection.execute(self._of(project_id, func.count())).scalar() or 0)

    def all_hashes(self, connection: Connection, project_id: str | None) -> dict[tuple[str, str, str], str]:
        """Return (project, ledger, entry) -> hash of the rows of one project or of all."""
        c = self.table.c
        rows = connection.execute(self._of(project_id, *(c[name] for name in KEY), c.content_hash))
        return {(row[0], row[1], row[2]): str(row[3] or "") for row in rows}

    def texts(self, connection: Connection, keys: Sequence[tuple[str, str, str]]) -> list[dict[str, Any]]:
        """Return what the index is made from, of the rows with these keys."""
        c = self.table.c
        wanted = tuple_(*(c[name] for name in KEY)).in_(keys)
        rows = connection.execute(select(*(c[name] for name in _TEXTS)).where(wanted)).mappings()
        return [{name: str(value or "") for name, value in row.items()} for row in rows]

    def _of(self, project_id: str | None, *columns: ColumnElement[Any]) -> Select[Any]:
        c = self.table.c
        query = select(*columns).select_from(self.table)
        if self.sqlite:
            # Any column may hold anything there; what is not text names no entry.
            query = query.where(*(func.typeof(c[name]) == "text" for name in KEY))
        return query if project_id is None else query.where(c.project_id == project_id)

    def differences(self, row: Mapping[str, Any], record: Record) -> tuple[str, ...]:
        """Return the columns in which ``row``, one of ``contents``, is not as a sync writes ``record``."""
        wanted = {**self.row(record), "metadata": json.loads(metadata_json(record))}
        found = {**row, "metadata": json_value(row["metadata"]), "created_at": moment(row["created_at"])}
        if "created_at" in wanted:
            wanted["created_at"] = moment(wanted["created_at"])
        return differing(wanted, found)

    def _now(self, name: str) -> ColumnElement[Any]:
        """Return the time of the database's clock in the form of the column."""
        kind = self.table.c[name].type
        if self.sqlite:
            return func.strftime("%Y-%m-%dT%H:%M:%f+00:00", "now")
        utc = func.timezone("UTC", func.now())
        if isinstance(kind, String):
            return func.to_char(utc, 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"')
        if isinstance(kind, Date):
            return func.date(utc)
        return func.now() if getattr(kind, "timezone", False) else utc


@dataclass(frozen=True)
class StateTable:
    """``sot_sync_state``: one row per project with the commit that it was last synced from."""

    table: Table
    sqlite: bool

    def read(self, connection: Connection, project_id: str) -> SyncState:
        """Return the state of the project."""
        c = self.table.c
        pending = c[_PENDING] if _PENDING in c else null()
        query = select(c.source_commit, pending, c.synced_at).where(c.project_id == project_id)
        row = connection.execute(query).first()
        return SyncState(row[0], row[1], str(row[2])) if row else SyncState()

    def write(self, connection: Connection, project_id: str, state: SyncState, tool: str) -> None:
        """Write the state with the time of the database's clock.

        Args:
            connection: An open transaction.
            project_id: The project.
            state: Its commit and pending commit.
            tool: The name and version of this program.
        """
        insert = _insert(self.table, self.sqlite)
        now: ColumnElement[Any] = func.strftime("%Y-%m-%dT%H:%M:%f+00:00", "now") if self.sqlite else func.now()
        insert = insert.values(
            project_id=project_id, source_commit=state.commit, pending_commit=state.pending, synced_at=now, tool=tool
        )
        changed = {name: insert.excluded[name] for name in _STATE_COLUMNS[1:]}
        connection.execute(insert.on_conflict_do_update(index_elements=["project_id"], set_=changed))


def find_tables(connection: Connection) -> tuple[EntryTable | None, StateTable | None]:
    """Return the two tables as they are; None for a missing one. Raises TargetError for a foreign schema."""
    return _find_entries(connection), _find_state(connection)


def make_tables(connection: Connection) -> tuple[EntryTable, StateTable]:
    """Return the two tables, created where they are missing, with a unique key. Raises TargetError for a foreign schema."""
    entries, state = find_tables(connection)
    sqlite = _is_sqlite(connection)
    if entries is None:
        entries = EntryTable(_own_entries(sqlite), sqlite, date_required=False)
        entries.table.create(connection)
    else:
        _ensure_unique(connection, entries)
    if state is None:
        state = StateTable(_state_table(sqlite), sqlite)
        state.table.create(connection)
    elif _PENDING not in state.table.c:
        # A table of a version that did not record what is pending.
        connection.exec_driver_sql(f"ALTER TABLE {STATE} ADD COLUMN {_PENDING} TEXT")
        state = StateTable(_state_table(sqlite), sqlite)
    if sqlite:
        _claim_file(connection)
    return entries, state


def _claim_file(connection: Connection) -> None:
    """Put our application id into a file that holds our tables alone, by which it is known even when it is damaged."""
    number = connection.exec_driver_sql("PRAGMA application_id").scalar()
    names = {name for name in inspect(connection).get_table_names() if not name.startswith(INDEX_PREFIX)}
    if not number and names == {ENTRIES, STATE}:
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


# Either of SQLAlchemy's dialects brings all its drivers, so only the one that is used is imported.


def _insert(table: Table, sqlite: bool) -> SqliteInsert | PostgresqlInsert:
    if sqlite:
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(table)
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    return postgresql_insert(table)


def _jsonb() -> TypeEngine[Any]:
    from sqlalchemy.dialects.postgresql import JSONB

    return JSONB()


def _own_entries(sqlite: bool) -> Table:
    date: TypeEngine[Any] = Text() if sqlite else DateTime(timezone=True)
    return Table(
        ENTRIES,
        MetaData(),
        Column("id", Integer if sqlite else BigInteger, primary_key=True),
        *(Column(name, Text, nullable=False) for name in (*KEY, "title", "content")),
        Column("metadata", Text if sqlite else _jsonb(), nullable=False),
        Column("created_at", date),
        Column("updated_at", date, nullable=False),
        Column("content_hash", Text, nullable=False),
        UniqueConstraint(*KEY, name=f"{ENTRIES}_key"),
    )


def _state_table(sqlite: bool, *, pending: bool = True) -> Table:
    return Table(
        STATE,
        MetaData(),
        Column("project_id", Text, primary_key=True),
        Column("source_commit", Text),
        *([Column(_PENDING, Text)] if pending else []),
        Column("synced_at", Text if sqlite else DateTime(timezone=True), nullable=False),
        Column("tool", Text, nullable=False),
    )


def _find_state(connection: Connection) -> StateTable | None:
    columns = _columns(connection, STATE)
    if not columns:
        return None
    _require(STATE, columns, tuple(name for name in _STATE_COLUMNS if name != _PENDING))
    sqlite = _is_sqlite(connection)
    return StateTable(_state_table(sqlite, pending=_PENDING in columns), sqlite)


def _find_entries(connection: Connection) -> EntryTable | None:
    columns = _columns(connection, ENTRIES)
    if not columns:
        return None
    sqlite = _is_sqlite(connection)
    _require(ENTRIES, columns, _OURS)
    for column in columns.values():
        _check_column(column, sqlite)
    # SQLite does not enforce declared types: everything is written there as text.
    used = [Column(name, Text() if sqlite else columns[name]["type"]) for name in _OURS]
    return EntryTable(Table(ENTRIES, MetaData(), *used), sqlite, not columns["created_at"]["nullable"])


def _columns(connection: Connection, table: str) -> dict[str, ReflectedColumn]:
    inspector = inspect(connection)
    return {c["name"]: c for c in inspector.get_columns(table)} if inspector.has_table(table) else {}


def _require(table: str, columns: Mapping[str, ReflectedColumn], wanted: tuple[str, ...]) -> None:
    missing = [name for name in wanted if name not in columns]
    if missing:
        raise TargetError(
            f"the table {table} is another program's: it has no column {', '.join(missing)}; nothing was changed, "
            "rename that table or give another database"
        )


def _check_column(column: ReflectedColumn, sqlite: bool) -> None:
    name, kind = column["name"], column["type"]
    if name not in _OURS:
        automatic = column.get("autoincrement") is True or bool(column.get("identity") or column.get("computed"))
        # In SQLite an INTEGER PRIMARY KEY numbers itself.
        numbered = sqlite and bool(column.get("primary_key")) and isinstance(kind, Integer)
        if not (column["nullable"] or column["default"] is not None or automatic or numbered):
            raise TargetError(
                f"the table {ENTRIES} has a column {name} that requires a value and is not ours; give it a default"
            )
    elif not sqlite:
        fits = {"metadata": (String, JSON), **dict.fromkeys(_DATES, (String, Date, DateTime))}.get(name, (String,))
        if not isinstance(kind, fits):
            raise TargetError(
                f"the column {name} of the table {ENTRIES} cannot be used: its type is {kind}; change the type"
            )


def _ensure_unique(connection: Connection, entries: EntryTable) -> None:
    """Create the unique key that the upsert needs, which the table of another program may lack."""
    inspector = inspect(connection)
    # A partial or expression index does not cover every row.
    options: dict[str, Any] = {"include_auto_indexes": True} if entries.sqlite else {}
    found = [
        index["column_names"]
        for index in inspector.get_indexes(ENTRIES, **options)
        if index["unique"] and not any(key.endswith("_where") for key in index.get("dialect_options", {}))
    ]
    found += [list(inspector.get_pk_constraint(ENTRIES)["constrained_columns"])]
    if any(set(names) == set(KEY) for names in found):
        return
    _refuse_duplicates(connection, entries)
    columns = ", ".join(KEY)
    connection.exec_driver_sql(f"CREATE UNIQUE INDEX {ENTRIES}_key ON {ENTRIES} ({columns})")


def _refuse_duplicates(connection: Connection, entries: EntryTable) -> None:
    key = [entries.table.c[name] for name in KEY]
    twice = connection.execute(select(*key).group_by(*key).having(func.count() > 1).order_by(*key).limit(4)).all()
    if twice:
        shown = ", ".join("/".join(map(str, row)) for row in twice[:3]) + (", …" if len(twice) > 3 else "")
        raise TargetError(f"the table {ENTRIES} holds entries more than once ({shown}): delete the surplus rows")


def _text(value: object) -> str:
    """Return a name of a row: SQLite may hold anything in any column, which names no entry then."""
    return value if isinstance(value, str) else ascii(value)


def _date_value(kind: TypeEngine[Any], value: str | None) -> Any:
    if value is None or isinstance(kind, String):
        return value
    moment = datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return moment.date()
    return moment if getattr(kind, "timezone", False) else moment.astimezone(UTC).replace(tzinfo=None)
