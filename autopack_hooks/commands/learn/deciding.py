"""Approve a rule after a replay, or retire it."""

from __future__ import annotations

import argparse
import os

from autopack_hooks.audit.trail import operator_of
from autopack_hooks.commands.learn.common import change_rules, chosen, now, stamp
from autopack_hooks.core.errors import OK, Refused, UsageError
from autopack_hooks.core.terminal import escaped_path, write_line
from autopack_hooks.core.words import counted
from autopack_hooks.learn.replay import Trial, try_rule
from autopack_hooks.learn.rules import KIND_CODES
from autopack_hooks.learn.surroundings import read_own_rules
from autopack_hooks.ledger.learned import ACTIVE, RETIRED, LearnedRule, RulesFile
from autopack_hooks.project.workspace import Workspace

_SHOWN = 10


def run(args: argparse.Namespace) -> int:
    """Change the status of the rules. Raises Refused where one of them is wrong: then none is approved."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    return _approve(args, workspace) if args.action == "approve" else _retire(args, workspace)


def _approve(args: argparse.Namespace, workspace: Workspace) -> int:
    known = read_own_rules(workspace)
    rules = [rule for rule in chosen(known.by_id, args.ids) if not rule.active]
    _guard_number(workspace, known, rules)
    trials = {rule.rule_id: try_rule(workspace, rule) for rule in rules}
    wrong = {name: trial for name, trial in trials.items() if trial.reasons}
    for name, trial in wrong.items():
        for reason in trial.reasons:
            write_line(f"{name}: {reason}")
    if wrong:
        raise Refused(
            f"{', '.join(wrong)}: wrong on a replay (see above), so nothing was approved; correct the rule or its cases"
        )
    by, moment = operator_of(workspace) or "unknown", stamp(now())
    made = {rule.rule_id: rule.changed(status=ACTIVE, approved_by=by, approved_at=moment) for rule in rules}
    change_rules(workspace, args, lambda before: {**before, **made})
    for rule in rules:
        _show_trial(rule, trials[rule.rule_id], workspace.config.learn.replay)
    if not rules:
        write_line("nothing to do: active already")
    return OK


def _guard_number(workspace: Workspace, known: RulesFile, rules: list[LearnedRule]) -> None:
    limit = workspace.config.learn.max_active
    acting = [rule for rule in known.rules if rule.active and rule.kind in KIND_CODES]
    more = [rule for rule in rules if rule.kind in KIND_CODES]
    if more and len(acting) + len(more) > limit:
        raise Refused(
            f"{counted(len(acting), 'rule')} are active, and learn.max_active is {limit}: retire what no longer fires first"
        )


def _show_trial(rule: LearnedRule, trial: Trial, limit: int) -> None:
    places = trial.refused
    commits = len({place.commit for place in places})
    past = (
        f"would have refused {counted(commits, 'commit')} of the last {limit}"
        if places
        else "no earlier commit is refused"
    )
    write_line(f"approved {rule.rule_id} {rule.kind}: {rule.title}; {past}")
    for place in places[:_SHOWN]:
        write_line(f"  {place.commit[:10]} {escaped_path(place.path)}:{place.line}")
    if len(places) > _SHOWN:
        write_line(f"  and {len(places) - _SHOWN} more places")


def _retire(args: argparse.Namespace, workspace: Workspace) -> int:
    reason = " ".join(args.reason.split())
    if not reason:
        raise UsageError("--reason: say why, for those who come later")
    rules = chosen(read_own_rules(workspace).by_id, args.ids)
    values = {
        "status": RETIRED,
        "retired_by": operator_of(workspace) or "unknown",
        "retired_at": stamp(now()),
        "retired_reason": reason,
    }
    made = {rule.rule_id: rule.changed(**values) for rule in rules}
    change_rules(workspace, args, lambda before: {**before, **made})
    for rule in rules:
        write_line(f"retired {rule.rule_id} {rule.kind}: {rule.title}: {reason}")
    return OK
