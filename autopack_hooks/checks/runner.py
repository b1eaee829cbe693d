"""One run of the checks over the ledgers of a workspace."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from autopack_hooks.checks.baseline import parse_baseline, render_baseline
from autopack_hooks.checks.context import RuleContext
from autopack_hooks.checks.engine import ignore_comments, run_rules
from autopack_hooks.checks.history import find_clashes, ledgers_with_losses, missing_ledgers
from autopack_hooks.checks.pipeline import LEDGER_FAMILIES, Pipeline
from autopack_hooks.core.files import CONFIG_LIMIT, write_inside
from autopack_hooks.core.findings import Finding
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.project.loader import load_ledgers
from autopack_hooks.project.views import View, WorktreeView
from autopack_hooks.project.workspace import Workspace


@dataclass(frozen=True)
class CheckRun:
    """Hold what a run looked at (``ledgers``, and the paths ``covered``), and its findings before the baseline."""

    ledgers: Sequence[Ledger]
    covered: set[str]
    findings: list[Finding]


def check_workspace(
    workspace: Workspace, view: View, against: Sequence[str] = (), paths: Collection[str] | None = None
) -> CheckRun:
    """Check the ledgers that ``view`` holds.

    Args:
        workspace: the repository and its configuration.
        view: where the ledgers are read from.
        against: branches whose ids count too.
        paths: the files whose findings are asked for; None for all.
    """
    loaded = load_ledgers(workspace, view)
    losses = [] if workspace.config.check.allow_removal else ledgers_with_losses(workspace, loaded)
    context = RuleContext(loaded.ledgers, {ledger.name: _paths_by_id(ledger) for ledger in losses})
    found = [*run_rules(context), *missing_ledgers(workspace, loaded, losses)]
    found += find_clashes(workspace, loaded, against)
    found = Pipeline(workspace.config.check, LEDGER_FAMILIES).choose(found, ignore_comments(context), paths)
    covered = {f.path for f in found} | {d.path for ledger in loaded.ledgers for d in ledger.documents}
    return CheckRun(loaded.ledgers, covered if paths is None else covered & set(paths), found)


def new_findings(workspace: Workspace, view: View, run: CheckRun) -> list[Finding]:
    """Return the findings of ``run`` beyond the baseline that ``view`` holds, and what is stale in that."""
    path = workspace.config.check.baseline
    baseline = parse_baseline(path, view.read([path], CONFIG_LIMIT)[path])
    return Pipeline(workspace.config.check, LEDGER_FAMILIES).report(run.findings, baseline, run.covered)


def write_baseline(workspace: Workspace, run: CheckRun) -> str:
    """Make all findings of ``run`` known, beside what the file says of other files; returns the path of the file."""
    path = workspace.config.check.baseline
    baseline = parse_baseline(path, WorktreeView(workspace.root).read([path], CONFIG_LIMIT)[path])
    data = render_baseline(run.findings, baseline, run.covered, LEDGER_FAMILIES)
    write_inside(workspace.root, path, data)
    return path


def _paths_by_id(ledger: Ledger) -> dict[str, str]:
    """Return id -> the file that the entry is in."""
    return {entry.entry_id: entry.parts[0].path for entry in ledger.entries.values()}
