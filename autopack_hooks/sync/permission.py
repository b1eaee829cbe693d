"""What lets a plan through: nobody's deletions unasked, nobody set back, and an approval only for what was approved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autopack_hooks.core.errors import FatalError, Refused
from autopack_hooks.core.git import Repo
from autopack_hooks.sync.guard import Side, check_deletes, check_shared, excess
from autopack_hooks.sync.plan import Plan
from autopack_hooks.sync.runner import TargetResult
from autopack_hooks.sync.target import Stored


@dataclass(frozen=True)
class Permission:
    """``check`` is asked in every session that writes (see ``run.Check``).

    ``forced`` lets everything through. ``shared`` targets are guarded for ``side``, whose history ``is_ancestor``
    knows. ``approved`` are the plans that somebody signed off: then exactly those are done.
    """

    limit: str
    forced: bool = False
    shared: frozenset[str] = frozenset()
    side: Side = field(default_factory=Side)
    is_ancestor: Callable[[str, str], bool | None] = field(default=lambda *_: None, repr=False)
    approved: Mapping[str, Plan] | None = None

    def check(self, name: str, stored: Stored, plan: Plan) -> None:
        """Raises Refused; nothing was written by then."""
        if self.forced:
            return
        if name in self.shared:
            check_shared(name, stored, self.side, self.is_ancestor)
        if self.approved is None:
            check_deletes(name, plan, stored.hashes, self.limit)
        elif not _same(plan, self.approved[name]):
            raise Refused(f"{name}: the target changed just now, and what would be done is not what was approved")

    def for_plans(self, outcomes: Mapping[str, TargetResult]) -> Permission:
        """This permission, for exactly the plans of ``outcomes``. Raises the fault of a target that has none."""
        for outcome in outcomes.values():
            if outcome.error:
                failure = FatalError(f"{outcome.error}; what was approved is done as a whole or not at all")
                failure.exit_code = outcome.exit_code
                raise failure
        return replace(self, approved={name: outcome.plan or Plan() for name, outcome in outcomes.items()})


def side_of(repo: Repo | None, commit: str | None, ref: str, branches: Sequence[str] | None) -> Side:
    """Who wants to write. ``branches`` is what the configuration names; by default the remote's default branch."""
    if repo is None or commit is None:
        return Side()
    default = repo.default_branch() if branches is None else None
    return Side(commit, repo.branch(ref), branches if branches is not None else [default] if default else [])


def ancestry(repo: Repo | None) -> Callable[[str, str], bool | None]:
    """``is_ancestor`` of ``repo``. In a shallow clone "no" may only mean that the way between is not there."""
    if repo is None:
        return lambda older, newer: None
    shallow = (repo.common_dir / "shallow").exists()

    def is_ancestor(older: str, newer: str) -> bool | None:
        found = repo.is_ancestor(older, newer)
        return None if shallow and not found else found

    return is_ancestor


def reasons(outcomes: Mapping[str, TargetResult], limit: str) -> list[str]:
    """Why the plans need an approval, one for each target that does."""
    found = [
        excess(name, outcome.plan, outcome.stored.hashes, limit)
        for name, outcome in outcomes.items()
        if outcome.plan is not None and outcome.stored is not None
    ]
    return [reason for reason in found if reason]


def _same(one: Plan, other: Plan) -> bool:
    def work(plan: Plan) -> Any:
        return plan.insert, plan.update, plan.delete

    return bool(work(one) == work(other))
