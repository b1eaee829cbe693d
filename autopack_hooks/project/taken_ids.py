"""The ids that are taken elsewhere: on other branches, in other worktrees, in the index."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.git import Repo
from autopack_hooks.core.text import SourceText
from autopack_hooks.core.tracked import object_ids
from autopack_hooks.ledger.dialect import FILES
from autopack_hooks.ledger.ids import ids_in
from autopack_hooks.project.views import GitView, View, WorktreeView
from autopack_hooks.project.workspace import LedgerFile


def commits(repo: Repo, refs: Sequence[str]) -> list[str]:
    """Return the commits that ``refs`` name; without any, that of the remote's default branch if known. Raises UsageError."""
    found = []
    for ref in refs:
        commit = repo.resolve(ref)
        if commit is None:
            raise UsageError(f"--against {ref}: no such branch or commit; fetch it, or correct the name")
        found.append(commit)
    default = repo.resolve("refs/remotes/origin/HEAD") if not refs else None
    return [*found, *([default] if default else [])]


def ids_elsewhere(repo: Repo, file: LedgerFile, refs: Sequence[str]) -> set[str]:
    """Return the ids of a ledger in ``refs`` (see ``commits``), on every branch, in the index and in all worktrees."""
    revisions = [*commits(repo, refs), *_branches(repo), *filter(None, [repo.head()])]
    revisions = list(dict.fromkeys(revisions))
    if file.dialect.entries == FILES:
        views: list[View] = [GitView(repo, rev) for rev in (*revisions, "")]
        views += [WorktreeView(root) for root in _worktrees(repo)]
        names = {name for view in views for name in view.find(file.path)}
        return {
            file.dialect.make_id(number) for name in names if (number := file.dialect.file_number(name)) is not None
        }
    texts = _blobs(repo, [f"{rev}:{file.path}" for rev in (*revisions, "")])
    for root in _worktrees(repo):
        if data := WorktreeView(root).read([file.path])[file.path]:
            texts.append(data)
    return {i for data in texts for i in ids_in(SourceText.from_bytes(file.path, data).text, file.dialect)}


def _branches(repo: Repo) -> list[str]:
    """Return the commits of all branches, local ones and those that were fetched, and of fetched pull requests."""
    listed = repo.run("for-each-ref", "--format=%(objectname)", "refs/heads", "refs/remotes", "refs/pull").decode()
    return list(dict.fromkeys(listed.split()))


def _worktrees(repo: Repo) -> Iterator[Path]:
    for line in os.fsdecode(repo.run("worktree", "list", "--porcelain")).split("\n"):
        if line.startswith("worktree "):
            yield Path(line.removeprefix("worktree "))


def _blobs(repo: Repo, names: Iterable[str]) -> list[bytes]:
    """Return the distinct contents behind ``names``: many branches hold the same one."""
    oids = set(object_ids(repo, names).values())
    return [data for data in repo.read_blobs(sorted(oids)).values() if data is not None]
