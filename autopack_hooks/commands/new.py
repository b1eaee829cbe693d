"""Add an entry to a ledger: the next free id, a section and a row; prints the id.

An id is free when no local branch, no worktree and none of the --against refs (by default the remote's default branch)
has it. Two calls at once get two ids.

Examples:
    autopack-hooks new build_history "Faster start of the parser"
    autopack-hooks new decisions "Keep the ledgers in Markdown" --status accepted
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from autopack_hooks.commands import journal_of
from autopack_hooks.core.edits import FileChange
from autopack_hooks.core.errors import OK, InputError, UsageError
from autopack_hooks.core.terminal import write_line
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dates import parse_date
from autopack_hooks.ledger.dialect import FILES, VERSIONS
from autopack_hooks.ledger.fix import insert_entry, unfit
from autopack_hooks.ledger.ids import next_id
from autopack_hooks.ledger.model import Document, Ledger
from autopack_hooks.ledger.parse import parse_document
from autopack_hooks.ledger.render import new_file, new_section
from autopack_hooks.ledger.versions import heading_like
from autopack_hooks.locking.multilock import MultiLock
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
    with MultiLock(workspace.root, ["docs"], purpose=f"new entry in {file.name}"):
        ledger = _loaded(workspace, file)
        taken = ids_elsewhere(workspace.repo, file, args.against) if workspace.repo else set()
        entry_id = _new_id(file, title, {*taken, *ledger.entries, *ledger.quoted})
        severity = given_severity or (file.dialect.severities[0] if file.dialect.severities else "")
        status = given_status or file.dialect.first_status
        line = None
        if file.dialect.ids == VERSIONS and ledger.documents:
            line = heading_like(ledger.documents[-1], entry_id, date)
        section = new_section(file.dialect, entry_id, date, title, status, severity, line)
        change = _change(workspace, file, ledger, entry_id, title, section)
        journal_of(workspace, args).write([change])
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
    files = workspace.ledgers(workspace.worktree)
    known = {file.name: file for file in files}
    if name not in known:
        there = ", ".join(known) or "none; name yours under `ledgers:` in .autopack-hooks.yaml"
        raise UsageError(f"there is no ledger {name!r}; the ledgers are: {there}")
    return known[name]


def _loaded(workspace: Workspace, file: LedgerFile) -> Ledger:
    """Return the ledger as it is now; without documents where it has no file yet."""
    others = known_dialects(workspace.ledgers(workspace.worktree))
    return make_ledger(file, read_ledgers([file], workspace.worktree)[file], others)


def _new_id(file: LedgerFile, title: str, taken: Collection[str]) -> str:
    if file.dialect.ids != VERSIONS:
        return next_id(taken, file.dialect)
    if not file.dialect.id_pattern.fullmatch(title):
        raise UsageError(f"{title!r} is not a version; the entries of {file.name} are versions such as 1.2.0")
    if title in taken:
        raise UsageError(f"{file.name} has {title} already")
    return title


def _change(
    workspace: Workspace, file: LedgerFile, ledger: Ledger, entry_id: str, title: str, section: str
) -> FileChange:
    dialect = file.dialect
    if dialect.entries == FILES:
        name = dialect.file_name(int(entry_id.rpartition("-")[2]), title)
        path = (Path(file.path).parent / name).as_posix()
        return FileChange.new(path, section)
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


def _edit(workspace: Workspace, path: Path) -> None:
    if workspace.repo:
        editor = os.fsdecode(workspace.repo.run("var", "GIT_EDITOR")).strip()
    else:
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        subprocess.run([*shlex.split(editor), str(path)], check=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"the editor {editor!r} could not be run: {error}") from error
