"""Check the links of the navigation docs, strictly; with --deep, those of all docs, as a report."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from autopack_hooks.checks.baseline import parse_baseline, render_baseline
from autopack_hooks.checks.severity import selected
from autopack_hooks.errors import FINDINGS, OK
from autopack_hooks.findings import Finding, Severity, failed, ordered
from autopack_hooks.links.plan import Row, plan_json, plan_markdown
from autopack_hooks.links.report import deep_report, orphans
from autopack_hooks.links.rows import plan_rows, policy_findings, with_fixes
from autopack_hooks.links.run import open_run
from autopack_hooks.links.scan import FAMILIES, Scan
from autopack_hooks.report import FORMATS, render
from autopack_hooks.text import write_atomic
from autopack_hooks.workspace import Workspace, WorktreeView


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of ``links``."""
    parser.add_argument("files", nargs="*", metavar="FILES", help="check these documents (default: the navigation docs)")
    parser.add_argument("--deep", action="store_true", help="look at every document, and report first: only the policy's fail_on fails")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how findings are printed")
    parser.add_argument("--export-json", metavar="FILE", help="write the fix plan, which fix-links can apply")
    parser.add_argument("--export-md", metavar="FILE", help="write the fix plan for reading")
    parser.add_argument("--staged", action="store_true", help="read the documents from the index, as a commit will be")
    parser.add_argument("--no-mentions", action="store_true", help="deep: leave paths in backticks alone")
    parser.add_argument("--write-baseline", action="store_true", help="accept the findings of today; only new ones fail from now on")


def run(args: argparse.Namespace) -> int:
    """Print the findings; exit 1 where one is an error. Raises ConfigError, UsageError, GitError."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    job = open_run(workspace, deep=args.deep, staged=args.staged, mentions=args.deep and not args.no_mentions)
    result = job.scan(args.files)
    rows = plan_rows(job, result)
    job.close()
    lonely = orphans(result.documents, result.linked, job.navigation()[0]) if args.deep else []
    _export(args, rows, lonely)
    complete = args.deep and not args.files and not args.no_mentions
    found = [*with_fixes(result.findings, rows), *policy_findings(job.policy, complete=complete)]
    kept = ordered(selected(found, workspace.config.check))
    kept = _baseline(workspace, kept, result.documents, write=args.write_baseline)
    sys.stdout.write(_shown(args, kept, result, rows, lonely))
    return FINDINGS if failed(kept) else OK


def _shown(args: argparse.Namespace, kept: Sequence[Finding], result: Scan, rows: Sequence[Row], lonely: Sequence[str]) -> str:
    """What is printed: for people, a deep scan is a report, and information is left out unless asked for."""
    if args.format != "text":
        return render(kept, args.format)
    if args.verbose:
        listed = list(kept)
    elif args.deep:
        listed = [f for f in kept if f.severity is Severity.ERROR or not f.code.startswith(FAMILIES) or f.code >= "LNK030"]
    else:
        listed = [f for f in kept if f.severity is not Severity.INFO]
    text = render(listed, "text")
    if args.deep:
        text += ("\n" if text else "") + deep_report(result, rows, lonely)
    return text


def _export(args: argparse.Namespace, rows: Sequence[Row], lonely: Sequence[str]) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for name, make in ((args.export_json, plan_json), (args.export_md, plan_markdown)):
        if name:
            write_atomic(Path(name), make(rows, lonely, now).encode("utf-8", "backslashreplace"))


def _baseline(workspace: Workspace, found: list[Finding], covered: Sequence[str], *, write: bool) -> list[Finding]:
    path = workspace.config.check.baseline
    before = parse_baseline(path, WorktreeView(workspace.root).read([path])[path])
    if not write:
        return ordered(before.new(found, covered, FAMILIES))
    write_atomic(workspace.root / path, render_baseline(found, before, covered, FAMILIES))
    print(f"{path}: {len(found)} findings are known from now on; commit this file", file=sys.stderr)
    return []


