"""The guards of a target: no mass deletion without an approval, no shared target set back, only the approved plan done.

They decide from values alone, inside the session that writes, so that nothing can come between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from autopack_hooks.core.errors import FatalError, Refused
from autopack_hooks.core.git import Repo
from autopack_hooks.core.words import counted
from autopack_hooks.sync.plan import Plan
from autopack_hooks.sync.records import Key
from autopack_hooks.sync.target import Stored, TargetResult

EXPLAINED = "`autopack-hooks explain guard` says what may let it through"
"""The page that a refusal names: no command that destroys stands ready to be pasted."""

FLOOR = 5
"""So many deletions are always allowed, however few entries there are."""

IsAncestor = Callable[[str, str], "bool | None"]
"""``is_ancestor(older, newer)``; None where it cannot be decided."""


def allowed_deletes(limit: str, stored: int) -> int:
    """Return how many of ``stored`` entries may go at once: ``limit`` is a number, or a percentage such as ``10%``."""
    number = int(stored * float(limit[:-1]) / 100) if limit.endswith("%") else int(limit)
    return max(FLOOR, number)


def excess(name: str, plan: Plan, stored: Collection[Key], limit: str) -> str:
    """Explain why a plan deletes too much: more than the limit, or all entries of a ledger.

    Args:
        name: The target's name.
        plan: The plan for that target.
        stored: The keys that it holds.
        limit: ``sync.max_deletes``.

    Returns:
        The reason, or "" where the plan is within bounds.
    """
    allowed = allowed_deletes(limit, len(stored))
    if len(plan.delete) > allowed:
        return (
            f"{name}: {len(plan.delete)} of {counted(len(stored), 'entry')} would be deleted, more than the {allowed} that "
            f"sync.max_deletes ({limit}) allows"
        )
    stored_by_ledger, deleted = Counter(key[0] for key in stored), Counter(key[0] for key in plan.delete)
    with_inserts, inserted = {key[0] for key in plan.insert}, {key[1] for key in plan.insert}
    lost = {key[0] for key in plan.delete if key[1] not in inserted}  # the others go from one ledger to another
    for ledger, count in sorted(deleted.items()):
        if count == stored_by_ledger[ledger] and ledger not in with_inserts and ledger in lost:
            return f"{name}: {'the only entry' if count == 1 else f'all {count} entries'} of {ledger} would be deleted"
    return ""


def excesses(results: Mapping[str, TargetResult], limit: str) -> list[str]:
    """Return why the plans of ``results`` need an approval: the ``excess`` of each target that has one."""
    found = [
        excess(name, result.plan, result.stored.hashes, limit)
        for name, result in results.items()
        if result.plan is not None and result.stored is not None
    ]
    return [reason for reason in found if reason]


def check_deletes(name: str, plan: Plan, stored: Collection[Key], limit: str) -> None:
    """Raise Refused for a plan that deletes too much (see ``excess``)."""
    reason = excess(name, plan, stored, limit)
    if reason:
        raise Refused(f"{reason}; nothing was written; {EXPLAINED}")


class Ancestry(Enum):
    """The relation of the commit that a target was synced from to the one that is to be synced."""

    EQUAL = "equal"
    OLDER = "older"
    NEWER = "newer"
    DIVERGED = "diverged"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Side:
    """The side that wants to write to a shared target.

    Attributes:
        commit: The commit to be synced; None for the working tree.
        branch: The branch it is on; None where it is on none.
        branches: The branches that may write where two histories have diverged.
    """

    commit: str | None = None
    branch: str | None = None
    branches: Collection[str] = ()

    @classmethod
    def of(cls, repo: Repo | None, commit: str | None, ref: str, branches: Sequence[str] | None) -> Side:
        """Build the side of a clone.

        Args:
            repo: Its repository.
            commit: The commit to be synced.
            ref: The name by which the commit was given.
            branches: ``sync.branches``; None for the remote's default branch.
        """
        if repo is None or commit is None:
            return cls()
        default = repo.default_branch() if branches is None else None
        return cls(commit, repo.branch(ref), branches if branches is not None else [default] if default else [])


def ancestry_of(repo: Repo | None) -> IsAncestor:
    """Return ``is_ancestor`` of ``repo``. In a shallow clone "no" may only mean that the commits between are missing."""
    if repo is None:
        return lambda older, newer: None
    shallow = (repo.common_dir / "shallow").exists()

    def is_ancestor(older: str, newer: str) -> bool | None:
        found = repo.is_ancestor(older, newer)
        return None if shallow and not found else found

    return is_ancestor


def relation(theirs: str, ours: str, is_ancestor: IsAncestor) -> Ancestry:
    """Return the relation of the commit ``theirs`` to ``ours``."""
    if theirs == ours:
        return Ancestry.EQUAL
    forward = is_ancestor(theirs, ours)
    if forward:
        return Ancestry.OLDER
    back = is_ancestor(ours, theirs)
    if back:
        return Ancestry.NEWER
    return Ancestry.UNKNOWN if forward is None or back is None else Ancestry.DIVERGED


def check_shared(name: str, stored: Stored, side: Side, is_ancestor: IsAncestor) -> None:
    """Raise Refused where ``side`` would set a shared target back.

    The commit of the last complete sync counts, and the one that an interrupted run began to write.

    Args:
        name: The target's name.
        stored: What it holds.
        side: The side that wants to write.
        is_ancestor: The history of that side.
    """
    if side.commit is None:
        raise Refused(f"{name} is shared: it takes commits, not a working tree; commit first; {EXPLAINED}")
    for theirs in (stored.commit, stored.pending):
        if theirs:
            refusal = _refusal(relation(theirs, side.commit, is_ancestor), theirs[:12], side)
            if refusal:
                raise Refused(f"{name} {refusal}; nothing was written; {EXPLAINED}")


def _refusal(ancestry: Ancestry, theirs: str, side: Side) -> str:
    ours = (side.commit or "")[:12]
    if ancestry is Ancestry.NEWER:
        return f"is ahead of this commit: it was synced from {theirs}, which follows {ours}; pull, then sync again"
    if ancestry is Ancestry.UNKNOWN:
        return (
            f"may be ahead: it was synced from {theirs}, and this clone does not know how that relates to {ours} (not "
            "fetched, a shallow clone, or rewritten history); fetch, then sync again"
        )
    if ancestry is Ancestry.DIVERGED and (side.branch is None or side.branch not in side.branches):
        allowed = ", ".join(sorted(side.branches)) or "none"
        return (
            f"was synced from {theirs}, from which {ours} ({side.branch or 'no branch'}) has diverged, and only these "
            f"branches may then write (sync.branches): {allowed}; merge, then sync again"
        )
    return ""


@dataclass(frozen=True)
class Permission:
    """Decide what a run may do. ``check`` is called in every session that writes.

    Attributes:
        limit: ``sync.max_deletes``.
        allow_deletes: Let a mass deletion through.
        set_back: Let a shared target be set back.
        shared: The names of the targets that other clones write to.
        side: The side for which those are guarded.
        is_ancestor: The history of that side.
        approved: The plans that were approved, by target: then exactly those are done.
    """

    limit: str
    allow_deletes: bool = False
    set_back: bool = False
    shared: frozenset[str] = frozenset()
    side: Side = field(default_factory=Side)
    is_ancestor: IsAncestor = field(default=lambda *_: None, repr=False)
    approved: Mapping[str, Plan] | None = None

    def check(self, name: str, stored: Stored, plan: Plan) -> None:
        """Raise Refused where the target ``name``, which holds ``stored``, must not be changed by ``plan``."""
        if name in self.shared and not self.set_back:
            check_shared(name, stored, self.side, self.is_ancestor)
        if self.approved is None:
            if not self.allow_deletes:
                check_deletes(name, plan, stored.hashes, self.limit)
        elif replace(plan, unchanged=0) != replace(self.approved[name], unchanged=0):
            raise Refused(
                f"{name}: the target changed in the meantime, so the plan is not the approved one any more; nothing was "
                "written; make and approve a new plan"
            )

    def for_plans(self, results: Mapping[str, TargetResult]) -> Permission:
        """Return this permission for exactly the plans of ``results``. Raises FatalError where a target has none."""
        for result in results.values():
            if result.error:
                failure = FatalError(f"{result.error}; an approved plan is carried out as a whole or not at all")
                failure.exit_code = result.exit_code
                raise failure
        return replace(self, approved={name: result.plan or Plan() for name, result in results.items()})
