"""Run the rules, in the order of their registry, over parsed ledgers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from autopack_hooks.checks.context import RuleContext
from autopack_hooks.checks.ignores import Ignore, find_ignores
from autopack_hooks.checks.rules import FILE_RULES, LEDGER_RULES
from autopack_hooks.checks.rules.markers import conflict_markers, undecodable
from autopack_hooks.checks.rules.references import references
from autopack_hooks.core.findings import Finding
from autopack_hooks.ledger.model import Document, IndexFile


def run_rules(context: RuleContext) -> Iterator[Finding]:
    """Yield all that the rules find in the ledgers. A file that is not text has one finding only."""
    for ledger in context.ledgers:
        for document in ledger.documents:
            yield from _check_file(document, context)
        if ledger.index:
            yield from _check_index(ledger.index, context)
        for rule in LEDGER_RULES if not ledger.faulty else ():
            yield from rule(ledger, context)


def _check_file(document: Document, context: RuleContext) -> Iterator[Finding]:
    if document.source.fault:
        yield from undecodable(document, context)
        return
    for rule in FILE_RULES:
        yield from rule(document, context)


def _check_index(index: IndexFile, context: RuleContext) -> Iterator[Finding]:
    """Check an index file that is not a file of a ledger as well. Ids that its rows list are those of LED006."""
    document = index.document
    if any(document.path == other.path for ledger in context.ledgers for other in ledger.documents):
        return
    if document.source.fault:
        yield from undecodable(document, context)
        return
    yield from conflict_markers(document, context)
    listed = {listing.line for listing in index.listings}
    yield from (finding for finding in references(document, context) if finding.line not in listed)


def ignore_comments(context: RuleContext) -> Mapping[str, Sequence[Ignore]]:
    """Return path -> the ignore comments of each file that is text."""
    documents = [document for ledger in context.ledgers for document in ledger.documents]
    documents += [ledger.index.document for ledger in context.ledgers if ledger.index]
    return {
        document.path: find_ignores(document.source, lambda document=document: document.structure)  # type: ignore[misc]
        for document in documents
        if not document.source.fault
    }
