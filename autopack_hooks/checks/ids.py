"""LED004 and LED005 duplicates, LED006 and LED007 rows and sections without each other, LED021 removed entries."""

from __future__ import annotations

from collections.abc import Iterator

from autopack_hooks.checks.context import Context, finding
from autopack_hooks.findings import Finding
from autopack_hooks.ledger.model import Ledger, Row


def duplicates(ledger: Ledger, context: Context) -> Iterator[Finding]:
    """Every section and row after the first one of an id."""
    for entry in ledger.entries.values():
        sections, rows = entry.sections, entry.rows
        for section in sections[1:]:
            message = f"{entry.entry_id} has a section already on line {sections[0].line}"
            yield finding(
                ledger,
                "LED004",
                section.line,
                section.column,
                message,
                entry_id=entry.entry_id,
                context=section.heading,
            )
        for row in rows[1:]:
            message = f"{entry.entry_id} has a row already on line {rows[0].line}"
            yield finding(ledger, "LED005", row.line, row.column, message, entry_id=entry.entry_id, context=row.text)


def halves(ledger: Ledger, context: Context) -> Iterator[Finding]:
    """Entries of which one half is missing. A ledger with no row at all simply keeps no INDEX."""
    quoted = {quote.entry_id for quote in ledger.quoted}
    indexed = any(row.place == "index" for row in ledger.rows) or _has_index(ledger)
    for entry in ledger.entries.values():
        entry_id, sections, rows = entry.entry_id, entry.sections, entry.rows
        if not sections and entry_id not in quoted:
            message = f"{entry_id} has a row and no section"
            yield finding(ledger, "LED006", rows[0].line, _id_column(rows[0]), message, entry_id=entry_id)
        elif sections and not rows and indexed:
            message = f"{entry_id} has a section and no row in the INDEX"
            yield finding(ledger, "LED007", sections[0].line, sections[0].column, message, entry_id=entry_id)


def _has_index(ledger: Ledger) -> bool:
    return any(heading.text.strip().upper().startswith("INDEX") for heading in ledger.blocks.headings)


def _id_column(row: Row) -> int:
    return row.values["id"].column if "id" in row.values else row.column


def removed(ledger: Ledger, context: Context) -> Iterator[Finding]:
    """Entries that the last commit has and this ledger has not."""
    quoted = {quote.entry_id for quote in ledger.quoted}
    for entry_id in context.previous.get(ledger.name, ()):
        if entry_id not in ledger.entries and entry_id not in quoted:
            message = (
                f"{entry_id} is in the last commit and would be removed; a ledger is append-only (check.allow_removal)"
            )
            yield finding(ledger, "LED021", 1, 1, message, entry_id=entry_id)
