"""Find entries by their ids, as the last commit has them: their text, their place, what they cite and what cites them."""

from __future__ import annotations

from typing import Any

from autopack_hooks.project.loader import load_ledgers
from autopack_hooks.project.views import GitView, View
from autopack_hooks.project.workspace import Workspace
from autopack_hooks.search.memory import KnownEntry, Memory


def committed_view(workspace: Workspace) -> tuple[View, str]:
    """Return the files at HEAD, and its commit; without a commit those on disk, and ""."""
    commit = workspace.repo.head() if workspace.repo else None
    if workspace.repo and commit:
        return GitView(workspace.repo, commit, strict=False), commit
    return workspace.worktree, ""


def read_memory(workspace: Workspace) -> tuple[Memory, str]:
    """Return the entries at HEAD, and its commit; without a commit those of the files, and ""."""
    view, commit = committed_view(workspace)
    return Memory(load_ledgers(workspace, view).ledgers), commit


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
