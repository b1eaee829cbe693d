"""Add an entry to a ledger: the next free id, a section and a row; prints the id.

An id is free when no branch that this clone knows, no worktree and none of the --against refs has it; where there is a
remote `origin`, it is claimed there (`ids.claim`). Two calls at once get two ids.

Examples:
    autopack-hooks new build_history "Faster start of the parser"
    autopack-hooks new decisions "Keep the ledgers in Markdown" --status accepted
"""

from __future__ import annotations

import argparse
import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from autopack_hooks.commands import journal_of, report_waiting
from autopack_hooks.config.model import CONFIG_NAME
from autopack_hooks.core.edits import FileChange
from autopack_hooks.core.errors import OK, InputError, UsageError
from autopack_hooks.core.globs import files_matching, fixed_folder
from autopack_hooks.core.terminal import escaped_path, write_line
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dates import parse_date
from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS, DIALECTS, FILES, VERSIONS
from autopack_hooks.ledger.fix import insert_entry, unfit
from autopack_hooks.ledger.ids import next_id
from autopack_hooks.ledger.model import Document, Ledger
from autopack_hooks.ledger.parse import parse_document
from autopack_hooks.ledger.render import new_file, new_section
from autopack_hooks.ledger.siblings import name_form, newest_folder, title_form
from autopack_hooks.ledger.versions import heading_like
from autopack_hooks.locking.multilock import MultiLock
from autopack_hooks.project.index_change import index_change
from autopack_hooks.project.loader import known_dialects, make_ledger, read_ledgers
from autopack_hooks.project.taken_ids import ids_elsewhere
from autopack_hooks.project.workspace import LedgerFile, Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``new``."""
    parser.add_argument("ledger", metavar="LEDGER", help="the ledger's name")
    parser.add_argument("title", metavar="TITLE", help="the entry's title; where ids are versions, the version")
    parser.add_argument(
        "--against", metavar="REF", action="append", default=[], help="ids of this branch are taken, too (repeatable)"
    )
    parser.add_argument("--status", help="the entry's status")
    parser.add_argument("--severity", help="the entry's severity, where the ledger has them")
    parser.add_argument("--date", help="the entry's date (default: today, in UTC)")
    parser.add_argument("--edit", action="store_true", help="open the file in git's editor afterwards")


def run(args: argparse.Namespace) -> int:
    """Write the entry and print its id. Raises UsageError, InputError, LockTimeout."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    file = _ledger_file(workspace, args.ledger)
    date = args.date or f"{datetime.now(UTC):%Y-%m-%d}"
    if not parse_date(date):
        raise UsageError(f"--date {date!r} is not a valid date; write one such as 2026-01-03")
    title, given_status, given_severity = map(_one_line, (args.title, args.status or "", args.severity or ""))
    if not title:
        raise UsageError("the title is empty")
    with MultiLock(workspace.root, ["docs"], purpose=f"new entry in {file.name}", on_wait=report_waiting):
        ledger = _loaded(workspace, file)
        taken = ids_elsewhere(workspace.repo, file, args.against) if workspace.repo else set()
        entry_id = _free_id(workspace, file, title, {*taken, *ledger.entries, *ledger.quoted})
        severity = given_severity or (file.dialect.severities[0] if file.dialect.severities else "")
        status = given_status or file.dialect.first_status
        line = _heading(ledger, entry_id, date, title)
        section = new_section(file.dialect, entry_id, date, title, status, severity, line)
        change = _change(workspace, file, ledger, entry_id, title, section)
        journal_of(workspace, args).write([change, *_index_changes(workspace, file, ledger, entry_id, change)])
    write_line(entry_id)
    if args.edit:
        sys.stdout.flush()
        _edit(workspace, workspace.root / change.before.path)
    return OK


