"""List rules and incidents, and show one rule."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence

from autopack_hooks.commands.learn.common import chosen, is_stale, now
from autopack_hooks.commands.learn.proposing import NO_MINER
from autopack_hooks.core.errors import OK
from autopack_hooks.core.terminal import json_text, text_of, write_line, write_text
from autopack_hooks.learn.incidents import IncidentStore
from autopack_hooks.learn.signatures import IncidentGroup, group_incidents, has_miner
from autopack_hooks.learn.surroundings import read_own_rules
from autopack_hooks.ledger.learned import LearnedRule
from autopack_hooks.project.workspace import Workspace


def run(args: argparse.Namespace) -> int:
    """Print what is asked for. Raises UsageError for an id that is not there."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    if args.action == "list" and args.incidents:
        return _incidents(args, workspace)
    known = read_own_rules(workspace)
    moment, days = now(), workspace.config.learn.stale_days
    rules: Sequence[LearnedRule] = chosen(known.by_id, args.ids) if args.action == "show" else known.rules
    rows = [{**rule.data, "stale": is_stale(rule, moment, days)} for rule in rules]
    if args.format == "json":
        write_text(json_text(rows))
        return OK
    for rule, row in zip(rules, rows, strict=True):
        stale = " (stale)" if row["stale"] else ""
        write_line(f"{rule.rule_id} {rule.status}{stale} {rule.kind}: {rule.title}")
        if args.action == "show":
            write_text(text_of(_details(rule)))
    return OK


def _details(rule: LearnedRule) -> Iterator[str]:
    own = rule.data
    yield f"  why: {rule.rationale}"
    if own.get("advice"):
        yield f"  advice: {own['advice']}"
    yield f"  scope: {', '.join(rule.scope)}; severity: {own['severity']}"
    yield f"  seen: {own['occurrences']} times, {own['first_seen']} to {own['last_seen']}"
    for item in own["evidence"]:
        yield f"  incident: {' '.join(map(str, item.values())) if isinstance(item, dict) else item}"
    for name, what in (("positives", "must refuse"), ("negatives", "must pass")):
        for case in own[name]:
            yield f"  {what}: {case['path']}: {case['text']}"
    if own["approved_by"]:
        yield f"  approved by {own['approved_by']} at {own['approved_at']}"
    if own.get("retired_reason"):
        yield f"  retired by {own.get('retired_by')} at {own.get('retired_at')}: {own['retired_reason']}"


def _incidents(args: argparse.Namespace, workspace: Workspace) -> int:
    groups = group_incidents(IncidentStore(workspace.state_dir).read())
    if not has_miner() and any(not group.own for group in groups) and not args.quiet:
        write_line(f"autopack-hooks: {NO_MINER}", error=True)
    if args.format == "json":
        write_text(json_text([group.to_json() for group in groups]))
    else:
        write_text(text_of(map(_row, groups)))
    return OK


def _row(group: IncidentGroup) -> str:
    code = f"{group.code} " if group.code else ""
    days = " to ".join(dict.fromkeys(day[:10] for day in (group.first_seen, group.last_seen) if day))
    return f"{len(group.incidents):5}  {days:24}  {code}{group.signature}"
