"""LED004 and LED005 duplicates, LED006 and LED007 rows and sections without each other, LED021 removed entries, and
LED025 numbers that several files have."""

from __future__ import annotations

from collections.abc import Iterator

from autopack_hooks.checks.context import RuleContext, finding
from autopack_hooks.core.findings import Finding
from autopack_hooks.ledger.dialect import FILES
from autopack_hooks.ledger.insert import has_index
from autopack_hooks.ledger.model import IndexRow, Ledger, Section


def duplicates(ledger: Ledger, context: RuleContext) -> Iterator[Finding]:
    """Every section and row after the first one of an id."""
    for entry in ledger.entries.values():
        sections, rows = entry.sections, entry.rows
        for section in sections[1:]:
            yield _second(ledger, sections[0], section)
        for row in rows[1:]:
            message = f"{entry.entry_id} has a row already {_where(rows[0], row)}"
            yield finding(
                ledger,
                "LED005",
                row.line,
                row.column,
                message,
                entry_id=entry.entry_id,
                context=row.text,
                path=row.path,
            )


def _second(ledger: Ledger, first: Section, other: Section) -> Finding:
    entry_id = other.entry_id
    if ledger.dialect.entries == FILES:
        message = f"the number of {entry_id} is that of {first.path} already; give this file the next free one"
        return finding(
            ledger, "LED025", other.line, other.column, message, entry_id=entry_id, context=entry_id, path=other.path
        )
    message = f"{entry_id} has a section already {_where(first, other)}"
    return finding(
        ledger, "LED004", other.line, other.column, message, entry_id=entry_id, context=other.heading, path=other.path
    )


def _where(first: Section | IndexRow, other: Section | IndexRow) -> str:
    return f"on line {first.line}" + (f" of {first.path}" if first.path != other.path else "")


def halves(ledger: Ledger, context: RuleContext) -> Iterator[Finding]:
    """Entries of which one half is missing. A ledger with no row at all simply keeps no INDEX."""
    quoted = ledger.quoted
    indexed = bool(ledger.dialect.columns) and any(map(has_index, ledger.documents))
    for entry in ledger.entries.values():
        entry_id, sections, rows = entry.entry_id, entry.sections, entry.rows
        if not sections and entry_id not in quoted:
            message, row = f"{entry_id} has a row and no section", rows[0]
            yield finding(ledger, "LED006", row.line, _id_column(row), message, entry_id=entry_id, path=row.path)
        elif sections and not rows and indexed:
            message, section = f"{entry_id} has a section and no row in the INDEX", sections[0]
            yield finding(ledger, "LED007", section.line, section.column, message, entry_id=entry_id, path=section.path)


def _id_column(row: IndexRow) -> int:
    return row.values["id"].column if "id" in row.values else row.column


def removed(ledger: Ledger, context: RuleContext) -> Iterator[Finding]:
    """Entries that the last commit has and this ledger has not."""
    quoted = ledger.quoted
    for entry_id, path in context.previous.get(ledger.name, {}).items():
        if entry_id not in ledger.entries and entry_id not in quoted:
            message = (
                f"{entry_id} is in the last commit and would be removed; a ledger is append-only (check.allow_removal)"
            )
            yield finding(ledger, "LED021", 1, 1, message, entry_id=entry_id, path=path)
