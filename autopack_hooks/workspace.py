"""Where a command works: the root folder, its repository, its configuration, and views of its files.

A view reads files from one place: the working tree, the index, or a commit. Commands choose the view;
everything behind them is handed bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from autopack_hooks.config import CONFIG_NAME, Config, default_config, parse_config
from autopack_hooks.errors import ConfigError, UsageError
from autopack_hooks.git import Repo
from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS, DIALECTS, Dialect


@dataclass(frozen=True)
class LedgerFile:
    """A configured ledger: its name, its repository-relative path, its dialect."""

    name: str
    path: str
    dialect: Dialect


class View(Protocol):
    """Reads files by repository-relative path."""

    def read(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """Path -> content, None where there is no such file."""
        ...  # a protocol


@dataclass(frozen=True)
class WorktreeView:
    """Files as they are on disk."""

    root: Path

    def read(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """Raises UsageError for a file that is there and cannot be read."""
        return {path: self._one(path) for path in paths}

    def _one(self, path: str) -> bytes | None:
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError(
                f"{path}: cannot be read: {reason}; mend its permissions or take it out of the configuration"
            ) from error


@dataclass(frozen=True)
class GitView:
    """Files as git holds them: in the commit ``rev``, or in the index when ``rev`` is empty."""

    repo: Repo
    rev: str = ""

    def read(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """One ``git cat-file`` for all paths; raises GitError."""
        names = {path: f"{self.rev}:{path}" for path in paths}
        blobs = self.repo.read_blobs(names.values())
        return {path: blobs[name] for path, name in names.items()}


@dataclass(frozen=True)
class Workspace:
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
        """The ledgers of the configuration; without one, the default ones that ``view`` holds."""
        if self.config.ledgers is not None:
            return [LedgerFile(n, c.path, DIALECTS[c.dialect]) for n, c in self.config.ledgers.items()]
        content = view.read([path for path, _ in DEFAULT_LEDGERS.values()])
        return [
            LedgerFile(name, path, DIALECTS[dialect])
            for name, (path, dialect) in DEFAULT_LEDGERS.items()
            if content[path] is not None
        ]

    @property
    def state_dir(self) -> Path:
        """Where caches, locks and gates live; outside a repository, a hidden folder at the root."""
        return self.repo.state_dir if self.repo else self.root / ".autopack" / "state"


def locate(environ: Mapping[str, str], repo_dir: str | None) -> tuple[Path, Repo | None]:
    """The root folder and the repository around ``repo_dir``; outside git, ``repo_dir`` itself."""
    start = Path(repo_dir) if repo_dir else Path.cwd()
    if not start.is_dir():
        raise UsageError(f"{start}: no such folder; give --repo a folder")
    repo = Repo.discover(start, environ)
    return (repo.root if repo else Path(os.path.abspath(start))), repo


def load_config(root: Path, config_file: str | None) -> Config:
    """The configuration of ``root``: the file given, or ``.autopack-hooks.yaml`` where it exists."""
    path = Path(config_file) if config_file else root / CONFIG_NAME
    name = config_file or CONFIG_NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        if config_file:
            raise ConfigError(f"{name}: no such file; check --config") from None
        return default_config(root.name)
    except OSError as error:
        raise ConfigError(f"{name}: cannot be read: {error.strerror}") from error
    return parse_config(data, name, root.name)
