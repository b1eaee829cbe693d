"""LED020: ids in the text that no entry has."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.context import RuleContext, finding
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.ledger.model import Document, opaque_lines
from autopack_hooks.markdown.structure import Snippet

LED020 = Code(
    "LED020",
    "reference to an unknown id",
    Severity.WARNING,
    "The text names an id of a known ledger that has no such entry: a slip of the pen, or an entry that was removed. "
    "Code, file names and ids with a suffix (`BUILD-145-NOTES`) are not looked at. Each id is reported once a ledger, where "
    "it comes first, with how often it is named.",
    remedy="correct the id. Ids of other repositories are declared under `references.external`, with the word before them: "
    "`[meta-llm ADR-*]`.",
)

CODES = (LED020,)


class CodeSpans:
    """Answer whether a place lies in one of the code spans of a document."""

    def __init__(self, spans: Sequence[Snippet]) -> None:
        self._starts = [(span.line, span.column) for span in spans]
        self._ends = [_end(span) for span in spans]

    def covers(self, line: int, column: int) -> bool:
        """Return whether the character at a place is code."""
        at = bisect_right(self._starts, (line, column)) - 1
        return at >= 0 and (line, column) < self._ends[at]


def _end(span: Snippet) -> tuple[int, int]:
    """Return the place behind the last character of a span."""
    head, newline, last = span.text.rpartition("\n")
    return (span.line + head.count("\n") + 1, len(last) + 1) if newline else (span.line, span.column + len(last))


def _mentions(text: str, pattern: re.Pattern[str], prefixes: Iterable[str]) -> Iterator[re.Match[str]]:
    """Yield the ids in a text. Searching for each prefix first is ten times as fast as the pattern alone."""
    for prefix in prefixes:
        at = text.find(f"{prefix}-")
        while at >= 0:
            match = pattern.match(text, at)
            if match:
                yield match
            at = text.find(f"{prefix}-", at + 1)


def references(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Yield the unknown ids outside code, each once a line: what is known of them (ignored, or in the baseline) is so by line."""
    pattern = context.references
    if pattern is None:
        return
    # Where every id is known, nobody asks what is code.
    spans, hidden = cache(lambda: CodeSpans(document.structure.codes)), cache(lambda: opaque_lines(document.structure))
    quoted = {quote.entry_id for quote in document.quoted}
    # What is said to supersede, or be superseded, LED030 looks for.
    related = {relation.entry_id for section in document.sections for relation in section.relations}
    # An entry that the last commit has is missing for another reason, which LED021 tells.
    gone = {entry_id for ids in context.previous.values() for entry_id in ids}
    text, found = document.source.text, dict[tuple[int, str], Finding]()
    for match in _mentions(text, pattern, context.ids):
        entry_id = match.group()
        if context.knows(entry_id):
            continue
        names = context.names(entry_id)
        if any(not names.isdisjoint(ids) for ids in (quoted, gone, related)):
            continue
        line, column = document.source.position(match.start())
        if line in hidden() or spans().covers(line, column) or context.is_external(text, match.start(), names):
            continue
        known = found.get((line, entry_id)) or _unknown(document, context, entry_id, line, column)
        found[line, entry_id] = known._replace(mentions=known.mentions + 1)
    yield from found.values()


def _unknown(document: Document, context: RuleContext, entry_id: str, line: int, column: int) -> Finding:
    message = f"{entry_id} is not an entry of {context.owners[entry_id.rsplit('-', 1)[0]]}"
    return finding(document, LED020, line, column, message, context=entry_id, end=column + len(entry_id))
