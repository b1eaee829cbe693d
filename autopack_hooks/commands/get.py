"""Print whole entries: every section and the INDEX row, what they cite, and what cites them.

They are read from HEAD, so no database has to be filled. An unknown id is reported, with the nearest known one.

Examples:
    autopack-hooks get DEC-014 DBG-021
    autopack-hooks get BUILD-163 --format json
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import Any

from autopack_hooks.core.errors import FINDINGS, OK
from autopack_hooks.core.terminal import escape, json_text, write_line, write_text
from autopack_hooks.project.loader import load_ledgers
from autopack_hooks.project.views import GitView
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.search.memory import KnownEntry, Memory


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``get``."""
    parser.add_argument("ids", nargs="+", metavar="ID", help="an entry's id, such as DEC-014")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="output format")


def run(args: argparse.Namespace) -> int:
    """Print the entries in the order asked for; exit 1 where an id is unknown. Raises FatalError."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    memory, commit = read_memory(workspace)
    found: list[dict[str, Any]] = []
    unknown = False
    for entry_id in args.ids:
        entries = find_entries(memory, entry_id)
        found += [describe(memory, entry, commit) for entry in entries]
        if not entries:
            unknown = True
            write_line(unknown_id(memory, entry_id), error=True)
    if args.format == "json":
        write_text(json_text(found))
    else:
        write_text("\n".join(map(_as_text, found)))
    return FINDINGS if unknown else OK


def read_memory(workspace: Workspace) -> tuple[Memory, str]:
    """Return the entries at HEAD, and its commit; without a commit those of the files, and ""."""
    commit = workspace.repo.head() if workspace.repo else None
    view = GitView(workspace.repo, commit, strict=False) if workspace.repo and commit else workspace.worktree
    return Memory(load_ledgers(workspace, view).ledgers), commit or ""


def find_entries(memory: Memory, entry_id: str) -> list[KnownEntry]:
    """Return the entries of this id, in all ledgers; case does not matter."""
    wanted = entry_id.strip().casefold()
    return [entry for entry in memory.entries if entry.entry_id.casefold() == wanted]


def unknown_id(memory: Memory, entry_id: str) -> str:
    """Return what to say of an id that no entry has."""
    import difflib

    ids = {entry.entry_id.casefold(): entry.entry_id for entry in memory.entries}
    near = difflib.get_close_matches(entry_id.strip().casefold(), ids, 1, 0.6)
    hint = f"did you mean {ids[near[0]]}?" if near else "`autopack-hooks search` finds entries by their words"
    return f"{entry_id}: no ledger has such an entry; {hint}"


def describe(memory: Memory, entry: KnownEntry, commit: str) -> dict[str, Any]:
    """Return an entry with its text, its place and its citations, as JSON values."""
    key = (entry.ledger, entry.entry_id)
    return {
        "entry_id": entry.entry_id,
        "ledger": entry.ledger,
        "title": entry.title,
        "date": entry.day or None,
        "status": entry.status or None,
        "path": entry.path,
        "line": entry.line,
        "commit": commit or None,
        "superseded_by": list(entry.superseded_by),
        "cites": memory.cites[key],
        "cited_by": memory.cited_by.get(entry.entry_id, []),
        "text": memory.texts[key],
    }


def _as_text(found: dict[str, Any]) -> str:
    place = f"{found['path']}:{found['line']}" + (f"@{found['commit'][:7]}" if found["commit"] else "")
    head = [
        f"{found['entry_id']}  {found['date'] or 'undated'}  {found['status'] or 'no status'}  {found['ledger']}  {place}"
    ]
    head += [f"{name}: {', '.join(ids)}" for name, ids in _relations(found) if ids]
    return "".join(f"{escape(line)}\n" for line in head) + f"\n{found['text']}\n"


def _relations(found: dict[str, Any]) -> Iterable[tuple[str, list[str]]]:
    names = {"superseded_by": "superseded by", "cites": "cites", "cited_by": "cited by"}
    return ((shown, found[key]) for key, shown in names.items())
