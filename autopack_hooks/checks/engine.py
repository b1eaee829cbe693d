"""Runs the rules, in order, over parsed ledgers. The registry is this list; nothing is found by import magic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from autopack_hooks.checks import generated, headings, ids, markers, references, rows, values
from autopack_hooks.checks.context import Context
from autopack_hooks.checks.severity import selected
from autopack_hooks.checks.suppress import apply_ignores, find_ignores
from autopack_hooks.config import CheckConfig
from autopack_hooks.findings import Finding, ordered
from autopack_hooks.ledger.model import Ledger

Rule = Callable[[Ledger, Context], Iterator[Finding]]

RULES: Sequence[Rule] = (
    markers.conflict_markers,
    headings.malformed,
    headings.quoted,
    headings.stray,
    headings.foreign,
    ids.duplicates,
    ids.halves,
    ids.removed,
    rows.cells,
    rows.places,
    rows.id_cells,
    rows.order,
    values.dates,
    values.words,
    generated.meta,
    generated.summary,
    references.references,
)


def check_ledgers(context: Context, config: CheckConfig) -> list[Finding]:
    """The findings of all ledgers, in order, with ignores and severities applied. A ledger that is no text has one only."""
    found: list[Finding] = []
    for ledger in context.ledgers:
        if ledger.source.fault:
            found.extend(markers.undecodable(ledger, context))
            continue
        told = [finding for rule in RULES for finding in rule(ledger, context)]
        ignores = find_ignores(ledger.source, lambda opaque=ledger.blocks.opaque: opaque)  # type: ignore[misc]  # a default binds it now
        found.extend(apply_ignores(ledger.path, ignores, told, ("LED",)))
    return ordered(f for f in selected(found, config) if f.code.startswith(config.select))
