"""Write proposals: those of the incidents, and those of an older tool's file."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator

from autopack_hooks.commands.learn.common import change_rules, is_stale, now
from autopack_hooks.core.errors import OK, UsageError
from autopack_hooks.core.files import read_regular
from autopack_hooks.core.terminal import escaped_path, write_line, write_text
from autopack_hooks.core.words import counted
from autopack_hooks.learn.importing import import_rules
from autopack_hooks.learn.incidents import IncidentStore
from autopack_hooks.learn.proposals import merged, propose
from autopack_hooks.learn.replay import at_head
from autopack_hooks.learn.rules import KIND_CODES, pattern_fault
from autopack_hooks.learn.signatures import group_incidents, has_miner
from autopack_hooks.learn.surroundings import look_around, read_own_rules, write_rules
from autopack_hooks.ledger.learned import RULES_PATH, LearnedRule, parse_rules, render_rules
from autopack_hooks.project.workspace import Workspace

NO_MINER = (
    "without the extra `learn`, messages are grouped by masks alone, so that one cause may make several groups: "
    "pip install 'autopack-hooks[learn]'"
)
_FALSE = 2
"""Ignore comments of one rule that call it in question."""


def run(args: argparse.Namespace) -> int:
    """Write the proposals, and print them and what should be retired."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    return _import(args, workspace) if args.action == "import" else _propose(args, workspace)


def _propose(args: argparse.Namespace, workspace: Workspace) -> int:
    known = read_own_rules(workspace)
    found = [i for i in IncidentStore(workspace.state_dir).read() if not args.since or i.timestamp >= args.since]
    groups = [g for g in group_incidents(found) if len(g.incidents) >= args.min_count and g.commits >= args.min_commits]
    around = look_around(workspace) if groups else None
    proposals = [rule for group in groups if around and (rule := propose(group, around))]
    if not has_miner() and not args.quiet:
        write_line(f"autopack-hooks: {NO_MINER}", error=True)
    fresh = [rule for rule in proposals if rule.rule_id not in known.by_id]
    if args.dry_run:
        write_text(render_rules(proposals) if proposals else "")
        return OK
    if proposals:
        change_rules(workspace, args, lambda rules: merged(rules, proposals))
    for rule in fresh:
        write_line(f"proposed {rule.rule_id} {rule.kind}: {rule.title}: {rule.rationale}")
    for line in _to_retire(workspace, known.rules):
        write_line(line)
    if fresh and not known.rules and not args.quiet and (workspace.root / ".gitattributes").exists():
        write_line(f"`autopack-hooks init` has git merge {RULES_PATH} rule by rule, if it is not set up yet")
    if not args.quiet:
        write_line(_summary(len(found), len(groups), len(fresh)))
    return OK


def _summary(incidents: int, groups: int, fresh: int) -> str:
    text = (
        f"{counted(incidents, 'incident')}, {counted(groups, 'group')} often enough, {counted(fresh, 'new proposal')}"
    )
    return f"{text} in {RULES_PATH}; read them, then `autopack-hooks learn approve ID`" if fresh else text


def _to_retire(workspace: Workspace, rules: Iterable[LearnedRule]) -> Iterator[str]:
    """Yield a line for each active rule that no longer earns its place. Nothing is retired here."""
    moment, days = now(), workspace.config.learn.stale_days
    for rule in rules:
        if not rule.active:
            continue
        reasons = []
        if is_stale(rule, moment, days):
            reasons.append(f"no incident since {str(rule.data['last_seen'])[:10]}")
        if rule.kind in KIND_CODES and not pattern_fault(rule):
            silenced = at_head(workspace, rule).silenced
            if silenced >= _FALSE:
                reasons.append(f"{silenced} of its findings are silenced by ignore comments")
        if reasons:
            why = "; ".join(reasons)
            yield f"stale {rule.rule_id} {rule.kind}: {why}: consider `autopack-hooks learn retire {rule.rule_id}`"


def _import(args: argparse.Namespace, workspace: Workspace) -> int:
    try:
        data = read_regular(args.file)
    except OSError as error:
        raise UsageError(f"{args.file}: cannot be read: {error.strerror}") from None
    imported = import_rules(args.file, data)
    own = workspace.worktree.read([RULES_PATH])[RULES_PATH]
    if own is not None and parse_rules(own).older:
        if own != data:
            raise UsageError(f"{RULES_PATH}: it is of an older tool itself; import that file first")
        write_rules(workspace, imported.rules)
        fresh = len(imported.rules)
    else:
        before = read_own_rules(workspace).by_id
        new = {rule.rule_id: rule for rule in imported.rules if rule.rule_id not in before}
        change_rules(workspace, args, lambda rules: {**new, **rules})
        fresh = len(new)
    write_line(f"{escaped_path(args.file)}: {counted(fresh, 'new note')} in {RULES_PATH}, proposed")
    for reason in imported.left:
        write_line(f"autopack-hooks: {escaped_path(args.file)}: not taken: {reason}", error=True)
    return OK
