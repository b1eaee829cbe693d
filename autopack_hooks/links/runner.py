"""Brings a run together from a workspace: the tree, the documents, the policy, the cache."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.findings import Finding
from autopack_hooks.core.git import CACHE_FOLDER
from autopack_hooks.core.globs import files_matching, matcher
from autopack_hooks.links import categories as c
from autopack_hooks.links.cache import FactsCache
from autopack_hooks.links.index import Index
from autopack_hooks.links.library import Library
from autopack_hooks.links.policy import Policy
from autopack_hooks.links.policy_file import load_policy
from autopack_hooks.links.resolve import ResolveContext
from autopack_hooks.links.scan import Scan, scan
from autopack_hooks.links.seen import Seen
from autopack_hooks.links.tree import Tree
from autopack_hooks.project.navigation import navigation_docs
from autopack_hooks.project.workspace import Workspace


class Run(NamedTuple):
    """Everything that a scan needs, opened."""

    workspace: Workspace
    seen: Seen
    tree: Tree
    library: Library
    context: ResolveContext
    policy: Policy
    facts: FactsCache
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
        paths = navigation_docs(self.workspace, _Existence(self))
        missing = [path for path in paths if not self._is_there(path)]
        configured = self.workspace.config.links.nav is not None
        return [path for path in paths if path not in missing], missing if configured else []

    def _is_there(self, path: str) -> bool:
        if self.staged:
            return path in self.tree.modes
        return self.seen.exists(path)

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
        for path, oid in self.seen.oids.items():
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


def open_run(workspace: Workspace, *, deep: bool, staged: bool, mentions: bool, seen: Seen | None = None) -> Run:
    """Read the index, the policy and the cache. Raises ConfigError, GitError, UsageError.

    ``seen`` is how the workspace is looked at, by somebody who wants to know what was.
    """
    if staged and workspace.repo is None:
        raise UsageError(f"{workspace.root}: --staged needs a git repository")
    seen = seen or Seen(workspace.root, workspace.repo, Index(workspace.repo))
    tree = _tree(workspace, seen)
    facts = FactsCache(workspace.state_dir / CACHE_FOLDER if workspace.repo else None, mentions=mentions)
    library = Library(seen, facts, staged=staged)
    context = ResolveContext(tree, library.facts, library.lines, seen.on_disk, seen.own)
    return Run(workspace, seen, tree, library, context, load_policy(workspace, facts, seen), facts, deep, staged)


def _tree(workspace: Workspace, seen: Seen) -> Tree:
    """What git tracks; outside git, what lies on disk."""
    repo = workspace.repo
    if repo is None:
        return _on_disk(workspace.root)

    def read_link(path: str) -> str:
        oid = seen.oids[path]
        return os.fsdecode(repo.read_blobs([oid])[oid] or b"")

    return Tree(seen.modes, read_link)


def _on_disk(root: Path) -> Tree:
    modes = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name != ".git"]
        for name in names:
            path = Path(folder, name)
            modes[path.relative_to(root).as_posix()] = "120000" if path.is_symlink() else "100644"
    return Tree(modes, lambda path: os.readlink(root / path))
