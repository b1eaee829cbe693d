"""Runs the rules, in order, over parsed ledgers. The registry is this list; nothing is found by import magic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from autopack_hooks.checks.context import RuleContext
from autopack_hooks.checks.ignores import apply_ignores, find_ignores
from autopack_hooks.checks.rules import (
    files,
    generated,
    headings,
    ids,
    markers,
    references,
    rows,
    supersession,
    values,
    versions,  # fmt: skip
)
from autopack_hooks.checks.severity import chosen
from autopack_hooks.config.model import CheckConfig
from autopack_hooks.core.findings import Finding, ordered
from autopack_hooks.ledger.model import Document, Ledger

FileRule = Callable[[Document, RuleContext], Iterator[Finding]]
LedgerRule = Callable[[Ledger, RuleContext], Iterator[Finding]]

# Each file of a ledger on its own.
FILE_RULES: Sequence[FileRule] = (
    markers.conflict_markers,
    headings.malformed,
    headings.quoted,
    headings.stray,
    headings.foreign,
    rows.cells,
    rows.places,
    rows.id_cells,
    rows.order,
    values.dates,
    values.words,
    generated.second_meta,
    generated.values,
    references.references,
    files.numbers,
    versions.links,
)
# What shows only in all files of a ledger together.
LEDGER_RULES: Sequence[LedgerRule] = (
    ids.duplicates,
    ids.halves,
    ids.removed,
    files.gaps,
    supersession.supersession,
)


def check_ledgers(context: RuleContext, config: CheckConfig) -> list[Finding]:
    """The findings of all ledgers, in order, with ignores and severities applied."""
    found: list[Finding] = []
    for ledger in context.ledgers:
        whole = [] if ledger.faulty else [finding for rule in LEDGER_RULES for finding in rule(ledger, context)]
        by_path: dict[str, list[Finding]] = {}
        for told in whole:
            by_path.setdefault(told.path, []).append(told)
        for document in ledger.documents:
            found.extend(_check_file(document, by_path.pop(document.path, []), context))
        found.extend(f for others in by_path.values() for f in others)
    return ordered(chosen(found, config))


def _check_file(document: Document, whole: Sequence[Finding], context: RuleContext) -> list[Finding]:
    """The findings of one file, to which those of the ledger as a ``whole`` that stand in it belong.

    A file that is no text has one only.
    """
    if document.source.fault:
        return list(markers.undecodable(document, context))
    told = [*(finding for rule in FILE_RULES for finding in rule(document, context)), *whole]
    ignores = find_ignores(document.source, lambda: document.blocks.opaque)
    return apply_ignores(document.path, ignores, told, ("LED",))
