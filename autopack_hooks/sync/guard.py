"""What keeps a sync from deleting much unasked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from autopack_hooks.errors import Refused
from autopack_hooks.sync.plan import Plan
from autopack_hooks.sync.records import Key

FLOOR = 5
"""So many deletions are always allowed, however few entries there are."""


def allowed_deletes(limit: str, stored: int) -> int:
    """How many of ``stored`` entries may go at once: ``limit`` is a number, or a percentage such as ``10%``."""
    number = int(stored * float(limit[:-1]) / 100) if limit.endswith("%") else int(limit)
    return max(FLOOR, number)


def check_deletes(name: str, plan: Plan, stored: Collection[Key], limit: str) -> None:
    """Raises Refused for a plan that deletes more than ``limit``, or all that a ledger had.

    ``name`` is the target's, for the message.
    """
    allowed = allowed_deletes(limit, len(stored))
    how = "look with `sync --plan FILE`, and use --force if it is meant"
    if len(plan.delete) > allowed:
        raise Refused(
            f"{name}: {len(plan.delete)} of {len(stored)} entries would be deleted, more than the {allowed} that sync.max_deletes "
            f"({limit}) allows; nothing was written; {how}"
        )
    had, lost = Counter(key[0] for key in stored), Counter(key[0] for key in plan.delete)
    came = {key[0] for key in plan.insert}
    for ledger, count in sorted(lost.items()):
        if count == had[ledger] and ledger not in came:
            raise Refused(f"{name}: all {count} entries of {ledger} would be deleted; nothing was written; {how}")