def _one_line(text: str) -> str:
    """Return an argument as a part of a line. Raises UsageError for bytes that are not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{text!r} is not UTF-8 text") from None
    return " ".join(text.split())


def _ledger_file(workspace: Workspace, name: str) -> LedgerFile:
    """Return the ledger ``name``; one of the default ledgers need not exist yet. Raises UsageError for an unknown name."""
    files = workspace.ledgers(workspace.worktree)
    default = [LedgerFile(key, path, DIALECTS[dialect]) for key, (path, dialect) in DEFAULT_LEDGERS.items()]
    known = {file.name: file for file in ([] if workspace.config.ledgers is not None else default) + files}
    if name not in known:
        raise UsageError(f"there is no ledger {name!r}; {_nearest(name, known)}")
    return known[name]


def _nearest(name: str, known: Collection[str]) -> str:
    """Return what may have been meant by the name of a ledger."""
    near = get_close_matches(name.lower().replace("-", "_"), known, 1, 0.5)
    if near:
        return f"did you mean {near[0]}?"
    if name in DEFAULT_LEDGERS:
        path, dialect = DEFAULT_LEDGERS[name]
        return (
            f"add `{name}: {{path: {path}, dialect: {dialect}}}` under `ledgers:` in {CONFIG_NAME}, and run this again"
        )
    there = ", ".join(known) or "none"
    return f"the ledgers are: {there}; name yours under `ledgers:` in {CONFIG_NAME}"


def _loaded(workspace: Workspace, file: LedgerFile) -> Ledger:
    """Return the ledger as it is now; without documents where it has no file yet."""
    others = known_dialects(workspace.ledgers(workspace.worktree))
    return make_ledger(file, read_ledgers([file], workspace.worktree)[file], others)


def _free_id(workspace: Workspace, file: LedgerFile, title: str, taken: Collection[str]) -> str:
    """Return the next free id, claimed at the remote where that is wanted; say so where it cannot be."""
    repo = workspace.repo
    if file.dialect.ids == VERSIONS or repo is None or workspace.config.ids.claim == "off":
        return _new_id(file, title, taken)
    from autopack_hooks.project import claims  # only where ids are claimed

    if not claims.has_remote(repo):
        return _new_id(file, title, taken)

    def propose(claimed: Collection[str]) -> str:
        return next_id({*taken, *claimed}, file.dialect)

    nonce, now = secrets.token_hex(16), int(datetime.now(UTC).timestamp())
    entry_id, reason = claims.claim_free(repo, file.name, propose, nonce=nonce, now=now)
    if reason:
        write_line(
            f"autopack-hooks: note: {entry_id} could not be claimed, so another writer may take it: {reason}",
            error=True,
        )
    return entry_id


def _new_id(file: LedgerFile, title: str, taken: Collection[str]) -> str:
    if file.dialect.ids != VERSIONS:
        return next_id(taken, file.dialect)
    if not file.dialect.id_pattern.fullmatch(title):
        raise UsageError(f"{title!r} is not a version; the entries of {file.name} are versions such as 1.2.0")
    if title in taken:
        raise UsageError(f"{file.name} has {title} already")
    return title


def _heading(ledger: Ledger, entry_id: str, date: str, title: str) -> str | None:
    """Return the heading of the new entry as the others have it; None where it is the dialect's."""
    if ledger.dialect.ids == VERSIONS and ledger.documents:
        return heading_like(ledger.documents[-1], entry_id, date)
    form = title_form(ledger.documents) if ledger.dialect.entries == FILES else None
    return f"{'#' * ledger.dialect.level} {form.write(entry_id, title)}" if form else None


def _new_path(file: LedgerFile, ledger: Ledger, entry_id: str, title: str) -> str:
    """Return where the file of a new entry goes: beside the newest one, named as most are. Raises InputError."""
    folder = newest_folder(file.dialect, ledger.documents) or fixed_folder(file.path) or "."
    form = name_form(file.dialect, ledger.documents)
    prefix = file.dialect.prefix
    leads = [form.lead] if ledger.documents else ["", f"{prefix}-", f"{prefix.lower()}-"]
    paths = [(PurePosixPath(folder) / form._replace(lead=lead).write(entry_id, title)).as_posix() for lead in leads]
    path = next(iter(files_matching(file.path, paths)), None)
    if path is None:
        raise InputError(f"{paths[0]}: the pattern {file.path} of {file.name} does not match this new file; correct it")
    return path


def _change(
    workspace: Workspace, file: LedgerFile, ledger: Ledger, entry_id: str, title: str, section: str
) -> FileChange:
    dialect = file.dialect
    if dialect.entries == FILES:
        return FileChange.new(_new_path(file, ledger, entry_id, title), section)
    others = known_dialects(workspace.ledgers(workspace.worktree))

    def parse(source: SourceText) -> Document:
        return parse_document(source, file.name, dialect, others)

    source = ledger.documents[-1].source if ledger.documents else SourceText.from_text(file.path, "")
    document = parse(source if ledger.documents else SourceText.from_text(file.path, new_file(dialect, file.name)))
    reason = unfit(document, lambda code, line: True)
    if reason:
        raise InputError(f"{source.path}: {reason}; nothing was added")
    text = insert_entry(document, parse, entry_id, section)
    if text is None:
        raise InputError(f"{source.path}: {entry_id} could not be added without changing other entries; run `check`")
    return FileChange(source, text, created=not ledger.documents)


def _index_changes(
    workspace: Workspace, file: LedgerFile, ledger: Ledger, entry_id: str, change: FileChange
) -> list[FileChange]:
    """Return the change of the ledger's index in another file, if it has one; says so where the row has no certain place."""
    if not file.index_file:
        return []
    others = known_dialects(workspace.ledgers(workspace.worktree))
    added = parse_document(SourceText.from_text(change.path, change.after), file.name, file.dialect, others)
    documents = [*(document for document in ledger.documents if document.path != change.path), added]
    now = Ledger(file.name, file.path, file.dialect, documents)
    found = index_change(workspace.worktree, file.index_file, now, [entry_id])
    if found is None:
        path = escaped_path(file.index_file)
        write_line(f"{path}: left as it is: it is not certain where the row of {entry_id} belongs; add it", error=True)
    return [found] if found else []


def _edit(workspace: Workspace, path: Path) -> None:
    if workspace.repo:
        editor = os.fsdecode(workspace.repo.run("var", "GIT_EDITOR")).strip()
    else:
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        subprocess.run([*shlex.split(editor), str(path)], check=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"the editor {editor!r} could not be run: {error}") from error
