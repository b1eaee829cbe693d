"""How many findings the ledgers had, in some commits of their history, so that a team sees its debt shrink."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autopack_hooks.checks.causes import root_causes
from autopack_hooks.checks.context import RuleContext
from autopack_hooks.checks.engine import ignore_comments, run_rules
from autopack_hooks.checks.pipeline import LEDGER_FAMILIES, Pipeline
from autopack_hooks.core.errors import FatalError
from autopack_hooks.core.findings import Severity, once
from autopack_hooks.core.git import Repo
from autopack_hooks.core.globs import fixed_folder
from autopack_hooks.project.loader import load_ledgers
from autopack_hooks.project.views import GitView
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.report.html import DebtSample

_HISTORY = 500
"""The commits that changed a ledger, newest first, from which samples are chosen."""
_SAMPLES = 12
_WORK = 12_000_000
"""Bytes of ledgers that are checked in all: large ledgers get fewer samples, so that a page takes seconds."""


def debt_samples(workspace: Workspace, commit: str, size: int) -> list[DebtSample]:
    """Return the findings, accepted ones too, of commits evenly spread over the history of the ledgers, oldest first.

    Each is checked by the rules and the configuration of today.

    Args:
        workspace: the repository.
        commit: the newest commit, which is among them.
        size: the bytes of all ledgers in it, which decide how many commits are checked.
    """
    repo = workspace.repo
    if repo is None or not commit:
        return []
    folders = [fixed_folder(file.path) for file in workspace.ledgers(GitView(repo, commit, strict=False))]
    if not folders:
        return []
    most = max(2, min(_SAMPLES, _WORK // max(1, size)))
    found = (_sample(workspace, repo, *row) for row in _spread(_commits(repo, commit, folders), most))
    return [sample for sample in found if sample]


def commit_day(repo: Repo, commit: str) -> str:
    """Return the day of a commit."""
    code, out, _ = repo.try_run("show", "--no-patch", "--format=%cs", commit, "--")
    return out.decode().strip() if code == 0 else ""


def _commits(repo: Repo, commit: str, paths: Sequence[str]) -> list[tuple[str, str]]:
    """Return the commits that changed a ledger, with their days, oldest first; ``commit`` is the last in any case."""
    ask = ("log", "--first-parent", f"--max-count={_HISTORY}", "--format=%H %cs", commit, "--", *paths)
    code, out, _ = repo.try_run("--literal-pathspecs", *ask)
    rows = [(line[:40], line[41:]) for line in out.decode().splitlines()] if code == 0 else []
    if not rows or rows[0][0] != commit:
        rows.insert(0, (commit, commit_day(repo, commit)))
    return rows[::-1]


def _spread(rows: Sequence[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """Return at most ``most`` of ``rows``, at even distances, with the first and the last."""
    if len(rows) <= most:
        return list(rows)
    return [rows[round(number * (len(rows) - 1) / (most - 1))] for number in range(most)]


def _sample(workspace: Workspace, repo: Repo, commit: str, day: str) -> DebtSample | None:
    """Return the findings of one commit; None where its files cannot be read."""
    try:
        ledgers = load_ledgers(workspace, GitView(repo, commit, strict=False)).ledgers
    except FatalError:
        return None
    # What an entry was called in the commit before is not asked: that is the question of a commit, not of its ledgers.
    context = RuleContext(ledgers, {}, workspace.config.references.external)
    pipeline = Pipeline(workspace.config.check, LEDGER_FAMILIES)
    chosen = pipeline.choose(run_rules(context), ignore_comments(context))
    found = Counter(finding.severity for finding in root_causes(list(once(chosen))))
    return DebtSample(commit, day, found[Severity.ERROR], found[Severity.WARNING])
