"""Where a run looks, and what it saw there: as long as all of that is the same, so is what the run says.

Whatever a verdict can rest on is asked for here and nowhere else: files and folders on the disk, the index, and what git
says of the repository. The questions and answers are kept, so that a later run may ask the same and compare.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autopack_hooks.core.git import Repo
from autopack_hooks.links.index import Index

if TYPE_CHECKING:
    from autopack_hooks.links.history import Basis
    from autopack_hooks.links.remotes import OwnRepository

Answers = Mapping[str, Mapping[str, Any]]
"""What was asked -> of what -> the answer, as JSON holds it."""


class Seen:
    """The work tree ``root`` with its ``repo`` (None: no git) and the repository's ``index``. Paths count from the root."""

    def __init__(self, root: Path, repo: Repo | None, index: Index) -> None:
        self.repo = repo
        self.index = index
        self._root = f"{root}{os.sep}"
        self._files: dict[str, str] = {}
        self._on_disk: dict[str, bool] = {}
        self._exists: dict[str, bool] = {}
        self._git: dict[str, Any] = {}

    def read(self, path: str) -> bytes:
        """The content of a file, which may lie outside the root. Raises OSError, and ValueError for what is no path."""
        try:
            with open(os.path.join(self._root, path), "rb", buffering=0) as stream:
                data = stream.read()
        except (OSError, ValueError) as error:
            self._files[path] = f"{type(error).__name__}: {error}"
            raise
        self._files[path] = content_key(data)
        return data

    def key(self, path: str) -> str:
        """The ``content_key`` of a file that was read."""
        return self._files[path]

    def on_disk(self, path: str) -> bool:
        """Whether something lies at ``path``, be it a symbolic link that leads nowhere."""
        known = self._on_disk.get(path)
        if known is None:
            known = self._on_disk[path] = os.path.lexists(self._root + path)
        return known

    def exists(self, path: str) -> bool:
        """Whether ``path`` leads to a file or folder. Raises OSError where that cannot be told."""
        known = self._exists.get(path)
        if known is None:
            known = self._exists[path] = Path(self._root, path).exists()
        return known

    @property
    def modes(self) -> dict[str, str]:
        """What git tracks: path -> mode."""
        self._ask("shape")
        return self.index.modes

    @property
    def oids(self) -> dict[str, str]:
        """What git tracks: path -> blob id."""
        self._ask("listing")
        return self.index.oids

    def history(self) -> Basis | None:
        """What renames are to be read from; None before the first commit."""
        self._ask("listing")  # what is staged belongs to it
        found: Basis | None = self._ask("history")
        return found

    def own(self) -> OwnRepository:
        """The URLs of the repository itself."""
        found: OwnRepository = self._ask("own")
        return found

    def _ask(self, question: str) -> Any:
        if question not in self._git:
            self._git[question] = _GIT[question](self)
        return self._git[question]

    def answers(self) -> Answers:
        """All that was asked so far."""
        git = {question: _plain(answer) for question, answer in self._git.items()}
        return {"git": git, "exists": self._exists, "on_disk": self._on_disk, "files": self._files}

    def is_steady(self) -> bool:
        """Whether the index is still the one that was listed, where another process of git read it, too."""
        return "history" not in self._git or Index(self.repo).content == self.index.content

    def agrees(self, earlier: Answers) -> bool:
        """Whether all that was asked ``earlier`` has the same answer here. Raises KeyError and the like for what is none.

        What costs little, and what changes most, is asked first.
        """
        git = earlier["git"]
        quick = [question for question in git if question in ("shape", "listing")]
        return (
            all(_plain(self._ask(question)) == git[question] for question in quick)
            and all(self.exists(path) is answer for path, answer in earlier.get("exists", {}).items())
            and all(self._content(path) == answer for path, answer in earlier.get("files", {}).items())
            and all(self.on_disk(path) is answer for path, answer in earlier.get("on_disk", {}).items())
            and all(_plain(self._ask(question)) == git[question] for question in git)
        )

    def _content(self, path: str) -> str:
        with suppress(OSError, ValueError):
            self.read(path)
        return self._files[path]


def content_key(data: bytes) -> str:
    """The id that git gives the content of a file, in repositories that count in SHA-1."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _plain(answer: Any) -> Any:
    """An answer as it comes back from JSON."""
    return json.loads(json.dumps(answer))


def _history(seen: Seen) -> Any:
    from autopack_hooks.links.history import basis  # only where a target is missing

    return basis(seen.repo)


def _own(seen: Seen) -> Any:
    from autopack_hooks.links.remotes import own_repository  # only where a URL looks like one of ours

    return own_repository(seen.repo)


_GIT: Mapping[str, Callable[[Seen], Any]] = {
    "shape": lambda seen: seen.index.shape,
    "listing": lambda seen: seen.index.content,
    "history": _history,
    "own": _own,
}
