"""What the ledgers say of files, in as few bytes as were asked for.

Most questions are answered from the index that the last one left: nothing is parsed, and hardly anything imported.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autopack_hooks.core.files import CONFIG_LIMIT, RepositoryFiles, read_regular
from autopack_hooks.core.git import CACHE_FOLDER, GitError, Repo
from autopack_hooks.search.path_index import KeptIndex, PathIndex, build_index, index_key, load_index, save_index

if TYPE_CHECKING:
    from autopack_hooks.project.workspace import Workspace

_FILE = "paths.json"

_CONFIG = ".autopack-hooks.yaml"
"""As in config.model, which takes as long to import as all the rest."""

_SHORTEST = 110
"""A line with less than this, in bytes, would carry no decision."""


def recall_lines(repo: Repo, paths: Sequence[str], environ: Mapping[str, str], config: str | None = None) -> list[str]:
    """Return one line for each entry at HEAD that names one of ``paths``, the newest first.

    Args:
        repo: the repository.
        paths: files and folders, relative to its root.
        environ: the environment.
        config: the configuration file that the user named.
    """
    commit = repo.head()
    if commit is None or not paths:
        return []

    def open_workspace() -> Workspace:
        from autopack_hooks.project.workspace import Workspace  # only where the index has to be made anew

        return Workspace.open(environ, str(repo.root), config)

    index = path_index(repo, commit, _config(repo, config), open_workspace)
    return index.lines_for(former_names(repo, paths, index))


def _config(repo: Repo, name: str | None) -> bytes:
    try:
        return read_regular(name) if name else RepositoryFiles(repo.root).read(_CONFIG, CONFIG_LIMIT)
    except OSError:
        return b""


def relative_path(root: Path, name: str) -> str | None:
    """Return a path relative to ``root``, "" for the root itself; None for one outside, of which no entry speaks."""
    relative = os.path.relpath(os.path.abspath(name), os.path.abspath(root))
    if relative == os.pardir or relative.startswith(os.pardir + os.sep):
        relative = os.path.relpath(os.path.realpath(name), os.path.realpath(root))
    shown = posixpath.normpath(relative.replace(os.sep, "/"))
    return None if shown == ".." or shown.startswith("../") else "" if shown == "." else shown


def within_budget(lines: Sequence[str], budget: int, more: str) -> str:
    """Return as many ``lines`` as fit, the first ones, each cut to its share; "" where there are none.

    Args:
        lines: the lines, the most important first.
        budget: the most that is returned, in bytes of UTF-8.
        more: what stands in the last line where lines were left out; ``{count}`` is how many.

    Returns:
        str: the text, with a newline at the end of each line.
    """
    if not lines:
        return ""
    if sum(len(line.encode()) + 1 for line in lines) <= budget:
        return "".join(f"{line}\n" for line in lines)
    tail = more.format(count=len(lines))
    room = budget - len(tail.encode()) - 1
    count = max(1, min(len(lines), room // _SHORTEST))
    if count == len(lines):
        room = budget
    shown = []
    for number in range(count):
        line = cut_line(lines[number], room // (count - number) - 1)
        room -= len(line.encode()) + 1
        shown.append(line)
    if count < len(lines):
        shown.append(more.format(count=len(lines) - count))
    return "".join(f"{line}\n" for line in shown)


def cut_line(line: str, size: int) -> str:
    """Return ``line``, or as much of it as fits into ``size`` bytes with an ellipsis."""
    data = line.encode()
    if len(data) <= size:
        return line
    return data[: max(0, size - 3)].decode("utf-8", "ignore").rstrip() + "\u2026"


def path_index(repo: Repo, commit: str, config: bytes, open_workspace: Callable[[], Workspace]) -> PathIndex:
    """Return the index of ``commit``.

    Args:
        repo: the repository.
        commit: the commit whose ledgers and files count.
        config: the bytes of the configuration; empty without one.
        open_workspace: opens the workspace, where the index has to be made anew.

    Returns:
        PathIndex: the kept one, where it still holds.
    """
    path, key = repo.state_dir / CACHE_FOLDER / _FILE, index_key(config)
    kept = load_index(path)
    if kept and kept.key == key:
        if kept.commit == commit:
            return kept.paths
        if _still_holds(repo, kept, commit):
            save_index(path, kept._replace(commit=commit))
            return kept.paths
    kept = _made(open_workspace(), repo, commit)._replace(key=key)
    save_index(path, kept)
    return kept.paths


def _still_holds(repo: Repo, kept: KeptIndex, commit: str) -> bool:
    """Return whether no ledger and no name of a file changed since the index was made."""
    code, out, _ = repo.try_run("diff-tree", "-r", "-z", "--name-status", "--no-renames", kept.commit, commit, "--")
    fields = out.split(b"\0")
    changed = {os.fsdecode(path) for path in fields[1::2]}
    return code == 0 and set(fields[:-1:2]) <= {b"M"} and not changed & set(kept.ledgers)


def _made(workspace: Workspace, repo: Repo, commit: str) -> KeptIndex:
    from autopack_hooks.project.history import History, basis, read_changes  # only where something changed
    from autopack_hooks.project.loader import load_ledgers
    from autopack_hooks.project.views import GitView
    from autopack_hooks.search.memory import Memory

    memory = Memory(load_ledgers(workspace, GitView(repo, commit, strict=False)).ledgers)
    tracked = repo.blob_ids(commit, ["."])
    renames = repo.state_dir / CACHE_FOLDER / "renames.json"
    try:
        changes = read_changes(repo, basis(repo), workspace.config.links.history, renames)
    except GitError:
        changes = []  # an object is missing: what was renamed is not found by its former name
    history = History(changes, tracked.__contains__, {})
    texts = [(entry.in_line(), memory.texts[entry.ledger, entry.entry_id]) for entry in memory.entries]
    ledgers = [document.path for ledger in memory.ledgers for document in ledger.documents]
    return KeptIndex(build_index(texts, tracked, history.follow), "", commit, ledgers)


def former_names(repo: Repo, paths: Sequence[str], index: PathIndex) -> list[str]:
    """Return ``paths``, and what those of them that the index does not know were called before a rename that is staged."""
    unknown = [path for path in paths if path not in index.places]
    if not unknown:
        return list(paths)
    code, out, _ = repo.try_run(
        "diff-index", "--cached", "-M", "-z", "--name-status", "--diff-filter=R", "HEAD", index=True
    )
    fields = [os.fsdecode(field) for field in out.split(b"\0")] if code == 0 else []
    return [*paths, *(old for old, new in zip(fields[1::3], fields[2::3], strict=False) if new in unknown)]
