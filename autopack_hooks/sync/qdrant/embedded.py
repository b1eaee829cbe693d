"""Qdrant's own engine inside this process (qdrant-edge-py): a store is a folder, and needs no server.

Its files are sparse: a new store shows as 150 MB and takes one. Its optimizer is never run: with 100,000 passages
it opened and searched no faster afterwards, and rewriting every entry again and again made the store no larger.
What is written is in the engine's log at once and survives the death of the process.

Importing this module raises TargetError where the engine is not installed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from autopack_hooks.core.errors import LockTimeout, TargetError
from autopack_hooks.sync.deadline import Deadline, utc_now
from autopack_hooks.sync.passages import Sparse
from autopack_hooks.sync.qdrant.lease import State
from autopack_hooks.sync.qdrant.points import INDEXED, SCANNED, VECTOR, Held, Payload, Point, check_collection, state_id
from autopack_hooks.sync.qdrant.session import EmptyQdrant, QdrantSession

try:
    import qdrant_edge as edge
except ImportError as missing:
    raise TargetError("the embedded Qdrant needs qdrant-edge-py: pip install 'autopack-hooks[sync]'") from missing

_PAGE = 10_000
_CONFIG = "edge_config.json"
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
        lock_timeout: float = 30.0,
        reserve: int = 64_000_000,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Name the store; nothing is opened yet.

        Args:
            path: The folder of the stores.
            collection: The name of this one.
            lock_timeout: How many seconds to wait for another process.
            reserve: How many bytes must be free on the disk.
            now: The time in UTC.

        Raises:
            UsageError: The collection cannot be a folder's name.
        """
        self.url = f"embedded:{path}"
        self._folder = path / check_collection(collection)
        self._lock_timeout = lock_timeout
        self._reserve = reserve
        self._now = now

    @contextmanager
    def connect(self, project_id: str, deadline: Deadline, *, write: bool) -> Iterator[QdrantSession | EmptyQdrant]:
        """Open the store (see ``Target.connect``). A folder that is not a store, or a damaged one, is a TargetError."""
        if not write and not self._there():
            yield EmptyQdrant()
            return
        with self._locked(deadline):
            if write and not self._there():
                self._create()
            shard = self._load()
            try:
                if write:
                    self._index(shard)
                yield QdrantSession(_EdgeStore(shard, self, deadline), project_id, deadline, write=write, now=self._now)
            finally:
                with self.engine("closed"):
                    shard.close()

    def _there(self) -> bool:
        with self._files("read"):
            try:
                return any(self._folder.iterdir())
            except FileNotFoundError:
                return False

    @contextmanager
    def _locked(self, deadline: Deadline) -> Iterator[None]:
        patience = min(self._lock_timeout, deadline.remaining())
        lock = FileLock(self._folder.with_name(self._folder.name + ".lock"), timeout=patience)
        with self._files("locked"):
            self._folder.parent.mkdir(parents=True, exist_ok=True)
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

    def _create(self) -> None:
        """Build the store beside its folder and move it there, so that it is there whole or not at all."""
        self.check_room()
        fresh = self._folder.with_name(self._folder.name + ".new")
        config = edge.EdgeConfig(sparse_vectors={VECTOR: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)})
        with self._files("made"):
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            with self.engine("made"):
                shard = edge.EdgeShard.create(str(fresh), config)
                shard.close()
            if self._folder.exists():
                self._folder.rmdir()
            fresh.rename(self._folder)

    def _load(self) -> edge.EdgeShard:
        with self._files("read"):
            try:
                config = json.loads((self._folder / _CONFIG).read_bytes())
            except FileNotFoundError:
                raise TargetError(
                    f"{self._folder}: not a Qdrant store (no {_CONFIG} in it); name another folder or move it away"
                ) from None
            except ValueError as error:
                raise TargetError(f"{self._folder}: {_CONFIG} is damaged; {_REMEDY}") from error
        if not _is_ours(config):
            raise TargetError(
                f"{self._folder}: the store holds other vectors than {VECTOR!r}; name another sync.collection"
            )
        with self.engine("opened"):
            return edge.EdgeShard.load(str(self._folder))

    def _index(self, shard: edge.EdgeShard) -> None:
        with self.engine("indexed"):
            for name in INDEXED:
                if name not in shard.info().payload_schema:
                    shard.update(edge.UpdateOperation.create_field_index(name, edge.PayloadSchemaType.Keyword))

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

    @contextmanager
    def engine(self, done: str) -> Iterator[None]:
        """Turn what the engine raises into a TargetError, and keep its own output off the terminal."""
        with _silent_stderr():
            try:
                yield
            except Exception as error:
                raise TargetError(self._fault(done, error)) from error
            except BaseException as error:
                # A panic of the engine derives from BaseException; an interrupt must go on as it is.
                if type(error).__name__ != "PanicException":
                    raise
                raise TargetError(self._fault(done, error)) from error

    def _fault(self, done: str, error: BaseException) -> str:
        reason = str(error).removeprefix("Service runtime error: ").split("\n", 1)[0][:300]
        remedy = "close the other program that has it open" if "WouldBlock" in reason else _REMEDY
        return f"{self._folder}: the store cannot be {done}: {reason}; {remedy}"


