"""Merge the base into the branch of a pull request where git alone cannot, because both added entries to a ledger.

Nothing but objects is written until the push: the work tree and the branches of the clone stay as they are.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from autopack_hooks.commands.ci.merging import fetch, identity, push
from autopack_hooks.commands.merge_driver import merge_texts
from autopack_hooks.core.errors import FINDINGS, OK
from autopack_hooks.core.git import GitError, Repo
from autopack_hooks.core.terminal import escaped_path, write_line
from autopack_hooks.core.text import SourceText
from autopack_hooks.ledger.dialect import Dialect
from autopack_hooks.ledger.merge import Style, merge_ledger
from autopack_hooks.ledger.model import Document
from autopack_hooks.ledger.parse import parse_document
from autopack_hooks.project.loader import known_dialects
from autopack_hooks.project.views import GitView
from autopack_hooks.project.workspace import LedgerFile, Workspace


def resolve_conflict(workspace: Workspace, repo: Repo, base: str, head: str) -> int:
    """Merge ``base`` into ``head`` and push; exit 1 where people must decide, with the files. Raises GitError."""
    theirs, ours = fetch(repo, base, head)
    parted = repo.merge_base(ours, theirs)
    if parted is None:
        raise GitError(f"{base} and {head} have no commit in common; fetch the whole history")
    if parted == theirs:
        write_line(f"{head} has all of {base}: nothing to do")
        return OK
    tree, conflicts = _text_merge(repo, ours, theirs)
    merged, refused = _merged_ledgers(workspace, repo, (parted, ours, theirs))
    left = sorted({*conflicts} - merged.keys() | {*refused})
    for path in left:
        reason = refused.get(path, "both sides changed it")
        write_line(f"{escaped_path(path)}: {reason}; merge {base} by hand", error=True)
    if left:
        return FINDINGS
    whole = _tree_with(repo, tree, merged)
    if not conflicts and whole == tree:
        write_line(f"{head} and {base} merge without conflict: nothing to do")
        return OK
    message = f"Merge {base} into {head}\n\nThe ledgers were merged entry by entry: {', '.join(sorted(merged))}.\n"
    args = (*identity(repo), "commit-tree", whole, "-p", ours, "-p", theirs)
    commit = repo.run(*args, data=message.encode()).decode().strip()
    push(repo, commit, head)
    write_line(f"merged {base} into {head} and pushed {commit[:12]}: {', '.join(map(escaped_path, sorted(merged)))}")
    return OK


def _text_merge(repo: Repo, ours: str, theirs: str) -> tuple[str, list[str]]:
    """Return the tree of git's own merge, and the files in which it has conflicts. Raises GitError."""
    code, out, error = repo.try_run("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs)
    if code not in (0, 1):
        raise GitError(
            f"git merge-tree failed (git 2.38 or newer is needed): {error.splitlines()[-1] if error else code}"
        )
    tree, *names = [os.fsdecode(field) for field in out.split(b"\0") if field]
    return tree, names


def _merged_ledgers(
    workspace: Workspace, repo: Repo, commits: Sequence[str]
) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the ledgers that both sides changed, merged by their entries; and why one could not be."""
    views = [GitView(repo, commit, strict=False) for commit in commits]
    files = workspace.ledgers(views[1])
    others = known_dialects(files)
    merged: dict[str, bytes] = {}
    refused: dict[str, str] = {}
    for file in files:
        for path in sorted({name for view in views for name in view.find(file.path)}):
            versions = [view.read([path])[path] for view in views]
            base, ours, theirs = versions
            if base is None or ours is None or theirs is None or ours in (base, theirs) or theirs == base:
                continue
            sources = (
                SourceText.from_bytes(path, base),
                SourceText.from_bytes(path, ours),
                SourceText.from_bytes(path, theirs),
            )
            parse = partial(_parsed, file, others)
            result = merge_ledger(*sources, parse, merge_texts, Style("ours", "theirs", 7))
            if result is None:
                refused[path] = "its entries cannot be told apart for sure"
            elif result.conflicts:
                refused[path] = result.conflicts[0]
            else:
                merged[path] = result.source.encode(result.source.text)
    return merged, refused


def _parsed(file: LedgerFile, others: Sequence[Dialect], source: SourceText) -> Document:
    return parse_document(source, file.name, file.dialect, others)


def _tree_with(repo: Repo, tree: str, contents: Mapping[str, bytes]) -> str:
    """Return ``tree`` with other contents of some of its files."""
    with tempfile.TemporaryDirectory(prefix="autopack-hooks-") as folder:
        scratch = repo._replace(index_file=str(Path(folder, "index")))
        scratch.run("read-tree", tree, index=True)
        for path, data in contents.items():
            oid = scratch.run("hash-object", "-w", "--stdin", data=data).decode().strip()
            row = scratch.run("ls-files", "--stage", "-z", "--", f":(literal){path}", index=True)
            mode = row.split(b" ", 1)[0].decode() or "100644"
            scratch.run("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}", index=True)
        return scratch.run("write-tree", index=True).decode().strip()
