"""Change several files as one: a process that is killed in the middle leaves a journal, and the same command finishes it.

The journal lies in the state folder, with the temporary files. It holds the whole change: what is moved, what each file is
to contain, and the hash of what it contained. Whoever uses it holds the ``docs`` lock.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from autopack_hooks.core.edits import FileChange, check_unchanged
from autopack_hooks.core.files import RepositoryFiles, destination, rename, write_atomic, write_inside

FOLDER = "unfinished"
_VERSION = 1


class Finished(NamedTuple):
    """The files of an interrupted run: those that are right now, and those that somebody changed meanwhile."""

    done: Sequence[str]
    left: Sequence[str]


class Journal:
    """Make the changes of one command in the work tree at ``root``.

    Args:
        state_dir: the state folder of the workspace.
        root: the root of the work tree.
        command: the command with its arguments, which is how the same command is recognized.
    """

    def __init__(self, state_dir: Path, root: Path, command: str) -> None:
        self._root = root
        self._scratch = state_dir / FOLDER
        self._path = (
            self._scratch
            / f"{_hash(os.fsencode(os.path.realpath(root)) + command.encode('utf-8', 'surrogatepass'))[:16]}.json"
        )

    def pending(self) -> bool:
        """Return whether this command was killed while it changed files."""
        document = self._load()
        return document is not None and self._begun(document)

    def write(
        self,
        changes: Sequence[FileChange],
        moves: Mapping[str, str] | None = None,
        then: Callable[[Mapping[str, str]], None] = lambda moves: None,
    ) -> None:
        """Make all changes.

        Args:
            changes: the files with their new texts, at the places where they are after the moves.
            moves: old path -> new path of what is renamed first.
            then: the last step, given the moves; it may be done twice.

        Raises:
            Refused: a file is not as it was read. Nothing is changed.
            UsageError: a file leads out of the repository. Nothing is changed.
            OSError: a file cannot be written; the same command goes on from there.
        """
        moves = moves or {}
        check_unchanged(self._root, changes, moves)
        for path in (*moves, *moves.values()):
            destination(self._root, path)
        files = [
            {
                "path": change.path,
                "before": None if change.created else _hash(change.old_bytes),
                "after": base64.b64encode(change.new_bytes).decode(),
            }
            for change in changes
        ]
        document = {"version": _VERSION, "moves": dict(moves), "files": files}
        if len(changes) + len(moves) > 1:
            self._scratch.mkdir(parents=True, exist_ok=True)
            write_atomic(self._path, json.dumps(document).encode())
        self._apply(document)
        then(moves)
        self._close()

    def finish(self, then: Callable[[Mapping[str, str]], None] = lambda moves: None) -> Finished | None:
        """Finish the changes of a run that was killed; None where there are none, or none of them was made.

        A file that somebody changed meanwhile is left as it is. ``then`` is the last step, as in ``write``.
        """
        document = self._load()
        if document is None or not self._begun(document):
            self._close()
            return None
        left = self._apply(document)
        then(document["moves"])
        self._close()
        return Finished([file["path"] for file in document["files"] if file["path"] not in left], left)

    def _load(self) -> dict[str, Any] | None:
        try:
            document = json.loads(self._path.read_bytes())
            return document if document["version"] == _VERSION else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _begun(self, document: Mapping[str, Any]) -> bool:
        if any(os.path.lexists(self._root / new) for new in document["moves"].values()):
            return True
        return any(self._present(file["path"]) == base64.b64decode(file["after"]) for file in document["files"])

    def _apply(self, document: Mapping[str, Any]) -> list[str]:
        """Make what is still to be made; return the files that are neither as they were nor as they are to be."""
        for old, new in document["moves"].items():
            if not os.path.lexists(self._root / new) and os.path.lexists(self._root / old):
                rename(self._root / old, destination(self._root, new))
        left = []
        for file in document["files"]:
            path, after, present = file["path"], base64.b64decode(file["after"]), self._present(file["path"])
            if present == after:
                continue
            if (None if present is None else _hash(present)) != file["before"]:
                left.append(path)
                continue
            write_inside(self._root, path, after, scratch=self._scratch)
        return left

    def _present(self, path: str) -> bytes | None:
        try:
            return RepositoryFiles(self._root).read(path)
        except OSError:
            return None

    def _close(self) -> None:
        """Remove the journal and the temporary files: nobody else writes here."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
            for name in os.listdir(self._scratch):
                if name.endswith(".tmp"):
                    (self._scratch / name).unlink(missing_ok=True)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
