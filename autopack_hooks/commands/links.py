"""Check the links of the navigation docs, strictly; with --deep, those of all docs, as a report.

Examples:
    autopack-hooks links
    autopack-hooks links --deep
    autopack-hooks links docs/guide.md --format json
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from autopack_hooks.checks.baseline import parse_baseline
from autopack_hooks.checks.pipeline import LINK_FAMILIES, Pipeline, refuse_unknown_codes
from autopack_hooks.commands.baselines import add_baseline_options, update_baseline
from autopack_hooks.commands.deep import add_glob_options, is_narrowed, narrowed, show_notes
from autopack_hooks.core.errors import FINDINGS, OK
from autopack_hooks.core.files import CONFIG_LIMIT, write_named
from autopack_hooks.core.findings import Finding, Severity, failed
from autopack_hooks.core.terminal import write_text
from autopack_hooks.links.runner import Run, open_run
from autopack_hooks.links.scan import Scan, findings_of, policy_findings
from autopack_hooks.project.workspace import Workspace, refuse_nothing
from autopack_hooks.report import FORMATS, render

if TYPE_CHECKING:
    from autopack_hooks.links.suggest import Judged

_HINT = "autopack-hooks: `autopack-hooks fix-links` shows what can be fixed with certainty\n"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``links``."""
    parser.add_argument(
        "files", nargs="*", metavar="FILES", help="check these documents (default: the navigation docs)"
    )
    parser.add_argument(
        "--deep", action="store_true", help="check every document, as a report: only the policy's fail_on fails"
    )
    add_glob_options(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="how findings are printed")
    parser.add_argument("--export-json", metavar="FILE", help="write the fix plan, which fix-links can apply")
    parser.add_argument("--export-md", metavar="FILE", help="write the fix plan for reading")
    parser.add_argument("--staged", action="store_true", help="read the documents from the index, as a commit will be")
    mentions = parser.add_mutually_exclusive_group()
    mentions.add_argument("--no-mentions", action="store_true", help="with --deep: leave out paths in backticks")
    mentions.add_argument(
        "--include-backticks", action="store_true", help="check paths in backticks in the navigation docs, too"
    )
    add_baseline_options(parser)


def run(args: argparse.Namespace) -> int:
    """Print the findings; exit 1 where one is an error. Raises ConfigError, UsageError, GitError."""
    workspace = narrowed(Workspace.open(os.environ, args.repo, args.config), args)
    refuse_unknown_codes(workspace.config.check, workspace.config.source)
    mentions = args.include_backticks or (args.deep and not args.no_mentions)
    job = open_run(workspace, deep=args.deep, staged=args.staged, mentions=mentions)
    result = job.scan(args.files)
    refuse_nothing(workspace, [*result.documents, *result.findings], "a navigation document")
    judged = _judged(args, job, result)
    orphans, report = [], ""
    if args.deep:
        from autopack_hooks.links.report import deep_report, find_orphans  # only where a report is wanted

        orphans = find_orphans(result.documents, result.linked, job.navigation()[0])
        report = deep_report(result, judged, orphans)
    _export(args, job, judged, orphans)
    pipeline = Pipeline(workspace.config.check, LINK_FAMILIES, by_select=False)
    found = pipeline.choose(_findings(args, job, result, judged), {})
    path = workspace.config.check.baseline
    known = parse_baseline(path, workspace.worktree.read([path], CONFIG_LIMIT)[path])
    # Information never fails, and a run that does not look for it must not miss it.
    weighty = [finding for finding in found if finding.severity is not Severity.INFO]
    new = update_baseline(args, workspace, weighty, result.documents, LINK_FAMILIES)
    kept = pipeline.report(found, known, result.documents) if new is None else new
    write_text(_text(args, kept, report), annotations=args.format == "github")
    if args.format == "text" and not args.deep and failed(kept):
        write_text(_HINT, error=True)
    return FINDINGS if failed(kept) else OK


def _judged(args: argparse.Namespace, job: Run, result: Scan) -> list[Judged]:
    """Return what the faults most likely mean, where the output has a place for it: git's history takes time to read."""
    planned = bool(args.export_json or args.export_md)
    if not (planned or args.deep or args.format == "json"):
        return []
    judged = job.judge(result, mentions=planned)
    show_notes(job)
    return judged


def _findings(args: argparse.Namespace, job: Run, result: Scan, judged: Sequence[Judged]) -> list[Finding]:
    # Of information there may be much; it is made only where it is printed, or where a setting may raise it.
    wanted = args.verbose or args.format != "text" or bool(job.workspace.config.check.severity)
    complete = args.deep and not args.no_mentions and not args.files and not is_narrowed(args)
    return [*findings_of(result, judged, information=wanted), *policy_findings(job.policy, complete=complete)]


def _export(args: argparse.Namespace, job: Run, judged: Sequence[Judged], orphans: Sequence[str]) -> None:
    if not (args.export_json or args.export_md):
        return
    from autopack_hooks.links.plan import plan_json, plan_markdown  # only where a plan is wanted

    rows = job.plan(judged)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for name, make in ((args.export_json, plan_json), (args.export_md, plan_markdown)):
        if name:
            data = make(rows, orphans, now).encode("utf-8", "backslashreplace")
            write_named(job.workspace.root, name, data)


def _text(args: argparse.Namespace, kept: Sequence[Finding], report: str) -> str:
    """Return the output: for people, a deep scan is a report, and information is left out unless asked for."""
    if args.format != "text":
        return render(kept, args.format)
    if args.verbose:
        listed = list(kept)
    elif args.deep:
        listed = [
            f
            for f in kept
            if f.severity is Severity.ERROR or not f.code.startswith(LINK_FAMILIES) or f.code >= "LNK030"
        ]
    else:
        listed = [f for f in kept if f.severity is not Severity.INFO]
    text = render(listed, "text")
    return text + ("\n" if text and report else "") + report
