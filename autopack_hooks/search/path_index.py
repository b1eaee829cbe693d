"""Which entries name which files of the repository: an index in the state folder, so that the question costs no parse.

The index belongs to a commit. While HEAD stays, it answers alone; where HEAD moved and the ledgers did not, the entries are
kept. What another version of the program wrote, or cannot be read, is made anew.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from autopack_hooks import __version__
from autopack_hooks.core.files import write_atomic

_FORMAT = 1
_NAME = re.compile(r"[\w.@+~-]+(?:[/\\][\w.@+~()\[\]-]+)*[/\\]?")
_LINE = re.compile(r":\d+(?:[-:]\d+)*$")
_MOST_NAMES = 5_000


class PathIndex(NamedTuple):
    """Hold for each tracked file or folder the lines of the entries that name it, the newest first."""

    lines: Sequence[str]
    places: Mapping[str, Sequence[int]]

    def lines_for(self, paths: Iterable[str]) -> list[str]:
        """Return the lines for files, and for all files below folders, each once, the newest first."""
        wanted: set[int] = set()
        for path in paths:
            below = f"{path}/" if path else ""
            wanted.update(self.places.get(path, ()))
            wanted.update(n for name, own in self.places.items() if name.startswith(below) for n in own)
        return [self.lines[number] for number in sorted(wanted)]


class KeptIndex(NamedTuple):
    """Hold an index and what it rests on: the program with the configuration (``key``), a commit, the ledgers' files."""

    paths: PathIndex
    key: str
    commit: str
    ledgers: Sequence[str]


def index_key(config: bytes) -> str:
    """Return what an index rests on beside its commit."""
    return hashlib.sha256(f"{_FORMAT} {__version__} ".encode() + config).hexdigest()


def load_index(path: Path) -> KeptIndex | None:
    """Return what is kept in the file ``path``, None where there is nothing of use."""
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        data: Any = json.loads(path.read_bytes())
        index = PathIndex(
            [str(line) for line in data["lines"]], {name: list(own) for name, own in data["places"].items()}
        )
        return KeptIndex(index, str(data["key"]), str(data["commit"]), list(data["ledgers"]))
    return None


def save_index(path: Path, kept: KeptIndex) -> None:
    """Write the index; one that cannot be written is not missed."""
    data = {**kept._asdict(), **kept.paths._asdict()}
    del data["paths"]
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, json.dumps(data, separators=(",", ":")).encode("utf-8", "surrogatepass"), durable=False)


def build_index(
    entries: Iterable[tuple[str, str]], tracked: Iterable[str], follow: Callable[[str], str | None]
) -> PathIndex:
    """Find the files that texts name.

    A name counts that is a tracked path from the root, or the end of one alone (``net/retry.py``, or a bare name with an
    extension). What is not there any more is followed through renames.

    Args:
        entries: the line and the text of each entry, the newest first.
        tracked: the tracked files.
        follow: gives the path that one which is gone has today, None where nobody knows.

    Returns:
        PathIndex: the lines of all entries that name a file, and where each file is named.
    """
    finder = _Finder(tracked, follow)
    lines: list[str] = []
    places: dict[str, list[int]] = {}
    for line, text in entries:
        found = finder.paths_in(text)
        for path in found:
            places.setdefault(path, []).append(len(lines))
        lines += [line] if found else []
    return PathIndex(lines, places)


class _Finder:
    """Recognizes tracked paths in texts."""

    def __init__(self, tracked: Iterable[str], follow: Callable[[str], str | None]) -> None:
        self._files = set(tracked)
        self._folders = {folder for path in self._files for folder in _folders(path)}
        self._follow = follow
        self._by_name: dict[str, list[str]] = {}
        for path in self._files:
            self._by_name.setdefault(path.rpartition("/")[2], []).append(path)
        self._known: dict[str, str | None] = {}

    def paths_in(self, text: str) -> set[str]:
        """Return the tracked files and folders that ``text`` names."""
        names = dict.fromkeys(match.group() for match in _NAME.finditer(text))
        return {path for name in list(names)[:_MOST_NAMES] if (path := self._path(name))}

    def _path(self, name: str) -> str | None:
        if "." not in name and "/" not in name and "\\" not in name:
            return None  # a word
        if name not in self._known:
            self._known[name] = next((path for form in _forms(name) if (path := self._tracked(form))), None)
        return self._known[name]

    def _tracked(self, name: str) -> str | None:
        if name in self._files or ("/" in name and name in self._folders):
            return name
        ends = [path for path in self._by_name.get(name.rpartition("/")[2], ()) if f"/{path}".endswith(f"/{name}")]
        if ends:
            return ends[0] if len(ends) == 1 else None
        return self._follow(name) if "/" in name else None


def _forms(name: str) -> Iterator[str]:
    """Yield ``name`` as a path, first as it stands, then without what often stands behind one."""
    path = name.replace("\\", "/").removeprefix("./").rstrip("/")
    for form in dict.fromkeys((path, _LINE.sub("", path), path.rstrip(".,:;)]"))):
        if form and not form.startswith(("/", "../")):
            yield posixpath.normpath(form)


def _folders(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path
