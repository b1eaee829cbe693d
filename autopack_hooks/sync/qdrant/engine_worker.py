"""Runs Qdrant's engine in a process of its own: whatever a damaged store does to the engine, it does to nobody else.

Requests come on stdin and replies go to stdout, each as its length and then marshal's bytes. The end of stdin closes the
store. Started by its path with ``python -I -S``, so it may import the standard library and the engine, and nothing of ours.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import marshal
import os
import signal
import struct
import sys
from typing import Any, BinaryIO

HEADER = struct.Struct("<Qd")
"""The length of a request and the seconds that it may take; a reply has 0 there."""


class Engine:
    """The operations that the parent may ask for, by name; arguments and results are what marshal can carry."""

    def __init__(self) -> None:
        self._edge: Any = None
        self._shard: Any = None

    def start(self, library: str, memory: int, addresses: int) -> None:
        """Bound the memory of this process, in bytes, and import the engine from the folder ``library``."""
        _limit({"RLIMIT_DATA": memory, "RLIMIT_AS": addresses, "RLIMIT_CORE": 0})
        sys.path.append(library)
        self._edge = importlib.import_module("qdrant_edge")

    def create(self, folder: str, vector: str) -> None:
        """Make a store with one sparse vector."""
        sparse = self._edge.EdgeSparseVectorParams(modifier=self._edge.Modifier.Idf)
        self._edge.EdgeShard.create(folder, self._edge.EdgeConfig(sparse_vectors={vector: sparse})).close()

    def load(self, folder: str) -> None:
        """Open a store."""
        self._shard = self._edge.EdgeShard.load(folder)

    def index(self, names: list[str]) -> None:
        """Make the keyword indexes that are missing."""
        there = self._shard.info().payload_schema
        for name in names:
            if name not in there:
                operation = self._edge.UpdateOperation.create_field_index(name, self._edge.PayloadSchemaType.Keyword)
                self._shard.update(operation)

    def scroll(
        self, wanted: dict[str, str], fields: Any, limit: int, offset: Any, with_vector: bool
    ) -> tuple[list[tuple[str, Any, bool]], Any]:
        """Return id, payload and "has a vector" of a page of points, and the offset of the next page."""
        request = self._edge.ScrollRequest(
            offset=offset, limit=limit, filter=self._filter(wanted), with_payload=fields, with_vector=with_vector
        )
        records, offset = self._shard.scroll(request)
        found = [(str(record.id), record.payload or {}, bool(record.vector)) for record in records]
        return found, offset if offset is None or isinstance(offset, int) else str(offset)

    def retrieve(self, names: list[str], using: str) -> list[tuple[str, Any, Any, Any]]:
        """Return id, payload, the sparse vector ``using`` (None without one) and the dense ones of points that are there."""
        records = self._shard.retrieve(names, with_payload=True, with_vector=True)
        return [
            (str(record.id), record.payload or {}, _sparse(record.vector, using), _dense(record.vector))
            for record in records
        ]

    def make_vector(self, name: str, size: int) -> None:
        """Make room for dense vectors, unless there is."""
        self._shard.update(self._edge.UpdateOperation.create_dense_vector(name, size, self._edge.Distance.Cosine))

    def delete_vector(self, wanted: dict[str, str], name: str) -> None:
        """Delete the vectors ``name`` of points."""
        self._shard.update(self._edge.UpdateOperation.delete_vectors_by_filter(self._filter(wanted), [name]))

    def upsert(self, points: list[tuple[str, dict[str, Any], dict[str, Any]]]) -> None:
        """Write points: id, vectors by name (a sparse one is a tuple), payload."""
        made = [
            self._edge.Point(name, {key: self._vector(vector) for key, vector in vectors.items()}, payload)
            for name, vectors, payload in points
        ]
        self._shard.update(self._edge.UpdateOperation.upsert_points(made))

    def delete(self, names: list[str]) -> None:
        """Delete points by id."""
        self._shard.update(self._edge.UpdateOperation.delete_points(names))

    def nearest(self, vector: Any, using: str, wanted: dict[str, str], limit: int) -> list[tuple[float, Any]]:
        """Return score and payload of the points nearest to a vector."""
        query = self._edge.Query.Nearest(self._vector(vector), using)
        request = self._edge.QueryRequest(limit, query=query, filter=self._filter(wanted), with_payload=True)
        return [(found.score, found.payload or {}) for found in self._shard.query(request)]

    def close(self) -> None:
        """Close the store, if one is open."""
        if self._shard is not None:
            self._shard.close()

    def _vector(self, vector: Any) -> Any:
        return self._edge.SparseVector(*vector) if isinstance(vector, tuple) else list(vector)

    def _filter(self, wanted: dict[str, str]) -> Any:
        match = self._edge.MatchValue
        return self._edge.Filter(must=[self._edge.FieldCondition(k, match=match(v)) for k, v in wanted.items()])


def _sparse(vectors: Any, using: str) -> tuple[list[int], list[float]] | None:
    found = vectors.get(using) if isinstance(vectors, dict) else None
    return (list(found.indices), list(found.values)) if found else None


def _dense(vectors: Any) -> dict[str, list[float]]:
    found = vectors if isinstance(vectors, dict) else {}
    return {name: vector for name, vector in found.items() if isinstance(vector, list)}


def _limit(limits: dict[str, int]) -> None:
    try:
        import resource
    except ImportError:  # Windows, which has no such limits
        return
    for name, value in limits.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            _, hard = resource.getrlimit(kind)
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, hard))


def _serve(requests: BinaryIO, replies: BinaryIO, engine: Engine) -> None:
    """Answer requests until there are no more. One that takes too long ends this process, whatever the engine does."""
    while header := requests.read(HEADER.size):
        size, seconds = HEADER.unpack(header)
        name, arguments = marshal.loads(requests.read(size))
        faulthandler.dump_traceback_later(seconds, exit=True)
        try:
            reply: tuple[str, Any] = ("", getattr(engine, name)(*arguments))
        except BaseException as error:  # a panic of the engine is no Exception
            reply = (type(error).__name__, str(error)[:2000])
        data = marshal.dumps(reply)
        replies.write(HEADER.pack(len(data), 0.0) + data)
        replies.flush()
        faulthandler.cancel_dump_traceback_later()


_CLOSING = 30.0
"""Seconds that closing may take."""


def main() -> None:
    """Serve the parent, then close the store and end; a failure while closing is the exit code 3."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        # Meant for the parent, which then closes our stdin.
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the engine prints goes where stderr goes: nowhere
    engine, code = Engine(), 0
    with contextlib.suppress(OSError):  # the parent has left, or does not want the reply
        _serve(requests, replies, engine)
    faulthandler.dump_traceback_later(_CLOSING, exit=True)
    try:
        engine.close()
    except BaseException:
        code = 3
    os._exit(code)


if __name__ == "__main__":
    main()
