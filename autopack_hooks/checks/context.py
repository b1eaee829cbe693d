"""What a rule may look at beside its own ledger."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.external import External, external
from autopack_hooks.core.findings import Finding
from autopack_hooks.ledger.dialect import Dialect
from autopack_hooks.ledger.model import Document, Ledger


@dataclass(frozen=True)
class RuleContext:
    """All ledgers of the run, and for each one (by its name) the ids that it had in the last commit and their files.

    ``external`` are the globs of ids that other repositories have.
    """

    ledgers: Sequence[Ledger]
    previous: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    external: Sequence[str] = ()

    @cached_property
    def is_external(self) -> External:
        """Answers, of a text, where an id starts in it, and the ways to write the id, whether another repository has it."""
        return external(self.external)

    @cached_property
    def ids(self) -> dict[str, set[str]]:
        """Prefix -> ids that exist; a prefix whose ledger cannot be read is left out, for nothing is known of it.

        Versions have no prefix: in prose nothing tells them from those of other things.
        """
        known: dict[str, set[str]] = {}
        for ledger in self.ledgers:
            known.setdefault(ledger.dialect.prefix, set()).update(ledger.entries)
        for ledger in self.ledgers:
            if ledger.faulty:
                known.pop(ledger.dialect.prefix, None)
        known.pop("", None)
        return known

    @cached_property
    def dialects(self) -> dict[str, list[Dialect]]:
        """Prefix -> the dialects that use it."""
        found: dict[str, list[Dialect]] = {}
        for ledger in self.ledgers:
            found.setdefault(ledger.dialect.prefix, []).append(ledger.dialect)
        return found

    def names(self, entry_id: str) -> set[str]:
        """Return an id as it is written, and as the dialects of its prefix write it: ``ADR-9`` is ``ADR-0009``."""
        return {entry_id, *(dialect.normal(entry_id) for dialect in self.dialects[entry_id.rpartition("-")[0]])}

    def knows(self, entry_id: str) -> bool:
        """Return whether an id, in any way that its dialect lets one write it, is of an entry."""
        prefix = entry_id.rpartition("-")[0]
        return any(dialect.normal(entry_id) in self.ids[prefix] for dialect in self.dialects[prefix])

    @cached_property
    def owners(self) -> dict[str, str]:
        """Prefix -> name of the ledger that has its ids."""
        return {ledger.dialect.prefix: ledger.name for ledger in reversed(self.ledgers) if ledger.dialect.prefix}

    @cached_property
    def references(self) -> re.Pattern[str] | None:
        """Finds ids of the known ledgers in prose; None where no ledger is known."""
        if not self.ids:
            return None
        expressions = {ledger.dialect.id_expression for ledger in self.ledgers if ledger.dialect.prefix in self.ids}
        # Not inside a path, a file name or a longer word.
        return re.compile(rf"(?<![\w./\\-])(?:{'|'.join(sorted(expressions))})(?![\w-]|\.\w|/\w*[a-z])")


def finding(
    where: Document | Ledger, code: Code, line: int, column: int, message: str, *, entry_id: str | None = None,
    context: str = "", end: int | None = None, path: str = "",
) -> Finding:  # fmt: skip
    """Return a finding of ``code`` in a file, or in the file ``path`` of a ledger.

    ``end`` is the exclusive column where it ends on that line.
    """
    return Finding(
        path or where.path, line, column, code.code, message, code.severity, line if end else None, end,
        code.fix == "safe", where.name, entry_id, context,
    )  # fmt: skip
