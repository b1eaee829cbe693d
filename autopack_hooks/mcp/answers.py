"""What the tools answer: the same as the commands, in small portions that say what was left out."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.findings import Severity
from autopack_hooks.mcp.shapes import CheckShape, EntryShape, GetShape, HitShape, RecallShape, SearchShape
from autopack_hooks.project.workspace import Workspace

if TYPE_CHECKING:
    from autopack_hooks.search.memory import KnownEntry, Memory
    from autopack_hooks.sync.deadline import Clocks
    from autopack_hooks.sync.targets import TargetSettings

_TEXTS = 30_000
"""Characters of all texts of a `get`."""
_LINES = 4_000
_FINDINGS = 40
_TITLE = 160
_CITED = 20
_IDS = 200


class Desk(NamedTuple):
    """What the answers are taken from: the workspace is opened for each, since an agent changes it between two."""

    open_workspace: Callable[[], Workspace]
    settings_of: Callable[[Workspace], TargetSettings]
    clocks: Clocks
    config: str | None
    turn: threading.Lock
    """Held by the one that answers: tools are called from threads, and share caches."""


def search(desk: Desk, query: str, limit: int, **filters: Any) -> SearchShape:
    """Return the entries that answer ``query``. ``filters`` are those of ``Question``. Raises FatalError."""
    from autopack_hooks.search.passage import snippet
    from autopack_hooks.search.question import Question
    from autopack_hooks.search.runner import search as find

    if not query.strip():
        raise UsageError("query is empty; give the words, names, paths or the error message to look for")
    workspace = desk.open_workspace()
    question = Question(query, limit=limit, **filters)
    result = find(question, workspace, desk.settings_of(workspace), desk.clocks)
    hits = []
    for hit in result.hits:
        found = hit.fused.found
        hits.append(
            HitShape(
                entry_id=found.key[1],
                title=_cut(found.title),
                date=found.date[:10],
                status=_cut(found.status),
                path=hit.path,
                line=hit.line,
                snippet=snippet(query, found.text or found.title).text,
            )
        )
    notes = [" ".join(note.split()) for note in result.notes]
    if not hits:
        notes.append("no entry answers; try fewer or other words, or leave filters out")
    return SearchShape(hits=hits, notes=notes)


def get(desk: Desk, ids: Sequence[str]) -> GetShape:
    """Return whole entries, as many as fit. Raises FatalError, also where none of the ids is known."""
    from autopack_hooks.search.lookup import find_entries, read_memory, unknown_id

    memory, commit = read_memory(desk.open_workspace())
    asked = list({entry_id.strip().casefold(): entry_id for entry_id in reversed(ids)}.values())[::-1][:_IDS]
    notes = [f"only the first {_IDS} ids were looked up; ask for the others in another call"] if len(ids) > _IDS else []
    known = [entry for entry_id in asked for entry in find_entries(memory, entry_id)]
    unknown = [unknown_id(memory, entry_id) for entry_id in asked if not find_entries(memory, entry_id)]
    if not known:
        raise UsageError("; ".join(unknown[:5]) or "ids is empty; give ids such as DEC-014")
    entries: list[EntryShape] = []
    left: list[str] = []
    room = _TEXTS
    for entry in known:
        shape = _entry(memory, entry, commit)
        if entries and len(shape["text"]) > room:
            left.append(entry.entry_id)
            continue
        notes += _cut_text(shape, room)
        room -= len(shape["text"])
        entries.append(shape)
    if left:
        names = ", ".join(left[:_CITED]) + (f" and {len(left) - _CITED} more" if len(left) > _CITED else "")
        notes.append(f"left out, since the answer is full: {names}; ask for them in another call")
    return GetShape(entries=entries, notes=notes + _some(unknown, 5))


def _entry(memory: Memory, entry: KnownEntry, commit: str) -> EntryShape:
    from autopack_hooks.search.lookup import describe

    found = describe(memory, entry, commit)
    return EntryShape(
        entry_id=entry.entry_id,
        ledger=entry.ledger,
        title=_cut(entry.title),
        date=entry.day,
        status=_cut(entry.shown_status),
        path=entry.path,
        line=entry.line,
        cites=_some(found["cites"], _CITED),
        cited_by=_some(found["cited_by"], _CITED),
        text=found["text"],
    )


def _cut_text(shape: EntryShape, room: int) -> list[str]:
    """Cut the text of an entry that is larger than an answer, and return where it goes on."""
    text = shape["text"]
    if len(text) <= room:
        return []
    shape["text"] = kept = text[:room].rsplit("\n", 1)[0]
    line = shape["line"] + kept.count("\n") + 1
    sizes = f"{len(kept)} of {len(text)} characters"
    return [f"{shape['entry_id']} is cut after {sizes}; read on in {shape['path']}, about line {line}"]


def recall(desk: Desk, paths: Sequence[str]) -> RecallShape:
    """Return what the ledgers say of files. Raises FatalError."""
    from autopack_hooks.search.recall import recall_lines, relative_path

    workspace = desk.open_workspace()
    root, repo = workspace.root, workspace.repo
    if repo is None:
        raise UsageError(f"{root}: not in a git work tree; start the server in one, or name it with --repo")
    wanted = []
    for name in paths:
        path = relative_path(root, os.path.join(root, name))
        if path is None:
            raise UsageError(f"{name}: outside the repository; give paths relative to its root, {root}")
        wanted.append(path)
    if not wanted:
        raise UsageError("paths is empty; give files or folders relative to the root of the repository")
    lines = recall_lines(repo, wanted, workspace.environ, desk.config)
    shown, room = [], _LINES
    for line in lines:
        room -= len(line)
        if room < 0:
            break
        shown.append(line)
    notes = ["no entry names these files"] if not lines else []
    if len(shown) < len(lines):
        notes.append(f"{len(lines) - len(shown)} older ones were left out; ask for fewer files, or `search` with words")
    return RecallShape(lines=shown, notes=notes)


def check(desk: Desk, files: Sequence[str]) -> CheckShape:
    """Return what is wrong with the ledgers on disk, errors first. Raises FatalError."""
    from autopack_hooks.checks.runner import check_workspace, explained, new_findings
    from autopack_hooks.search.recall import relative_path

    workspace = desk.open_workspace()
    named = {relative_path(workspace.root, os.path.join(workspace.root, name)) or name: name for name in files}
    run = check_workspace(workspace, workspace.worktree, paths=named or None)
    found = explained(workspace, run, new_findings(workspace, workspace.worktree, run)).findings
    found = sorted(found, key=lambda finding: list(Severity).index(finding.severity))
    notes = []
    if len(found) > _FINDINGS:
        notes.append(f"{len(found) - _FINDINGS} findings were left out; name files, or run `autopack-hooks check`")
    if fixable := sum(finding.fixable for finding in found):
        notes.append(f"`autopack-hooks fix` mends {fixable} of {len(found)}")
    if not run.ledgers:
        notes.append("there is no ledger here; name yours under `ledgers:` in .autopack-hooks.yaml")
    keys = ("code", "severity", "path", "line", "message")
    shown: list[Any] = [{key: finding.to_json()[key] for key in keys} for finding in found[:_FINDINGS]]
    return CheckShape(errors=sum(f.severity is Severity.ERROR for f in found), findings=shown, notes=notes)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TITLE else line[:_TITLE].rstrip() + "\u2026"


def _some(texts: Sequence[str], most: int) -> list[str]:
    return list(texts[:most]) + ([f"and {len(texts) - most} more"] if len(texts) > most else [])
