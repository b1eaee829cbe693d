"""Open a run over a workspace: the tree, the documents and the policy; scan them and judge what is broken."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.findings import Finding
from autopack_hooks.core.git import CACHE_FOLDER, GitError, Repo
from autopack_hooks.core.globs import files_matching, matcher
from autopack_hooks.core.tracked import sparse_files
from autopack_hooks.links import categories as c
from autopack_hooks.links.cache import LinksCache
from autopack_hooks.links.documents import Documents
from autopack_hooks.links.policy import Policy
from autopack_hooks.links.policy_file import load_policy
from autopack_hooks.links.remotes import own_repository
from autopack_hooks.links.resolve import ResolveContext
from autopack_hooks.links.scan import Scan, scan
from autopack_hooks.links.tree import FILE, Tree
from autopack_hooks.markdown.structure import MENTION
from autopack_hooks.project.navigation import navigation_docs
from autopack_hooks.project.workspace import Workspace

if TYPE_CHECKING:
    from autopack_hooks.links.plan import PlanRow
    from autopack_hooks.links.suggest import Judged
    from autopack_hooks.project.history import History

HISTORY_CACHE = "renames.json"


class Run(NamedTuple):
    """Hold everything that a scan needs. ``oids`` maps what git tracks to blob ids; ``notes`` are for people to read."""

    workspace: Workspace
    oids: dict[str, str]
    tree: Tree
    documents: Documents
    context: ResolveContext
    policy: Policy
    cache: LinksCache
    deep: bool
    staged: bool
    notes: list[str]

    def scan(self, files: Sequence[str] = ()) -> Scan:
        """Scan ``files``, or the navigation docs, or (deep) all documents. Raises UsageError."""
        missing: list[str] = []
        if files:
            sources = self._named(files)
        elif self.deep:
            sources = self.all_documents()
        else:
            sources, missing = self.navigation()
        result = scan(sources, self.documents, self.context, self.policy, strict=not self.deep)
        self.cache.save()
        where = self.workspace.config.source or ".autopack-hooks.yaml"
        for path in missing:
            message = f"the navigation document {path} (links.nav) does not exist"
            severity = self.policy.severity(c.MISSING_DOCUMENT, "", strict=True)
            result.findings.append(Finding(where, 1, 1, "LNK013", message, severity, context=path))
        return result

    def all_documents(self) -> list[str]:
        """Return the tracked files (no symbolic links) of ``links.include`` without those of ``links.exclude``."""
        config = self.workspace.config.links
        included, excluded = matcher(config.include), matcher(config.exclude)
        plain = (path for path, mode in self.tree.modes.items() if mode.startswith("100"))
        return sorted(path for path in plain if included(path) and not excluded(path))

    def navigation(self) -> tuple[list[str], list[str]]:
        """Return the navigation docs that exist, and the configured ones that do not."""
        paths = navigation_docs(self.workspace, _Existence(self))
        missing = [path for path in paths if not self.exists(path)]
        configured = self.workspace.config.links.nav is not None
        return [path for path in paths if path not in missing], missing if configured else []

    def exists(self, path: str) -> bool:
        """Return whether there is a document ``path`` where this run reads."""
        if self.staged:
            return path in self.tree.modes
        if os.path.lexists(os.path.join(self.workspace.root, path)):
            return True
        return bool(self.workspace.repo and sparse_files(self.workspace.repo, [path]))

    def _named(self, files: Sequence[str]) -> list[str]:
        root = os.path.realpath(self.workspace.root)
        paths = [Path(os.path.relpath(os.path.realpath(name), root)).as_posix() for name in files]
        for name, path in zip(files, paths, strict=True):
            if path.startswith("../") or not self.exists(path):
                raise UsageError(f"{name}: no such document in {self.workspace.root}")
        return paths

    def judge(self, result: Scan, *, mentions: bool) -> list[Judged]:
        """Return what each fault of ``result`` most likely means.

        Git's history is read where a target is missing. Prose is never changed, so suggestions for ``mentions`` are made
        only on request.
        """
        from autopack_hooks.links.suggest import Judged, Suggester  # only where suggestions are wanted

        suggester = Suggester(self.context, self._history)
        judged = []
        for item in result.broken:
            if item.fault:
                wanted = mentions or item.link.form != MENTION
                judged.append(Judged(item, suggester.suggest(item) if wanted else []))
        return judged

    def plan(self, judged: Iterable[Judged]) -> list[PlanRow]:
        """Return the rows of a fix plan."""
        from autopack_hooks.links.plan import make_rows  # only where a plan is wanted

        def key(path: str) -> str:
            document = self.documents.document(path)
            return document.key if document else ""

        return make_rows(judged, key, self.documents.source)

    def _history(self) -> History:
        from autopack_hooks.project.history import History, basis, read_changes  # only where a target is missing

        workspace = self.workspace
        repo, limit, now = workspace.repo, workspace.config.links.history, basis(workspace.repo)
        kept = workspace.state_dir / CACHE_FOLDER / HISTORY_CACHE
        try:
            changes = read_changes(repo, now, limit, kept)
        except GitError as error:
            # Equal blob ids show most renames, and no blob is read for that.
            changes = []
            with suppress(GitError):
                changes = read_changes(repo, now and now._replace(partial=True), limit, None)
            self.notes.append(
                f"git's history cannot be read in full, so a moved target may go unnoticed ({error}); "
                "`git fsck` names what is damaged"
            )
        return History(changes, self.tree.exists, self._by_content())

    def _by_content(self) -> dict[str, str]:
        """Return blob id -> the tracked path that has this content, where there is only one."""
        paths: dict[str, str] = {}
        several = set()
        for path, oid in self.oids.items():
            several.update({oid} & paths.keys())
            paths[oid] = path
        return {oid: path for oid, path in paths.items() if oid not in several}


class _Existence:
    """Show whether files exist, without their contents."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def find(self, pattern: str) -> list[str]:
        return files_matching(pattern, self._run.tree.modes)

    def read(self, paths: Iterable[str], limit: int = 0) -> dict[str, bytes | None]:
        return {path: b"" if self._run.exists(path) else None for path in paths}


