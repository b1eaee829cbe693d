"""The full text of the entries beside their table: what it is called, and the form of its rows. Imports no database.

A row holds the terms of an entry (sync/terms.py), so that a database finds what a vector store finds, and is written in
the transaction that writes the entry. SQLite keeps it in an FTS5 table, PostgreSQL as a ``tsvector``.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b

INDEX = "sot_entries_text_1"
"""The table. Raise the number when terms change: a new table is filled, and the old one dropped."""

INDEX_PREFIX = "sot_entries_text_"

NO_INDEX = (
    "it has no full text index yet; the next `autopack-hooks sync --execute` makes it, where the database can have one"
)

TITLE_WEIGHT = 2.0
"""A word in the title counts as so many in the text."""

SQLITE_TABLE = (
    f"CREATE VIRTUAL TABLE {INDEX} USING fts5(project_id UNINDEXED, file_type UNINDEXED, entry_id UNINDEXED, "
    "content_hash UNINDEXED, title, content, tokenize = \"ascii tokenchars '_-./:\\'\")"
)
POSTGRES_TABLE = (
    f"CREATE TABLE {INDEX} (project_id text, file_type text, entry_id text, content_hash text NOT NULL, "
    "terms tsvector NOT NULL, PRIMARY KEY (project_id, file_type, entry_id))"
)
POSTGRES_INDEX = f"CREATE INDEX {INDEX}_terms ON {INDEX} USING gin (terms)"

_MOST_POSITIONS = 10
_MOST_LEXEMES = 20_000
"""A tsvector holds less than a megabyte: terms of an enormous entry beyond these are not found in PostgreSQL."""


def rowid(project_id: str, file_type: str, entry_id: str) -> int:
    """Return the row of an entry in SQLite's table, which finds a row by nothing else at once."""
    key = "\0".join((project_id, file_type, entry_id)).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(key, digest_size=8).digest(), "big") >> 1


def tsvector(title: str, content: str) -> str:
    """Return PostgreSQL's form of an entry's terms: those of the title with the weight A, and as many as each occurs.

    The positions count only as a number; a term that occurs often needs no more than ten.
    """
    in_title, in_text = Counter(title.split()), Counter(content.split())
    lexemes = []
    for term in [*in_title, *(term for term in in_text if term not in in_title)][:_MOST_LEXEMES]:
        first = min(in_title[term], _MOST_POSITIONS)
        last = first + min(in_text[term], _MOST_POSITIONS)
        marks = [f"{at}A" if at <= first else str(at) for at in range(1, last + 1)]
        lexemes.append(f"{quoted_lexeme(term)}:{','.join(marks)}")
    return " ".join(lexemes)


def quoted_lexeme(term: str) -> str:
    """Return a term as a lexeme of a tsvector or tsquery."""
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"


def fts5_query(wanted: list[str]) -> str:
    """Return FTS5's query for any of the terms; they are strings in it, never its syntax."""
    return " OR ".join('"' + term.replace('"', '""') + '"' for term in wanted)
