"""Symbolic links in commits and in the index, and the files that a sparse checkout leaves out."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from autopack_hooks.core.errors import UsageError
from autopack_hooks.core.files import LONGEST_PATH
from autopack_hooks.core.git import Repo

_LINK_MODE = "120000"
_MAX_HOPS = 40


def sparse_files(repo: Repo, paths: Sequence[str]) -> list[str]:
    """Return those of ``paths`` that git tracks and a sparse checkout leaves out of the work tree.

    No process is run where there is no sparse checkout.
    """
    if not paths or not os.path.lexists(repo.git_dir / "info" / "sparse-checkout"):
        return []
    code, out, _ = repo.try_run("--literal-pathspecs", "ls-files", "-t", "-z", "--", *paths, index=True)
    rows = out.split(b"\0") if code == 0 else ()
    skipped = {os.fsdecode(row[2:]) for row in rows if row.startswith(b"S ")}
    return [path for path in paths if path in skipped]


def index_links(repo: Repo, paths: Iterable[str]) -> dict[str, str]:
    """Return path -> where it leads, for those of ``paths`` that the index has as links or behind links.

    Raises UsageError for a link that leads out of the repository, or to itself.
    """
    wanted = [path for path in paths if "\n" not in path and len(path) <= LONGEST_PATH]
    # A folder has no object in the index: only a file or a link answers. Mostly nothing does, and that is all.
    heads = dict.fromkeys(f":{head}" for path in wanted for head in _heads(path))
    if not any(object_ids(repo, heads).values()):
        return {}
    links = {entry.path: entry.oid for entry in repo.index_entries() if entry.mode == _LINK_MODE}
    if not links:
        return {}
    found = {path: _follow(path, links, lambda oid: repo.read_blobs([oid])[oid]) for path in wanted}
    return {path: real for path, real in found.items() if real != path}


def _follow(path: str, links: Mapping[str, str], read: Callable[[str], bytes | None]) -> str:
    real = path
    for _ in range(_MAX_HOPS):
        link = next((head for head in _heads(real) if head in links), None)
        if link is None:
            return real
        target = os.fsdecode(read(links[link]) or b"")[:LONGEST_PATH]
        real = posixpath.normpath(posixpath.join(posixpath.dirname(link), target + real[len(link) :]))
        if real == ".." or real.startswith(("../", "/")):
            raise UsageError(f"{path}: cannot be read: it is a symbolic link that leads out of the repository")
    raise UsageError(f"{path}: cannot be read: it is a symbolic link that leads to itself")


def _heads(path: str) -> Iterator[str]:
    """Yield the folders that ``path`` lies in, the outermost first, and the path itself."""
    at = path.find("/")
    while at > 0:
        yield path[:at]
        at = path.find("/", at + 1)
    yield path


def object_ids(repo: Repo, names: Iterable[str]) -> dict[str, str]:
    """Return object name -> the id of what it leads to, links in commits followed; absent ones are left out.

    For a link that leads out of the repository that is its target.
    """
    asked = [name for name in dict.fromkeys(names) if "\n" not in name]
    if not asked:
        return {}
    data = b"".join(os.fsencode(name) + b"\n" for name in asked)
    out = repo.run("cat-file", "--batch-check=%(objectname)", "--follow-symlinks", data=data, index=True)
    found, at = {}, 0
    for name in asked:
        end = out.index(b"\n", at)
        words = out[at:end].split(b" ")
        at = end + 1
        if words[0] in (b"symlink", b"dangling", b"loop", b"notdir") and words[-1].isdigit() and len(words) == 2:
            end = at + int(words[1])
            if words[0] == b"symlink":
                found[name] = os.fsdecode(out[at:end])
            at = end + 1
        elif len(words) == 1:
            found[name] = words[0].decode()
    return found


def rename_in_index(repo: Repo, moves: Mapping[str, str]) -> None:
    """Move what the index has at the old paths, or below them, to the new ones; nothing where it was moved before."""
    rows = []
    for entry in repo.index_entries():
        old = next((old for old in moves if entry.path == old or entry.path.startswith(f"{old}/")), None)
        if old is not None:
            path = moves[old] + entry.path[len(old) :]
            rows += [f"0 {'0' * len(entry.oid)}\t{entry.path}", f"{entry.mode} {entry.oid}\t{path}"]
    if rows:
        data = b"".join(os.fsencode(row) + b"\0" for row in rows)
        repo.run("update-index", "-z", "--index-info", data=data)
