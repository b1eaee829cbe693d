"""LED001 undecodable text, LED002 conflict markers."""

from __future__ import annotations

from collections.abc import Iterator

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.context import RuleContext, finding
from autopack_hooks.core.conflicts import conflict_lines
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.ledger.model import Document

LED001 = Code(
    "LED001",
    "undecodable text",
    Severity.ERROR,
    "The file is not UTF-8, or holds NUL bytes. Nothing else is checked in it, and a sync leaves alone what it has of "
    "this ledger: bad input deletes nothing.",
    remedy="save the file as UTF-8, or restore it from git.",
)

LED002 = Code(
    "LED002",
    "conflict marker",
    Severity.ERROR,
    "A merge left its markers (`<<<<<<<`, `|||||||`, `=======`, `>>>>>>>`). Long rules of equal signs and underlined "
    "headings are exempt.",
    bad="<<<<<<< HEAD\n**Status**: Complete\n=======\n**Status**: Blocked\n>>>>>>> feature",
    good="===================================",
    remedy="resolve the conflict. An example of markers in a code block can be ignored by a comment above the block.",
)

CODES = (LED001, LED002)


def undecodable(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield the first byte that is not text."""
    fault = document.source.fault
    if fault:
        message = f"{fault.reason}; {fault.remedy}"
        yield finding(document, LED001, fault.line, fault.column, message, context="text")


def conflict_markers(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield lines that start with a marker.

    Equal signs only between the other two, elsewhere they underline a heading.
    """
    for number in conflict_lines(document.source):
        marker = document.source.lines[number - 1][:40].rstrip()
        message = f"conflict marker {marker!r}; resolve the conflict"
        yield finding(document, LED002, number, 1, message, context=marker, end=8)
