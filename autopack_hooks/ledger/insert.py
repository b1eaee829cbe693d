"""Where a new row or section goes: newest first (or last), without moving what is there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from autopack_hooks.core.edits import Edit
from autopack_hooks.ledger.dates import parse_date
from autopack_hooks.ledger.dialect import DATE, VERSIONS, Dialect
from autopack_hooks.ledger.model import Document, Entry, PlacedText
from autopack_hooks.ledger.tables import IndexTable, index_tables
from autopack_hooks.markdown.structure import Heading

_ANCHOR = re.compile(r"[ \t]*<a[ \t]+(?:name|id)=[^<>]*>[ \t]*</a>[ \t]*")
Key = tuple[date, tuple[tuple[int, ...], bool, str]]
"""What orders entries: the day, then the rank of the id."""


class Insertion(NamedTuple):
    """A text to place, and what orders it."""

    key: Key
    text: str


def key_of(dialect: Dialect, entry_id: str | None, values: Mapping[str, PlacedText]) -> Key | None:
    """Return what orders a row or a section that says ``values``; None where it tells no day or no id."""
    said = values.get(DATE)
    moment = parse_date(said.text) if said else None
    return (moment.date(), dialect.rank(entry_id)) if moment and entry_id else None


def entry_key(dialect: Dialect, entry: Entry) -> Key:
    """Return what orders an entry; one without a date counts as the oldest."""
    return (entry.date.date() if entry.date else date.min, dialect.rank(entry.entry_id))


def main_table(document: Document) -> IndexTable | None:
    """Return the INDEX table that has the most rows, the first one of several; None where there is none."""
    inside = {n for section in document.sections for n in range(section.line, section.end + 1)}
    tables = [t for t in index_tables(document.source, document.structure, document.dialect) if t.header not in inside]
    return max(tables, key=lambda table: table.last - table.header, default=None)


def place_rows(document: Document, table: IndexTable, items: Iterable[Insertion]) -> list[Edit]:
    """Return edits that put rows into ``table``, each above the first row that is older."""
    rows = [row for row in document.rows if table.header < row.line <= table.last]
    keys = [(row.line, key) for row in rows if (key := key_of(document.dialect, row.entry_id, row.values))]
    at: dict[int, list[Insertion]] = defaultdict(list)
    for item in items:
        at[_line(keys, item.key, document.dialect.newest_first) or table.last + 1].append(item)
    return [_insert(document, line, found, "") for line, found in at.items()]


def place_sections(document: Document, items: Iterable[Insertion]) -> list[Edit]:
    """Return edits that put sections (each ending with a blank line) above the first section that is older."""
    dialect, at = document.dialect, defaultdict[int, list[Insertion]](list)
    for item in items:
        # Versions without a date are in order, too.
        day = item.key if dialect.ids == VERSIONS else None
        keys = [
            (section.line, key)
            for section in document.sections
            if (
                key := key_of(dialect, section.entry_id, section.values)
                or (day and (day[0], dialect.rank(section.entry_id)))
            )
        ]
        line = _line(keys, item.key, dialect.newest_first)
        at[_above_anchor(document, line) if line else _end(document)].append(item)
    return [_insert(document, line, found, document.source.newline) for line, found in at.items()]


def _above_anchor(document: Document, line: int) -> int:
    """Return ``line``, or that of an HTML anchor which stands above it for its heading."""
    above = line - 1
    while above > 1 and not document.source.lines[above - 1].strip():
        above -= 1
    return above if above and _ANCHOR.fullmatch(document.source.lines[above - 1]) else line


def _line(keys: list[tuple[int, Key]], key: Key, newest_first: bool) -> int | None:
    """Return the first line that something stands on which comes after ``key``."""
    return next((line for line, other in keys if (other < key if newest_first else other > key)), None)


def _end(document: Document) -> int:
    """Return the line below the last section; without sections, below all."""
    return document.sections[-1].end + 1 if document.sections else len(document.source.lines) + 1


def _insert(document: Document, line: int, items: list[Insertion], gap: str) -> Edit:
    """Return one edit for all that goes above ``line``.

    What goes below the last line starts with ``gap`` lines of its own.
    """
    source, newline = document.source, document.source.newline
    ordered = sorted(items, key=lambda item: item.key, reverse=document.dialect.newest_first)
    text = "".join(item.text + ("" if gap else newline) for item in ordered)
    if line > len(source.lines) or (line == len(source.lines) and not source.lines[-1]):
        end = len(source.text)
        before = source.text[:end]
        lead = "" if before.endswith(("\n", "\r")) or not before else newline
        if gap and before and not (before + lead).endswith((newline * 2, "\n\n")):
            lead += gap
        return Edit(end, end, lead + (text.removesuffix(gap) if gap else text))
    at = source.offset(line)
    if gap and line > 1 and source.lines[line - 2].strip() and not _heads(document, line):
        text = gap + text
    return Edit(at, at, text)


def _heads(document: Document, line: int) -> bool:
    return any(section.line == line for section in document.sections)


def has_index(document: Document) -> bool:
    """Return whether a ledger keeps an INDEX: a row in a table of it, or a heading that is called so."""
    rows = any(row.place == "index" for row in document.rows)
    return bool(document.dialect.columns) and (rows or _index_heading(document) is not None)


def _index_heading(document: Document) -> Heading | None:
    return next((h for h in document.structure.headings if h.text.strip().upper().startswith("INDEX")), None)


def new_table(document: Document, items: Sequence[Insertion]) -> list[Edit]:
    """Return an edit that puts a table of ``items`` below the heading INDEX of a ledger that has none.

    No edit without it.
    """
    under, columns, newline = _index_heading(document), document.dialect.columns, document.source.newline
    if under is None or not items or any(row.place == "index" for row in document.rows):
        return []
    ordered = sorted(items, key=lambda item: item.key, reverse=document.dialect.newest_first)
    header = ["| " + " | ".join(column.header for column in columns) + " |", "|" + "---|" * len(columns)]
    text = newline.join(["", *header, *(item.text for item in ordered), ""])
    if under.line >= len(document.source.lines):
        return [Edit(len(document.source.text), len(document.source.text), newline + text)]
    at = document.source.offset(under.line + 1)
    return [Edit(at, at, text + (newline if document.source.lines[under.line].strip() else ""))]
