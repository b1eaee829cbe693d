"""Show on one screen: ledgers and findings, the last sync of each target and what differs, locks.

Examples:
    autopack-hooks status
    autopack-hooks status --format json
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from autopack_hooks.commands.shared.targets import add_places, clocks, settings_of
from autopack_hooks.config.lock_names import known_names
from autopack_hooks.core.errors import OK
from autopack_hooks.core.terminal import json_text, text_of, write_text
from autopack_hooks.core.words import counted
from autopack_hooks.locking.multilock import lock_folder
from autopack_hooks.locking.network import network_refusal
from autopack_hooks.locking.status import lock_statuses
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.report.summary import severities
from autopack_hooks.sync.deadline import utc_now

if TYPE_CHECKING:
    from autopack_hooks.sync.report import Report
    from autopack_hooks.sync.target import TargetResult

PATIENCE = 10.0
"""Seconds for all targets without --max-seconds: whoever asks wants an answer."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``status``."""
    add_places(parser)


def run(args: argparse.Namespace) -> int:
    """Print; exit 0 whatever is found, for `check` and `verify` judge. Raises FatalError where nothing can be read."""
    from autopack_hooks.sync.compare import compare
    from autopack_hooks.sync.runner import SyncRequest

    workspace = Workspace.open(os.environ, args.repo, args.config)
    settings = settings_of(args, workspace)
    request = SyncRequest(settings.mode("auto"), settings, args.ref, args.worktree, args.max_seconds or PATIENCE)
    report = compare(request, workspace, clocks())
    document = _document(workspace, report)
    if args.format == "json":
        write_text(json_text(document))
    else:
        write_text(_text(report, document))
    return OK


def _document(workspace: Workspace, report: Report) -> dict[str, Any]:
    from autopack_hooks.sync.background import is_running, last_result
    from autopack_hooks.sync.report import source_document

    background = last_result(workspace.state_dir)
    running = is_running(workspace.state_dir)
    return {
        **source_document(report),
        "targets": {name: _target(workspace, report, result) for name, result in report.results.items()},
        "findings": _findings(workspace),
        "locks": _locks(workspace),
        "background": {**(background or {}), "running": running} if background or running else None,
        "errors": list(report.source_errors),
    }


def _findings(workspace: Workspace) -> dict[str, int]:
    """Count the findings of each severity that `check` has in the files as they are."""
    from autopack_hooks.checks.runner import report_findings

    return dict(Counter(finding.severity.value for finding in report_findings(workspace, workspace.worktree)))


def _locks(workspace: Workspace) -> dict[str, str]:
    """Return each lock that is not free, with its holder or why that is not known."""
    settings, folder = workspace.config.locks, lock_folder(workspace.root)
    refusal = "" if settings.allow_network_fs else network_refusal(folder)
    found = lock_statuses(folder, known_names(settings.names), utc_now(), settings.grace, refusal)
    return {
        status.name: f"{status.state}: {status.holder or status.reason or 'its holder is not known'}"
        for status in found
        if status.held
    }


def _target(workspace: Workspace, report: Report, result: TargetResult) -> dict[str, Any]:
    from autopack_hooks.sync.compare import Differences, summary

    state = {name: getattr(result.stored, name, None) for name in ("commit", "pending", "synced_at")}
    theirs, ours = state["commit"], report.revision.commit
    distance = workspace.repo.distance(theirs, ours) if workspace.repo and theirs and ours else None
    return {
        "url": result.url,
        **state,
        "ahead": distance and distance[0],
        "behind": distance and distance[1],
        **{kind: len(keys) for kind, keys in vars(Differences.of(result)).items()},
        "summary": summary(result),
        "error": result.error,
    }


def _text(report: Report, document: dict[str, Any]) -> str:
    from autopack_hooks.sync.report import described, ledger_lines

    lines = [f"status of {described(report.revision)}", *(ledger_lines(report) or ["  no ledger"])]
    lines.append(f"  {'findings':<14} {_counted(document['findings'])}")
    for name, target in document["targets"].items():
        lines.append(f"  {name:<14} {target['summary']}  {target['url']}")
        lines.append(f"  {'':<14} {target['error'] or _last_sync(target)}")
    if "qdrant" not in document["targets"]:
        lines.append(f"  {'qdrant':<14} not configured")
    lines += [f"  {'lock ' + name:<14} {holder}" for name, holder in document["locks"].items()]
    lines += [_background(document["background"])] if document["background"] else []
    lines += [f"  error          {error}" for error in document["errors"]]
    return text_of(lines)


def _counted(findings: dict[str, int]) -> str:
    return f"{severities(findings)} (`autopack-hooks check`)" if findings else "none"


def _last_sync(target: dict[str, Any]) -> str:
    if not target["commit"]:
        return "never synced from a commit" + (f", begun from {target['pending'][:12]}" if target["pending"] else "")
    text = f"synced from {target['commit'][:12]} at {target['synced_at']}"
    if target["ahead"] is None:
        return f"{text}, a commit that this clone does not know"
    if target["ahead"] or target["behind"]:
        text += f": {counted(target['ahead'], 'commit')} ahead of this one, {target['behind']} behind it"
    return text + (f"; {target['pending'][:12]} is written in part" if target["pending"] else "")


def _background(result: dict[str, Any]) -> str:
    parts = ["running now"] if result["running"] else []
    if "ended" in result:
        parts.append(
            f"the last run ended at {result['ended']} with {result['exit_code']}: {result.get('error') or 'see the log'}"
        )
    return f"  {'background':<14} {'; '.join(parts)}"
