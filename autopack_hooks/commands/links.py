"""Check the links of the navigation docs, strictly; with --deep, those of all docs, as a report."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autopack_hooks.checks.baseline import parse_baseline, render_baseline
from autopack_hooks.checks.severity import selected
from autopack_hooks.errors import FINDINGS, OK
from autopack_hooks.findings import Finding, Severity, failed, ordered
from autopack_hooks.links.run import Run, open_run
from autopack_hooks.links.scan import FAMILIES, Scan, findings_of, policy_findings
from autopack_hooks.report import FORMATS, render
from autopack_hooks.text import write_atomic
from autopack_hooks.workspace import Workspace, WorktreeView

if TYPE_CHECKING:
    from autopack_hooks.links.suggest import Judged


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of ``links``."""
    parser.add_argument(
        "files", nargs="*", metavar="FILES", help="check these documents (default: the navigation docs)"
    )
    parser.add_argument(
        "--deep", action="store_true", help="look at every document, and report first: only the policy's fail_on fails"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="how findings are printed")
    parser.add_argument("--export-json", metavar="FILE", help="write the fix plan, which fix-links can apply")
    parser.add_argument("--export-md", metavar="FILE", help="write the fix plan for reading")
    parser.add_argument("--staged", action="store_true", help="read the documents from the index, as a commit will be")
    parser.add_argument("--no-mentions", action="store_true", help="deep: leave paths in backticks alone")
    parser.add_argument(
        "--write-baseline", action="store_true", help="accept the findings of today; only new ones fail from now on"
    )


def run(args: argparse.Namespace) -> int:
    """Print the findings; exit 1 where one is an error. Raises ConfigError, UsageError, GitError."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    job = open_run(workspace, deep=args.deep, staged=args.staged, mentions=args.deep and not args.no_mentions)
    result = job.scan(args.files)
    judged = _judge(args, job, result)
    job.close()
    lonely: list[str] = []
    report = ""
    if args.deep:
        from autopack_hooks.links.report import deep_report, orphans

        lonely = orphans(result.documents, result.linked, job.navigation()[0])
        report = deep_report(result, judged, lonely)
    if args.export_json or args.export_md:
        _export(args, job, judged, lonely)
    complete = args.deep and not args.files and not args.no_mentions
    fixable = (item.broken for item in judged if item.level != "low")
    # Of information there may be much; it is made only where it is printed, or where a setting may raise it.
    wanted = args.verbose or args.format != "text" or bool(workspace.config.check.severity)
    found = [*findings_of(result, fixable, information=wanted), *policy_findings(job.policy, complete=complete)]
    kept = ordered(selected(found, workspace.config.check))
    kept = _baseline(workspace, kept, result.documents, write=args.write_baseline)
    sys.stdout.write(_shown(args, kept, report))
    if args.format == "text" and not args.deep and failed(kept):
        print("autopack-hooks: `autopack-hooks fix-links` shows what can be mended with certainty", file=sys.stderr)
    return FINDINGS if failed(kept) else OK


def _judge(args: argparse.Namespace, job: Run, result: Scan) -> list[Judged]:
    """What the faults most likely mean, where the output has a place for it: asking git's history takes time."""
    planned = bool(args.export_json or args.export_md)
    if not (planned or args.deep or args.format == "json"):
        return []
    from autopack_hooks.links.rows import judge

    return judge(job, result, mentions=planned)


def _shown(args: argparse.Namespace, kept: Sequence[Finding], report: str) -> str:
    """What is printed: for people, a deep scan is a report, and information is left out unless asked for."""
    if args.format != "text":
        return render(kept, args.format)
    if args.verbose:
        listed = list(kept)
    elif args.deep:
        listed = [
            f for f in kept if f.severity is Severity.ERROR or not f.code.startswith(FAMILIES) or f.code >= "LNK030"
        ]
    else:
        listed = [f for f in kept if f.severity is not Severity.INFO]
    text = render(listed, "text")
    return text + ("\n" if text and report else "") + report


def _export(args: argparse.Namespace, job: Run, judged: Sequence[Judged], lonely: Sequence[str]) -> None:
    from autopack_hooks.links.plan import plan_json, plan_markdown
    from autopack_hooks.links.rows import plan_rows

    rows = plan_rows(job, judged)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for name, make in ((args.export_json, plan_json), (args.export_md, plan_markdown)):
        if name:
            write_atomic(Path(name), make(rows, lonely, now).encode("utf-8", "backslashreplace"))


def _baseline(workspace: Workspace, found: list[Finding], covered: Sequence[str], *, write: bool) -> list[Finding]:
    path = workspace.config.check.baseline
    before = parse_baseline(path, WorktreeView(workspace.root).read([path])[path])
    if not write:
        return ordered(before.new(found, covered, FAMILIES))
    # Information never fails, and a run that does not look for it must not miss it.
    found = [finding for finding in found if finding.severity is not Severity.INFO]
    write_atomic(workspace.root / path, render_baseline(found, before, covered, FAMILIES))
    print(f"{path}: {len(found)} findings are known from now on; commit this file", file=sys.stderr)
    return []