def open_run(workspace: Workspace, *, deep: bool, staged: bool, mentions: bool) -> Run:
    """Read the index and the policy.

    Args:
        workspace: where to look.
        deep: all documents, not only the navigation docs.
        staged: read the documents from the index.
        mentions: paths in backticks count as links.

    Raises:
        ConfigError: the policy is not valid.
        GitError: git failed.
        UsageError: ``staged`` outside git.
    """
    root, repo = workspace.root, workspace.repo
    if staged and repo is None:
        raise UsageError(f"{root}: --staged needs a git repository")
    entries = repo.index_entries() if repo else []
    oids = {entry.path: entry.oid for entry in entries}
    tree = Tree({entry.path: entry.mode for entry in entries}, _link_reader(repo, oids)) if repo else _on_disk(root)
    name = "links-deep.json" if mentions else "links-nav.json"
    known = LinksCache(workspace.state_dir / CACHE_FOLDER / name if repo else None)
    documents = Documents(root, repo, oids, known, staged=staged, mentions=mentions, follow=_follower(tree))
    on_disk = cache(lambda path: os.path.lexists(os.path.join(root, path)))
    context = ResolveContext(tree, documents.links, documents.lines, on_disk, cache(lambda: own_repository(repo)))
    return Run(workspace, oids, tree, documents, context, load_policy(workspace), known, deep, staged, [])


def _link_reader(repo: Repo, oids: dict[str, str]) -> Callable[[str], str]:
    """Return a function that reads the target of a tracked symbolic link."""

    def read_link(path: str) -> str:
        return os.fsdecode(repo.read_blobs([oids[path]])[oids[path]] or b"")

    return read_link


def _follower(tree: Tree) -> Callable[[str], str]:
    """Return a function that gives the tracked file that a path leads to, "" where it leads nowhere."""

    def follow(path: str) -> str:
        found = tree.find(path)
        return path if found is None else found.path if found.kind == FILE else ""

    return follow


def _on_disk(root: Path) -> Tree:
    """Return what lies on disk, for a folder outside git."""
    modes = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name != ".git"]
        for name in names:
            path = Path(folder, name)
            modes[path.relative_to(root).as_posix()] = "120000" if path.is_symlink() else "100644"
    return Tree(modes, lambda path: os.readlink(root / path))
