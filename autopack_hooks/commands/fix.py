"""Bring INDEX, META and SUMMARY in line with the entries, and the summaries that other pages carry.

Exit code 1 says that something was changed (or, with --check or --diff, would be), 0 that all is right already.

Examples:
    autopack-hooks fix --diff
    autopack-hooks fix docs/BUILD_HISTORY.md
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from autopack_hooks.checks.fixing import lost_sections, rows_without_section
from autopack_hooks.checks.pipeline import fixable_findings, refuse_unknown_codes
from autopack_hooks.checks.runner import load_baseline
from autopack_hooks.commands import journal_of, report_waiting, show_finished
from autopack_hooks.commands.shared.baselines import accepting
from autopack_hooks.commands.shared.findings import ways, write_summary
from autopack_hooks.core.edits import FileChange, apply_edits, diff
from autopack_hooks.core.errors import FINDINGS, OK
from autopack_hooks.core.files import CONFIG_LIMIT, write_inside
from autopack_hooks.core.terminal import escaped_path, write_line, write_text
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import FILES
from autopack_hooks.ledger.fix import fix_document
from autopack_hooks.ledger.model import Document, Ledger
from autopack_hooks.ledger.pages.index_rows import with_rows
from autopack_hooks.ledger.pages.summary_block import MARKS, summary_edits
from autopack_hooks.ledger.siblings import title_form
from autopack_hooks.project.loader import load_ledgers, parser_of
from autopack_hooks.project.navigation import navigation_docs
from autopack_hooks.project.workspace import Workspace, refuse_nothing, refuse_unread, repository_paths
from autopack_hooks.report.fixed import changes, named_ids
from autopack_hooks.report.summary import plural


class Repair(NamedTuple):
    """Hold the change of a file, and what it changes in words."""

    change: FileChange
    what: str


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``fix``."""
    parser.add_argument("files", nargs="*", metavar="FILES", help="fix only these (default: all)")
    parser.add_argument("--check", action="store_true", help="change nothing; only report, also by the exit code")
    parser.add_argument("--diff", action="store_true", help="change nothing; show what would change")
    parser.add_argument(
        "--unsafe", action="store_true", help="also canonical headings and sorted rows; shows what it changes"
    )
    parser.add_argument(
        "--stubs", action="store_true", help="also a section, marked as a stub, for each row without one"
    )


