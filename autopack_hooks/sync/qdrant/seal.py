"""The digests of a store's files since it was last closed: a change that did not come from us is found before it is opened.

The engine survives SIGKILL by its log, so a store that was being written to (its seal says "open") is worked on as it is.
Only contents count: the engine touches its files by reading them, and copying a store changes no content.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from autopack_hooks.core.files import write_atomic
from autopack_hooks.sync.ownership import MARKER

SEAL = ".autopack-hooks-seal.json"
_BLOCK = 1 << 16
_LARGEST_SEAL = 4_000_000
_JOURNAL = "tracker_journal.dat"
"""Files whose content is in others as well once a store was closed: the engine deletes them when it opens it."""

_REWRITTEN = "mutable_id_tracker.versions"
"""Files that the engine writes anew when it opens a store in which points were deleted, to whomever it is opened."""

_LARGEST_CONFIG = 1_000_000

_OPEN: Mapping[str, object] = {"open": True}


class Strange(Exception):
    """Something lies in the store that the engine never makes: a link, a device, a FIFO."""


def regular_files(folder: Path) -> dict[str, os.stat_result]:
    """Return the files of a store by their paths in it, but the seal and the marker. Raises Strange, OSError."""
    return dict(_files(folder, ""))


def _files(folder: Path, below: str) -> Iterator[tuple[str, os.stat_result]]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        status, name = entry.stat(follow_symlinks=False), below + entry.name
        if stat.S_ISDIR(status.st_mode):
            yield from _files(Path(entry.path), name + "/")
        elif not stat.S_ISREG(status.st_mode):
            raise Strange(name)
        elif name not in (SEAL, MARKER) and not name.endswith((".tmp", _REWRITTEN)):
            yield name, status


def write_seal(folder: Path) -> None:
    """Record what a closed store holds. Without a seal, as when the disk is full, a store is worked on as it is."""
    with suppress(OSError, Strange):
        sizes = {name: status.st_size for name, status in regular_files(folder).items()}
        files = {name: [size, _digest(folder / name, size, lambda: None)] for name, size in sizes.items()}
        write_atomic(folder / SEAL, json.dumps(files).encode(), durable=False)


def break_seal(folder: Path) -> None:
    """Record that the store is being written to. Raises OSError."""
    write_atomic(folder / SEAL, json.dumps(_OPEN).encode(), durable=False)


def changed_file(folder: Path, files: Mapping[str, os.stat_result], check: Callable[[], None]) -> str:
    """Return the name of a file that changed since the store was sealed; "" for none, or where there is no seal.

    Args:
        folder: The store.
        files: What ``regular_files`` returns for it.
        check: Called now and then; what it raises ends the reading.

    Raises:
        OSError: A file cannot be read.
    """
    sealed = _read_seal(folder / SEAL)
    if sealed == _OPEN:
        return ""
    if not isinstance(sealed, dict):
        return SEAL
    gone = {name for name in sealed if name.endswith(_JOURNAL) and name not in files}
    wrong = [name for name in sorted({*sealed, *files} - gone) if not _has_size(sealed.get(name), files.get(name))]
    changed = (name for name in files if not _has_digest(folder / name, files[name].st_size, sealed[name][1], check))
    return wrong[0] if wrong else next(changed, "")


def _has_digest(path: Path, size: int, sealed: object, check: Callable[[], None]) -> bool:
    """Return True for a file of this digest; seals of earlier releases have that of a configuration's bytes."""
    if _digest(path, size, check) == sealed:
        return True
    return path.name.endswith(".json") and _digest_of_data(path, size, check) == sealed


def _read_seal(path: Path) -> object:
    """Return what the seal holds; None for one that is damaged."""
    try:
        if not os.path.lexists(path):
            return _OPEN
        return json.loads(path.read_bytes()) if path.stat().st_size < _LARGEST_SEAL else None
    except (ValueError, RecursionError):
        return None


def _has_size(sealed: object, status: os.stat_result | None) -> bool:
    return isinstance(sealed, list) and len(sealed) == 2 and status is not None and sealed[0] == status.st_size


def _digest(path: Path, size: int, check: Callable[[], None]) -> str:
    """Return the digest of a file's content, of a configuration whatever the order of its keys.

    The engine writes configurations anew when it opens a store, with the vectors in any order.
    """
    if path.name.endswith(".json") and size < _LARGEST_CONFIG:
        with suppress(ValueError, RecursionError):
            value = json.loads(path.read_bytes())
            return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
    return _digest_of_data(path, size, check)


def _digest_of_data(path: Path, size: int, check: Callable[[], None]) -> str:
    """Return the digest of a file; holes, of which a store mostly consists, cost next to nothing."""
    digest, at = hashlib.sha256(), 0
    with open(path, "rb", buffering=0) as stream:
        while at < size:
            start, end = _next_data(stream.fileno(), at, size)
            start -= start % _BLOCK
            stream.seek(start)
            while start < end and (block := stream.read(_BLOCK)):
                check()
                if block.count(0) < len(block):  # zeros count like a hole, which a copy may fill
                    digest.update(b"%d:" % start + block)
                start += len(block)
            at = max(start, end)
    return digest.hexdigest()


def _next_data(handle: int, at: int, size: int) -> tuple[int, int]:
    """Return where data begins at or after ``at``, and where the next hole begins."""
    if not hasattr(os, "SEEK_DATA"):
        return at, size
    try:
        start = os.lseek(handle, at, os.SEEK_DATA)
        return start, os.lseek(handle, start, os.SEEK_HOLE)
    except OSError as error:
        return (size, size) if error.errno == errno.ENXIO else (at, size)
