"""Bring INDEX, META and SUMMARY in line with the entries, and the summaries that other pages carry.

Exit code 1 says that something was changed (or, with --check or --diff, would be), 0 that all is right already.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence

from autopack_hooks.checks.pipeline import fixable_findings, refuse_unknown_codes
from autopack_hooks.commands import journal_of, show_finished
from autopack_hooks.core.edits import FileChange, apply_edits, diff
from autopack_hooks.core.errors import FINDINGS, OK
from autopack_hooks.core.files import CONFIG_LIMIT, write_inside
from autopack_hooks.core.terminal import escaped_path, write_line, write_text
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import FILES
from autopack_hooks.ledger.fix import fix_document
from autopack_hooks.ledger.model import Document, Ledger
from autopack_hooks.ledger.parse import parse_document
from autopack_hooks.ledger.siblings import title_form
from autopack_hooks.ledger.summary_block import MARK, summary_edits
from autopack_hooks.project.loader import known_dialects, load_ledgers
from autopack_hooks.project.navigation import navigation_docs
from autopack_hooks.project.views import GitView
from autopack_hooks.project.workspace import Workspace, refuse_nothing, refuse_unread, repository_paths

Parse = Callable[[SourceText], Document]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``fix``."""
    parser.add_argument("files", nargs="*", metavar="FILES", help="fix only these (default: all)")
    parser.add_argument("--check", action="store_true", help="change nothing; only report, also by the exit code")
    parser.add_argument("--diff", action="store_true", help="change nothing; show what would change")
    parser.add_argument(
        "--unsafe", action="store_true", help="also canonical headings and sorted rows; shows what it changes"
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

        with MultiLock(workspace.root, ["docs"], purpose="fix"):
            finished = journal.finish()
        if finished:
            show_finished(finished)
    changes = list(_changes(workspace, args.files, unsafe=args.unsafe))
    if args.diff or args.unsafe:
        write_text(diff(changes))
    if changes and not dry:
        from autopack_hooks.locking.multilock import MultiLock  # 57 ms that a run without changes does not pay

        with MultiLock(workspace.root, ["docs"], purpose="fix"):
            journal.write(changes)
    names = [change.before.path for change in changes]
    # What the changes will have mended shows only when they are made.
    if not (dry and changes) and _prune_baseline(workspace, dry=dry):
        names.append(workspace.config.check.baseline)
    for name in names if not args.diff else ():
        write_line(f"{'would fix' if dry else 'fixed'} {name}")
    return FINDINGS if names or finished else OK


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


def _changes(workspace: Workspace, files: Sequence[str], *, unsafe: bool) -> Iterator[FileChange]:
    """Yield the ledgers that are to be changed, then the pages that sum them up."""
    view = workspace.worktree
    loaded = load_ledgers(workspace, view)
    named = repository_paths(workspace, files)
    pages = {}
    for ledger in loaded.ledgers:
        for document in ledger.documents:
            if named is None or document.path in named:
                text = _fixed_text(workspace, ledger, document, unsafe=unsafe)
                pages[document.path] = FileChange(document.source, text)
    wanted = [path for path in navigation_docs(workspace, view) if named is None or path in named]
    found = {path: data for path, data in view.read(wanted).items() if data is not None}
    refuse_nothing(workspace, [*loaded.ledgers, *found], "a ledger or a navigation document")
    if named is not None:
        refuse_unread(named, {*pages, *found}, "neither a file of a ledger nor a navigation document")
    for path, data in found.items():
        if path in pages or MARK.encode() in data:
            page = pages.get(path) or FileChange(source := SourceText.from_bytes(path, data), source.text)
            pages[path] = page._replace(after=_with_summary(page, loaded.ledgers))
    yield from (page for page in pages.values() if page.after != page.before.text)


def parser_of(workspace: Workspace, ledger: Ledger) -> Parse:
    """Reads a text as ``ledger``'s files are read."""
    others = known_dialects(workspace.ledgers(workspace.worktree))
    return lambda source: parse_document(source, ledger.name, ledger.dialect, others)


def _fixed_text(workspace: Workspace, ledger: Ledger, document: Document, *, unsafe: bool) -> str:
    choose = fixable_findings(workspace.config.check, whole=len(ledger.documents) == 1)
    parse = parser_of(workspace, ledger)
    titles = title_form(ledger.documents) if unsafe and ledger.dialect.entries == FILES else None
    done = fix_document(document, parse, choose, unsafe=unsafe, titles=titles)
    reasons, text = list(done.refused), done.text
    lost = _lost(workspace, ledger, document, parse) if text != document.source.text else []
    if lost:
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
        reasons = [
            f"the last commit has sections of {', '.join(lost[:3])}{more}, which are gone: bring them back "
            "(`git restore`), or set check.allow_removal"
        ]
        text = document.source.text
    for reason in reasons:
        write_line(f"{escaped_path(document.path)}: left as it is: {reason}", error=True)
    return text


def _lost(workspace: Workspace, ledger: Ledger, document: Document, parse: Parse) -> list[str]:
    """Return the ids of entries that the last commit has a section of, and the ledger has not.

    Half a file is not to be mended.
    """
    if workspace.repo is None or workspace.config.check.allow_removal or workspace.repo.head() is None:
        return []
    data = GitView(workspace.repo, "HEAD", strict=False).read([document.path])[document.path]
    before = SourceText.from_bytes(document.path, data or b"")
    if before.fault or before.text == document.source.text:
        return []
    here = {section.entry_id for section in ledger.sections} | ledger.quoted
    return [entry_id for entry_id, entry in parse(before).entries.items() if entry.sections and entry_id not in here]


def _with_summary(page: FileChange, ledgers: Sequence[Ledger]) -> str:
    """Return the text of a page with its generated blocks brought up to date."""
    if page.before.fault or MARK not in page.after:
        return page.after
    if any(ledger.faulty for ledger in ledgers):
        path = escaped_path(page.before.path)
        write_line(f"{path}: its generated block is left as it is: not everything can be read", error=True)
        return page.after
    source = SourceText.from_text(page.before.path, page.after)
    edits, faults = summary_edits(source, ledgers)
    for fault in faults:
        write_line(f"{escaped_path(page.before.path)}: left as it is: {fault}", error=True)
    return apply_edits(page.after, edits)
