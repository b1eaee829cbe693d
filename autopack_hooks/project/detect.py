"""Find what may be a ledger among the files of a repository: decision folders, changelogs, decision logs, Autopack's three.

Nothing here decides how a ledger is written, or that it is one: whoever asks tries the dialects on each candidate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from autopack_hooks.ledger.dialect import DEFAULT_LEDGERS

FOLDER, CHANGELOG, LOG = "folder", "changelog", "log"
Read = Callable[[Iterable[str]], Mapping[str, bytes | None]]

_SOMEBODY_ELSES = frozenset(
    """
    vendor vendors vendored node_modules third_party thirdparty 3rdparty 3rd_party external externals extern deps
    bower_components jspm_packages pods carthage site_packages venv env dist target submodules submodule subprojects
    test tests testing testdata test_data fixture fixtures e2e spec_fixtures snapshots golden testsuite mocks
    example examples sample samples demo demos playground playgrounds template templates assets boilerplate scaffold
    archive archives archived old backup backups attic deprecated_docs
    """.split()  # noqa: SIM905  (a table of words)
)
"""Folders whose ledgers are not this repository's own, or no longer kept; compared in lower case, with ``_`` for ``-``."""

_DECISION_WORDS = frozenset(("adr", "adrs", "decision", "decisions", "madr", "madrs"))
_CHANGELOG_NAME = re.compile(r"(?i)(change[-_]?log|changes|history|releases?|release[-_]?notes|news|whats[-_]?new)\.md")
_LOG_NAME = re.compile(
    r"(?i)(?:(?:.*[-_ .])?(?:adrs?|decisions?)(?:[-_ ]?(?:log|records?|register|index|history))?"
    r"|(?:.*[-_])?(?:build[-_]?(?:history|log)|debug[-_]?(?:log|history)))\.md"
)
_NUMBERED = re.compile(
    r"(?i)(?![0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[a-z]{2,6}[-_ ]?|(?:[a-z]{2,8}[-_ ]){0,2}adr[-_](?:[a-z]{2,12}[-_])?(?=[0-9]{3}))?([0-9]{1,9}[a-z]?)[-_. ].*md$"
)
_ENTRY_HEADING = re.compile(rb"(?m)^#{2,3}[ \t]+[*\[]{0,2}(?:ADR|DEC|BUILD|DBG)-[0-9]")
_SECTION = re.compile(
    rb"(?im)^(?:#{1,4}[ \t]*|[*_-][*_ \t]*|[|][*_ \t]*)?(status|context|decision|consequences|options)\b"
)
_GENERIC = frozenset(
    (
        "docs",
        "doc",
        "documentation",
        "architecture",
        "packages",
        "package",
        "pkgs",
        "libs",
        "lib",
        "apps",
        "modules",
        "src",
    )
)
_SAMPLE = 20
"""Files of a folder that are looked into where its name does not say that it holds decisions."""


class Candidate(NamedTuple):
    """What may be a ledger: a name for it, its path or pattern, what kind of ledger it may be, its files.

    ``named``: the name of its file or folder says so, and not only what is in it.
    """

    name: str
    path: str
    kind: str
    files: tuple[str, ...]
    named: bool = True


def find_candidates(paths: Iterable[str], read: Read) -> list[Candidate]:
    """Return what may be a ledger, sorted by path, each with a name of its own.

    Args:
        paths: the files of the repository, relative to its root.
        read: returns path -> content; asked for few files only.
    """
    pages = sorted(path for path in paths if path.lower().endswith(".md") and is_own(path))
    folders = _folders(pages, read)
    inside = {path for candidate in folders for path in candidate.files}
    files = [candidate for candidate in _files(pages, read) if candidate.path not in inside]
    found = sorted([*folders, *files], key=lambda candidate: candidate.path)
    return [candidate._replace(name=name) for candidate, name in zip(found, _names(found), strict=True)]


def is_own(path: str) -> bool:
    """Return whether a path is not in a folder of somebody else's code, of tests, examples or an archive."""
    for part in PurePosixPath(path).parts[:-1]:
        word = part.lower().replace("-", "_")
        words = word.split("_")
        if word in _SOMEBODY_ELSES or words[-1] in ("tests", "fixtures", "examples", "samples", "testdata", "vendor"):
            return False
    return True


