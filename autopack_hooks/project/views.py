"""Views of files: each reads from one place, the working tree, the index or a commit.

Commands choose the view; everything below them is handed bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.git import Repo
from autopack_hooks.core.globs import files_matching, fixed_folder


class View(Protocol):
    """A reader of files by repository-relative path."""

    def read(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """Return path -> content, None where there is no such file."""
        ...  # a protocol

    def find(self, pattern: str) -> list[str]:
        """Return the paths of the files that ``pattern`` matches, sorted."""
        ...  # a protocol


class WorktreeView(NamedTuple):
    """Files as they are on disk; those that git ignores in ``repo`` (None outside a repository) are not found."""

    root: Path
    repo: Repo | None = None

    def read(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """Read files; raises UsageError for one that exists and cannot be read."""
        return {path: read_if_there(path, lambda name: (self.root / name).read_bytes()) for path in paths}

    def find(self, pattern: str) -> list[str]:
        """Find tracked files and new ones, as a commit of everything would hold them. Raises GitError."""
        folder = fixed_folder(pattern)
        paths = self.repo.list_files(folder) if self.repo else _walk(self.root, folder)
        return [path for path in files_matching(pattern, paths) if os.path.isfile(self.root / path)]


def read_if_there(path: str, read: Callable[[str], bytes]) -> bytes | None:
    """Return what ``read`` gives for ``path``, None where there is no such file. Raises UsageError where it cannot be read."""
    try:
        return read(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"{path}: cannot be read: {reason}; correct its permissions or take it out of the configuration"
        ) from error


class GitView:
    """Files as git holds them: in the commit ``rev``, or in the index when ``rev`` is empty."""

    def __init__(self, repo: Repo, rev: str = "") -> None:
        self.repo = repo
        self.rev = rev
        self._read: dict[str, bytes | None] = {}

    def read(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """Read all paths with one ``git cat-file``, those of a commit once. Raises GitError."""
        wanted = list(paths)
        known = self._read if self.rev else {}
        names = {path: f"{self.rev}:{path}" for path in wanted if path not in known}
        blobs = self.repo.read_blobs(names.values())
        known.update((path, blobs[name]) for path, name in names.items())
        return {path: known[path] for path in wanted}

    def find(self, pattern: str) -> list[str]:
        """Find files in the tree of the commit or in the index; none where there is no such commit."""
        return files_matching(pattern, self.repo.blob_ids(self.rev, [fixed_folder(pattern)]))


def _walk(root: Path, folder: str) -> Iterator[str]:
    """Yield the files below a folder, relative to ``root``."""
    for folder_path, folders, names in os.walk(root / folder):
        folders[:] = [name for name in folders if name != ".git"]
        yield from (Path(folder_path, name).relative_to(root).as_posix() for name in names)
