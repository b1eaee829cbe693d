"""LED015 to LED019: the META block and the SUMMARY, which say what the entries say or are wrong."""

from __future__ import annotations

from collections.abc import Iterator

from autopack_hooks.checks.context import RuleContext, finding
from autopack_hooks.core.findings import Finding
from autopack_hooks.ledger.model import Document
from autopack_hooks.ledger.render import Wrong, wrong_values


def second_meta(document: Document, context: RuleContext) -> Iterator[Finding]:
    """Every META block after the first."""
    for other in document.metas[1:]:
        message = f"a second META block; the first is on line {document.metas[0].line}"
        yield finding(document, "LED019", other.line, other.column, message, context="META")


def values(document: Document, context: RuleContext) -> Iterator[Finding]:
    """The values of META and SUMMARY that the renderer would write otherwise."""
    for wrong in wrong_values(document):
        if wrong.code:
            said = wrong.said
            yield finding(document, wrong.code, said.line, said.column, _message(document, wrong), context=wrong.name)


def _message(document: Document, wrong: Wrong) -> str:
    said, count = wrong.said.text, len(document.entries)
    if wrong.code == "LED015":
        return f"META has no {wrong.name}"
    if wrong.code == "LED016":
        return f"{wrong.name} is {said or 'empty'}, but there are {count} entries"
    if wrong.code == "LED018":
        return f"the SUMMARY counts {said}, but there are {count} entries"
    return f"{wrong.name}: {said[:40]!r} is no time; write it as 2026-01-03T00:00:00Z"
