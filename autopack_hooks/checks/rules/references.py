"""LED020: ids in the text that no entry has."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.context import RuleContext, finding
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.ledger.model import Document, opaque_lines
from autopack_hooks.markdown_new.structure import Span

LED020 = Code(
    "LED020",
    "reference to an unknown id",
    Severity.WARNING,
    "The text names an id of a known ledger that has no such entry: a slip of the pen, or an entry that was removed. "
    "Code, file names and ids with a suffix (`BUILD-145-NOTES`) are not looked at.",
    remedy="correct the id.",
)

CODES = (LED020,)


class CodeSpans:
    """Answer whether a place lies in one of the code spans of a document."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._starts = [(span.line, span.column) for span in spans]
        self._ends = [_end(span) for span in spans]

    def covers(self, line: int, column: int) -> bool:
        """Return whether the character at a place is code."""
        at = bisect_right(self._starts, (line, column)) - 1
        return at >= 0 and (line, column) < self._ends[at]


def _end(span: Span) -> tuple[int, int]:
    """Return the place behind the last character of a span."""
    head, newline, last = span.text.rpartition("\n")
    return (span.line + head.count("\n") + 1, len(last) + 1) if newline else (span.line, span.column + len(last))


def references(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Every line outside code, each unknown id once a line."""
    pattern = context.references
    if pattern is None or pattern.search(document.source.text) is None:
        return
    code, hidden = CodeSpans(document.structure.codes), opaque_lines(document.structure)
    quoted = {quote.entry_id for quote in document.quoted}
    # What is said to supersede, or be superseded, LED030 looks for.
    related = {relation.entry_id for section in document.sections for relation in section.relations}
    # An entry that the last commit has is missing for another reason, which LED021 tells.
    gone = {entry_id for ids in context.previous.values() for entry_id in ids}
    prefixes = tuple(context.ids)
    for number, line in enumerate(document.source.lines, 1):
        if number in hidden or not any(prefix in line for prefix in prefixes):
            continue
        told: set[str] = set()
        for match in pattern.finditer(line):
            entry_id = match.group()
            if code.covers(number, match.start() + 1):
                continue
            if not context.knows(entry_id) and not any(entry_id in ids for ids in (told, quoted, gone, related)):
                told.add(entry_id)
                owner = context.owners[entry_id.rsplit("-", 1)[0]]
                message = f"{entry_id} is no entry of {owner}"
                yield finding(
                    document, LED020, number, match.start() + 1, message, context=entry_id, end=match.end() + 1
                )
