"""Check a pull request or a merge group: annotations at the lines, and a summary of the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autopack_hooks.checks.baseline import parse_baseline
from autopack_hooks.checks.pipeline import LINK_FAMILIES, Pipeline, refuse_unknown_codes
from autopack_hooks.checks.runner import check_workspace, explained, new_findings
from autopack_hooks.commands.ci.event import CiEvent
from autopack_hooks.commands.shared.findings import write_findings
from autopack_hooks.core.errors import FINDINGS, OK
from autopack_hooks.core.files import CONFIG_LIMIT
from autopack_hooks.core.findings import Finding, Severity, failed
from autopack_hooks.core.terminal import escape, write_line
from autopack_hooks.core.words import counted
from autopack_hooks.links.runner import open_run
from autopack_hooks.links.scan import findings_of
from autopack_hooks.project.workspace import Workspace

_MOST_ROWS = 200


def check_pull_request(workspace: Workspace, event: CiEvent, environ: Mapping[str, str]) -> int:
    """Print the findings of ledgers and navigation docs, and add them to the summary of the job; exit 1 for errors."""
    refuse_unknown_codes(workspace.config.check, workspace.config.source)
    view = workspace.worktree
    run = check_workspace(workspace, view, _against(workspace, event))
    found = [*explained(workspace, run, new_findings(workspace, view, run)).findings, *_link_findings(workspace)]
    write_findings(found, "github" if environ.get("GITHUB_ACTIONS") else "text")
    if path := environ.get("GITHUB_STEP_SUMMARY"):
        with open(path, "a", encoding="utf-8") as summary:
            summary.write(_summary(found))
    return FINDINGS if failed(found) else OK


def _against(workspace: Workspace, event: CiEvent) -> list[str]:
    """Return the base as it is here: a commit, or the branch as it was fetched; print a note where it was not."""
    names = [event.base_commit, f"refs/remotes/origin/{event.base}" if event.base else ""]
    here = [name for name in names if name and workspace.repo and workspace.repo.resolve(name)]
    if not here and any(names):
        shown = event.base or event.base_commit
        write_line(f"autopack-hooks: note: ids were not compared with {shown}, which was not fetched", error=True)
    return here[:1]


def _link_findings(workspace: Workspace) -> list[Finding]:
    job = open_run(workspace, deep=False, staged=False, mentions=False)
    result = job.scan()
    pipeline = Pipeline(workspace.config.check, LINK_FAMILIES, by_select=False)
    path = workspace.config.check.baseline
    known = parse_baseline(path, workspace.worktree.read([path], CONFIG_LIMIT)[path])
    found = pipeline.report(pipeline.choose(findings_of(result, information=False), {}), known, result.documents)
    return [finding for finding in found if finding.severity is not Severity.INFO]


def _summary(found: Sequence[Finding]) -> str:
    """Return the findings as a table in Markdown."""
    if not found:
        return "### Ledgers and links\n\nNo findings.\n"
    rows = [f"| {_cell(f'{f.path}:{f.line}')} | {f.code} | {_cell(f.message)} |" for f in found[:_MOST_ROWS]]
    more = f"\nand {len(found) - _MOST_ROWS} more\n" if len(found) > _MOST_ROWS else ""
    head = f"### Ledgers and links: {counted(len(found), 'finding')}\n\n| place | code | message |\n|---|---|---|\n"
    return head + "\n".join(rows) + f"\n{more}"


def _cell(text: str) -> str:
    """Return a text as a cell shows it: nothing in it is Markdown or HTML."""
    return "".join(f"&#{ord(char)};" if char in "|<>&`*_[]()!\\#~@" else char for char in escape(text))
