"""Views of files: each reads from one place, the working tree, the index or a commit.

Commands choose the view; everything below them is handed bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.files import DOCUMENT_LIMIT, RepositoryFiles, UnsafeFile, check_total
from autopack_hooks.core.git import LostLink, Repo
from autopack_hooks.core.globs import files_matching, fixed_folder
from autopack_hooks.core.tracked import index_links, sparse_files

_LONGEST_LINK = 4096


class View(Protocol):
    """A reader of files by repository-relative path."""

    def read(self, paths: Iterable[str], limit: int = DOCUMENT_LIMIT) -> dict[str, bytes | None]:
        """Return path -> content of at most ``limit`` bytes, None where there is no such file."""
        ...  # a protocol

    def find(self, pattern: str) -> list[str]:
        """Return the paths of the files that ``pattern`` matches, sorted."""
        ...  # a protocol


class WorktreeView(NamedTuple):
    """Files as they are on disk; those that git ignores in ``repo`` (None outside a repository) are not found.

    A file that a sparse checkout leaves out is read from the index.
    """

    root: Path
    repo: Repo | None = None

    def read(self, paths: Iterable[str], limit: int = DOCUMENT_LIMIT) -> dict[str, bytes | None]:
        """Read files; raises UsageError for one that exists and cannot be read."""
        files = RepositoryFiles(self.root)
        found: dict[str, bytes | None] = {}
        total = 0
        for path in paths:
            found[path] = data = read_if_there(path, lambda name: files.read(name, limit))
            total += len(data or b"")
            check_total(total)
        missing = [path for path, data in found.items() if data is None]
        if missing and self.repo and (left_out := sparse_files(self.repo, missing)):
            found.update(GitView(self.repo).read(left_out, limit))
        return found

    def find(self, pattern: str) -> list[str]:
        """Find tracked files and new ones, as a commit of everything would hold them. Raises GitError."""
        folder = fixed_folder(pattern)
        paths = self.repo.list_files(folder) if self.repo else _walk(self.root, folder)
        found = files_matching(pattern, paths)
        missing = [path for path in found if not os.path.isfile(self.root / path)]
        if missing and self.repo:
            missing = list(set(missing) - set(sparse_files(self.repo, missing)))
        return [path for path in found if path not in missing]


def read_if_there(path: str, read: Callable[[str], bytes]) -> bytes | None:
    """Return what ``read`` gives for ``path``, None where there is no such file. Raises UsageError where it cannot be read."""
    try:
        return read(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        remedy = "replace it" if isinstance(error, UnsafeFile) else "correct its permissions"
        raise UsageError(f"{path}: cannot be read: {reason}; {remedy} or take it out of the configuration") from error


class GitView:
    """Files as git holds them: in the commit ``rev``, or in the index when ``rev`` is empty. Symbolic links are followed.

    A view that is not ``strict`` shows a file as missing that cannot be read: a link that leads nowhere in an old commit
    is nobody's fault today.
    """

    def __init__(self, repo: Repo, rev: str = "", *, strict: bool = True) -> None:
        self.repo = repo
        self.rev = rev
        self._strict = strict
        self._read: dict[str, bytes | None] = {}

    def read(self, paths: Iterable[str], limit: int = DOCUMENT_LIMIT) -> dict[str, bytes | None]:
        """Read all paths with one ``git cat-file``, those of a commit once. Raises GitError and UsageError."""
        wanted = list(paths)
        if not self.rev:
            return self._index(wanted, limit)
        missing = [path for path in wanted if path not in self._read]
        try:
            blobs = self.repo.read_blobs((f"{self.rev}:{path}" for path in missing), limit)
        except UsageError:
            blobs = {f"{self.rev}:{path}": self._one(path, limit) for path in missing}
        self._read.update((path, blobs[f"{self.rev}:{path}"]) for path in missing)
        return {path: self._read[path] for path in wanted}

    def _one(self, path: str, limit: int) -> bytes | None:
        try:
            return self.repo.read_blobs([f"{self.rev}:{path}"], limit)[f"{self.rev}:{path}"]
        except UsageError as error:
            # In a folder behind a link there may be no such file.
            absent = isinstance(error, LostLink) and not self.repo.blob_ids(self.rev, [path])
            if self._strict and not absent:
                raise
            return None

    def _index(self, paths: list[str], limit: int) -> dict[str, bytes | None]:
        """Read from the index, where git itself follows no link."""
        blobs = self.repo.read_blobs((f":{path}" for path in paths), limit)
        found = {path: blobs[f":{path}"] for path in paths}
        suspects = (path for path, data in found.items() if _may_be_link(data))
        for path, real in index_links(self.repo, suspects).items():
            found[path] = self.repo.read_blobs([f":{real}"], limit)[f":{real}"]
            if found[path] is None and blobs[f":{path}"] is not None:
                raise UsageError(f"{path}: cannot be read: it is a symbolic link that leads nowhere")
        return found

    def find(self, pattern: str) -> list[str]:
        """Find files in the tree of the commit or in the index; none where there is no such commit."""
        return files_matching(pattern, self.repo.blob_ids(self.rev, [fixed_folder(pattern)]))


def _may_be_link(data: bytes | None) -> bool:
    """Return whether a blob may be a symbolic link, or (None) lie behind one."""
    return data is None or (len(data) <= _LONGEST_LINK and b"\n" not in data)


def _walk(root: Path, folder: str) -> Iterator[str]:
    """Yield the files below a folder, relative to ``root``."""
    for folder_path, folders, names in os.walk(root / folder):
        folders[:] = [name for name in folders if name != ".git"]
        yield from (Path(folder_path, name).relative_to(root).as_posix() for name in names)