_REMEDY = "if it is damaged or of another version, move it away and sync again"


def _is_ours(config: Any) -> bool:
    if not isinstance(config, dict) or config.get("vectors"):
        return False
    sparse = config.get("sparse_vectors")
    return isinstance(sparse, dict) and set(sparse) == {VECTOR} and sparse[VECTOR].get("modifier") == "idf"


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Discard what is written to stderr: the engine prints a backtrace when it panics, our error is one line."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        os.close(null)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


class _EdgeStore:
    """The points of an open shard. Its lock keeps every other writer out, so no claim is needed."""

    shared = False

    def __init__(self, shard: edge.EdgeShard, target: EmbeddedQdrant, deadline: Deadline) -> None:
        self._shard = shard
        self._target = target
        self._deadline = deadline

    def scan(self, project_id: str) -> Iterator[tuple[str, Payload]]:
        self._target.read_ahead()
        offset: Any = None
        while True:
            self._deadline.check("reading the Qdrant store")
            request = edge.ScrollRequest(
                offset=offset, limit=_PAGE, filter=_filter(project_id), with_payload=SCANNED, with_vector=False
            )
            with self._target.engine("read"):
                records, offset = self._shard.scroll(request)
            for record in records:
                yield str(record.id), record.payload or {}
            if offset is None:
                return

    def read(self, ids: Sequence[str]) -> dict[str, Held]:
        with self._target.engine("read"):
            records = self._shard.retrieve(list(ids), with_payload=True, with_vector=True)
        return {str(record.id): Held(record.payload or {}, _sparse(record.vector)) for record in records}

    def read_state(self, project_id: str) -> State:
        raise NotImplementedError("only claims on a server read the state alone")

    def write_state(self, project_id: str, state: State, over: State) -> None:
        self.write(project_id, [Point(state_id(project_id), None, state.payload(project_id))], [], lambda: None)

    def write(
        self, project_id: str, points: Sequence[Point], surplus: Sequence[str], confirm: Callable[[], None]
    ) -> None:
        if points:
            self._write(edge.UpdateOperation.upsert_points([_edge_point(point) for point in points]))
        if surplus:
            self._write(edge.UpdateOperation.delete_points(list(surplus)))

    def sweep(self, placeholders: Mapping[str, str]) -> None:
        self._write(edge.UpdateOperation.delete_points(list(placeholders)))

    def nearest(self, query: Sparse, project_id: str, ledger: str | None, limit: int) -> list[tuple[float, Payload]]:
        request = edge.QueryRequest(
            limit,
            query=edge.Query.Nearest(edge.SparseVector(*query), VECTOR),
            filter=_filter(project_id, ledger),
            with_payload=True,
        )
        with self._target.engine("searched"):
            return [(found.score, found.payload or {}) for found in self._shard.query(request)]

    def _write(self, operation: edge.UpdateOperation) -> None:
        self._target.check_room()
        with self._target.engine("written"):
            self._shard.update(operation)


def _edge_point(point: Point) -> edge.Point:
    vector: edge.Vector = {} if point.vector is None else {VECTOR: edge.SparseVector(*point.vector)}
    return edge.Point(point.id, vector, point.payload)


def _sparse(vector: Any) -> Sparse | None:
    found = vector.get(VECTOR) if isinstance(vector, dict) else None
    return (found.indices, found.values) if found else None


def _filter(project_id: str, ledger: str | None = None) -> edge.Filter:
    wanted = {"project_id": project_id} | ({} if ledger is None else {"file_type": ledger})
    return edge.Filter(must=[edge.FieldCondition(k, match=edge.MatchValue(v)) for k, v in wanted.items()])
