"""The points of an open store of the embedded engine: what a session asks for, put to the engine's process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.embedder import Dense, Sparse
from autopack_hooks.sync.qdrant.engine import EngineProcess
from autopack_hooks.sync.qdrant.lease import State
from autopack_hooks.sync.qdrant.points import SCANNED, VECTOR, Held, Payload, Point, state_id

if TYPE_CHECKING:
    from autopack_hooks.sync.qdrant.embedded import EmbeddedQdrant

_PAGE = 10_000


class EdgeStore:
    """The points of an open shard. Its lock keeps every other writer out, so no claim is needed."""

    shared = False
    most = sys.maxsize

    def __init__(
        self, engine: EngineProcess, target: EmbeddedQdrant, deadline: Deadline, size: int, write: bool
    ) -> None:
        self._engine = engine
        self._target = target
        self._deadline = deadline
        self._size = size
        self._to_be_sealed = write
        self._sealed = True

    def ask(self, done: str, name: str, *arguments: Any) -> Any:
        """Have the engine do something; ``done`` is the participle for a message. Raises FatalError."""
        with self._target.faults(done, self._deadline):
            return self._engine.ask(name, *arguments, seconds=self._target.patience(self._deadline, self._size))

    def close(self) -> None:
        with self._target.faults("closed", self._deadline):
            self._engine.close()
        if self._to_be_sealed:
            self._target.seal()

    def scan(self, project_id: str) -> Iterator[tuple[str, Payload]]:
        self._target.read_ahead()
        offset: Any = None
        while True:
            self._deadline.check("reading the Qdrant store")
            records, offset = self.ask("read", "scroll", _filter(project_id), SCANNED, _PAGE, offset, False)
            for name, payload, _ in records:
                yield name, payload
            if offset is None:
                return

    def projects(self) -> set[str]:
        found: set[str] = set()
        offset: Any = None
        while True:
            self._deadline.check("reading the Qdrant store")
            records, offset = self.ask("read", "scroll", {}, ["project_id", "content_hash"], _PAGE, offset, False)
            found.update(str(payload.get("project_id")) for _, payload, _ in records if "content_hash" in payload)
            if offset is None:
                return found

    def first_points(self, project_id: str, limit: int) -> list[tuple[str, Payload]]:
        records, _ = self.ask("read", "scroll", _filter(project_id), True, limit, None, False)
        return [(name, payload) for name, payload, _ in records]

    def read(self, ids: Sequence[str]) -> dict[str, Held]:
        records = self.ask("read", "retrieve", list(ids), VECTOR)
        return {name: Held(payload, vector, dense) for name, payload, vector, dense in records}

    def read_state(self, project_id: str) -> State:
        raise NotImplementedError("only claims on a server read the state alone")

    def write_state(self, project_id: str, state: State, over: State) -> None:
        self.write(project_id, [Point(state_id(project_id), None, state.payload(project_id))], [], lambda: None)
        with self._target.faults("written", self._deadline):
            self._engine.settle()

    def write(
        self,
        project_id: str,
        points: Sequence[Point],
        surplus: Sequence[str],
        confirm: Callable[[], None],
        fresh: Collection[str] | None = None,
    ) -> None:
        if points:
            self._write("upsert", [_edge_point(point) for point in points])
        confirm()
        if surplus:
            self._write("delete", list(surplus))

    def marked(self, project_id: str) -> int:
        return 0

    def make_vector(self, name: str, size: int) -> None:
        self._write("make_vector", name, size)

    def delete_vector(self, project_id: str, name: str) -> None:
        self._write("delete_vector", _filter(project_id), name)

    def nearest(
        self, query: Sparse | Dense, using: str, project_id: str, ledger: str | None, limit: int
    ) -> list[tuple[float, Payload]]:
        found: list[tuple[float, Payload]] = self.ask(
            "searched", "nearest", query, using, _filter(project_id, ledger), limit
        )
        return found

    def _write(self, name: str, *arguments: Any) -> None:
        self._target.check_room()
        if self._sealed:
            self._target.break_seal()
            self._sealed = False
        # The points of the next batch are made while the engine writes this one.
        with self._target.faults("written", self._deadline):
            self._engine.send(name, *arguments, seconds=self._target.patience(self._deadline, self._size))


def _edge_point(point: Point) -> tuple[str, dict[str, Any], dict[str, Any]]:
    sparse: dict[str, Any] = {} if point.vector is None else {VECTOR: point.vector}
    return point.id, sparse | {name: list(vector) for name, vector in point.dense.items()}, point.payload


def _filter(project_id: str, ledger: str | None = None) -> dict[str, str]:
    return {"project_id": project_id} | ({} if ledger is None else {"file_type": ledger})
