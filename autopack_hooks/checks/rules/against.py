"""LED040: ids that this branch and another one took for different entries."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from autopack_hooks.checks.code import Code
from autopack_hooks.checks.context import finding
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.ledger.dialect import VERSIONS
from autopack_hooks.ledger.ids import next_id
from autopack_hooks.ledger.model import Entry, Ledger

LED040 = Code(
    "LED040",
    "id taken on both branches",
    Severity.ERROR,
    "With `check --against REF`: this branch and REF added different entries under one id since they parted. Each branch "
    "is right by itself, and only their merge is wrong; so this is reported before it. Run it in CI on pull requests, against "
    "the branch that they go to.",
    bad="<!-- on main -->\n### BUILD-012 | 2026-01-03 | Faster start\n\n<!-- on a branch -->\n### BUILD-012 | 2026-01-04 | "
    "Smaller image",
    good="<!-- on main -->\n### BUILD-012 | 2026-01-03 | Faster start\n\n<!-- on a branch -->\n### BUILD-013 | 2026-01-04 | "
    "Smaller image",
    remedy="give the entry of your branch the free id that the message names: `autopack-hooks renumber OLD NEW --execute` "
    "changes it and every reference to it.",
)

CODES = (LED040,)


def clashes(ours: Ledger, theirs: Ledger, base: Collection[str], ref: str) -> Iterator[Finding]:
    """Yield entries that both added since their common ancestor, which had the ids ``base``, and that are not the same.

    ``ref`` is what the other side is called.
    """
    taken = {*ours.entries, *theirs.entries, *base}
    for entry_id, entry in ours.entries.items():
        other = theirs.entries.get(entry_id)
        if other is None or entry_id in base or _same(entry, other):
            continue
        free = "" if ours.dialect.ids == VERSIONS else next_id(taken, ours.dialect)
        taken.add(free)
        remedy = f"; {free} is free: `autopack-hooks renumber {entry_id} {free}`" if free else ""
        message = f"{entry_id} is {entry.title[:60]!r} here and {other.title[:60]!r} in {ref}{remedy}"
        part = next(iter(entry.sections), entry.parts[0])
        yield finding(
            ours, LED040, part.line, part.column, message, entry_id=entry_id, context=entry_id, path=part.path
        )


def _same(entry: Entry, other: Entry) -> bool:
    """Return whether two entries are one: equal, or one of them edited after it was taken over."""
    if entry.content_hash == other.content_hash:
        return True
    return (entry.title.casefold(), entry.date) == (other.title.casefold(), other.date)
