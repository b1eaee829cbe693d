"""Find where files went, from git's record: renames, chains of them, and deletions whose content lives on elsewhere.

One ``git log`` for each run that needs it, its answer kept by commit, so that the next run asks for the new commits
only. The index counts as the newest commit: a rename that is about to be committed is known already.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from autopack_hooks.core.git import Repo

_FORMAT = 2
_EMPTY_BLOBS = (
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)


class HistoryChange(NamedTuple):
    """Hold a path that was renamed to ``new``, or deleted (``new`` is "") when it had the content ``oid``."""

    old: str
    new: str
    oid: str


class History:
    """Follow paths through ``changes``, newest first."""

    def __init__(
        self, changes: Sequence[HistoryChange], exists: Callable[[str], bool], by_content: Mapping[str, str]
    ) -> None:
        self._exists = exists
        self._by_content = by_content
        self._changes = changes
        self._at: dict[str, list[int]] = {}
        for index, change in enumerate(changes):
            self._at.setdefault(change.old, []).append(index)

    def follow(self, path: str) -> str | None:
        """Return the tracked path that ``path`` became, None where history does not know."""
        for index in self._at.get(path, ()):
            if found := self._forward(index):
                return found
        return None

    def former_names(self, path: str) -> list[str]:
        """Return the names that the tracked file ``path`` had before it was renamed, the newest first."""
        names = [path]
        for change in self._changes:
            if change.new == names[-1] and change.old not in names:
                names.append(change.old)
        return names[1:]

    def knows(self, path: str) -> bool:
        """Return whether there was a file ``path`` once that was moved or deleted."""
        return path in self._at

    def _forward(self, index: int) -> str | None:
        """Return where the file of one change is now, through every later rename, None where it is gone."""
        while True:
            change = self._changes[index]
            if not change.new:
                found = self._by_content.get(change.oid)
                return found if found and change.oid not in _EMPTY_BLOBS else None
            if self._exists(change.new):
                return change.new
            # The next change in time is the nearest one above.
            later = self._at.get(change.new, [])
            at = bisect_left(later, index) - 1
            if at < 0:
                return None
            index = later[at]

    def follow_folder(self, folder: str) -> str | None:
        """Return the one place to which everything in a folder moved, None where there is no such place."""
        goals = set()
        for index in self._by_folder.get(folder, ()):
            old = self._changes[index].old
            new = self._forward(index)
            rest = old[len(folder) :]
            if new is None or not new.endswith(rest):
                return None
            goals.add(new[: -len(rest)])
        return goals.pop() if len(goals) == 1 else None

    @cached_property
    def _by_folder(self) -> dict[str, list[int]]:
        folders: dict[str, list[int]] = {}
        for index, change in enumerate(self._changes):
            folder = change.old.rpartition("/")[0] if change.new else ""
            while folder:
                folders.setdefault(folder, []).append(index)
                folder = folder.rpartition("/")[0]
        return folders


class Basis(NamedTuple):
    """Hold what the changes of a repository rest on, beside its index.

    The commit of HEAD; what hides or replaces older commits (the ends of a shallow clone, replacements); and whether
    blobs may be missing here.
    """

    head: str
    hidden: tuple[str, ...]
    partial: bool


def basis(repo: Repo | None) -> Basis | None:
    """Return the present basis, None where there is no commit."""
    if repo is None:
        return None
    code, out, _ = repo.try_run("rev-parse", "HEAD^{commit}", "--glob=refs/replace/")
    if code:
        return None
    head, *replaced = out.decode().split()
    ends = (_text(repo.common_dir / name) for name in ("shallow", "info/grafts"))
    return Basis(head, (*replaced, *ends), _is_partial(repo))


def _is_partial(repo: Repo) -> bool:
    """Return whether blobs may be missing. A clone notes it in its own settings: git is asked only where these may tell."""
    settings = (_text(repo.common_dir / "config") + _text(repo.git_dir / "config.worktree")).lower()
    if not any(word in settings for word in ("partialclone", "promisor", "include")):
        return False
    code, out, _ = repo.try_run("config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$")
    return code == 0 and out.strip() != b""


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def read_changes(repo: Repo | None, basis: Basis | None, limit: int, cache: Path | None) -> list[HistoryChange]:
    """Return the changes of the index and of the last ``limit`` commits, newest first. ``cache`` is a file that may exist."""
    if repo is None or basis is None or limit == 0:
        return []
    staged = repo.run("diff-index", "--cached", *_options(basis), basis.head, index=True)
    return parse_raw(staged) + _committed(repo, basis, limit, cache)


def _options(basis: Basis) -> tuple[str, ...]:
    # A partial clone would fetch every blob to compare contents; equal blob ids need none of them.
    similar = "-M100%" if basis.partial else "-M"
    return ("-z", similar, "-l2000", "--raw", "--no-abbrev", "--diff-filter=RD")


def _committed(repo: Repo, basis: Basis, limit: int, cache: Path | None) -> list[HistoryChange]:
    known, changes = _load(cache, limit)
    if known == basis:
        return changes
    older = known.head if known and known[1:] == basis[1:] else ""
    if older and repo.is_ancestor(older, basis.head):
        changes = _log(repo, basis, limit, f"{older}..{basis.head}") + changes
    else:
        changes = _log(repo, basis, limit, basis.head)
    _save(cache, limit, basis, changes)
    return changes


def _log(repo: Repo, basis: Basis, limit: int, commits: str) -> list[HistoryChange]:
    # `git log --max-count` would count the commits that it shows, and look at all the others.
    walked = repo.run("rev-list", "--no-merges", f"--max-count={limit}", commits, "--")
    return parse_raw(repo.run("diff-tree", "--stdin", "--no-commit-id", "-r", *_options(basis), data=walked))


def parse_raw(out: bytes) -> list[HistoryChange]:
    """Read ``--raw -z``: ``:mode mode oid oid R100``, old, new, or ``:mode mode oid oid D``, path."""
    fields = out.split(b"\0")
    changes, at = [], 0
    while at < len(fields):
        words = fields[at].lstrip(b"\n").split(b" ")
        at += 1
        if len(words) != 5 or not words[0].startswith(b":"):
            continue
        oid = words[2].decode()
        if words[4].startswith(b"R"):
            changes.append(HistoryChange(os.fsdecode(fields[at]), os.fsdecode(fields[at + 1]), oid))
            at += 2
        else:
            changes.append(HistoryChange(os.fsdecode(fields[at]), "", oid))
            at += 1
    return changes


def _load(cache: Path | None, limit: int) -> tuple[Basis | None, list[HistoryChange]]:
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        if cache:
            data = json.loads(cache.read_bytes())
            if (data["format"], data["limit"]) == (_FORMAT, limit):
                head, hidden, partial = data["basis"]
                changes = [HistoryChange(str(old), str(new), str(oid)) for old, new, oid in data["changes"]]
                return Basis(str(head), tuple(map(str, hidden)), bool(partial)), changes
    return None, []


def _save(cache: Path | None, limit: int, basis: Basis, changes: list[HistoryChange]) -> None:
    if cache is None:
        return
    from autopack_hooks.core.files import write_atomic  # what only asks for the basis needs nothing of it

    data = {"format": _FORMAT, "limit": limit, "basis": basis, "changes": changes}
    with suppress(OSError):
        cache.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(cache, json.dumps(data, separators=(",", ":")).encode("utf-8", "surrogatepass"), durable=False)
