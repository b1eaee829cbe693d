"""What a rule may look at beside its own ledger."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from autopack_hooks.codes import CODES
from autopack_hooks.findings import Finding
from autopack_hooks.ledger.model import Ledger


@dataclass(frozen=True)
class Context:
    """All ledgers of the run, and the ids that each one had in the last commit (by ledger name)."""

    ledgers: Sequence[Ledger]
    previous: Mapping[str, Collection[str]] = field(default_factory=dict)

    @cached_property
    def ids(self) -> dict[str, set[str]]:
        """Prefix -> ids that exist; a prefix whose ledger cannot be read is left out, for nothing is known of it."""
        known: dict[str, set[str]] = {}
        for ledger in self.ledgers:
            known.setdefault(ledger.dialect.prefix, set()).update(ledger.entries)
        for ledger in self.ledgers:
            if ledger.source.fault:
                known.pop(ledger.dialect.prefix, None)
        return known

    @cached_property
    def owners(self) -> dict[str, str]:
        """Prefix -> name of the ledger that has its ids."""
        return {ledger.dialect.prefix: ledger.name for ledger in reversed(self.ledgers)}

    @cached_property
    def references(self) -> re.Pattern[str] | None:
        """Finds ids of the known ledgers in prose; None where no ledger is known."""
        if not self.ids:
            return None
        expressions = {ledger.dialect.id_expression for ledger in self.ledgers if ledger.dialect.prefix in self.ids}
        # Not inside a path, a file name or a longer word.
        return re.compile(rf"(?<![\w./\\-])(?:{'|'.join(sorted(expressions))})(?![\w-]|\.\w|/\w*[a-z])")


def finding(
    ledger: Ledger, code: str, line: int, column: int, message: str, *, entry_id: str | None = None,
    context: str = "", end: int | None = None,
) -> Finding:  # fmt: skip
    """A finding of ``code`` at a place of ``ledger``; ``end`` is the exclusive column where it ends on that line."""
    rule = CODES[code]
    return Finding(
        ledger.path, line, column, code, message, rule.severity, line if end else None, end,
        rule.fix == "safe", ledger.name, entry_id, context,
    )  # fmt: skip
