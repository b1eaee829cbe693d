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
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autopack_hooks.checks.baseline import parse_baseline
from autopack_hooks.checks.pipeline import LINK_FAMILIES, Pipeline, refuse_unknown_codes
from autopack_hooks.commands.shared.baselines import accepting, add_baseline_options, update_baseline
from autopack_hooks.commands.shared.deep import add_glob_options, is_narrowed, narrowed, show_notes
from autopack_hooks.commands.shared.findings import write_findings, write_summary
from autopack_hooks.core.errors import FINDINGS, OK
from autopack_hooks.core.files import CONFIG_LIMIT, write_named
from autopack_hooks.core.findings import Finding, Severity, failed
from autopack_hooks.core.terminal import write_text
from autopack_hooks.links.runner import Run, open_run
from autopack_hooks.links.scan import Scan, findings_of, policy_findings
from autopack_hooks.project.workspace import Workspace, refuse_nothing
from autopack_hooks.report import FORMATS

if TYPE_CHECKING:
    from autopack_hooks.links.suggest import Judged


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
    whole = bool(args.deep or args.export_json or args.export_md)
    judged = job.judge(result, mentions=_is_planned(args)) if whole else []
    orphans, report = [], ""
    if args.deep:
        from autopack_hooks.links.report import deep_report, find_orphans  # only where a report is wanted

        orphans = find_orphans(result.documents, result.linked, job.navigation()[0])
        report = deep_report(result, judged, orphans)
    _export(args, job, judged, orphans)
    kept = _new(args, job, result)
    if kept and not whole:
        judged = _judged(job, result, kept)  # git's history takes time to read: only for what is reported
    if not args.quiet:
        show_notes(job)
    if judged:
        from autopack_hooks.links.plan import explained  # only where something is broken

        kept = explained(kept, job.plan(judged))
    listed = _listed(args, kept)
    write_findings(listed, args.format)
    if report and args.format == "text":
        write_text(("\n" if listed else "") + report)
    _sum_up(args, workspace, kept if args.deep else listed)
    return FINDINGS if failed(kept) else OK


def _new(args: argparse.Namespace, job: Run, result: Scan) -> list[Finding]:
    """Return the findings that the baseline does not accept; write that where the command line asks for it."""
    workspace = job.workspace
    pipeline = Pipeline(workspace.config.check, LINK_FAMILIES, by_select=False)
    found = pipeline.choose(_findings(args, job, result), {})
    path = workspace.config.check.baseline
    known = parse_baseline(path, workspace.worktree.read([path], CONFIG_LIMIT)[path])
    # Information never fails, and a run that does not look for it must not miss it.
    weighty = [finding for finding in found if finding.severity is not Severity.INFO]
    new = update_baseline(args, workspace, weighty, result.documents, LINK_FAMILIES)
    return pipeline.report(found, known, result.documents) if new is None else new


def _findings(args: argparse.Namespace, job: Run, result: Scan) -> list[Finding]:
    # Of information there may be much; it is made only where it is printed, or where a setting may raise it.
    wanted = args.verbose or args.format != "text" or bool(job.workspace.config.check.severity)
    complete = args.deep and not args.no_mentions and not args.files and not is_narrowed(args)
    return [*findings_of(result, information=wanted), *policy_findings(job.policy, complete=complete)]


def _is_planned(args: argparse.Namespace) -> bool:
    return bool(args.export_json or args.export_md)


def _judged(job: Run, result: Scan, kept: Iterable[Finding]) -> list[Judged]:
    """Return what the faults that are reported most likely mean."""
    places = {(finding.path, finding.line, finding.column) for finding in kept}
    reported = (item for item in result.broken if (item.source, item.link.line, item.link.column) in places)
    return job.judge(replace(result, broken=list(reported)), mentions=False)


def _sum_up(args: argparse.Namespace, workspace: Workspace, findings: Sequence[Finding]) -> None:
    """Print the last line: how many findings, and what `fix-links` mends of them. Information is not counted unless asked for."""
    counted = [f for f in findings if args.verbose or f.severity is not Severity.INFO]
    globs = [*(f"--include-glob={g}" for g in args.include_glob), *(f"--exclude-glob={g}" for g in args.exclude_glob)]
    scope = (*(["--deep"] if args.deep else []), *globs, *args.files)
    certain = sum(finding.fixable for finding in counted)
    accept = (*accepting("links", workspace), *scope)
    write_summary(args, workspace, counted, [(certain, ("fix-links", *scope))], accept)


def _export(args: argparse.Namespace, job: Run, judged: Sequence[Judged], orphans: Sequence[str]) -> None:
    if not _is_planned(args):
        return
    from autopack_hooks.links.plan import plan_json, plan_markdown  # only where a plan is wanted

    rows = job.plan(judged)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if args.export_json:
        _write(job, args.export_json, plan_json(rows, orphans, now, job.documents.source))
    if args.export_md:
        _write(job, args.export_md, plan_markdown(rows, orphans, now))


def _write(job: Run, name: str, plan: str) -> None:
    write_named(job.workspace.root, name, plan.encode("utf-8", "backslashreplace"))


def _listed(args: argparse.Namespace, kept: Sequence[Finding]) -> list[Finding]:
    """Return what is printed: for people, a deep scan is a report, and information is left out unless asked for."""
    if args.format != "text" or args.verbose:
        return list(kept)
    if args.deep:
        error = Severity.ERROR
        return [f for f in kept if f.severity is error or not f.code.startswith(LINK_FAMILIES) or f.code >= "LNK030"]
    return [finding for finding in kept if finding.severity is not Severity.INFO]
