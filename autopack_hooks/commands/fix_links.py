"""Fix what `links` finds: show the changes as a diff, and write them with --execute.

Exit code 1 says that something was changed (or, in a dry run, would be), 0 that nothing is to be done.

Examples:
    autopack-hooks fix-links
    autopack-hooks fix-links --deep
    autopack-hooks fix-links README.md --execute
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from autopack_hooks.audit.approval import approved
from autopack_hooks.audit.trail import AuditRecord, TrailEntry, open_trail, operator_of
from autopack_hooks.commands import journal_of, report_waiting, show_finished
from autopack_hooks.commands.shared.deep import add_glob_options, narrowed, show_notes
from autopack_hooks.core.edits import FileChange, check_unchanged, diff
from autopack_hooks.core.errors import FINDINGS, OK, Refused, UsageError
from autopack_hooks.core.journal import Journal
from autopack_hooks.core.terminal import escaped_path, write_line, write_text
from autopack_hooks.core.words import counted
from autopack_hooks.links.backup import latest_backup, restore_backup, save_backup
from autopack_hooks.links.fix import Fix, LinkFixResult, fix_document, stands
from autopack_hooks.links.plan import PlanRow
from autopack_hooks.links.plan_file import read_plan
from autopack_hooks.links.redirects import stubs
from autopack_hooks.links.resolve import Verdict, resolve
from autopack_hooks.links.runner import Run, open_run
from autopack_hooks.locking.multilock import MultiLock
from autopack_hooks.markdown.structure import Link
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.sync.plan import load_plan


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``fix-links``."""
    parser.add_argument("files", nargs="*", metavar="FILES", help="mend these documents (default: the navigation docs)")
    parser.add_argument("--deep", action="store_true", help="mend every document that a deep scan reads")
    parser.add_argument(
        "--staged",
        action="store_true",
        help="mend what is staged, and stage the repairs: a rename and its links in one commit",
    )
    add_glob_options(parser)
    parser.add_argument("--fix-plan", metavar="FILE", help="apply a plan that `links --export-json` wrote")
    parser.add_argument("--execute", action="store_true", help="write the changes")
    parser.add_argument("--apply-medium", action="store_true", help="make fixes of medium confidence, too")
    parser.add_argument(
        "--approval", metavar="FILE", help="what `approve` made of --fix-plan: lets more than links.max_fixes through"
    )
    parser.add_argument("--no-backup", action="store_true", help="keep no backup in the state folder")
    parser.add_argument(
        "--redirect-stubs", action="store_true", help="write a pointer where a much wanted document was"
    )
    parser.add_argument(
        "--restore", action="store_true", help="put back what the last run changed, and do nothing else"
    )


@dataclass
class Changes:
    """Hold what is to be written: documents with fixes, and new files; ``left`` counts the links that stay broken."""

    fixed: list[LinkFixResult] = field(default_factory=list)
    created: list[FileChange] = field(default_factory=list)
    left: int = 0

    @property
    def count(self) -> int:
        """Return the number of fixes."""
        return sum(len(document.fixes) for document in self.fixed)

    @property
    def files(self) -> list[FileChange]:
        """Return the changed files, new ones last."""
        return [*(FileChange(document.before, document.after) for document in self.fixed), *self.created]


def run(args: argparse.Namespace) -> int:
    """Show or make the changes. Raises Refused for a stale plan or too many fixes, UsageError for a bad plan."""
    workspace = narrowed(Workspace.open(os.environ, args.repo, args.config), args)
    if args.approval and not args.fix_plan:
        raise UsageError("--approval is of a plan: give that with --fix-plan FILE")
    trail = open_trail(workspace, lambda: datetime.now(UTC))
    record = AuditRecord("fix-links", operator_of(workspace), workspace.repo.head() if workspace.repo else None)
    if args.restore:
        with trail.writing(record) as entry:
            with MultiLock(workspace.root, ["docs"], purpose="fix-links --restore", on_wait=report_waiting):
                names = restore_backup(latest_backup(workspace.state_dir), workspace.root)
            entry.set(targets={"documents": {"restored": len(names)}})
        write_line(f"restored {_documents(len(names))}: {', '.join(names)}")
        return OK
    journal = journal_of(workspace, args)
    if args.execute and journal.pending():
        with (
            trail.writing(record) as entry,
            MultiLock(workspace.root, ["docs"], purpose="fix-links", on_wait=report_waiting),
        ):
            if finished := journal.finish():
                show_finished(finished)
                _stage(workspace, args, finished.done)
                entry.set(targets={"documents": {"changed": len(finished.done)}}, exit_code=FINDINGS, result="ok")
                return FINDINGS
    job = open_run(workspace, deep=args.deep, staged=args.staged, mentions=False)
    levels = ("high", "medium") if args.apply_medium else ("high",)
    changes = _from_plan(job, Path(args.fix_plan), levels) if args.fix_plan else _from_scan(job, args, levels)
    if not changes.fixed and not changes.created:
        if changes.left:
            write_line(
                f"nothing to fix with certainty; {counted(changes.left, 'broken link')} left for review (see `links --export-md`)"
            )
        return OK
    if not args.execute:
        write_text(diff(changes.files))
        write_line(f"{counted(changes.count, 'fix')} in {_documents(len(changes.fixed))}; write them with --execute")
        return FINDINGS
    with trail.writing(record) as entry:
        _guard(workspace, changes.count, args, entry)
        _write(workspace, changes, journal, backup=not args.no_backup)
        _stage(workspace, args, [change.path for change in changes.files])
        counts = {"fixed": changes.count, "changed": len(changes.fixed), "created": len(changes.created)}
        entry.set(targets={"documents": counts}, exit_code=FINDINGS, result="ok")
    return FINDINGS


