"""One run of the checks over the ledgers of a workspace."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from autopack_hooks.checks.baseline import Baseline, parse_baseline, render_baseline
from autopack_hooks.checks.causes import root_causes
from autopack_hooks.checks.context import RuleContext
from autopack_hooks.checks.engine import ignore_comments, run_rules
from autopack_hooks.checks.history import find_clashes, ledgers_with_losses, missing_ledgers
from autopack_hooks.checks.ignores import Ignore
from autopack_hooks.checks.pipeline import LEDGER_FAMILIES, Fixes, Pipeline
from autopack_hooks.core.files import CONFIG_LIMIT
from autopack_hooks.core.findings import Finding
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.project.loader import load_ledgers
from autopack_hooks.project.views import View
from autopack_hooks.project.workspace import Workspace, refuse_unread


class More(NamedTuple):
    """Hold what others find beside the rules: the findings, the ignore comments of more files, and the files covered."""

    findings: Sequence[Finding]
    ignores: Mapping[str, Sequence[Ignore]]
    covered: Collection[str]


@dataclass(frozen=True)
class CheckRun:
    """Hold what a run looked at (``ledgers``, and the paths ``covered``), and its findings before the baseline."""

    ledgers: Sequence[Ledger]
    covered: set[str]
    findings: list[Finding]


def check_workspace(
    workspace: Workspace,
    view: View,
    against: Sequence[str] = (),
    paths: Mapping[str, str] | None = None,
    more: Callable[[Sequence[Ledger]], More] | None = None,
) -> CheckRun:
    """Check the ledgers that ``view`` holds.

    Args:
        workspace: the repository and its configuration.
        view: where the ledgers are read from.
        against: branches whose ids count too.
        paths: the files whose findings are asked for, and what they are called; None for all.
        more: what else looks at the ledgers.

    Raises:
        UsageError: one of ``paths`` is not a file of a ledger.
    """
    loaded = load_ledgers(workspace, view)
    losses = [] if workspace.config.check.allow_removal else ledgers_with_losses(workspace, loaded)
    previous = {ledger.name: _paths_by_id(ledger) for ledger in losses}
    context = RuleContext(loaded.ledgers, previous, workspace.config.references.external)
    found = [*run_rules(context), *missing_ledgers(workspace, loaded, losses)]
    found += find_clashes(workspace, loaded, against)
    others = more(loaded.ledgers) if more else More((), {}, ())
    ignores = {**others.ignores, **ignore_comments(context)}
    found = Pipeline(workspace.config.check, LEDGER_FAMILIES).choose([*found, *others.findings], ignores, paths)
    covered = {f.path for f in found} | {d.path for ledger in loaded.ledgers for d in ledger.documents}
    covered |= {ledger.index.path for ledger in loaded.ledgers if ledger.index}
    covered |= set(others.covered)
    if paths is not None:
        own = {workspace.config.check.baseline, *filter(None, [workspace.config.source])}
        refuse_unread(paths, covered | own, "not a file of a ledger")
        covered &= paths.keys()
    return CheckRun(loaded.ledgers, covered, found)


def load_baseline(workspace: Workspace, view: View) -> Baseline:
    """Return the baseline that ``view`` holds."""
    path = workspace.config.check.baseline
    return parse_baseline(path, view.read([path], CONFIG_LIMIT)[path])


def new_findings(workspace: Workspace, view: View, run: CheckRun) -> list[Finding]:
    """Return the findings of ``run`` beyond the baseline that ``view`` holds, and what is stale in that."""
    baseline = load_baseline(workspace, view)
    return Pipeline(workspace.config.check, LEDGER_FAMILIES).report(run.findings, baseline, run.covered)


def explained(workspace: Workspace, run: CheckRun, findings: Sequence[Finding]) -> Fixes:
    """Return the new ``findings`` of ``run``, each cause once, with what the fixers would do about them."""
    if not findings:
        return Fixes([])
    from autopack_hooks.checks.fixing import plan_fixes  # brings the fixers: only where something was found

    fixes = plan_fixes(workspace, run.ledgers, findings)
    return fixes._replace(findings=root_causes(fixes.findings))


def report_findings(workspace: Workspace, view: View) -> list[Finding]:
    """Return what `check` reports of the ledgers that ``view`` holds."""
    run = check_workspace(workspace, view)
    return explained(workspace, run, new_findings(workspace, view, run)).findings


def check_file(workspace: Workspace, path: str) -> list[Finding]:
    """Return what `check` reports of one file of a ledger on disk. Raises UsageError for any other file."""
    view = workspace.worktree
    run = check_workspace(workspace, view, paths={path: path})
    return explained(workspace, run, new_findings(workspace, view, run)).findings


def pruned_baseline(workspace: Workspace, run: CheckRun) -> bytes | None:
    """Return the baseline without what ``run`` no longer finds; None where all of it is still there."""
    baseline = load_baseline(workspace, workspace.worktree)
    if not baseline.is_stale(run.findings, run.covered, LEDGER_FAMILIES):
        return None
    return render_baseline(baseline.accepted(run.findings), baseline, run.covered, LEDGER_FAMILIES)


def _paths_by_id(ledger: Ledger) -> dict[str, str]:
    """Return id -> the file that the entry is in."""
    return {entry.entry_id: entry.parts[0].path for entry in ledger.entries.values()}
