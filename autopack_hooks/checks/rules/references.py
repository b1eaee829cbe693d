"""LED020: ids in the text that no entry has."""

from __future__ import annotations

from collections.abc import Iterator

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.codespans import without_code
from autopack_hooks.checks.context import RuleContext, finding
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.ledger.model import Document

LED020 = Code(
    "LED020",
    "reference to an unknown id",
    Severity.WARNING,
    "The text names an id of a known ledger that has no such entry: a slip of the pen, or an entry that was removed. "
    "Code, file names and ids with a suffix (`BUILD-145-NOTES`) are not looked at.",
    remedy="correct the id.",
)

CODES = (LED020,)


def references(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Every line outside code, each unknown id once a line."""
    pattern = context.references
    if pattern is None or pattern.search(document.source.text) is None:
        return
    covered = {n for block in document.blocks.opaque for n in range(block.start, block.end + 1)}
    quoted = {quote.entry_id for quote in document.quoted}
    # What is said to supersede, or be superseded, LED030 looks for.
    related = {relation.entry_id for section in document.sections for relation in section.relations}
    # An entry that the last commit has is missing for another reason, which LED021 tells.
    gone = {entry_id for ids in context.previous.values() for entry_id in ids}
    prefixes = tuple(context.ids)
    for number, line in enumerate(document.source.lines, 1):
        if number in covered or not any(prefix in line for prefix in prefixes):
            continue
        text = without_code(line)
        told: set[str] = set()
        for match in pattern.finditer(text):
            entry_id = match.group()
            if not context.knows(entry_id) and not any(entry_id in ids for ids in (told, quoted, gone, related)):
                told.add(entry_id)
                owner = context.owners[entry_id.rsplit("-", 1)[0]]
                message = f"{entry_id} is no entry of {owner}"
                yield finding(
                    document, LED020, number, match.start() + 1, message, context=entry_id, end=match.end() + 1
                )
