"""Tell on one screen how things stand: ledgers and findings, the last sync of each target and what differs, locks."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from autopack_hooks.commands.targets import add_places, choice_of
from autopack_hooks.config.lock_names import known_names
from autopack_hooks.core.errors import OK
from autopack_hooks.locking.multilock import lock_folder
from autopack_hooks.locking.network import network_refusal
from autopack_hooks.locking.status import lock_statuses
from autopack_hooks.project.workspace import Workspace

if TYPE_CHECKING:
    from autopack_hooks.sync.execute import PreparedSync
    from autopack_hooks.sync.runner import TargetResult

PATIENCE = 10.0
"""Seconds for all targets, where --max-seconds does not say: whoever asks wants an answer."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of ``status``."""
    add_places(parser)


def run(args: argparse.Namespace) -> int:
    """Print; exit 0 whatever is found, for `check` and `verify` judge. Raises FatalError where nothing can be read."""
    from autopack_hooks.sync.compare import compare
    from autopack_hooks.sync.execute import SyncRequest
    from autopack_hooks.sync.targets import effective_mode

    workspace = Workspace.open(os.environ, args.repo, args.config)
    choice = choice_of(args, workspace)
    mode = effective_mode("auto", choice)
    seconds = args.max_seconds or PATIENCE
    stage, outcomes = compare(SyncRequest(mode, choice, args.ref, args.worktree, seconds, args.format), workspace)
    document = _document(workspace, stage, outcomes)
    if args.format == "json":
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(_text(stage, document))
    return OK


def _document(workspace: Workspace, stage: PreparedSync, outcomes: dict[str, TargetResult]) -> dict[str, Any]:
    from autopack_hooks.sync.background import is_running, last
    from autopack_hooks.sync.report import ledger_document, source_document

    background = last(workspace.state_dir)
    running = is_running(workspace.state_dir)
    return {
        "source": source_document(stage.source),
        "ledgers": {ledger.name: ledger_document(ledger) for ledger in stage.sources.ledgers},
        "targets": {name: _target(workspace, stage, outcome) for name, outcome in outcomes.items()},
        "findings": _findings(workspace),
        "locks": _locks(workspace),
        "background": {**(background or {}), "running": running} if background or running else None,
        "errors": list(stage.what.errors),
    }


def _findings(workspace: Workspace) -> dict[str, int]:
    """How many findings of each severity `check` would tell of the files as they are."""
    from autopack_hooks.commands import check

    _, found = check.look(workspace, workspace.worktree)
    return dict(Counter(finding.severity.value for finding in found))


def _locks(workspace: Workspace) -> dict[str, str]:
    """Each lock that is not free, and who holds it or why that cannot be told."""
    settings, folder = workspace.config.locks, lock_folder(workspace.root)
    refusal = "" if settings.allow_network_fs else network_refusal(folder)
    found = lock_statuses(folder, known_names(settings.names), datetime.now(timezone.utc), settings.grace, refusal)
    return {
        status.name: f"{status.state}: {status.holder or status.reason or 'by whom is not known'}"
        for status in found
        if status.held
    }


def _target(workspace: Workspace, stage: PreparedSync, outcome: TargetResult) -> dict[str, Any]:
    from autopack_hooks.sync.compare import Differences, summary

    stored = outcome.stored
    marks = {name: getattr(stored, name, None) for name in ("commit", "pending", "synced_at")}
    counts = {name: len(keys) for name, keys in vars(Differences.of(outcome)).items()}
    theirs, ours = marks["commit"], stage.source.commit
    apart = workspace.repo.distance(theirs, ours) if workspace.repo and theirs and ours else None
    return {
        "url": outcome.url, **marks, "ahead": apart and apart[0], "behind": apart and apart[1], **counts,
        "summary": summary(outcome), "error": outcome.error,
    }  # fmt: skip


def _text(stage: PreparedSync, document: dict[str, Any]) -> str:
    from autopack_hooks.sync.report import ledger_line, place

    lines = [f"status of {place(stage.source)}"]
    lines += [ledger_line(ledger) for ledger in stage.sources.ledgers] or ["  no ledger"]
    lines.append(f"  {'findings':<14} {_counted(document['findings'])}")
    for name, target in document["targets"].items():
        lines.append(f"  {name:<14} {target['summary']}  {target['url']}")
        lines.append(f"  {'':<14} {target['error'] or _last_sync(target)}")
    if "qdrant" not in document["targets"]:
        lines.append(f"  {'qdrant':<14} not configured")
    lines += [f"  {'lock ' + name:<14} {holder}" for name, holder in document["locks"].items()]
    lines += [_background(document["background"])] if document["background"] else []
    lines += [f"  error          {error}" for error in document["errors"]]
    return "\n".join(lines) + "\n"


def _counted(findings: dict[str, int]) -> str:
    shown = [f"{number} {severity}" for severity, number in sorted(findings.items())]
    return f"{', '.join(shown)} (`autopack-hooks check`)" if shown else "none"


def _last_sync(target: dict[str, Any]) -> str:
    if not target["commit"]:
        return "never synced from a commit" + (f", begun from {target['pending'][:12]}" if target["pending"] else "")
    told = f"synced from {target['commit'][:12]} at {target['synced_at']}"
    if target["ahead"] is None:
        return f"{told}, a commit that this clone does not know"
    if target["ahead"] or target["behind"]:
        told += f": {target['ahead']} commits ahead of this one, {target['behind']} behind it"
    return told + (f"; {target['pending'][:12]} is written in part" if target["pending"] else "")


def _background(told: dict[str, Any]) -> str:
    parts = ["running now"] if told["running"] else []
    if "ended" in told:
        parts.append(
            f"the last run ended at {told['ended']} with {told['exit_code']}: {told.get('error') or 'see the log'}"
        )
    return f"  {'background':<14} {'; '.join(parts)}"
