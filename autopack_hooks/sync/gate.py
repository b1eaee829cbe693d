"""The gate in front of a hook's sync: nothing is parsed or imported when no ledger changed since the last one.

The key is the tool's version, the configuration, the environment that selects the targets, and the blob ids of the
ledgers in HEAD. It is a shortcut, never a record of what a target holds: losing it costs one comparison.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autopack_hooks import __version__
from autopack_hooks.core.files import read_regular, write_atomic
from autopack_hooks.core.git import Repo
from autopack_hooks.core.globs import files_matching, fixed_folder, is_pattern
from autopack_hooks.core.tracked import object_ids

_VARIABLES = ("DATABASE_URL", "QDRANT_HOST")


@dataclass(frozen=True)
class Gate:
    """The gate of one work tree, in the file ``path``."""

    path: Path
    repo: Repo
    key: str

    @classmethod
    def of(cls, repo: Repo, config_path: Path, environ: Mapping[str, str]) -> Gate:
        """Return the gate of a work tree. Linked work trees have a gate each, for each has its own HEAD.

        Args:
            repo: Its repository.
            config_path: The configuration, which need not exist.
            environ: The environment.
        """
        digest = hashlib.sha256(__version__.encode())
        for part in (_bytes(config_path), *(os.fsencode(environ.get(name, "")) for name in _VARIABLES)):
            digest.update(hashlib.sha256(part).digest())
        name = hashlib.sha256(os.fsencode(repo.root)).hexdigest()[:16]
        return cls(repo.state_dir / f"gate-{name}.json", repo, digest.hexdigest())

    def unchanged(self) -> bool:
        """Return True if the last successful sync was of the same ledgers, and its local stores are still there."""
        try:
            last = json.loads(self.path.read_bytes())
            if last["key"] != self.key or not all(os.path.exists(name) for name in last["stores"]):
                return False
            blobs: object = last["blobs"]
            return bool(blobs) and blobs == self._blobs("HEAD", last["paths"])
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def remember(self, paths: Sequence[str], stores: Sequence[str], commit: str) -> None:
        """Record a successful sync. A gate that cannot be written only means that the next run compares again.

        Args:
            paths: The paths and patterns of the ledgers.
            stores: The files and folders that they were synced to; empty for servers.
            commit: The commit that they were read from.
        """
        document = {
            "key": self.key,
            "paths": list(paths),
            "stores": list(stores),
            "blobs": self._blobs(commit, paths),
        }
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self.path, json.dumps(document).encode(), durable=False)

    def _blobs(self, rev: str, paths: Sequence[str]) -> dict[str, str]:
        """Return path -> blob id of all files of the ledgers, so that one more or one less is a change.

        A symbolic link counts as what it leads to.
        """
        patterns = [path for path in paths if is_pattern(path)]
        listed = self.repo.blob_ids(rev, [fixed_folder(path) for path in patterns])
        names = [name for path in paths for name in (files_matching(path, listed) if path in patterns else [path])]
        found = object_ids(self.repo, [f"{rev}:{name}" for name in names])
        return {name: found[f"{rev}:{name}"] for name in names if f"{rev}:{name}" in found}


def _bytes(path: Path) -> bytes:
    try:
        return read_regular(path)
    except FileNotFoundError:
        return b""
    except OSError as error:
        return repr(error).encode()
