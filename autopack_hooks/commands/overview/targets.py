"""The targets of the report: whether they hold what the ledgers of HEAD say."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from autopack_hooks.commands.shared.targets import clocks, settings_of
from autopack_hooks.core.errors import FatalError
from autopack_hooks.core.words import counted
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.report.html import TargetState

if TYPE_CHECKING:
    from autopack_hooks.sync.target import TargetResult

FRESH, BEHIND, UNSYNCED, UNKNOWN = "fresh", "behind", "unsynced", "unknown"


def target_states(workspace: Workspace, args: argparse.Namespace) -> list[TargetState]:
    """Return how fresh each target is, within ``args.max_seconds`` in all; a fault is part of the answer."""
    from autopack_hooks.sync.compare import compare
    from autopack_hooks.sync.runner import SyncRequest

    try:
        settings = settings_of(args, workspace)
        request = SyncRequest(settings.mode("auto"), settings, "HEAD", False, args.max_seconds)
        report = compare(request, workspace, clocks())
    except FatalError as error:
        return [TargetState("targets", UNKNOWN, "not compared", str(error))]
    ours = report.revision.commit
    return [_state(workspace, name, result, ours) for name, result in report.results.items()]


def _state(workspace: Workspace, name: str, result: TargetResult, ours: str | None) -> TargetState:
    from autopack_hooks.sync.compare import Differences, summary

    # A page is passed on, and where a clone lies is its own matter.
    url = result.url.replace(f"{workspace.root.as_posix()}/", "")
    if result.error:
        return TargetState(name, UNKNOWN, "not compared", result.error, url)
    theirs = getattr(result.stored, "commit", None)
    note = f"synced from {theirs[:7]}" if theirs else "never synced from a commit"
    distance = workspace.repo.distance(theirs, ours) if workspace.repo and theirs and ours else None
    for number, word in zip(distance or (), ("ahead of", "behind"), strict=False):
        note += f", {counted(number, 'commit')} {word} this one" if number else ""
    state = UNSYNCED if not theirs else BEHIND if Differences.of(result) else FRESH
    difference = summary(result) if theirs or Differences.of(result) or result.unchanged else "holds nothing"
    return TargetState(name, state, difference, note, url)
