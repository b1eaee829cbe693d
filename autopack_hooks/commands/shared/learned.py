"""What `check`, `links` and `fix-links` ask the learned rules, and the incidents that they leave behind.

Where there is no file of rules, nothing of this is imported.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from autopack_hooks.checks.pipeline import silence
from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.findings import Finding, Severity
from autopack_hooks.core.git import GitError, Repo
from autopack_hooks.project.views import GitView, View

if TYPE_CHECKING:
    from autopack_hooks.checks.runner import More
    from autopack_hooks.learn.incidents import Incident
    from autopack_hooks.ledger.learned import LearnedRule
    from autopack_hooks.ledger.model import Ledger
    from autopack_hooks.links.runner import Run
    from autopack_hooks.project.workspace import Workspace

_PATH = "docs/LEARNED_RULES.json"


def rules_of(workspace: Workspace, view: View) -> Callable[[Sequence[Ledger]], More] | None:
    """Return what `check` asks for the findings of the rules; None where neither ``view`` nor the last commit has any."""
    if not _is_there(view) and not _was_there(workspace.repo):
        return None

    def ask(ledgers: Sequence[Ledger]) -> More:
        from autopack_hooks.checks.runner import More
        from autopack_hooks.learn.rules import check_rules

        run = check_rules(workspace, view, ledgers)
        return More(run.findings, run.ignores, run.covered)

    return ask


def _is_there(view: View) -> bool:
    root = getattr(view, "root", None)
    return os.path.lexists(os.path.join(root, _PATH)) if root else bool(view.find(_PATH))


def _was_there(repo: Repo | None) -> bool:
    return repo is not None and repo.try_run("cat-file", "-e", f"HEAD:{_PATH}")[0] == 0


def link_rules(job: Run) -> list[LearnedRule]:
    """Return the active rules about links, for a run of `links` or `fix-links`."""
    repo = job.workspace.repo
    view: View = GitView(repo) if job.staged and repo else job.workspace.worktree
    if not _is_there(view):
        return []
    from autopack_hooks.learn.rules import acting, read_rules
    from autopack_hooks.ledger.learned import LINK_MOVED

    found = read_rules(view)
    rules = acting(found, job.workspace.config.learn.max_active) if found else []
    return [rule for rule in rules if rule.kind == LINK_MOVED]


def with_learned(job: Run, rules: Sequence[LearnedRule]) -> Run:
    """Return the run in which a link that a rule knows means what the rule says."""
    from autopack_hooks.links.policy import Override

    known = [
        Override(scope, rule.data["from"], "fix", "missing_file", goal=f"/{rule.data['to']}")
        for rule in rules
        if rule.data["to"] and not set("*?[") & set(rule.data["from"])
        for scope in rule.scope
        if not scope.startswith("!")
    ]
    if not known:
        return job
    return job._replace(policy=replace(job.policy, overrides=(*job.policy.overrides, *known)))


def link_findings(job: Run, rules: Sequence[LearnedRule], documents: Iterable[str]) -> list[Finding]:
    """Return what the rules say of the documents of a run, without what their ignore comments silence."""
    if not rules:
        return []
    from autopack_hooks.learn.rules import enforce, ignores_of

    kept: list[Finding] = []
    for path in documents:
        source = job.documents.source(path)
        if source is None or source.fault:
            continue
        found = list(enforce(rules, [source], (), job.tree.exists))
        if found:
            kept += silence(path, ignores_of(source), found, ())
    return kept


def record_findings(workspace: Workspace, findings: Iterable[Finding], targets: Mapping[Finding, str]) -> None:
    """Keep the findings that fail as incidents, if that is on. What hinders it hinders nothing else.

    Args:
        workspace: the repository.
        findings: what a command reports.
        targets: for links, where they lead.
    """
    failing = [finding for finding in findings if finding.severity is Severity.ERROR]
    if not failing or not workspace.config.learn.record or workspace.repo is None:
        return
    texts: dict[str, list[str]] = {}
    for path in {finding.path for finding in failing}:
        with suppress(UsageError, OSError):
            data = workspace.worktree.read([path])[path]
            texts[path] = (data or b"").decode("utf-8", "replace").splitlines() if data else []
    rows = []
    for finding in failing:
        lines = texts.get(finding.path, [])
        text = lines[finding.line - 1] if 0 < finding.line <= len(lines) else ""
        rows.append({**finding.to_json(), "text": text, "target": targets.get(finding, "")})
    _record(workspace, rows)


def record_errors(workspace: Workspace, errors: Iterable[str]) -> None:
    """Keep the errors of a sync as incidents, if that is on."""
    if workspace.config.learn.record and workspace.repo is not None:
        _record(workspace, [{"code": "sync", "message": error} for error in errors])


def _record(workspace: Workspace, rows: Iterable[Mapping[str, object]]) -> None:
    from autopack_hooks.learn.incidents import OURS, IncidentStore, make_incident

    repo = workspace.repo
    with suppress(OSError, GitError):
        commit, branch = (repo.head() or "", repo.branch() or "") if repo else ("", "")
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        common = {"timestamp": now, "source": OURS, "commit": commit, "branch": branch}
        made: list[Incident] = [
            make_incident({**{k: v for k, v in row.items() if v is not None}, **common}) for row in rows
        ]
        IncidentStore(workspace.state_dir).add(made)
