"""The files of the audit trail: the lines, the head, the lock, and the marks of commands under way.

    audit.jsonl               the records of today
    audit-000001.jsonl, ...   those before, set aside when the file had its size
    audit-head.json           the last record's number and hash, signed where git signs with SSH
    audit.lock                held while any of them is read or written
    running-*.json, .lock     a command that is writing; the kernel frees the lock when it dies

Everything here may raise OSError and NotImplementedError (a file system without locks); ``Timeout`` is filelock's.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autopack_hooks.audit.chain import HEAL, Head, Line, Tail, continuation, parse_head, parse_record, seal
from autopack_hooks.core.files import write_atomic
from autopack_hooks.core.hashing import canonical

if TYPE_CHECKING:
    from filelock import FileLock

CURRENT, HEAD_FILE, LOCK_FILE = "audit.jsonl", "audit-head.json", "audit.lock"
_SET_ASIDE = re.compile(r"audit-(\d{6,})\.jsonl")
Sign = Callable[[bytes], str]


class AuditStore:
    """The files in ``folder``. ``sign`` makes the head's signature, or "" where it cannot."""

    def __init__(self, folder: Path, sign: Sign | None, max_bytes: int) -> None:
        self.folder = folder
        self._sign = sign
        self._max_bytes = max_bytes

    @contextmanager
    def locked(self, seconds: float) -> Iterator[None]:
        """Keeps every other process and thread out; the folder is made."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with _file_lock(self.folder / LOCK_FILE).acquire(timeout=seconds, poll_interval=0.01):
            yield

    def prove_writable(self) -> None:
        """Raises OSError where a record could not be appended."""
        with open(self.folder / CURRENT, "ab"):
            pass

    def files(self) -> list[Path]:
        """The files of lines, the oldest first."""
        aside = [(int(match[1]), path) for path in self._listed() if (match := _SET_ASIDE.fullmatch(path.name))]
        current = self.folder / CURRENT
        return [path for _, path in sorted(aside)] + ([current] if current.exists() else [])

    def _listed(self) -> list[Path]:
        return list(self.folder.iterdir()) if self.folder.is_dir() else []

    def lines(self) -> list[Line]:
        """All lines, the oldest first."""
        return [line for path in self.files() for line in _lines(path)]

    def head(self) -> Head | None:
        """What the head file says; None where it is missing, or no head."""
        try:
            return parse_head((self.folder / HEAD_FILE).read_bytes())
        except FileNotFoundError:
            return None

    def append(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Seal ``body`` into the chain and write it, to the disk; returns the record. Only under the lock.

        Damage that is found on the way is left as it is, and told of in a record of its own before this one.
        """
        tail = self._tail()
        bodies = [body]
        if tail.torn or tail.lost:
            bodies.insert(0, {"action": HEAL, "time": body["time"], "torn": list(tail.torn), "lost": tail.lost})
        records, head = self._seal(bodies, tail)
        if tail.seq == 0 and not tail.lost:
            # From its first record on, a trail without a head is one that something was taken from.
            self._write_head(Head())
        self._set_aside_if_large()
        self._write(b"".join(canonical(record) + b"\n" for record in records))
        self._write_head(head)
        return records[-1]

    def _tail(self) -> Tail:
        lines: list[Line] = []
        for path in reversed(self.files()):
            lines = _lines(path) + lines
            if any(parse_record(line.data) for line in reversed(lines)):
                break
        return continuation(lines, self.head())

    def _seal(self, bodies: Sequence[Mapping[str, Any]], tail: Tail) -> tuple[list[dict[str, Any]], Head]:
        records = seal(bodies, tail, signed=self._sign is not None)
        head = Head(records[-1]["seq"], records[-1]["hash"])
        signature = self._sign(head.signed_bytes()) if self._sign else ""
        if self._sign and not signature:
            records = seal(bodies, tail, signed=False)
            head = Head(records[-1]["seq"], records[-1]["hash"])
        return records, head._replace(signature=signature)

    def _set_aside_if_large(self) -> None:
        current = self.folder / CURRENT
        if not current.exists() or current.stat().st_size < self._max_bytes:
            return
        numbers = [int(match[1]) for path in self._listed() if (match := _SET_ASIDE.fullmatch(path.name))]
        current.rename(self.folder / f"audit-{max(numbers, default=0) + 1:06}.jsonl")
        _sync_folder(self.folder)

    def _write(self, data: bytes) -> None:
        path = self.folder / CURRENT
        new = not path.exists()
        with open(path, "ab+", buffering=0) as stream:
            size = stream.seek(0, os.SEEK_END)
            if size and _byte_at(stream.fileno(), size - 1) != b"\n":
                data = b"\n" + data
            while data:
                data = data[stream.write(data) :]
            os.fsync(stream.fileno())
        if new:
            _sync_folder(self.folder)

    def _write_head(self, head: Head) -> None:
        write_atomic(self.folder / HEAD_FILE, canonical(head._asdict()) + b"\n")


class Mark:
    """Tells that a command is writing, until ``remove``; left behind by one that was killed."""

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
        """Take the mark away; a second time does nothing."""
        self._path.unlink(missing_ok=True)
        self._lock.release(force=True)
        self._path.with_suffix(".lock").unlink(missing_ok=True)


def orphans(folder: Path) -> Iterator[dict[str, Any]]:
    """The bodies of marks whose command is gone. Each is removed when the next is asked for. Only under the lock.

    What a killed command left of files that it had only begun is removed as well.
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


def _lines(path: Path) -> list[Line]:
    parts = path.read_bytes().split(b"\n")
    if not parts[-1]:
        parts.pop()
    return [Line(path.name, number, data) for number, data in enumerate(parts, 1)]


def _file_lock(path: Path) -> FileLock:
    # Imported here, for a command that only checks should not pay for it.
    from filelock import FileLock

    return FileLock(path, thread_local=False, preserve_lock_file=True)


def _byte_at(descriptor: int, offset: int) -> bytes:
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, 1)


def _sync_folder(folder: Path) -> None:
    """Put a new name on the disk, where the system lets a folder be opened for that."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
