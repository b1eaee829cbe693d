"""Tell what this program made from what it did not, so that nothing else is ever deleted or replaced.

A folder that we make holds a marker, an SQLite file has our application id in its header. The marker names its owner, a
secret of this clone that is never committed: a marker that a commit brings along is not ours. What is to be replaced
is made complete under a unique name beside its place; what is damaged is moved aside, and one such copy is kept.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MARKER = ".autopack-hooks-store"
"""The file that marks a folder as made by this program."""

APPLICATION_ID = 0x41504B48
"""``PRAGMA application_id`` of the SQLite files that we make: ``APKH``."""

SIDECARS = ("-journal", "-wal", "-shm")
"""The endings of the files that SQLite keeps beside a database."""

SQLITE_HEADER = b"SQLite format 3\0"
_DAMAGED = ".damaged-"
_NEW = ".new-"
_LONGEST_MARKER = 200


def mark(folder: Path, owner: str) -> None:
    """Mark ``folder`` as made by this program; a marker that is there stays. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    with suppress(FileExistsError):
        handle = os.open(folder / MARKER, flags, 0o644)
        with open(handle, "wb") as stream:
            stream.write(_text(owner))


def is_marked(folder: Path, owner: str | None = None) -> bool:
    """Return True if ``folder`` (not a link to one) has the marker of ``owner``; by default, that of any owner."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    content = _head(folder / MARKER, _LONGEST_MARKER)
    return content.startswith(_text("")[:-1]) if owner is None else content == _text(owner)


def _text(owner: str) -> bytes:
    return f"autopack-hooks {owner}\n".encode()


def has_our_header(path: Path) -> bool:
    """Return True if ``path`` is an SQLite file that we made, whatever the state of the rest of it."""
    head = _head(path, 100)
    return head.startswith(SQLITE_HEADER) and head[68:72] == APPLICATION_ID.to_bytes(4, "big")


def _head(path: Path, size: int) -> bytes:
    """Return the first bytes of a regular file; none of anything else."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags)
    except OSError:
        return b""
    try:
        return os.read(handle, size) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
    finally:
        os.close(handle)


@contextmanager
def new_folder(store: Path, owner: str) -> Iterator[Path]:
    """Yield a marked folder that becomes ``store`` when the block ends well, and is gone when it does not.

    Call it under the store's lock: what a killed run left unfinished is deleted first. At ``store`` itself there may be
    nothing, or an empty folder. Raises OSError.
    """
    for path in _siblings(store, _NEW):
        if is_marked(path, owner):
            shutil.rmtree(path)
    work = store.with_name(f"{store.name}{_NEW}{os.urandom(8).hex()}")
    work.mkdir()
    try:
        mark(work, owner)
        made = work / store.name
        made.mkdir()
        mark(made, owner)
        yield made
        if store.exists():
            store.rmdir()
        made.rename(store)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def set_aside(store: Path, owner: str) -> Path:
    """Move a damaged store of ours (a folder, or an SQLite file) to ``NAME.damaged-1`` beside it, and return that path.

    Earlier ones that we moved there are deleted; where something else has the name, the next number is taken.
    Call it under the store's lock, and only for a store that is known to be ours. Raises OSError.
    """
    if store.is_dir():
        mark(store, owner)
    for path in _siblings(store, _DAMAGED):
        _delete_ours(path, owner)
    number = 1
    while os.path.lexists(target := store.with_name(f"{store.name}{_DAMAGED}{number}")):
        number += 1
    for ending in SIDECARS:
        # A journal that stayed would be rolled back into the next database of that name.
        with suppress(FileNotFoundError):
            Path(f"{store}{ending}").rename(f"{target}{ending}")
    store.rename(target)
    return target


def _delete_ours(path: Path, owner: str) -> None:
    if is_marked(path, owner):
        shutil.rmtree(path)
    elif has_our_header(path):
        for ending in ("", *SIDECARS):
            Path(f"{path}{ending}").unlink(missing_ok=True)


def _siblings(store: Path, ending: str) -> list[Path]:
    """Return what lies beside ``store`` under its name, ``ending`` and a number or word of ours."""
    name = re.compile(re.escape(store.name + ending) + "[0-9a-f]+")
    return sorted(path for path in store.parent.iterdir() if name.fullmatch(path.name))
