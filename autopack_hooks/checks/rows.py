"""LED009 wrong number of cells, LED010 outside the table, LED011 no id in the id cell, LED014 order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autopack_hooks.checks.context import Context, finding
from autopack_hooks.findings import Finding
from autopack_hooks.ledger.dates import parse_date
from autopack_hooks.ledger.dialect import DATE, ID
from autopack_hooks.ledger.model import Ledger, Row, Section


def cells(ledger: Ledger, context: Context) -> Iterator[Finding]:
    """Rows whose number of cells is not the header's; for too many, the bar that most likely splits one."""
    for row in ledger.rows:
        count, expected = len(row.cells), row.expected
        who = row.entry_id or "the row"
        if count > expected:
            column = _splitting_pipe(ledger.source.lines[row.line - 1], row)
            message = (
                f"{who}: {count} cells instead of {expected}; "
                f"the unescaped | at column {column} splits one, write \\| there"
            )
            yield finding(ledger, "LED009", row.line, column, message, entry_id=row.entry_id, context=f"{who} {count}")
        elif count < expected:
            message = f"{who}: {count} cells instead of {expected}; add the missing ones"
            yield finding(
                ledger, "LED009", row.line, row.column, message, entry_id=row.entry_id, context=f"{who} {count}"
            )


def _splitting_pipe(line: str, row: Row) -> int:
    """The first inner bar inside backticks, else the first without blanks on both sides, else the first too many."""
    start, end = row.column - 1, len(line.rstrip())
    text = start + len(line[start:]) - len(line[start:].lstrip("| "))
    inner = [pipe for pipe in row.pipes if text < pipe < end]
    ticks, before = 0, 0
    for pipe in inner:
        ticks += line.count("`", before, pipe)
        before = pipe
        if ticks % 2:
            return pipe
    for pipe in inner:
        if line[pipe - 2] != " " or not line.startswith(" ", pipe):
            return pipe
    return inner[min(row.expected - 1, len(inner) - 1)] if inner else row.column


def places(ledger: Ledger, context: Context) -> Iterator[Finding]:
    """Rows that stand in no table, and prose that stands in one."""
    reasons = {"outside": "stands outside of the INDEX table", "glued": "is glued to the text before it"}
    for row in ledger.rows:
        if row.place in reasons:
            message = f"the row of {row.entry_id} {reasons[row.place]}; move it into the table"
            yield finding(ledger, "LED010", row.line, row.column, message, entry_id=row.entry_id, context=row.text)
    for number in ledger.swallowed:
        message = "this line is read as a row of the INDEX above it; put a blank line between them"
        yield finding(ledger, "LED010", number, 1, message, context=ledger.source.lines[number - 1].strip())


def id_cells(ledger: Ledger, context: Context) -> Iterator[Finding]:
    """Cells of the id column without an id of this ledger."""
    for row in ledger.rows:
        if row.entry_id is None:
            cell = row.values.get(ID)
            text, column = (cell.text, cell.column) if cell else ("", row.column)
            owner = next((o for prefix, o in context.owners.items() if text.startswith(f"{prefix}-")), None)
            whose = f", but one of {owner}" if owner and owner != ledger.name else ""
            message = f"{text[:40]!r} is no id of this ledger{whose}; write {ledger.dialect.prefix}-NUMBER"
            yield finding(ledger, "LED011", row.line, column, message, context=row.text)


def order(ledger: Ledger, context: Context) -> Iterator[Finding]:
    """The first row, and the first section, that is newer than the one above it."""
    if not ledger.dialect.newest_first:
        return
    rows = [row for row in ledger.rows if row.place == "index"]
    yield from _unordered(ledger, "row", rows)
    yield from _unordered(ledger, "section", ledger.sections)


def _unordered(ledger: Ledger, what: str, parts: Sequence[Row | Section]) -> Iterator[Finding]:
    days = []
    for part in parts:
        said = part.said if isinstance(part, Section) else part.values
        date = parse_date(said[DATE].text) if DATE in said else None
        if date and part.entry_id:
            days.append((date.date(), part))
    late = [(part, above) for (day, part), (before, above) in zip(days[1:], days, strict=False) if day > before]
    if late:
        part, above = late[0]
        more = f", and {len(late) - 1} more" if len(late) > 1 else ""
        message = f"the {what} of {part.entry_id} is newer than that of {above.entry_id} above it{more}"
        yield finding(ledger, "LED014", part.line, part.column, message, context=what)
