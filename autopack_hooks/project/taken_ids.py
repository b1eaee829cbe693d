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
    revisions = [*commits(repo, refs), *_branches(repo), *filter(None, [repo.head()]), ""]
    return ids_at(repo, file, list(dict.fromkeys(revisions)), [WorktreeView(root) for root in _worktrees(repo)])


def ids_at(repo: Repo, file: LedgerFile, revisions: Sequence[str], others: Sequence[View] = ()) -> set[str]:
    """Return the ids of a ledger in commits and in other views.

    Args:
        repo: the repository.
        file: the ledger.
        revisions: the commits; "" is the index.
        others: more views, such as work trees.
    """
    if file.dialect.entries == FILES:
        views = [*(GitView(repo, rev, strict=False) for rev in revisions), *others]
        names = {name for view in views for name in view.find(file.path)}
        return {
            file.dialect.make_id(number) for name in names if (number := file.dialect.file_number(name)) is not None
        }
    texts = _blobs(repo, [f"{rev}:{file.path}" for rev in revisions])
    texts += [data for view in others if (data := view.read([file.path])[file.path])]
    return {i for data in texts for i in ids_in(SourceText.from_bytes(file.path, data).text, file.dialect)}


def ids_not_pushed(repo: Repo, file: LedgerFile, commit: str) -> set[str]:
    """Return the ids that a ledger has at ``commit`` and on no branch of a remote, as far as was fetched."""
    fetched = repo.run("for-each-ref", "--format=%(objectname)", "refs/remotes").decode().split()
    return ids_at(repo, file, [commit]) - ids_at(repo, file, list(dict.fromkeys(fetched)))


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
