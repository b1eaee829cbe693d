"""Brings a run together from a workspace: the tree, the documents, the policy, the cache."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from autopack_hooks.errors import UsageError
from autopack_hooks.findings import Finding
from autopack_hooks.globs import files_matching, is_pattern, matcher
from autopack_hooks.links import categories as c
from autopack_hooks.links.cache import FactsCache
from autopack_hooks.links.library import Library
from autopack_hooks.links.policy import Policy
from autopack_hooks.links.policy_file import load_policy
from autopack_hooks.links.resolve import Context
from autopack_hooks.links.scan import Scan, scan
from autopack_hooks.links.tree import Tree
from autopack_hooks.workspace import Workspace

if TYPE_CHECKING:
    from autopack_hooks.links.own import OwnRepository

DEFAULT_NAV = ("README.md", "docs/INDEX.md")
CACHE_FOLDER = "cache"


@dataclass(frozen=True)
class Run:
    """Everything that a scan needs, opened."""

    workspace: Workspace
    tree: Tree
    library: Library
    context: Context
    policy: Policy
    facts: FactsCache
    oids: dict[str, str]
    deep: bool
    staged: bool

    def scan(self, files: Sequence[str] = ()) -> Scan:
        """Look at ``files``, or at the navigation docs, or (deep) at all documents. Raises UsageError."""
        missing: list[str] = []
        if files:
            sources = self._named(files)
        elif self.deep:
            sources = self.documents()
        else:
            sources, missing = self.navigation()
        with _no_collection():
            result = scan(sources, self.library, self.context, self.policy, strict=not self.deep)
        where = self.workspace.config.source or ".autopack-hooks.yaml"
        for path in missing:
            message = f"the navigation document {path} (links.nav) does not exist"
            severity = self.policy.severity(c.MISSING_DOCUMENT, "", strict=True)
            result.findings.append(Finding(where, 1, 1, "LNK013", message, severity, context=path))
        return result

    def documents(self) -> list[str]:
        """What a deep scan reads: tracked files (no symbolic links) of ``links.include`` without ``links.exclude``."""
        config = self.workspace.config.links
        included, excluded = matcher(config.include), matcher(config.exclude)
        plain = (path for path, mode in self.tree.modes.items() if mode.startswith("100"))
        return sorted(path for path in plain if included(path) and not excluded(path))

    def navigation(self) -> tuple[list[str], list[str]]:
        """The navigation docs that exist, and the configured ones that do not."""
        named = self.workspace.config.links.nav
        if named is not None:
            return [p for p in named if self._is_there(p)], [p for p in named if not self._is_there(p)]
        view = _Existence(self)
        files = self.workspace.ledgers(view)
        ledgers = [path for file in files for path in (view.find(file.path) if is_pattern(file.path) else [file.path])]
        return [p for p in dict.fromkeys((*DEFAULT_NAV, *ledgers)) if self._is_there(p)], []

    def _is_there(self, path: str) -> bool:
        if self.staged:
            return path in self.tree.modes
        return (self.workspace.root / path).exists()

    def _named(self, files: Sequence[str]) -> list[str]:
        root = os.path.realpath(self.workspace.root)
        paths = [Path(os.path.relpath(os.path.realpath(name), root)).as_posix() for name in files]
        for name, path in zip(files, paths, strict=True):
            if path.startswith("../") or not self._is_there(path):
                raise UsageError(f"{name}: no such document in {self.workspace.root}")
        return paths

    def by_content(self) -> dict[str, str]:
        """Blob id -> the tracked path that has this content, where there is one only."""
        paths: dict[str, str] = {}
        several = set()
        for path, oid in self.oids.items():
            several.update({oid} & paths.keys())
            paths[oid] = path
        return {oid: path for oid, path in paths.items() if oid not in several}

    def close(self) -> None:
        """Save what was learned."""
        self.facts.save()


class _Existence:
    """A view that only tells whether files are there."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def find(self, pattern: str) -> list[str]:
        return files_matching(pattern, self._run.tree.modes)

    def read(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        return {path: b"" if self._run._is_there(path) else None for path in paths}


def open_run(workspace: Workspace, *, deep: bool, staged: bool, mentions: bool) -> Run:
    """Read the index, the policy and the cache. Raises ConfigError, GitError, UsageError."""
    if staged and workspace.repo is None:
        raise UsageError(f"{workspace.root}: --staged needs a git repository")
    tree, oids = _tracked(workspace)
    facts = FactsCache(workspace.state_dir / CACHE_FOLDER if workspace.repo else None, mentions=mentions)
    library = Library(workspace.root, workspace.repo, oids, facts, staged=staged)
    own = cache(lambda: _own(workspace))
    prefix = f"{workspace.root}{os.sep}"
    on_disk = cache(lambda path: os.path.lexists(prefix + path))
    context = Context(tree, library.facts, library.lines, on_disk, own)
    return Run(workspace, tree, library, context, load_policy(workspace, facts), facts, oids, deep, staged)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Thousands of small values are made, none of them in cycles: looking for cycles would take a tenth of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _own(workspace: Workspace) -> OwnRepository:
    from autopack_hooks.links.own import own_repository  # only where a URL looks like one of ours

    return own_repository(workspace.repo)


def _tracked(workspace: Workspace) -> tuple[Tree, dict[str, str]]:
    """What git tracks; outside git, what lies on disk."""
    repo = workspace.repo
    if repo is None:
        return _on_disk(workspace.root), {}
    entries = repo.index_entries()
    oids = {entry.path: entry.oid for entry in entries}

    def read_link(path: str) -> str:
        data = repo.read_blobs([oids[path]])[oids[path]]
        return os.fsdecode(data or b"")

    return Tree({entry.path: entry.mode for entry in entries}, read_link), oids


def _on_disk(root: Path) -> Tree:
    modes = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name != ".git"]
        for name in names:
            path = Path(folder, name)
            modes[path.relative_to(root).as_posix()] = "120000" if path.is_symlink() else "100644"
    return Tree(modes, lambda path: os.readlink(root / path))
