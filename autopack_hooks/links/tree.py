"""The tree that links resolve against: tracked files, folders, symbolic links and submodules."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple

from autopack_hooks.core.files import LONGEST_PATH

FILE, FOLDER, MODULE, BROKEN_SYMLINK = "file", "folder", "module", "broken_symlink"
_SYMLINK_MODE, _MODULE_MODE = "120000", "160000"
_MAX_HOPS = 40


class Found(NamedTuple):
    """Hold what is at a path: its kind, and its path after symbolic links."""

    kind: str
    path: str


class Tree:
    """Map paths (forward slashes, relative to the root) to git modes.

    ``read_link`` gives the target of a tracked symbolic link, as written; it is asked only where a link meets one.
    """

    def __init__(self, modes: Mapping[str, str], read_link: Callable[[str], str]) -> None:
        self.modes = modes
        self._read_link = read_link
        self.folders: set[str] = {""}
        for path in modes:
            while (path := path.rpartition("/")[0]) not in self.folders:
                self.folders.add(path)
        self._special = {path for path, mode in modes.items() if mode in (_SYMLINK_MODE, _MODULE_MODE)}

    def find(self, path: str) -> Found | None:
        """Return what ``path`` (normal form, "" is the root) leads to, None where nothing is tracked there."""
        for _ in range(_MAX_HOPS):
            mode = self.modes.get(path)
            if mode is not None and mode not in (_SYMLINK_MODE, _MODULE_MODE):
                return Found(FILE, path)
            if path in self.folders:
                return Found(FOLDER, path)
            special = self._special_part(path)
            if special is None:
                return None
            if self.modes[special] == _MODULE_MODE:
                return Found(MODULE, path)
            rest = path[len(special) :]
            target = posixpath.join(posixpath.dirname(special), self._read_link(special))
            path = normal(target + rest)
            if (
                path == ".."
                or path.startswith(("../", "/"))
                or (self.find_plain(path) is None and not self._special_part(path))
            ):
                return Found(BROKEN_SYMLINK, special)
        return Found(BROKEN_SYMLINK, path)

    def find_plain(self, path: str) -> str | None:
        """Return FILE or FOLDER where ``path`` is tracked as such, without following links."""
        if path in self.modes:
            return FILE
        return FOLDER if path in self.folders else None

    def renamed(self, after: Callable[[str], str], before: Callable[[str], str]) -> Tree:
        """Return the tree with every path ``after`` a move; ``before`` gives back what it was."""
        modes = {after(path): mode for path, mode in self.modes.items()}
        return Tree(modes, lambda path: self._read_link(before(path)))

    def exists(self, path: str) -> bool:
        """Return whether a link to ``path`` is good."""
        found = self.find(path)
        return found is not None and found.kind != BROKEN_SYMLINK

    def _special_part(self, path: str) -> str | None:
        if not self._special or len(path) > LONGEST_PATH:
            return None
        parts = path.split("/")
        heads = ("/".join(parts[: i + 1]) for i in range(len(parts)))
        return next((head for head in heads if head in self._special), None)

    @cached_property
    def _spelled(self) -> dict[str, list[str]]:
        spelled: dict[str, list[str]] = {}
        for path in (*self.modes, *self.folders):
            spelled.setdefault(fold(path), []).append(path)
        return spelled

    def other_spellings(self, path: str) -> list[str]:
        """Return tracked paths that differ from ``path`` in case or Unicode form only."""
        return self._spelled.get(fold(path), [])

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """Return file name -> the tracked files of that name."""
        names: dict[str, list[str]] = {}
        for path in self.modes:
            names.setdefault(path.rpartition("/")[2], []).append(path)
        return names

    @cached_property
    def extensions(self) -> frozenset[str]:
        """Return the extensions of tracked files, lower case, without the dot."""
        return frozenset(name.rpartition(".")[2].lower() for name in self.by_name if "." in name)

    def readme(self, folder: str) -> str | None:
        """Return the README that GitHub shows for a folder."""
        prefix = f"{folder}/" if folder else ""
        for name in ("README.md", "readme.md", "Readme.md", "README.markdown"):
            if prefix + name in self.modes:
                return prefix + name
        return None


def normal(path: str) -> str:
    """Return ``path`` without ``.``, ``..`` and doubled slashes; "" for the root; ``../…`` where it leaves the root."""
    if path[:1] not in "./" and path[-1] != "/" and "/." not in path and "//" not in path:
        return path  # nearly every one
    path = posixpath.normpath(path)
    return "" if path == "." else path


def fold(path: str) -> str:
    """Return what paths that differ in case or Unicode form have in common."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())
