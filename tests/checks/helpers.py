"""Runs the rules on ledgers given as text."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from autopack_hooks.checks.context import RuleContext
from autopack_hooks.checks.engine import ignore_comments, run_rules
from autopack_hooks.checks.pipeline import LEDGER_FAMILIES, Pipeline
from autopack_hooks.config.model import CheckConfig
from autopack_hooks.core.findings import Finding
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS, DIALECTS
from autopack_hooks.ledger.model import Ledger
from tests.ledger.parsing import parse_ledger

Place = tuple[int, int]
INDEX = "| Timestamp | BUILD-ID | Phase | Summary | Files Changed |\n|---|---|---|---|---|\n"
ROW = "| 2026-01-01 | BUILD-1 | P | S | 1 |\n"
SECTION = "### BUILD-1 | 2026-01-01 | T\n\nText\n"


def ledger(text: str | bytes, name: str = "build_history") -> Ledger:
    """The ledger ``name`` of the default ones with this text."""
    path, dialect = DEFAULT_LEDGERS[name]
    data = text.encode() if isinstance(text, str) else text
    return parse_ledger(SourceText.from_bytes(path, data), name, DIALECTS[dialect], tuple(DIALECTS.values()))


def check_ledgers(context: RuleContext, config: CheckConfig) -> list[Finding]:
    """Return what counts of all that the rules find."""
    return Pipeline(config, LEDGER_FAMILIES).choose(run_rules(context), ignore_comments(context))


def findings(
    text: str | bytes,
    name: str = "build_history",
    *,
    previous: Mapping[str, Collection[str]] | None = None,
    config: CheckConfig | None = None,
) -> list[Finding]:
    """Everything that is wrong with one ledger; ``previous`` are the ids of the last commit by ledger."""
    before = {ledger: dict.fromkeys(ids, DEFAULT_LEDGERS[ledger][0]) for ledger, ids in (previous or {}).items()}
    found = ledger(text, name)
    before = {owner: dict.fromkeys(ids, found.path) for owner, ids in (previous or {}).items()}
    return check_ledgers(RuleContext([found], before), config or CheckConfig())


def places(text: str | bytes, code: str, name: str = "build_history") -> list[Place]:
    """Where ``code`` is reported."""
    return [(finding.line, finding.column) for finding in findings(text, name) if finding.code == code]
