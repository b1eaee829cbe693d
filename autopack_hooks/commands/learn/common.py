"""What the actions of `learn` share: the rules by id, and the one way of writing them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from autopack_hooks.audit.trail import AuditRecord, open_trail, operator_of
from autopack_hooks.commands import report_waiting
from autopack_hooks.core.errors import UsageError
from autopack_hooks.learn.surroundings import read_own_rules, write_rules
from autopack_hooks.ledger.learned import RULES_PATH, LearnedRule
from autopack_hooks.locking.multilock import MultiLock
from autopack_hooks.project.workspace import Workspace

Change = Callable[[dict[str, LearnedRule]], Mapping[str, LearnedRule]]


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """Return a time as the rules have it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def change_rules(workspace: Workspace, args: argparse.Namespace, change: Change) -> bool:
    """Change the file of rules under the lock ``docs``, leaving a record of it; return whether it changed."""
    trail = open_trail(workspace, now)
    record = AuditRecord(
        f"learn {args.action}", operator_of(workspace), workspace.repo.head() if workspace.repo else None
    )
    with MultiLock(workspace.root, ["docs"], purpose=f"learn {args.action}", on_wait=report_waiting):
        before = read_own_rules(workspace).by_id
        after = change(dict(before))
        if after == before:
            return False
        differing = sum(before.get(name) != rule for name, rule in after.items())
        with trail.writing(record) as entry:
            written = write_rules(workspace, list(after.values()))
            entry.set(targets={"learned_rules": {"changed": differing}}, exit_code=0, result="ok")
    return written


def chosen(rules: Mapping[str, LearnedRule], ids: Iterable[str]) -> list[LearnedRule]:
    """Return the rules of these ids, which may be cut short. Raises UsageError."""
    found = []
    for wanted in ids:
        fits = [rule for name, rule in rules.items() if name == wanted] or [
            rule for name, rule in rules.items() if len(wanted) >= 4 and name.startswith(wanted)
        ]
        if len(fits) != 1:
            what = (
                "there are several such rules; write more of the id"
                if fits
                else "there is no such rule; see `learn list`"
            )
            raise UsageError(f"{RULES_PATH}: {wanted}: {what}")
        found += fits
    return found


def is_stale(rule: LearnedRule, moment: datetime, days: int) -> bool:
    """Return whether an active rule had no incident for so long, and was approved as long ago."""
    last = max(str(rule.data["last_seen"]), str(rule.data["approved_at"] or ""))[:19]
    return rule.active and last < stamp(moment - timedelta(days=days))[:19]
