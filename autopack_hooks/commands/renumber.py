"""Give an entry another id, and every mention of it in the tracked Markdown with it. Shows the changes; --execute makes them.

Ids are there to be referred to from anywhere, so this is for an id that nobody else has seen yet, as when two branches
took the same one.

Examples:
    autopack-hooks renumber BUILD-012 BUILD-019
    autopack-hooks renumber BUILD-012 BUILD-019 --execute
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence

from autopack_hooks.commands import journal_of, show_finished
from autopack_hooks.core.edits import FileChange, apply_edits, diff
from autopack_hooks.core.errors import FINDINGS, OK, InputError, UsageError
from autopack_hooks.core.terminal import write_line, write_text
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import FILES, VERSIONS
from autopack_hooks.ledger.model import Ledger
from autopack_hooks.ledger.references import renumber_edits
from autopack_hooks.locking.multilock import MultiLock
from autopack_hooks.markdown.reader import read
from autopack_hooks.markdown.referee import parsers_agree
from autopack_hooks.project.loader import load_ledgers
from autopack_hooks.project.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``renumber``."""
    parser.add_argument("old", metavar="OLD", help="the id that the entry has")
    parser.add_argument("new", metavar="NEW", help="the id that it is to have, which must be free")
    parser.add_argument("--execute", action="store_true", help="write the changes")


def run(args: argparse.Namespace) -> int:
    """Show or make the changes. Raises UsageError for ids that cannot be changed so, InputError, LockTimeout."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    if not args.execute:
        changes = _changes(workspace, args.old, args.new)
        write_text(diff(changes))
        write_line(f"{_files(changes)} would change; read them, then write them with --execute", error=True)
        return OK
    with MultiLock(workspace.root, ["docs"], purpose=f"renumber {args.old}"):
        journal = journal_of(workspace, args)
        if finished := journal.finish():
            show_finished(finished)
            return FINDINGS if finished.left else OK
        changes = _changes(workspace, args.old, args.new)
        journal.write(changes)
    paths = ", ".join(change.before.path for change in changes)
    write_line(f"{args.old} is {args.new} now, in {_files(changes)}: {paths}")
    return OK


def _files(changes: list[FileChange]) -> str:
    return f"{len(changes)} file" + ("s" if len(changes) != 1 else "")


def _changes(workspace: Workspace, old: str, new: str) -> list[FileChange]:
    ledgers = load_ledgers(workspace, workspace.worktree).ledgers
    ledger = _owner(ledgers, old)
    if ledger.dialect.ids == VERSIONS or ledger.dialect.entries == FILES:
        raise UsageError(
            f"{old}: the entries of {ledger.name} have their ids from versions or file names; rename those"
        )
    if not ledger.dialect.id_pattern.fullmatch(new):
        raise UsageError(f"{new!r} is not an id of {ledger.name}; write {ledger.dialect.prefix}-NUMBER")
    if new in ledger.entries or new in ledger.quoted:
        raise UsageError(f"{new} is taken already; `autopack-hooks new` and `check --against` tell free ids")
    sections = ledger.entries[old].sections
    if len(sections) > 1:
        places = ", ".join(f"{section.path}:{section.line}" for section in sections)
        raise UsageError(
            f"{old} has {len(sections)} sections ({places}); nobody can tell which one a mention means: edit one by hand"
        )
    return list(_edited(workspace, ledgers, old, new))


def _owner(ledgers: Sequence[Ledger], old: str) -> Ledger:
    owner = next((ledger for ledger in ledgers if old in ledger.entries), None)
    if owner is None:
        raise UsageError(f"no ledger has an entry {old}")
    return owner


def _edited(workspace: Workspace, ledgers: Sequence[Ledger], old: str, new: str) -> Iterator[FileChange]:
    """Yield the tracked Markdown that mentions ``old``, and the ledgers, tracked or not."""
    paths = {document.path for ledger in ledgers for document in ledger.documents}
    if workspace.repo:
        tracked = (row.path for row in workspace.repo.index_entries() if row.mode.startswith("100"))
        paths.update(path for path in tracked if path.lower().endswith((".md", ".markdown")))
    for path, data in workspace.worktree.read(sorted(paths)).items():
        if data is None or not any(word in data.lower() for word in (old.lower().encode(), _anchor(old))):
            continue
        source = SourceText.from_bytes(path, data)
        edits = list(renumber_edits(source.text, old, new))
        if edits and source.fault:
            raise InputError(f"{path} mentions {old} and cannot be changed: {source.fault.reason}; nothing was changed")
        if edits:
            text = apply_edits(source.text, edits)
            if not parsers_agree(read(text), text):
                raise InputError(f"{path}: two Markdown parsers read the changed text differently; nothing was changed")
            yield FileChange(source, text)


def _anchor(old: str) -> bytes:
    return old.lower().replace(".", "").encode()
