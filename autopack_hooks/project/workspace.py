"""Where a command works: the root folder, its repository, its configuration, and views of its files.

A view reads files from one place: the working tree, the index, or a commit. Commands choose the view;
everything behind them is handed bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from autopack_hooks.config.model import CONFIG_NAME, Config, default_config, parse_config
from autopack_hooks.core.errors import ConfigError, UsageError
from autopack_hooks.core.git import Repo, locate
from autopack_hooks.core.globs import files_matching, fixed_folder, is_pattern
from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS, DIALECTS, Dialect


class LedgerFile(NamedTuple):
    """A configured ledger: its name, its repository-relative path (or the pattern of its files), its dialect."""

    name: str
    path: str
    dialect: Dialect


class View(Protocol):
    """Reads files by repository-relative path."""

    def read(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """Path -> content, None where there is no such file."""
        ...  # a protocol

    def find(self, pattern: str) -> list[str]:
        """The paths of the files that ``pattern`` matches, sorted."""
        ...  # a protocol


class WorktreeView(NamedTuple):
    """Files as they are on disk. In ``repo`` the ones that git ignores are not found; None: there is no repository."""

    root: Path
    repo: Repo | None = None

    def read(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """Raises UsageError for a file that is there and cannot be read."""
        return {path: read_if_there(path, lambda name: (self.root / name).read_bytes()) for path in paths}

    def find(self, pattern: str) -> list[str]:
        """Tracked files and new ones: what a commit of everything would hold. Raises GitError."""
        folder = fixed_folder(pattern)
        paths = self.repo.list_files(folder) if self.repo else _walk(self.root, folder)
        return [path for path in files_matching(pattern, paths) if os.path.isfile(self.root / path)]


def read_if_there(path: str, read: Callable[[str], bytes]) -> bytes | None:
    """What ``read`` gives for ``path``; None where there is no such file. Raises UsageError where it cannot be read."""
    try:
        return read(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"{path}: cannot be read: {reason}; mend its permissions or take it out of the configuration"
        ) from error


class GitView:
    """Files as git holds them: in the commit ``rev``, or in the index when ``rev`` is empty."""

    def __init__(self, repo: Repo, rev: str = "") -> None:
        self.repo = repo
        self.rev = rev
        self._read: dict[str, bytes | None] = {}

    def read(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """One ``git cat-file`` for all paths; raises GitError. What a commit holds is read once."""
        wanted = list(paths)
        known = self._read if self.rev else {}
        names = {path: f"{self.rev}:{path}" for path in wanted if path not in known}
        blobs = self.repo.read_blobs(names.values())
        known.update((path, blobs[name]) for path, name in names.items())
        return {path: known[path] for path in wanted}

    def find(self, pattern: str) -> list[str]:
        """From the tree of the commit, or the index; none where there is no such commit."""
        return files_matching(pattern, self.repo.blob_ids(self.rev, [fixed_folder(pattern)]))


class Workspace(NamedTuple):
    """The root, the repository (None outside git), and the configuration."""

    root: Path
    repo: Repo | None
    config: Config
    environ: Mapping[str, str]

    @classmethod
    def open(cls, environ: Mapping[str, str], repo_dir: str | None = None, config_file: str | None = None) -> Workspace:
        """Find the root above ``repo_dir`` (default: the working directory) and read its configuration.

        Raises UsageError or ConfigError.
        """
        root, repo = locate(environ, repo_dir)
        return cls(root, repo, load_config(root, config_file, repo), environ)

    def ledgers(self, view: View) -> list[LedgerFile]:
        """The ledgers of the configuration; without one, the default ones that ``view`` holds."""
        if self.config.ledgers is not None:
            return [LedgerFile(n, c.path, self.config.dialects[c.dialect]) for n, c in self.config.ledgers.items()]
        content = view.read([path for path, _ in DEFAULT_LEDGERS.values()])
        return [
            LedgerFile(name, path, DIALECTS[dialect])
            for name, (path, dialect) in DEFAULT_LEDGERS.items()
            if content[path] is not None
        ]

    @property
    def worktree(self) -> WorktreeView:
        """The files as they are on disk."""
        return WorktreeView(self.root, self.repo)

    @property
    def state_dir(self) -> Path:
        """Where caches, locks and gates live; outside a repository, a hidden folder at the root."""
        return self.repo.state_dir if self.repo else self.root / ".autopack" / "state"


def read_ledgers(files: Iterable[LedgerFile], view: View) -> dict[LedgerFile, dict[str, bytes]]:
    """Ledger -> path -> content of its files, sorted by path; empty where there is none. All are read in one go."""
    files = list(files)
    # A page that is a ledger of its own is none of the entries beside it.
    named = {file.path for file in files}
    paths = {
        file: [path for path in view.find(file.path) if path not in named] if is_pattern(file.path) else [file.path]
        for file in files
    }
    contents = view.read([path for found in paths.values() for path in found])
    return {
        file: {path: data for path in found if (data := contents[path]) is not None} for file, found in paths.items()
    }


def known_dialects(files: Iterable[LedgerFile]) -> list[Dialect]:
    """The dialects of ``files``, then those of the default ledgers that have a prefix of their own."""
    used = {file.dialect.prefix: file.dialect for file in files}
    default = (DIALECTS[dialect] for _, dialect in DEFAULT_LEDGERS.values())
    return [*used.values(), *(dialect for dialect in default if dialect.prefix not in used)]


def _walk(root: Path, folder: str) -> Iterator[str]:
    """The files below a folder, relative to ``root``."""
    for place, folders, names in os.walk(root / folder):
        folders[:] = [name for name in folders if name != ".git"]
        yield from (Path(place, name).relative_to(root).as_posix() for name in names)


DEFAULT_NAV = ("README.md", "docs/INDEX.md")


def navigation_docs(workspace: Workspace, view: View) -> list[str]:
    """The pages that lead a reader through the repository: those of ``links.nav``, or the usual ones and the ledgers."""
    named = workspace.config.links.nav
    if named is not None:
        return list(named)
    return list(dict.fromkeys((*DEFAULT_NAV, *(file.path for file in workspace.ledgers(view)))))


def repository_paths(workspace: Workspace, files: Sequence[str]) -> set[str] | None:
    """The repository-relative paths of files on a command line; None for no files, which means all."""
    if not files:
        return None
    root = os.path.realpath(workspace.root)
    return {Path(os.path.relpath(os.path.realpath(name), root)).as_posix() for name in files}


def load_config(
    root: Path, config_file: str | None, repo: Repo | None, read: Callable[[Path], bytes] = Path.read_bytes
) -> Config:
    """The configuration of ``root``: the file given, or ``.autopack-hooks.yaml`` where it exists."""
    project = repo.name if repo else root.name
    path = Path(config_file) if config_file else root / CONFIG_NAME
    name = config_file or CONFIG_NAME
    try:
        data = read(path)
    except FileNotFoundError:
        if config_file:
            raise ConfigError(f"{name}: no such file; check --config") from None
        return default_config(project)
    except OSError as error:
        raise ConfigError(f"{name}: cannot be read: {error.strerror}") from error
    return parse_config(data, name, project)
