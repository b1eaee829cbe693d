"""Asks SQLite's full text, through Python's own module: SQLAlchemy would take longer to import than the answer takes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial

from autopack_hooks.core.errors import LockTimeout, TargetError
from autopack_hooks.search.answer import DEPTH, STATUS_LENGTH, Answer, StoredEntry
from autopack_hooks.search.passage import best_passage
from autopack_hooks.search.question import Question
from autopack_hooks.sync.database.file import located
from autopack_hooks.sync.database.fulltext import INDEX, NO_INDEX, TITLE_WEIGHT, fts5_query
from autopack_hooks.sync.database.state import ENTRIES, STATE
from autopack_hooks.sync.database.url import SqliteUrl
from autopack_hooks.sync.placement import StorePlace
from autopack_hooks.sync.records import Key
from autopack_hooks.sync.terms import query_terms

_PATIENCE = 0.2
"""Seconds to wait for a sync that is just being committed."""

_PAGE = 200


def ask(question: Question, project_id: str, url: SqliteUrl, place: StorePlace | None) -> Answer:
    """Return the answer of an SQLite database. Raises TargetError, LockTimeout."""
    path = located(url, place)
    if not path.exists():
        return Answer("database")
    with _opened(f"{path.as_uri()}?mode=rw", url) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if ENTRIES not in tables:
            return Answer("database")
        commit, pending = _state(connection, project_id) if STATE in tables else (None, None)
        any_row = f"SELECT 1 FROM {ENTRIES} WHERE project_id = ? LIMIT 1"
        known = bool(connection.execute(any_row, (project_id,)).fetchone() or commit or pending)
        if known and INDEX not in tables:
            raise TargetError(f"database {url.masked}: {NO_INDEX}")
        found = _found(connection, question, project_id) if INDEX in tables else []
        return Answer("database", found, known, commit, pending)


@contextmanager
def _opened(uri: str, url: SqliteUrl) -> Iterator[sqlite3.Connection]:
    """Open the database for reading: with the right to write, or SQLite could not undo what a killed writer left."""
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)) as connection:
            connection.text_factory = partial(str, encoding="utf-8", errors="backslashreplace")
            connection.execute("PRAGMA query_only = 1")
            connection.execute("BEGIN")
            yield connection
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise LockTimeout(f"database {url.masked}: a sync is writing to it; ask again when that is done") from error
        reason = " ".join(str(error).split())
        raise TargetError(f"database {url.masked}: {reason}; `autopack-hooks verify` says more") from error


def _state(connection: sqlite3.Connection, project_id: str) -> tuple[str | None, str | None]:
    row = connection.execute(f"SELECT * FROM {STATE} WHERE project_id = ?", (project_id,))
    names = [column[0] for column in row.description]
    values = dict(zip(names, row.fetchone() or (), strict=False))
    return values.get("source_commit"), values.get("pending_commit")


def _found(connection: sqlite3.Connection, question: Question, project_id: str) -> list[StoredEntry]:
    wanted = list(query_terms(question.text))
    if not wanted:
        return []
    found: list[StoredEntry] = []
    depth, at = max(DEPTH, question.limit), 0
    while len(found) < depth:
        page = _ranked(connection, question, project_id, fts5_query(wanted), at)
        rows = _rows(connection, project_id, [key for key, _ in page])
        scored = [(rows[key], score) for key, score in page if key in rows]
        found += [row._replace(score=score) for row, score in scored if question.accepts(row.status, row.date)]
        if len(page) < _PAGE:
            break
        at += _PAGE
    best = found[:depth]
    texts = _contents(connection, project_id, [row.key for row in best[: question.limit * 2]])
    return [row._replace(text=best_passage(question.text, row.title, texts.get(row.key, ""))) for row in best]


def _ranked(
    connection: sqlite3.Connection, question: Question, project_id: str, query: str, at: int
) -> list[tuple[Key, float]]:
    """Return a page of the ranking, the first from ``at`` on."""
    ledgers = f" AND file_type IN ({_marks(question.ledgers)})" if question.ledgers else ""
    ranking = connection.execute(
        f"SELECT file_type, entry_id, -bm25({INDEX}, 0, 0, 0, 0, {TITLE_WEIGHT}, 1) AS score FROM {INDEX} "
        f"WHERE {INDEX} MATCH ? AND project_id = ?{ledgers} "
        f"ORDER BY score DESC, file_type, entry_id LIMIT {_PAGE} OFFSET {at}",
        (query, project_id, *question.ledgers),
    )
    return [((file_type, entry_id), score) for file_type, entry_id, score in ranking]


def _rows(connection: sqlite3.Connection, project_id: str, keys: Sequence[Key]) -> dict[Key, StoredEntry]:
    rows = _select(connection, project_id, keys, "title, metadata, created_at")
    return {
        key: StoredEntry(key, str(title), "", status_of(meta), str(date or ""), 0.0)
        for key, (title, meta, date) in rows
    }


def _contents(connection: sqlite3.Connection, project_id: str, keys: Sequence[Key]) -> dict[Key, str]:
    return {key: str(content) for key, (content,) in _select(connection, project_id, keys, "content")}


def _select(
    connection: sqlite3.Connection, project_id: str, keys: Sequence[Key], columns: str
) -> list[tuple[Key, tuple[object, ...]]]:
    if not keys:
        return []
    pairs = ", ".join(["(?, ?)"] * len(keys))
    rows = connection.execute(
        f"SELECT file_type, entry_id, {columns} FROM {ENTRIES} WHERE project_id = ? "
        f"AND (file_type, entry_id) IN (VALUES {pairs})",
        (project_id, *(part for key in keys for part in key)),
    )
    return [((row[0], row[1]), row[2:]) for row in rows]


def _marks(values: Sequence[str] | object) -> str:
    return ", ".join("?" * len(values))  # type: ignore[arg-type]


def status_of(metadata: object) -> str:
    """Return the status that the metadata of a row (JSON text) holds; "" for none."""
    try:
        found = json.loads(metadata) if isinstance(metadata, str) else metadata
    except (ValueError, RecursionError):
        return ""
    return str(found.get("status") or "")[:STATUS_LENGTH] if isinstance(found, dict) else ""