def _folders(pages: Sequence[str], read: Read) -> list[Candidate]:
    """Return the folders of numbered decision files; several below one of decisions are one ledger where numbers allow it."""
    numbered: dict[str, dict[str, str]] = {}
    for path in pages:
        pure = PurePosixPath(path)
        match = _NUMBERED.match(pure.name)
        if match and "template" not in pure.name.lower():
            numbered.setdefault(pure.parent.as_posix(), {})[path] = match[1].lower().lstrip("0")
    homes: dict[str, dict[str, dict[str, str]]] = {}
    for folder, files in numbered.items():
        home = _home(folder)
        if home or _read_as_decisions(list(files), read):
            homes.setdefault(home or folder, {})[folder] = files
    found = []
    for home, folders in homes.items():
        numbers = [number for files in folders.values() for number in files.values()]
        if len(folders) > 1 and len(set(numbers)) == len(numbers):
            paths = tuple(path for files in folders.values() for path in files)
            found.append(Candidate("", f"{home}/**/*.md", FOLDER, paths))
        else:
            found += [Candidate("", _pattern(folder), FOLDER, tuple(files)) for folder, files in folders.items()]
    return found


def _pattern(folder: str) -> str:
    return "*.md" if folder == "." else f"{folder}/*.md"


def _home(folder: str) -> str:
    """Return the innermost folder around ``folder``, or itself, whose name says that it holds decisions; "" for none."""
    pure = PurePosixPath(folder)
    for around in (pure, *pure.parents):
        if _DECISION_WORDS & set(re.split(r"[-_. ]+", around.name.lower())):
            return around.as_posix()
    return ""


def _read_as_decisions(files: Sequence[str], read: Read) -> bool:
    """Return whether most of a few files have at least a status and one more part of a decision record."""
    if len(files) < 2:
        return False
    contents = read(files[:_SAMPLE]).values()
    like = [data for data in contents if data and {b"status"} < {word.lower() for word in _SECTION.findall(data)}]
    return len(like) * 2 > len(contents)


def _files(pages: Sequence[str], read: Read) -> list[Candidate]:
    """Return the pages whose name is that of a changelog or a log, and those near the root that have entries."""
    default = {path for path, _ in DEFAULT_LEDGERS.values()}
    found, others = [], []
    for path in pages:
        name = PurePosixPath(path).name
        if path in default or _LOG_NAME.fullmatch(name):
            # Many a page of prose is called so; only what is in a changelog is known by its name.
            found.append(Candidate("", path, LOG, (path,), path in default))
        elif _CHANGELOG_NAME.fullmatch(name):
            found.append(Candidate("", path, CHANGELOG, (path,), "change" in name.lower()))
        elif path.count("/") < 3 and not _NUMBERED.match(name):
            others.append(path)
    contents = read(others)
    entries = {path: len(_ENTRY_HEADING.findall(contents.get(path) or b"")) for path in others}
    return [*found, *(Candidate("", path, LOG, (path,), False) for path in others if entries[path] > 1)]


def _names(found: Sequence[Candidate]) -> list[str]:
    """Return a name for each ledger: that of its file or folder, with the package it is of where several are alike."""
    known = {path: name for name, (path, _) in DEFAULT_LEDGERS.items()}
    names: dict[str, str] = {}
    for candidate in sorted(found, key=lambda candidate: (candidate.path not in known, candidate.path.count("/"))):
        path = candidate.path
        base = known.get(path) or _plain(path, candidate.kind)
        name = base
        if name in names.values():
            around = PurePosixPath(path).parts[: -2 if candidate.kind == FOLDER else -1]
            words = [re.sub(r"[^A-Za-z0-9]+", "_", part).strip("_") for part in around if part.lower() not in _GENERIC]
            name = "_".join([base, *filter(None, words[-2:])])[:56]
        number = 2
        while name in names.values():
            name, number = f"{base[:50]}_{number}", number + 1
        names[path] = name
    return [names[candidate.path] for candidate in found]


def _plain(path: str, kind: str) -> str:
    parts = [part for part in PurePosixPath(path).parts if "*" not in part]
    word = (PurePosixPath(parts[-1]).stem if kind != FOLDER else parts[-1]) if parts else "decisions"
    word = re.sub(r"[^A-Za-z0-9]+", "_", word).strip("_").lower()
    return word[:50] if word[:1].isalpha() else f"ledger_{word[:40]}".rstrip("_")
