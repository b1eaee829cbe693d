"""Judge how sure a repair of a link is that rests on names and paths alone, without git's word for it.

A repair is certain where only one place can be meant. A name shows that where one file has it, it says more than one
plain word, and the file lies where one would look: not in another top folder, not in a hidden one, and not in a tree
that runs beside the wanted one (``src`` and ``test``, ``en`` and ``fr``), where namesakes are to be expected. A path
shows it where it was written from the root (with ``..`` it was not), or with a step too many or too few, and leads to a
page.
"""

from __future__ import annotations

import posixpath
import re
from functools import cached_property

from autopack_hooks.links.tree import Tree, normal

SURE, LIKELY, UNLIKELY = 0.92, 0.87, 0.80
# Names that every folder may have: alone they say nothing about which one is meant.
COMMON = frozenset(
    ("readme.md", "index.md", "_index.md", "index.html", "index.rst", "changelog.md", "license", "license.md")
    + ("license.txt", "skill.md", "overview.md", "introduction.md", "__init__.py", "main.py", "setup.py")
    + ("conftest.py", "mod.rs", "lib.rs", "main.rs", "main.go", "index.js", "index.ts", "config.yaml", "config.py")
    + ("package.json", "tsconfig.json", "dockerfile", "makefile", "requirements.txt", "pyproject.toml", "cargo.toml")
    + (".gitignore", "go.mod")
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_STEPS = re.compile(r"\A(?:\.{0,2}/)+")
# So many words and numbers make a name that nobody gives twice.
_SPEAKING, _UNMISTAKABLE = 2, 4


class Certainty:
    """Judge repairs within ``tree``."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def of_name(self, path: str, wanted: str, source: str, written: str) -> float:
        """Return how sure it is that the only file of its name is meant.

        Args:
            path: the file.
            wanted: where the link leads.
            source: the document with the link.
            written: the link's path, as it is written.
        """
        folder, _, name = path.rpartition("/")
        hidden = {part for part in folder.split("/") if part.startswith(".")}
        if hidden - {*wanted.split("/"), *source.split("/")}:
            return UNLIKELY
        if path not in self._tree.modes:
            return UNLIKELY
        words = _words(name)
        rest = normal(_STEPS.sub("", written))
        if path in _from_above(source, rest):
            return SURE if name.lower() not in COMMON and ("/" in rest or words >= _SPEAKING) else LIKELY
        if self._is_beside(folder, posixpath.dirname(wanted)):
            return UNLIKELY
        if name.lower() in COMMON:
            return LIKELY
        if _top(path) != _top(wanted):
            return SURE if words >= _UNMISTAKABLE else LIKELY if words >= _SPEAKING else UNLIKELY
        homes = (posixpath.dirname(wanted), posixpath.dirname(source))
        if words >= _SPEAKING or any(_contains(home, folder) or _contains(folder, home) for home in homes):
            return SURE
        return LIKELY

    def of_base(self, path: str, wanted: str, written: str) -> float:
        """Return how sure it is that ``written``, which leads to ``wanted``, is meant to be read as ``path`` from the root."""
        name = path.rpartition("/")[2]
        page = path in self._tree.modes or self._tree.readme(path) is not None
        # Above the root there is nothing that else could be meant.
        climbs = written.startswith("..") and not wanted.startswith("..")
        if climbs and not page:
            return UNLIKELY
        if "/" not in path:
            alone = page and name.lower() not in COMMON and self._tree.by_name.get(name) == [path]
            return LIKELY if climbs or not alone else SURE
        if climbs:
            return SURE if self._only_end(path) else LIKELY
        return SURE if page or written.endswith("/") else LIKELY

    def _only_end(self, path: str) -> bool:
        """Return whether no other path ends like ``path``."""
        name = path.rpartition("/")[2]
        others = self._tree.by_name.get(name, ()) if path in self._tree.modes else self._tree.folders
        return not any(other.endswith(f"/{path}") for other in others)

    def _is_beside(self, one: str, other: str) -> bool:
        """Return whether two folders, or those above them where they part, hold things of the same names."""
        while one.rpartition("/")[2] == other.rpartition("/")[2] and one and other:
            one, other = one.rpartition("/")[0], other.rpartition("/")[0]
        return one != other and bool(self._children.get(one, set()) & self._children.get(other, set()))

    @cached_property
    def _children(self) -> dict[str, set[str]]:
        """Return folder -> the names in it, without the common ones."""
        names: dict[str, set[str]] = {}
        for path in (*self._tree.modes, *self._tree.folders):
            folder, _, name = path.rpartition("/")
            if name and name.lower() not in COMMON:
                names.setdefault(folder, set()).add(name)
        return names


def _from_above(source: str, rest: str) -> set[str]:
    """Return what ``rest`` is, read from the folder of ``source`` and from each one above it."""
    parts = source.split("/")[:-1]
    return {"/".join((*parts[:count], rest)) for count in range(len(parts) + 1)}


def _words(name: str) -> int:
    """Return how many words and numbers a file name has, without its extension."""
    return len(_WORD.findall(name.rpartition(".")[0] or name))


def _top(path: str) -> str:
    return path.partition("/")[0] if "/" in path else ""


def _contains(folder: str, inner: str) -> bool:
    return folder in ("", inner) or inner.startswith(f"{folder}/")
