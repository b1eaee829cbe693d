"""LED004 and LED005 duplicates.

LED006 and LED007 rows and sections without each other, LED021 removed entries, and LED025 numbers that several files
have.
"""

from __future__ import annotations

from collections.abc import Iterator

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.context import RuleContext, finding
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.ledger.dialect import FILES
from autopack_hooks.ledger.insert import has_index
from autopack_hooks.ledger.model import IndexRow, Ledger, Section
from autopack_hooks.ledger.pages.index_rows import place_of_rows

LED004 = Code(
    "LED004",
    "duplicate section",
    Severity.ERROR,
    "Two sections have the same id: usually two branches took the same number, sometimes a follow-up was written "
    "as a new section. Everything under the id is kept as one entry, so nothing is lost, but nobody can tell which one a "
    "reference means.",
    bad="### BUILD-012 | 2026-01-03 | Faster start\n\n### BUILD-012 | 2026-01-03 | Smaller image",
    good="### BUILD-012 | 2026-01-03 | Faster start\n\n### BUILD-013 | 2026-01-03 | Smaller image",
    remedy="give one of them the next free id, or join the two sections.",
)

LED005 = Code(
    "LED005",
    "duplicate row",
    Severity.ERROR,
    "The INDEX has more than one row for an id.",
    remedy="keep one row; what the others say belongs into the entry's section. Rows that say exactly the same, `fix` joins.",
)

LED006 = Code(
    "LED006",
    "row without section",
    Severity.ERROR,
    "The INDEX, or the ledger's index file, names an entry that has no section: the detail was never written, was lost in a "
    "merge, or stands under another id.",
    remedy="write the section (a short one will do), or remove the row. `fix --stubs` adds a section that is marked as a stub.",
    fix="stubs",
)

LED007 = Code(
    "LED007",
    "section without row",
    Severity.ERROR,
    "An entry is missing from the INDEX, or from the ledger's index file, so that nobody who reads that finds it.",
    remedy="add the row.",
    fix="safe",
)

LED021 = Code(
    "LED021",
    "removed entry",
    Severity.ERROR,
    "The last commit has an entry that this one would remove or renumber. A ledger is append-only: others refer to its "
    "ids. `check.allow_removal: true` switches this off.",
    remedy="bring the entry back, and say in a new one what has changed.",
)

LED025 = Code(
    "LED025",
    "number taken by two files",
    Severity.ERROR,
    "Two files of a ledger start with the same number: usually two branches took the next free one. Nobody can tell which "
    "of them a reference means. Leading zeros do not matter: `7-a.md` and `0007-b.md` are the same number.",
    bad="docs/adr/0003-use-postgres.md\ndocs/adr/0003-use-redis.md",
    good="docs/adr/0003-use-postgres.md\ndocs/adr/0004-use-redis.md",
    remedy="rename the file that is younger, and correct the links to it.",
)

CODES = (LED004, LED005, LED006, LED007, LED021, LED025)


def duplicates(ledger: Ledger, context: RuleContext) -> Iterator[Finding]:
    """Yield every section and row after the first one of an id."""
    for entry in ledger.entries.values():
        sections, rows = entry.sections, entry.rows
        for section in sections[1:]:
            yield _second(ledger, sections[0], section)
        for row in rows[1:]:
            message = f"{entry.entry_id} has a row already {_where(rows[0], row)}"
            yield finding(
                ledger,
                LED005,
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
            ledger, LED025, other.line, other.column, message, entry_id=entry_id, context=entry_id, path=other.path
        )
    message = f"{entry_id} has a section already {_where(first, other)}"
    return finding(
        ledger, LED004, other.line, other.column, message, entry_id=entry_id, context=other.heading, path=other.path
    )


def _where(first: Section | IndexRow, other: Section | IndexRow) -> str:
    return f"on line {first.line}" + (f" of {first.path}" if first.path != other.path else "")


def halves(ledger: Ledger, context: RuleContext) -> Iterator[Finding]:
    """Yield entries of which one half is missing. A ledger with no row at all simply keeps no INDEX."""
    quoted = ledger.quoted
    indexed = bool(ledger.dialect.columns) and any(map(has_index, ledger.documents))
    for entry in ledger.entries.values():
        entry_id, sections, rows = entry.entry_id, entry.sections, entry.rows
        if not sections and entry_id not in quoted:
            message, row = f"{entry_id} has a row and no section", rows[0]
            at = (row.line, _id_column(row))
            yield finding(ledger, LED006, *at, message, entry_id=entry_id, context=entry_id, path=row.path)
        elif sections and not rows and indexed:
            message, section = f"{entry_id} has a section and no row in the INDEX", sections[0]
            at = (section.line, section.column)
            yield finding(ledger, LED007, *at, message, entry_id=entry_id, context=entry_id, path=section.path)


def listings(ledger: Ledger, context: RuleContext) -> Iterator[Finding]:
    """Yield entries that the ledger's index file does not list, and what it lists that does not exist."""
    index = ledger.index
    if index is None or index.document.source.fault:
        return
    fixable = place_of_rows(index) is not None
    for entry_id, entry in ledger.entries.items():
        if entry.sections and entry_id not in index.ids:
            section, message = entry.sections[0], f"{entry_id} has no row in {index.path}"
            at = (section.line, section.column)
            found = finding(ledger, LED007, *at, message, entry_id=entry_id, context=entry_id, path=section.path)
            yield found._replace(fixable=fixable)
    quoted, seen = ledger.quoted, set[str]()
    for listing in index.listings:
        entry_id = listing.entry_id
        if listing.group >= 0 and entry_id not in ledger.entries and entry_id not in quoted | seen:
            seen.add(entry_id)
            message, at = f"{entry_id} is listed here and is not an entry of {ledger.name}", listing[1:3]
            found = finding(ledger, LED006, *at, message, entry_id=entry_id, context=entry_id, path=index.path)
            yield found._replace(fixable=False)


def _id_column(row: IndexRow) -> int:
    return row.values["id"].column if "id" in row.values else row.column


def removed(ledger: Ledger, context: RuleContext) -> Iterator[Finding]:
    """Yield entries that the last commit has and this ledger has not."""
    quoted = ledger.quoted
    for entry_id, path in context.previous.get(ledger.name, {}).items():
        if entry_id not in ledger.entries and entry_id not in quoted:
            message = (
                f"{entry_id} is in the last commit and would be removed; a ledger is append-only (check.allow_removal)"
            )
            yield finding(ledger, LED021, 1, 1, message, entry_id=entry_id, context=entry_id, path=path)
