"""What keeps a sync from deleting much unasked, and an older clone from setting a shared target back.

Both decide from values alone, inside the session that writes, so that nothing can come between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum

from autopack_hooks.core.errors import Refused
from autopack_hooks.sync.plan import Plan
from autopack_hooks.sync.records import Key
from autopack_hooks.sync.target import Stored

FLOOR = 5
"""So many deletions are always allowed, however few entries there are."""


def allowed_deletes(limit: str, stored: int) -> int:
    """How many of ``stored`` entries may go at once: ``limit`` is a number, or a percentage such as ``10%``."""
    number = int(stored * float(limit[:-1]) / 100) if limit.endswith("%") else int(limit)
    return max(FLOOR, number)


def excess(name: str, plan: Plan, stored: Collection[Key], limit: str) -> str:
    """Why ``plan`` deletes too much of what the target ``name`` holds: more than ``limit``, or all that a ledger had.

    "" where it does not.
    """
    allowed = allowed_deletes(limit, len(stored))
    if len(plan.delete) > allowed:
        return (
            f"{name}: {len(plan.delete)} of {len(stored)} entries would be deleted, more than the {allowed} that "
            f"sync.max_deletes ({limit}) allows"
        )
    had, lost = Counter(key[0] for key in stored), Counter(key[0] for key in plan.delete)
    came = {key[0] for key in plan.insert}
    for ledger, count in sorted(lost.items()):
        if count == had[ledger] and ledger not in came:
            return f"{name}: all {count} entries of {ledger} would be deleted"
    return ""


def check_deletes(name: str, plan: Plan, stored: Collection[Key], limit: str) -> None:
    """Raises Refused for a plan that deletes too much (see ``excess``), and tells the way to do it nevertheless."""
    reason = excess(name, plan, stored, limit)
    if reason:
        raise Refused(
            f"{reason}; nothing was written; if it is meant: `sync --plan FILE` with the same mode, look at it, `approve "
            "FILE`, then `sync --execute --approval FILE` with the approval (or --force)"
        )


class Ancestry(Enum):
    """How a commit that a target was synced from stands to the one that is to be synced."""

    EQUAL = "equal"
    OLDER = "older"
    NEWER = "newer"
    DIVERGED = "diverged"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Side:
    """Who wants to write to a shared target: the commit, the branch it is on (None: on none), and the ``branches``
    that may write where two histories have parted. No commit: the working tree is to be written."""

    commit: str | None = None
    branch: str | None = None
    branches: Collection[str] = ()


def relation(theirs: str, ours: str, is_ancestor: Callable[[str, str], bool | None]) -> Ancestry:
    """How ``theirs`` stands to ``ours``; ``is_ancestor(older, newer)`` is None where that cannot be told."""
    if theirs == ours:
        return Ancestry.EQUAL
    forward = is_ancestor(theirs, ours)
    if forward:
        return Ancestry.OLDER
    back = is_ancestor(ours, theirs)
    if back:
        return Ancestry.NEWER
    return Ancestry.UNKNOWN if forward is None or back is None else Ancestry.DIVERGED


def check_shared(name: str, stored: Stored, side: Side, is_ancestor: Callable[[str, str], bool | None]) -> None:
    """Raises Refused where ``side`` would set the shared target ``name`` back.

    What counts is the commit of the last complete sync, and the one that a run which was broken off began to write.
    """
    if side.commit is None:
        raise Refused(f"{name} is shared: it takes commits, not a working tree; commit first, or use --force")
    for theirs in (stored.commit, stored.pending):
        if theirs:
            refusal = _refusal(relation(theirs, side.commit, is_ancestor), theirs[:12], side)
            if refusal:
                raise Refused(f"{name} {refusal}; nothing was written")


def _refusal(how: Ancestry, theirs: str, side: Side) -> str:
    """Why not, or nothing."""
    ours = (side.commit or "")[:12]
    if how is Ancestry.NEWER:
        return f"is ahead of this commit: it was synced from {theirs}, which follows {ours}; pull, then sync again"
    if how is Ancestry.UNKNOWN:
        return (
            f"may be ahead: it was synced from {theirs}, and this clone cannot tell how {ours} stands to that (not "
            "fetched, a shallow clone, or rewritten history); fetch, then sync again, or use --force if it is meant"
        )
    if how is Ancestry.DIVERGED and (side.branch is None or side.branch not in side.branches):
        allowed = ", ".join(sorted(side.branches)) or "none"
        return (
            f"was synced from {theirs}, from which {ours} ({side.branch or 'no branch'}) has parted, and only these "
            f"branches may then write (sync.branches): {allowed}; merge, or use --force"
        )
    return ""
