"""LED009 wrong number of cells, LED010 outside the table, LED011 no id in the id cell, LED014 order, LED034 contradictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.context import RuleContext, finding
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.ledger.cells import bars_to_escape, splitting_bar
from autopack_hooks.ledger.dates import parse_date
from autopack_hooks.ledger.dialect import DATE, ID, VERSIONS
from autopack_hooks.ledger.model import Document, IndexRow, Ledger, Section
from autopack_hooks.ledger.render import wrong_cells

LED009 = Code(
    "LED009",
    "wrong number of cells",
    Severity.ERROR,
    "A row of the INDEX has more or fewer cells than the table's header, so its values stand in the wrong columns. Too "
    "many come from a `|` that nobody escaped; Markdown splits there even inside backticks.",
    bad="| 2026-01-03 | BUILD-012 | Start | Uses `a|b` | 3 |",
    good="| 2026-01-03 | BUILD-012 | Start | Uses `a\\|b` | 3 |",
    remedy="write `\\|` for a bar inside a cell, or add the missing cells.",
    fix="safe",
)

LED010 = Code(
    "LED010",
    "row outside its table",
    Severity.ERROR,
    "A row of the INDEX stands outside of the table or is glued to a sentence, or a sentence directly under the table "
    "becomes a row. Markdown does not show it as what it is.",
    bad="... checksum `4787e0da`| 2026-01-02 | DBG-080 | LOW | Cleanup | Resolved |",
    remedy="move the row into the INDEX table, on a line of its own, without blank lines between rows.",
    fix="safe",
)

LED011 = Code(
    "LED011",
    "cell without an id",
    Severity.ERROR,
    "The id column of an INDEX row holds no id of this ledger, so the row belongs to no entry.",
    bad="| 2026-01-02 | OPTION-B | Hygiene | Locks versions | 4 |",
    good="| 2026-01-02 | BUILD-154 | Hygiene | Option B: locks versions | 4 |",
    remedy="write the entry's id.",
)

LED014 = Code(
    "LED014",
    "not newest first",
    Severity.INFO,
    "The rows, or the sections, are not in the dialect's order. Ids and dates of real ledgers are not always in "
    "order, so this is only information, once for the rows and once for the sections.",
    remedy="sort them, if the order matters to you.",
    fix="unsafe",
)

LED034 = Code(
    "LED034",
    "row that contradicts its section",
    Severity.ERROR,
    "A row of the INDEX says another date, title or status than the entry's section. The section counts. Case, marks, symbols "
    "before a status, a remark behind it, a time of day, and a title that breaks off are exempt; so are ids with several "
    "rows (LED005).",
    bad="| 2026-01-03 | DEC-012 | Use SQLite | \u2705 Accepted | all |\n\n### DEC-012 | 2026-01-03 | Use SQLite\n\n"
    "**Status**: Superseded by DEC-015",
    good="| 2026-01-03 | DEC-012 | Use SQLite | Superseded | all |\n\n### DEC-012 | 2026-01-03 | Use SQLite\n\n"
    "**Status**: Superseded by DEC-015",
    remedy="correct whichever is wrong; `fix` writes into the row what the section says.",
    fix="safe",
)

CODES = (LED009, LED010, LED011, LED014, LED034)


def cells(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield rows whose number of cells is not the header's; for too many, the bar that most likely splits one."""
    for row in document.rows:
        count, expected = len(row.cells), row.expected
        who = row.entry_id or "the row"
        if count > expected:
            line = document.source.lines[row.line - 1]
            column = splitting_bar(line, row)
            message = (
                f"{who}: {count} cells instead of {expected}; "
                f"the unescaped | at column {column} splits one, write \\| there"
            )
            found = finding(
                document, LED009, row.line, column, message, entry_id=row.entry_id, context=f"{who} {count}"
            )
            yield found._replace(fixable=bool(bars_to_escape(line, row)))
        elif count < expected:
            message = f"{who}: {count} cells instead of {expected}; add the missing ones"
            found = finding(
                document, LED009, row.line, row.column, message, entry_id=row.entry_id, context=f"{who} {count}"
            )
            yield found._replace(fixable=False)


def places(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield rows that stand in no table, and prose that stands in one."""
    reasons = {"outside": "stands outside of the INDEX table", "glued": "is glued to the text before it"}
    for row in document.rows:
        if row.place in reasons:
            message = f"the row of {row.entry_id} {reasons[row.place]}; move it into the table"
            yield finding(document, LED010, row.line, row.column, message, entry_id=row.entry_id, context=row.text)
    for number in document.swallowed:
        message = "this line is read as a row of the INDEX above it; put a blank line between them"
        yield finding(document, LED010, number, 1, message, context=document.source.lines[number - 1].strip())


def id_cells(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield cells of the id column without an id of this ledger."""
    for row in document.rows:
        if row.entry_id is None:
            cell = row.values.get(ID)
            text, column = (cell.text, cell.column) if cell else ("", row.column)
            owner = next((o for prefix, o in context.owners.items() if text.startswith(f"{prefix}-")), None)
            whose = f", but one of {owner}" if owner and owner != document.name else ""
            message = f"{text[:40]!r} is not an id of this ledger{whose}; write {document.dialect.prefix}-NUMBER"
            yield finding(document, LED011, row.line, column, message, context=row.text)


def order(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield the first row, and the first section, that is newer than the one above it."""
    if not document.dialect.newest_first:
        return
    rows = [row for row in document.rows if row.place == "index"]
    yield from _unordered(document, "row", _single(rows))
    yield from _unordered(document, "section", _single(document.sections))


def _single(parts: Sequence[IndexRow | Section]) -> list[IndexRow | Section]:
    """Return the parts whose id no other one has: of an id that was taken twice nobody knows where it belongs."""
    counts = Counter(part.entry_id for part in parts)
    return [part for part in parts if counts[part.entry_id] == 1]


def _unordered(document: Document, what: str, parts: Sequence[IndexRow | Section]) -> Iterator[Finding]:
    dialect, days = document.dialect, []
    for part in parts:
        said = part.values
        date = parse_date(said[DATE].text) if DATE in said else None
        if date and part.entry_id:
            # Of two numbers of one day either may have come first; of two versions the numbers decide.
            days.append(((date.date(), dialect.rank(part.entry_id) if dialect.ids == VERSIONS else None), part))
    late = [(part, above) for (day, part), (before, above) in zip(days[1:], days, strict=False) if day > before]
    if late:
        part, above = late[0]
        more = f", and {len(late) - 1} more" if len(late) > 1 else ""
        message = f"the {what} of {part.entry_id} is newer than that of {above.entry_id} above it{more}"
        yield finding(document, LED014, part.line, part.column, message, context=what)


def contradictions(ledger: Ledger, context: RuleContext) -> Iterator[Finding]:
    """Yield cells of the INDEX that say something else than the entry's section."""
    for entry in ledger.entries.values():
        for row, role, cell, wanted in wrong_cells(entry):
            message = f"{entry.entry_id}: the {role} in the row is {cell.text[:60]!r}, in the section {wanted[:60]!r}"
            yield finding(
                ledger,
                LED034,
                cell.line,
                cell.column,
                message,
                entry_id=entry.entry_id,
                context=f"{entry.entry_id} {role}",
                path=row.path,
            )