def _stage(workspace: Workspace, args: argparse.Namespace, paths: Sequence[str]) -> None:
    if args.staged and workspace.repo and paths:
        workspace.repo.run("--literal-pathspecs", "add", "--", *paths, index=True)


def _from_scan(job: Run, args: argparse.Namespace, levels: Sequence[str]) -> Changes:
    rows = job.plan(job.judge(job.scan(args.files), mentions=False))
    show_notes(job)
    chosen = [row for row in rows if row.fixable and row.confidence in levels]
    changes = _changes(job, map(_fix_of, chosen))
    changes.left = len(rows) - changes.count
    if args.redirect_stubs:
        root = job.workspace.root
        made = stubs(rows, lambda path: not os.path.lexists(root / path))
        changes.created = [FileChange.new(path, text) for path, text in made.items()]
    return changes


def _fix_of(row: PlanRow) -> Fix:
    link = row.broken.link
    return Fix(row.broken.source, link.line, link.column, link.raw, row.fix or "")


def _from_plan(job: Run, path: Path, levels: Sequence[str]) -> Changes:
    rows = [row for row in read_plan(path) if row.confidence in levels]
    for row in rows:
        document, source = job.documents.document(row.fix.source), job.documents.source(row.fix.source)
        if document is None or source is None or document.key != row.source_hash or not stands(source, row.fix):
            raise Refused(
                f"{row.fix.source}: {path} was made for another content of it; make a new one with `links --export-json`"
            )
    return _changes(job, (row.fix for row in rows))


def _changes(job: Run, fixes: Iterable[Fix]) -> Changes:
    by_source: dict[str, list[Fix]] = {}
    for fix in fixes:
        by_source.setdefault(fix.source, []).append(fix)
    changes = Changes()
    for path, wanted in sorted(by_source.items()):
        source = job.documents.source(path)
        if source is None or source.fault:
            continue
        done = fix_document(source, wanted, partial(_is_good, job, path))
        for fix in done.refused:
            place = f"{escaped_path(path)}:{fix.line}:{fix.column}"
            write_line(f"{place}: left alone: {fix.new} could not be proved right", error=True)
        if done.fixes:
            changes.fixed.append(done)
    return changes


def _is_good(job: Run, source: str, link: Link) -> bool:
    return not isinstance(resolve(source, link, job.context), Verdict)


def _guard(workspace: Workspace, count: int, args: argparse.Namespace, entry: TrailEntry) -> None:
    """Refuse more fixes than links.max_fixes, unless they are from an approved plan. Raises Refused."""
    limit = workspace.config.links.max_fixes
    if count <= limit:
        return
    if not args.approval:
        raise Refused(
            f"{counted(count, 'fix')} at once: more than links.max_fixes ({limit}); `approve` a plan that `links --export-json` "
            "wrote and give --fix-plan and --approval, or raise the limit, or name FILES"
        )
    digest = load_plan(Path(args.fix_plan)).digest
    entry.set(plan_digest=digest)
    approval = approved(workspace, Path(args.approval), digest, datetime.now(UTC))
    entry.set(approval=approval.for_record())


def _write(workspace: Workspace, changes: Changes, journal: Journal, *, backup: bool) -> None:
    """Write ``changes`` under the ``docs`` lock, and print what was written. Raises Refused and LockTimeout."""
    files = changes.files
    before = {change.path: change.old_bytes for change in files if not change.created}
    after = {change.path: change.new_bytes for change in files if not change.created}
    kept = None
    with MultiLock(workspace.root, ["docs"], purpose="fix-links", on_wait=report_waiting):
        check_unchanged(workspace.root, files)
        if backup and before:
            stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
            kept = save_backup(workspace.state_dir, stamp, before, after)
        journal.write(files)
    for change in changes.created:
        write_line(f"wrote {change.path}, a pointer to where the document is now; git add it")
    if before:
        hint = f"; fix-links --restore takes it back ({kept})" if kept else ""
        write_line(f"fixed {_links(changes.count)} in {_documents(len(before))}: {', '.join(before)}{hint}")
    if changes.left:
        write_line(f"{_broken(changes.left)} left for review (see `links --export-md`)")


def _links(count: int) -> str:
    return f"{count} link" + ("s" if count != 1 else "")


def _broken(count: int) -> str:
    return f"{count} broken link" + ("s are" if count != 1 else " is")


def _documents(count: int) -> str:
    return f"{count} document" + ("s" if count != 1 else "")
