"""Keep incidents in the state folder."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace

from autopack_hooks.core.errors import OK, UsageError
from autopack_hooks.core.files import read_regular
from autopack_hooks.core.terminal import escaped_path, write_line
from autopack_hooks.core.words import counted
from autopack_hooks.learn.incidents import Incident, IncidentStore
from autopack_hooks.learn.readers import READ_LIMIT, read_incidents
from autopack_hooks.project.workspace import Workspace


def run(args: argparse.Namespace) -> int:
    """Read all files, then keep what is new in them: of files of which one cannot be read, nothing is kept."""
    workspace = Workspace.open(os.environ, args.repo, args.config)
    commit = _commit(workspace, args.commit)
    found: dict[str, list[Incident]] = {}
    for name in args.files:
        try:
            data = read_regular(name, READ_LIMIT)
        except OSError as error:
            raise UsageError(f"{name}: cannot be read: {error.strerror}; nothing was recorded") from None
        rows = read_incidents(name, data, log=args.log)
        found[name] = [replace(row, commit=row.commit or commit) for row in rows]
    store = IncidentStore(workspace.state_dir)
    for name, incidents in found.items():
        fresh = store.add(incidents)
        if not args.quiet:
            write_line(f"{escaped_path(name)}: {counted(len(incidents), 'incident')}, {fresh} of them new")
    return OK


def _commit(workspace: Workspace, name: str) -> str:
    if not name:
        return ""
    found = workspace.repo.resolve(name) if workspace.repo else None
    if found is None:
        raise UsageError(f"--commit {name!r}: there is no such commit here")
    return found
