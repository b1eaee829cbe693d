"""Run the rules, in the order of their registry, over parsed ledgers."""

from __future__ import annotations

from collections.abc import Sequence

from autopack_hooks.checks.context import RuleContext
from autopack_hooks.checks.ignores import apply_ignores, find_ignores
from autopack_hooks.checks.rules import FILE_RULES, LEDGER_RULES
from autopack_hooks.checks.rules.markers import undecodable
from autopack_hooks.checks.severity import chosen
from autopack_hooks.config.model import CheckConfig
from autopack_hooks.core.findings import Finding, ordered
from autopack_hooks.ledger.model import Document


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
        return list(undecodable(document, context))
    told = [*(finding for rule in FILE_RULES for finding in rule(document, context)), *whole]
    ignores = find_ignores(document.source, lambda: document.blocks.opaque)
    return apply_ignores(document.path, ignores, told, ("LED",))
