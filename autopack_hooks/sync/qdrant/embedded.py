"""Qdrant's own engine (qdrant-edge-py): a store is a folder, and needs no server.

The engine runs in a process of its own (engine.py), for it may die of a damaged file, hang, or take all memory. A store on
which it does so, or whose files changed since it was closed, is set aside by the next writer, which fills a new one.

The files are sparse: a new store shows as 150 MB and takes one. The optimizer is never run: with 100,000 passages
it opened and searched no faster afterwards, and rewriting every entry again and again made the store no larger.
What is written is in the engine's log at once and survives the death of the process.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout

from autopack_hooks.core.errors import FatalError, LockTimeout, TargetError
from autopack_hooks.sync.deadline import Deadline, utc_now
from autopack_hooks.sync.embedder import DENSE, LEXICAL, Embedder
from autopack_hooks.sync.ownership import MARKER, is_marked, new_folder, set_aside
from autopack_hooks.sync.placement import StorePlace
from autopack_hooks.sync.qdrant.edge_store import EdgeStore
from autopack_hooks.sync.qdrant.engine import EngineFault, EngineProcess, EngineRefusal, engine_library
from autopack_hooks.sync.qdrant.points import INDEXED, VECTOR, check_collection
from autopack_hooks.sync.qdrant.seal import Strange, break_seal, changed_file, regular_files, write_seal
from autopack_hooks.sync.qdrant.session import EmptyQdrant, QdrantSession
from autopack_hooks.sync.target import StoreDamaged

_LARGEST_CONFIG = 1_000_000
_CONFIG = "edge_config.json"
_PATIENCE, _BYTES_PER_SECOND = 6.0, 20_000_000
"""Seconds that the engine may take for anything, and the slowest that a disk is taken to be: it mostly needs 0.1 s."""

PAYLOADS = "segments/*/payload_storage/*.dat"
"""Where the engine keeps payloads in its folder."""


class EmbeddedQdrant:
    """The store in the folder ``path/collection``.

    Only one process can have it open, to read or to write: a lock beside the folder makes the others wait. The engine
    writes through memory maps, and a full disk would kill the process, so it is not opened without some room to spare.
    """

    name = "qdrant"

    def __init__(
        self,
        path: Path,
        collection: str,
        *,
        owner: str = "",
        place: StorePlace | None = None,
        embedder: Embedder = LEXICAL,
        lock_timeout: float = 30.0,
        reserve: int = 64_000_000,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Name the store; nothing is opened yet.

        Args:
            path: The folder of the stores.
            collection: The name of this one.
            owner: The name of this clone, by which it knows what it made.
            place: The rules for the place of the store; None for no rules.
            embedder: Makes the vectors.
            lock_timeout: How many seconds to wait for another process.
            reserve: How many bytes must be free on the disk.
            now: The time in UTC.

        Raises:
            UsageError: The collection cannot be a folder's name.
            TargetError: The engine is not installed.
        """
        self.url = f"embedded:{path}"
        self._folder = path / check_collection(collection)
        self._owner = owner
        self._place = place
        self._embedder = embedder
        self._lock_timeout = lock_timeout
        self._reserve = reserve
        self._now = now
        self._library = engine_library()
        self._lock: BaseFileLock | None = None
        self._damage = ""
        self._replaced = ""

    @contextmanager
    def connect(self, project_id: str, deadline: Deadline, *, write: bool) -> Iterator[QdrantSession | EmptyQdrant]:
        """Open the store (see ``Target.connect``).

        A folder that is not a store is a TargetError. A damaged store is replaced where the damage is known: from the
        beginning, or since an earlier call raised StoreDamaged.
        """
        if self._place:
            self._folder = self._place.resolve()
        if not write and not self._there():
            yield EmptyQdrant()
            return
        if write and self._place:
            self._place.hide(self._folder)
        with self._locked(deadline):
            self._prepare(deadline, write=write)
            store = self._open(deadline, write=write)
            try:
                if self._place:
                    self._place.check_again(self._folder)
                yield QdrantSession(
                    store,
                    project_id,
                    deadline,
                    write=write,
                    now=self._now,
                    replaced=self._replaced,
                    embedder=self._embedder,
                )
            except BaseException:
                with suppress(FatalError):
                    store.close()
                raise
            store.close()

    def _there(self) -> bool:
        with self._files("read"):
            try:
                return any(self._folder.iterdir())
            except FileNotFoundError:
                return False

    @contextmanager
    def _locked(self, deadline: Deadline) -> Iterator[None]:
        patience = min(self._lock_timeout, deadline.remaining())
        lock = self._lock = FileLock(self._folder.with_name(self._folder.name + ".lock"), timeout=patience)
        with self._files("locked"):
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            if self._place:
                self._place.check_again(self._folder)
            try:
                lock.acquire()
            except Timeout:
                raise LockTimeout(
                    f"{self._folder}: another process still used the store after {patience:.0f} s; try again later"
                ) from None
        try:
            yield
        finally:
            lock.release()

    def _prepare(self, deadline: Deadline, *, write: bool) -> None:
        """Have a store there that may be opened: make one, or replace one that is damaged. Raises TargetError."""
        if write and not self._there():
            self._create(deadline)
            return
        damage = self._damage if write and self._damage else self._find_damage(deadline, thorough=write)
        if damage and not write:
            raise self._damaged(damage)
        if damage:
            self.check_room()
            aside = self._create(deadline, damage)
            self._replaced = f"the store was damaged ({damage}); it is now {aside.name}, and a new one is filled"
            self._damage = ""

    def _create(self, deadline: Deadline, damage: str = "") -> Path:
        """Build a store beside its place and move it there. For the damaged one it is made before that is moved aside.

        Returns:
            Where a damaged one is now.
        """
        self.check_room()
        aside = self._folder
        with self._files("made"), new_folder(self._folder, self._owner) as made:
            engine = self._engine(0)
            try:
                engine.ask("create", str(made), VECTOR, seconds=self.patience(deadline, 0))
                engine.close()
            except (EngineFault, EngineRefusal) as error:
                what = f"the store is damaged ({damage}), and a new one" if damage else "the store"
                raise TargetError(
                    f"{self._folder}: {what} cannot be made: {error}; is there enough memory and room on the disk?"
                ) from error
            if damage:
                if not is_marked(self._folder):
                    (self._folder / MARKER).unlink(missing_ok=True)
                aside = set_aside(self._folder, self._owner)
        return aside

    def _find_damage(self, deadline: Deadline, *, thorough: bool) -> str:
        """Return what is wrong with the files of a store of ours; "" where that is for the engine to find out.

        Args:
            deadline: When to stop reading.
            thorough: Compare the files with what they were when the store was closed.

        Raises:
            TargetError: The folder is not a store of ours, or cannot be read.
        """
        with self._files("read"):
            try:
                files = regular_files(self._folder)
            except Strange as error:
                files, strange = {}, f"{error} in it is not a regular file"
            else:
                strange = ""
            damage = self._check_config(files)
            if thorough and not strange + damage:
                name = changed_file(self._folder, files, lambda: deadline.check("checking the Qdrant store"))
                damage = name and f"{name} changed while it was closed"
        return strange or damage

    def _check_config(self, files: Mapping[str, os.stat_result]) -> str:
        """Return what is wrong with the configuration of a store of ours. Raises TargetError for one that is not ours."""
        ours = is_marked(self._folder)
        status = os.lstat(self._folder / _CONFIG) if os.path.lexists(self._folder / _CONFIG) else None
        config: Any = None
        if status is not None and stat.S_ISREG(status.st_mode) and status.st_size < _LARGEST_CONFIG:
            with suppress(ValueError, RecursionError):
                config = json.loads((self._folder / _CONFIG).read_bytes())
        if _is_ours(config):
            return ""
        if not ours and status is None:
            raise TargetError(
                f"{self._folder}: not a Qdrant store (no {_CONFIG} in it); name another folder or move it away"
            )
        if not ours and isinstance(config, dict):
            raise TargetError(
                f"{self._folder}: the store holds other vectors than {VECTOR!r}; name another sync.collection"
            )
        if not ours:
            raise TargetError(f"{self._folder}: {_CONFIG} is damaged; {_REMEDY}")
        return f"{_CONFIG} is " + ("missing" if status is None else "damaged")

    def _open(self, deadline: Deadline, *, write: bool) -> EdgeStore:
        size = self._size()
        store = EdgeStore(self._engine(size), self, deadline, size, write)
        try:
            store.ask("opened", "load", str(self._folder))
            if write:
                store.ask("indexed", "index", list(INDEXED))
        except BaseException:
            with suppress(FatalError):
                store.close()
            raise
        return store

    def _engine(self, size: int) -> EngineProcess:
        """Start an engine. It shares our lock, so that nobody opens the store before it has closed it, should we be killed."""
        handle = self._lock._context.lock_file_fd if self._lock and sys.platform != "win32" else None
        return EngineProcess(self._library, size, handle)

    def _size(self) -> int:
        with self._files("read"), suppress(Strange):
            return sum(getattr(s, "st_blocks", s.st_size // 512) * 512 for s in regular_files(self._folder).values())
        return 0

    def patience(self, deadline: Deadline, size: int) -> float:
        """Return how many seconds the engine may take with a store of ``size`` bytes."""
        return max(1.0, min(_PATIENCE + size / _BYTES_PER_SECOND, deadline.remaining()))

    def _damaged(self, damage: str) -> StoreDamaged:
        return StoreDamaged(f"the Qdrant store {self._folder}", damage)

    def seal(self) -> None:
        """Record what the closed store holds."""
        write_seal(self._folder)

    def break_seal(self) -> None:
        """Record that the store is being written to."""
        with self._files("written"):
            break_seal(self._folder)

    @contextmanager
    def faults(self, done: str, deadline: Deadline) -> Iterator[None]:
        """Turn what becomes of the engine into errors for the user; what it died of is remembered for the next writer."""
        try:
            yield
        except EngineFault as error:
            deadline.check(f"the Qdrant store was {done}")
            self._damage = str(error)
            raise self._damaged(self._damage) from error
        except EngineRefusal as error:
            remedy = "; close the other program that has it open" if "WouldBlock" in str(error) else ""
            raise TargetError(f"{self._folder}: the store cannot be {done}: {error}{remedy}") from error

    def check_room(self) -> None:
        """Raise TargetError when the disk is nearly full."""
        place = self._folder
        while not place.exists() and place != place.parent:
            place = place.parent
        with self._files("measured"):
            free = shutil.disk_usage(place).free
        if free < self._reserve:
            raise TargetError(
                f"{self._folder}: no room on the disk ({free / 1e6:.0f} MB free, {self._reserve / 1e6:.0f} MB needed)"
            )

    def read_ahead(self) -> None:
        """Have the payloads read from the disk in one go, where the system offers that.

        The engine takes its files out of the system's cache when it opens and closes them, and then reads page by
        page what a scan comes across: twice the time of the scan itself.
        """
        if not hasattr(os, "posix_fadvise"):
            return
        for path in self._folder.glob(PAYLOADS):
            with suppress(OSError):
                handle = os.open(path, os.O_RDONLY)
                try:
                    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_WILLNEED)
                finally:
                    os.close(handle)

    @contextmanager
    def _files(self, done: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            place = error.filename or self._folder
            raise TargetError(
                f"{place}: cannot be {done}: {error.strerror or error}; repair it or name another --qdrant-path"
            ) from error


_REMEDY = "if it is damaged or of another version, move it away and sync again"


def _is_ours(config: Any) -> bool:
    if not isinstance(config, dict) or not all(str(name).startswith(DENSE) for name in config.get("vectors") or {}):
        return False
    sparse = config.get("sparse_vectors")
    return isinstance(sparse, dict) and set(sparse) == {VECTOR} and sparse[VECTOR].get("modifier") == "idf"
