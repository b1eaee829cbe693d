"""Validate the ledgers: syntax, ids, INDEX, META, references, and that no entry of the last commit is lost.

Examples:
    autopack-hooks check
    autopack-hooks check --staged
    autopack-hooks check --against origin/main --format json
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

from autopack_hooks.checks.pipeline import LEDGER_FAMILIES, refuse_unknown_codes
from autopack_hooks.checks.runner import CheckRun, check_workspace, explained, new_findings
from autopack_hooks.commands.shared.baselines import accepting, add_baseline_options, update_baseline
from autopack_hooks.commands.shared.findings import ways, write_findings, write_summary
from autopack_hooks.core.errors import FINDINGS, OK, UsageError
from autopack_hooks.core.findings import failed
from autopack_hooks.core.terminal import write_line
from autopack_hooks.project.views import GitView, View
from autopack_hooks.project.workspace import Workspace, refuse_nothing, repository_paths
from autopack_hooks.report import FORMATS

_BASES = ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
"""Where GitHub and GitLab name the branch that a pull request goes to."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``check``."""
    parser.add_argument("files", nargs="*", metavar="FILES", help="report only on these files (default: every ledger)")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how findings are printed")
    parser.add_argument("--staged", action="store_true", help="read the index, as a commit will be, and not the files")
    parser.add_argument(
        "--against",
        metavar="REF",
        action="append",
        default=[],
        help="also report ids that this branch has taken (repeatable)",
    )
    parser.add_argument(
        "--pushed",
        action="store_true",
        help="only look for ids that others have claimed; the hook before a push gives its stdin",
    )
    add_baseline_options(parser)


def run(args: argparse.Namespace) -> int:
    """Print the findings; exit 1 where one is an error. Raises ConfigError, UsageError, GitError."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    refuse_unknown_codes(workspace.config.check, workspace.config.source)
    if args.pushed or os.environ.get("PRE_COMMIT_TO_REF"):
        from autopack_hooks.commands.shared.pushed import check_pushed  # only before a push

        code = check_pushed(workspace)
        if args.pushed or code:
            return code
    view = _view(workspace, staged=args.staged)
    against = args.against or base_branch(workspace, os.environ)
    checked = check_workspace(workspace, view, against, repository_paths(workspace, args.files))
    refuse_nothing(workspace, [*checked.ledgers, *checked.findings], "a ledger")
    found = update_baseline(args, workspace, checked.findings, checked.covered, LEDGER_FAMILIES)
    if found is None:
        found = new_findings(workspace, view, checked)
    fixes = explained(workspace, checked, found)
    write_findings(fixes.findings, args.format)
    if not args.staged and not args.quiet:
        _note_sparse(workspace, checked)
    if not checked.ledgers and not found and workspace.config.ledgers is None and not args.quiet:
        write_line("autopack-hooks: no ledger here; name yours under `ledgers:` in .autopack-hooks.yaml", error=True)
    write_summary(args, workspace, fixes.findings, ways(fixes), accepting("check", workspace))
    return FINDINGS if failed(found) else OK


def base_branch(workspace: Workspace, environ: Mapping[str, str]) -> list[str]:
    """Return the branch that a pull request in CI goes to, as the service names it; print a note where it was not fetched."""
    name = next((environ[key] for key in _BASES if environ.get("CI") and environ.get(key)), "")
    if not name or workspace.repo is None:
        return []
    ref = f"refs/remotes/origin/{name}"
    if workspace.repo.resolve(ref):
        return [ref]
    advice = "fetch it (GitHub's checkout: fetch-depth: 0)"
    write_line(
        f"autopack-hooks: note: ids were not compared with the base branch {name}, which is not here: {advice}",
        error=True,
    )
    return []


def _note_sparse(workspace: Workspace, checked: CheckRun) -> None:
    paths = [document.path for ledger in checked.ledgers for document in ledger.documents]
    for path in paths if workspace.repo else ():
        if not os.path.lexists(workspace.root / path):
            write_line(
                f"autopack-hooks: {path}: left out by the sparse checkout; checked as the index has it", error=True
            )


def _view(workspace: Workspace, *, staged: bool) -> View:
    if not staged:
        return workspace.worktree
    if workspace.repo is None:
        raise UsageError(f"{workspace.root}: --staged needs a git repository")
    return GitView(workspace.repo)
