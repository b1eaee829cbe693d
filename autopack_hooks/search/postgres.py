"""Asks PostgreSQL's full text.

Its own ranking knows no rare words, so the weight of each term is taken from how many entries have it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from autopack_hooks.core.errors import TargetError
from autopack_hooks.search.answer import DEPTH, Answer, StoredEntry
from autopack_hooks.search.passage import best_passage
from autopack_hooks.search.question import Question
from autopack_hooks.search.sqlite import status_of
from autopack_hooks.sync.database.fulltext import INDEX, NO_INDEX, quoted_lexeme
from autopack_hooks.sync.database.postgres import Postgres
from autopack_hooks.sync.database.schema import find_tables
from autopack_hooks.sync.database.state import ENTRIES, SyncState
from autopack_hooks.sync.database.url import PostgresUrl
from autopack_hooks.sync.deadline import Clocks, Deadline
from autopack_hooks.sync.terms import query_terms

# A word in the title (A) counts as two in the text (D); the rank of one word saturates as it is repeated.
_RANKED = f"""
WITH asked AS (
    SELECT CAST(term AS tsquery) AS term, weight
    FROM unnest(CAST(:terms AS text[]), CAST(:weights AS float8[])) AS a(term, weight)
), counted AS (
    SELECT term, weight, (SELECT count(*) FROM {INDEX} WHERE project_id = :project AND terms @@ asked.term) AS entries FROM asked
), total AS (
    SELECT count(*) AS entries FROM {INDEX} WHERE project_id = :project
)
SELECT i.file_type, i.entry_id, sum(
    c.weight * ln(1 + (t.entries - c.entries + 0.5) / (c.entries + 0.5))
    * ts_rank('{{0.5, 0.5, 0.5, 1.0}}', i.terms, c.term, 1)
) AS score
FROM counted c CROSS JOIN total t JOIN {INDEX} i ON i.terms @@ c.term AND i.project_id = :project
WHERE cardinality(CAST(:ledgers AS text[])) = 0 OR i.file_type = ANY(CAST(:ledgers AS text[]))
GROUP BY i.file_type, i.entry_id
ORDER BY score DESC, i.file_type, i.entry_id LIMIT :page OFFSET :at
"""
_PAGE = 200


def ask(question: Question, project_id: str, url: PostgresUrl, clocks: Clocks, seconds: float) -> Answer:
    """Return the answer of a PostgreSQL database. Raises TargetError, LockTimeout, DeadlineExceeded."""
    driver = Postgres(url)
    deadline = Deadline(seconds, clocks.monotonic)
    try:
        with driver.connection(deadline, write=False) as connection:
            driver.begin(connection, project_id, deadline, write=False)
            entries, state_table = find_tables(connection)
            if entries is None:
                return Answer("database")
            state = state_table.read(connection, project_id) if state_table else SyncState()
            known = bool(entries.count(connection, project_id) or state.commit or state.pending)
            if known and not inspect(connection).has_table(INDEX):
                raise TargetError(f"database {url.masked}: {NO_INDEX}")
            found = _found(connection, question, project_id) if known else []
            return Answer("database", found, known, state.commit, state.pending)
    except DBAPIError as error:
        raise driver.fault(error) from error


def _found(connection: Connection, question: Question, project_id: str) -> list[StoredEntry]:
    wanted = query_terms(question.text)
    if not wanted:
        return []
    values: dict[str, Any] = {
        "project": project_id,
        "terms": [quoted_lexeme(term) for term in wanted],
        "weights": list(wanted.values()),
        "ledgers": list(question.ledgers),
        "page": _PAGE,
    }
    found: list[StoredEntry] = []
    depth, at = max(DEPTH, question.limit), 0
    while len(found) < depth:
        page = connection.execute(text(_RANKED), {**values, "at": at}).all()
        rows = _rows(connection, project_id, [(row[0], row[1]) for row in page])
        wanted_rows = [(rows[row[0], row[1]], float(row[2])) for row in page if (row[0], row[1]) in rows]
        found += [row._replace(score=score) for row, score in wanted_rows if question.accepts(row.status, row.date)]
        if len(page) < _PAGE:
            break
        at += _PAGE
    near = question.limit * 2
    return [
        row._replace(text=best_passage(question.text, row.title, row.text) if number < near else "")
        for number, row in enumerate(found[:depth])
    ]


def _rows(connection: Connection, project_id: str, keys: list[tuple[str, str]]) -> dict[tuple[str, str], StoredEntry]:
    rows = connection.execute(
        text(
            f"SELECT e.file_type, e.entry_id, title, content, CAST(metadata AS text), CAST(created_at AS text) FROM {ENTRIES} e "
            "JOIN unnest(CAST(:ledgers AS text[]), CAST(:entries AS text[])) AS k(file_type, entry_id) "
            "ON e.file_type = k.file_type AND e.entry_id = k.entry_id WHERE project_id = :project"
        ),
        {"project": project_id, "ledgers": [key[0] for key in keys], "entries": [key[1] for key in keys]},
    )
    return {
        (row[0], row[1]): StoredEntry(
            (row[0], row[1]), row[2], row[3], status_of(row[4]), str(row[5] or "").replace(" ", "T", 1), 0.0
        )
        for row in rows
    }
