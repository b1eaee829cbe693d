"""A workspace: the root folder, its repository, its configuration, and the files of its ledgers."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from autopack_hooks.config.model import CONFIG_NAME, Config, parse_config
from autopack_hooks.core.errors import ConfigError, UsageError
from autopack_hooks.core.files import CONFIG_LIMIT, RepositoryFiles, read_regular
from autopack_hooks.core.git import SCRATCH_FOLDER, Repo, locate
from autopack_hooks.core.globs import files_matching
from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS, DIALECTS, Dialect
from autopack_hooks.project.name import project_name
from autopack_hooks.project.views import View, WorktreeView


class LedgerFile(NamedTuple):
    """A configured ledger: its name, its repository-relative path (or the pattern of its files), its dialect.

    ``index_file`` is another file that lists its entries, "" where there is none.
    """

    name: str
    path: str
    dialect: Dialect
    index_file: str = ""


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
        return cls(root, repo, load_config(root, config_file), environ)

    def ledgers(self, view: View) -> list[LedgerFile]:
        """Return the ledgers of the configuration; without one, the default ones that ``view`` holds."""
        if self.config.ledgers is not None:
            named = self.config.ledgers.items()
            return [LedgerFile(name, own.path, self.config.dialect_of(own), own.index or "") for name, own in named]
        content = view.read([path for path, _ in DEFAULT_LEDGERS.values()])
        return [
            LedgerFile(name, path, DIALECTS[dialect])
            for name, (path, dialect) in DEFAULT_LEDGERS.items()
            if content[path] is not None
        ]

    def has_ledger_file(self, path: str) -> bool:
        """Return whether ``path`` is a file of a ledger on disk, or lists the entries of one."""
        return any(
            path in (ledger.path, ledger.index_file) or bool(files_matching(ledger.path, [path]))
            for ledger in self.ledgers(self.worktree)
        )

    @property
    def project(self) -> str:
        """The name under which entries are stored: by default that of the repository, wherever it was cloned to."""
        return self.config.project or (project_name(self.repo) if self.repo else self.root.name)

    @property
    def worktree(self) -> WorktreeView:
        """The files as they are on disk."""
        return WorktreeView(self.root, self.repo)

    @property
    def state_dir(self) -> Path:
        """The folder of caches, locks and gates; outside a repository, a hidden one at the root."""
        return self.repo.state_dir if self.repo else self.root / ".autopack" / "state"

    @property
    def scratch(self) -> Path:
        """The folder of temporary files, which the next run sweeps."""
        return self.state_dir / SCRATCH_FOLDER


def repository_paths(workspace: Workspace, files: Sequence[str]) -> dict[str, str] | None:
    """Return the repository-relative paths of files on a command line, each with the name that was given.

    None for no files, which means all.
    """
    return {_relative(workspace.root, name): name for name in files} if files else None


def _relative(root: Path, name: str) -> str:
    """Return a path relative to ``root``; a link inside is known by its own name."""
    path = os.path.relpath(os.path.abspath(name), root)
    if path.startswith(os.pardir):
        path = os.path.relpath(os.path.realpath(name), os.path.realpath(root))
    return Path(path).as_posix()


def refuse_unread(named: Mapping[str, str], read: Collection[str], reason: str) -> None:
    """Raise UsageError for a file of the command line that was not looked at: success would say that it is right.

    Args:
        named: the paths, and what they are called on the command line.
        read: the paths of all files that were looked at.
        reason: what the others are.
    """
    for path, name in named.items():
        if path not in read:
            raise UsageError(f"{name}: {reason}; correct the name, or name the file in the configuration")


def refuse_nothing(workspace: Workspace, found: Collection[object], what: str) -> None:
    """Raise UsageError where nothing was found to look at and there is no work tree that might have it one day."""
    if workspace.repo is None and not found:
        raise UsageError(
            f"{workspace.root}: neither a git work tree nor {what}; run this in one, or name it with --repo"
        )


def load_config(root: Path, config_file: str | None) -> Config:
    """Return the configuration of ``root``; without a file, all defaults. Raises ConfigError, as ``read_config`` does."""
    data = read_config(root, config_file)
    return Config() if data is None else parse_config(data, config_file or CONFIG_NAME)


def read_config(root: Path, config_file: str | None) -> bytes | None:
    """Return the content of ``config_file``, or of ``.autopack-hooks.yaml`` where it exists, else None.

    Args:
        root: the root of the workspace.
        config_file: the file that was named on the command line, which must exist.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        # A file that the user names may lie anywhere.
        return read_regular(config_file) if config_file else RepositoryFiles(root).read(CONFIG_NAME, CONFIG_LIMIT)
    except FileNotFoundError:
        if config_file:
            raise ConfigError(f"{config_file}: no such file; check --config") from None
        return None
    except OSError as error:
        raise ConfigError(f"{config_file or CONFIG_NAME}: cannot be read: {error.strerror}") from error
