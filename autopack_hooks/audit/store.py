"""The files of the audit trail: the lines, the head, the lock, and the marks of commands under way.

    audit.jsonl               the records, one per line
    audit-000001.jsonl, ...   earlier ones, where somebody set them aside
    audit-head.json           the last record's number and hash, signed where git signs with SSH
    audit.lock                held while any of them is read or written
    running-*.json, .lock     a command that is writing; the kernel frees the lock when it dies

Everything here may raise OSError and NotImplementedError (a file system without locks); ``Timeout`` is filelock's.
"""

from __future__ import annotations

import json
import mmap
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autopack_hooks.audit.chain import Head, Line, continuation, parse_head, parse_record, seal
from autopack_hooks.core.files import write_atomic
from autopack_hooks.core.hashing import canonical

if TYPE_CHECKING:
    from filelock import FileLock

LINES_FILE, HEAD_FILE, LOCK_FILE = "audit.jsonl", "audit-head.json", "audit.lock"
SET_ASIDE = "audit-[0-9]*.jsonl"
Sign = Callable[[bytes], str]


class AuditStore:
    """The files in ``folder``. ``sign`` makes the head's signature, or "" where it cannot."""

    def __init__(self, folder: Path, sign: Sign | None) -> None:
        self.folder = folder
        self._sign = sign

    @contextmanager
    def locked(self, seconds: float) -> Iterator[None]:
        """Keep every other process and thread out; the folder is made."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with _file_lock(self.folder / LOCK_FILE).acquire(timeout=seconds, poll_interval=0.01):
            yield

    def prove_writable(self) -> None:
        """Raise OSError where a record could not be appended."""
        with open(self.folder / LINES_FILE, "ab"):
            pass

    def lines(self) -> list[Line]:
        """Return all lines, the oldest first."""
        paths = [*sorted(self.folder.glob(SET_ASIDE)), self.folder / LINES_FILE]
        return [Line(path.name, number, data) for path in paths for number, data in enumerate(_split(path), 1)]

    def head(self) -> Head | None:
        """Return the head, None where its file is missing or unreadable."""
        return parse_head(_content(self.folder / HEAD_FILE))

    def append(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Seal ``body`` into the chain, write it to the disk and return the record. Only under the lock."""
        path = self.folder / LINES_FILE
        with open(path, "ab+", buffering=0) as stream:
            last = _last_line(stream.fileno())
            before = continuation(parse_record(last), self.head())
            record, head = self._seal(body, before)
            if not last:
                # From its first record on, a trail without a head is one that was damaged.
                self._write_head(before)
            _append_line(stream.fileno(), last, canonical(record))
        if not last:
            _sync_folder(self.folder)
        self._write_head(head)
        return record

    def _seal(self, body: Mapping[str, Any], before: Head) -> tuple[dict[str, Any], Head]:
        if self._sign:
            record = seal(body, before, signed=True)
            head = Head(record["seq"], record["hash"])
            signature = self._sign(head.signed_bytes())
            if signature:
                return record, head._replace(signature=signature)
        record = seal(body, before, signed=False)
        return record, Head(record["seq"], record["hash"])

    def _write_head(self, head: Head) -> None:
        write_atomic(self.folder / HEAD_FILE, canonical(head._asdict()) + b"\n")


class Mark:
    """A file that shows that a command is writing, until ``remove``; a killed command leaves it behind."""

    def __init__(self, folder: Path, body: Mapping[str, Any]) -> None:
        self._path = folder / f"running-{uuid.uuid4().hex}.json"
        self._lock = _file_lock(self._path.with_suffix(".lock"))
        self._lock.acquire(timeout=0)
        try:
            write_atomic(self._path, canonical(body))
        except BaseException:
            self.remove()
            raise

    def remove(self) -> None:
        """Remove the mark; a second time does nothing."""
        self._path.unlink(missing_ok=True)
        self._lock.release(force=True)
        self._path.with_suffix(".lock").unlink(missing_ok=True)


def orphans(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the bodies of marks whose command is gone, removing each once it was used. Only under the lock.

    Unfinished files of killed commands are removed as well.
    """
    from filelock import Timeout

    for draft in folder.glob(".*.tmp"):
        draft.unlink(missing_ok=True)
    marks = {path.with_suffix(".json") for path in folder.glob("running-*.*")}
    for path in sorted(marks):
        lock = _file_lock(path.with_suffix(".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        try:
            if path.exists():
                yield _body(path)
            path.unlink(missing_ok=True)
        finally:
            lock.release(force=True)
        path.with_suffix(".lock").unlink(missing_ok=True)


def _body(path: Path) -> dict[str, Any]:
    try:
        body = json.loads(path.read_bytes())
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}


def _split(path: Path) -> list[bytes]:
    lines = _content(path).split(b"\n")
    return lines if lines[-1] else lines[:-1]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _last_line(descriptor: int) -> bytes:
    """Return the last line of a file with its newline, if it has one; b"" for an empty file."""
    size = os.fstat(descriptor).st_size
    if not size:
        return b""
    with mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) as data:
        return data[data.rfind(b"\n", 0, size - 1) + 1 :]


def _append_line(descriptor: int, last: bytes, line: bytes) -> None:
    """Append ``line`` to a file that ends with the line ``last``, on the disk."""
    data = line + b"\n"
    if last and not last.endswith(b"\n"):
        if parse_record(last):
            data = b"\n" + data
        else:
            # What a killed writer had begun. Had it been a record that the head or another record names, its absence
            # shows all the same.
            os.truncate(descriptor, os.fstat(descriptor).st_size - len(last))
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)


def _file_lock(path: Path) -> FileLock:
    # Imported here, because a command that only checks should not pay for it.
    from filelock import FileLock

    return FileLock(path, thread_local=False, preserve_lock_file=True)


def _sync_folder(folder: Path) -> None:
    """Put a new name on the disk, where the system can open a folder for that."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