def run(args: argparse.Namespace) -> int:
    """Fix the files, or report what would be done. Raises LockTimeout, and Refused where a file changes meanwhile."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    refuse_unknown_codes(workspace.config.check, workspace.config.source)
    dry = args.check or args.diff
    journal = journal_of(workspace, args)
    finished = None
    if journal.pending() and not dry:
        from autopack_hooks.locking.multilock import MultiLock

        with MultiLock(workspace.root, ["docs"], purpose="fix", on_wait=report_waiting):
            finished = journal.finish()
        if finished:
            show_finished(finished)
    repairs = list(_repairs(workspace, args))
    files = [repair.change for repair in repairs]
    if args.diff or args.unsafe:
        write_text(diff(files))
    if files and not dry:
        from autopack_hooks.locking.multilock import MultiLock  # 57 ms that a run without changes does not pay

        with MultiLock(workspace.root, ["docs"], purpose="fix", on_wait=report_waiting):
            journal.write(files)
    lines = [f"{repair.change.path}: {repair.what}" for repair in repairs]
    # What the changes will have mended shows only when they are made.
    if not (dry and files) and _prune_baseline(workspace, dry=dry):
        lines.append(f"{workspace.config.check.baseline}: what is no longer found is taken out")
    for line in lines if not args.diff else ():
        write_line(f"{'would fix' if dry else 'fixed'} {line}")
    if lines and args.check and not args.quiet:
        _sum_up(args, workspace)
    return FINDINGS if lines or finished else OK


def _sum_up(args: argparse.Namespace, workspace: Workspace) -> None:
    """Print the line with which `check` would end."""
    from autopack_hooks.checks.runner import check_workspace, explained, new_findings

    view = workspace.worktree
    checked, named = check_workspace(workspace, view), repository_paths(workspace, args.files)
    found = [f for f in new_findings(workspace, view, checked) if named is None or f.path in named]
    fixes = explained(workspace, checked, found)
    write_summary(args, workspace, fixes.findings, ways(fixes), accepting("check", workspace))


def _prune_baseline(workspace: Workspace, *, dry: bool) -> bool:
    """Take out of the baseline what is no longer found; return whether it has anything of that kind."""
    path = workspace.config.check.baseline
    if workspace.worktree.read([path], CONFIG_LIMIT)[path] is None:
        return False
    from autopack_hooks.checks.runner import check_workspace, pruned_baseline  # only where there is a baseline

    data = pruned_baseline(workspace, check_workspace(workspace, workspace.worktree))
    if data and not dry:
        write_inside(workspace.root, path, data, scratch=workspace.scratch)
    return data is not None


def _repairs(workspace: Workspace, args: argparse.Namespace) -> Iterator[Repair]:
    """Yield the ledgers that are to be changed, then the pages that sum them up."""
    view = workspace.worktree
    loaded = load_ledgers(workspace, view)
    named = repository_paths(workspace, args.files)
    pages: dict[str, Repair] = {}
    for ledger in loaded.ledgers:
        for document in ledger.documents:
            if named is None or document.path in named:
                fixed = _fixed(workspace, ledger, document, args)
                change = FileChange(document.source, fixed.source.text)
                pages[document.path] = Repair(change, changes(document, fixed))
    pages |= _indexes(workspace, loaded.ledgers, named)
    wanted = [path for path in navigation_docs(workspace, view) if named is None or path in named]
    found = {path: data for path, data in view.read(wanted).items() if data is not None}
    refuse_nothing(workspace, [*loaded.ledgers, *found], "a ledger or a navigation document")
    if named is not None:
        refuse_unread(named, {*pages, *found}, "neither a file of a ledger nor a navigation document")
    for path, data in found.items():
        if path in pages or any(mark.encode() in data for mark in MARKS):
            source = SourceText.from_bytes(path, data)
            page = pages.get(path) or Repair(FileChange(source, source.text), "")
            pages[path] = _with_summary(page, loaded.ledgers)
    yield from (page for page in pages.values() if page.change.after != page.change.before.text)


def _indexes(workspace: Workspace, ledgers: Sequence[Ledger], named: Collection[str] | None) -> dict[str, Repair]:
    """Return path -> the repair of each index in another file, with rows for the entries that it lacks."""
    choose = fixable_findings(workspace.config.check)
    pages: dict[str, FileChange] = {}
    counts: Counter[str] = Counter()
    for ledger in ledgers:
        index = ledger.index
        if index is None or ledger.faulty or (named is not None and index.path not in named):
            continue
        page = pages.get(index.path) or FileChange(index.document.source, index.document.source.text)
        wanted = {document.path: choose(document) for document in ledger.documents}
        missing = [
            entry_id
            for entry_id, entry in ledger.entries.items()
            if entry.sections and entry_id not in index.ids
            and wanted[entry.sections[0].path]("LED007", entry.sections[0].line)
        ]  # fmt: skip
        text = with_rows(SourceText.from_text(index.path, page.after, bom=page.before.bom), ledger, missing)
        if text is None and missing:
            what = f"{len(missing)} entries have" if len(missing) > 1 else f"{missing[0]} has"
            reason = f"left as it is: {what} no row, and it is not certain where they belong"
            write_line(f"{escaped_path(index.path)}: {reason}", error=True)
        counts[index.path] += len(missing) if text else 0
        pages[index.path] = page._replace(after=text or page.after)
    return {path: Repair(page, plural(counts[path], "row")) for path, page in pages.items()}


def _fixed(workspace: Workspace, ledger: Ledger, document: Document, args: argparse.Namespace) -> Document:
    """Return a ledger's file as it is to be; print why it is left as it is, and what only an option would add."""
    choose = fixable_findings(workspace.config.check, whole=len(ledger.documents) == 1)
    parse = parser_of(workspace, ledger)
    titles = title_form(ledger.documents) if args.unsafe and ledger.dialect.entries == FILES else None
    done = fix_document(document, parse, choose, unsafe=args.unsafe, stubs=args.stubs, titles=titles)
    reasons, fixed = list(done.refused), done.document
    bare = [] if args.stubs or len(ledger.documents) > 1 else _bare_rows(workspace, fixed)
    changed = done.text != document.source.text
    lost = lost_sections(workspace, ledger, document) if changed or bare else []
    if lost:
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
        reasons = [
            f"the last commit has sections of {', '.join(lost[:3])}{more}, which are gone: bring them back "
            "(`git restore`), or set check.allow_removal"
        ]
        fixed = document
    for reason in reasons:
        write_line(f"{escaped_path(document.path)}: left as it is: {reason}", error=True)
    if bare and not lost and not args.quiet:
        from autopack_hooks.install.advice import runnable  # only where there is something to advise

        command = runnable(workspace.root, os.environ, sys.executable, "fix", "--stubs")
        rows = "1 row has" if len(bare) == 1 else f"{len(bare)} rows have"
        hint = f"{rows} no section ({named_ids(bare)}); `{command}` adds a stub"
        write_line(f"{escaped_path(document.path)}: {hint}", error=True)
    return fixed


def _bare_rows(workspace: Workspace, document: Document) -> list[str]:
    """Return the ids of rows without a section that nobody has accepted."""
    return rows_without_section(workspace, document, load_baseline(workspace, workspace.worktree).known)


def _with_summary(page: Repair, ledgers: Sequence[Ledger]) -> Repair:
    """Return a page with its generated blocks brought up to date."""
    change = page.change
    if change.before.fault or not any(mark in change.after for mark in MARKS):
        return page
    path = escaped_path(change.path)
    if any(ledger.faulty for ledger in ledgers):
        write_line(f"{path}: its generated block is left as it is: not everything can be read", error=True)
        return page
    edits, faults = summary_edits(SourceText.from_text(change.path, change.after), ledgers)
    for fault in faults:
        write_line(f"{path}: left as it is: {fault}", error=True)
    if not edits:
        return page
    what = plural(len(edits), "summary block")
    return Repair(
        change._replace(after=apply_edits(change.after, edits)), f"{page.what}, {what}" if page.what else what
    )
