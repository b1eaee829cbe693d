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
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.search.lookup import describe, find_entries, read_memory, unknown_id


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
