"""LED012 dates, LED013 status and severity words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.context import RuleContext, finding
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.ledger.dates import looks_like_date, parse_date
from autopack_hooks.ledger.dialect import DATE, SEVERITY, STATUS
from autopack_hooks.ledger.model import Document, IndexRow, Section

LED012 = Code(
    "LED012",
    "invalid date",
    Severity.ERROR,
    "A date is not one that exists, or not in ISO 8601 form (`2026-01-03`, `2026-01-03T15:30`, `2026-01-03T15:30:00Z`).",
    bad="### BUILD-012 | 2026-02-30 | Faster start",
    good="### BUILD-012 | 2026-02-28 | Faster start",
    remedy="correct the date.",
)

LED013 = Code(
    "LED013",
    "unknown status or severity",
    Severity.WARNING,
    "The dialect lists the words that may stand there, and this is none of them. Symbols before the word and remarks "
    "after it are allowed.",
    bad="**Severity**: URGENT",
    good="**Severity**: HIGH",
    remedy="use a listed word.",
)

CODES = (LED012, LED013)

_WORD = re.compile(r"[^\W\d_][\w-]*(?: [^\W\d_][\w-]*)*")


def dates(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield dates of headings and rows, and of body fields where they look like dates."""
    for section in document.sections:
        said = section.values.get(DATE)
        if said and looks_like_date(said.text) and not parse_date(said.text):
            line = document.source.lines[said.line - 1]
            column = max(line.find(said.text), said.column - 1) + 1 if said.line == section.line else said.column
            yield _bad_date(document, section.entry_id, said.text, said.line, column)
    for row in document.rows:
        cell = row.values.get(DATE)
        if cell and row.entry_id and not parse_date(cell.text):
            yield _bad_date(document, row.entry_id, cell.text, cell.line, cell.column)


def _bad_date(document: Document, entry_id: str, text: str, line: int, column: int) -> Finding:
    message = f"{entry_id}: {text[:40]!r} is not a valid date; write one such as 2026-01-03 or 2026-01-03T15:30Z"
    return finding(document, LED012, line, column, message, entry_id=entry_id, context=f"{entry_id} {text}")


def words(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield statuses and severities that the dialect does not list."""
    for role, known in ((STATUS, document.dialect.statuses), (SEVERITY, document.dialect.severities)):
        if not known:
            continue
        parts: list[Section | IndexRow] = [*document.sections, *document.rows]
        for part in parts:
            said = part.values.get(role)
            if said and part.entry_id and not is_listed(said.text, known):
                message = f"{part.entry_id}: {role} {said.text[:40]!r} is none of {', '.join(known)}"
                known_by = f"{part.entry_id} {role} {said.text}"
                yield finding(
                    document, LED013, said.line, said.column, message, entry_id=part.entry_id, context=known_by
                )


def is_listed(said: str, known: Sequence[str]) -> bool:
    """Return whether a value starts with one of the ``known`` words, whatever symbols stand before it."""
    text = first_words(said).casefold()
    return any(text == word.casefold() or text.startswith(f"{word.casefold()} ") for word in known)


def first_words(said: str) -> str:
    """Return the words with which a value starts."""
    match = _WORD.search(said)
    return match.group() if match else ""
