"""A Qdrant server, through qdrant-client (imported only when one is connected to)."""

from __future__ import annotations

import math
import re
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from autopack_hooks.core.errors import FatalError, TargetError, UsageError
from autopack_hooks.sync.deadline import Deadline, utc_now
from autopack_hooks.sync.embedder import DENSE, LEXICAL, Dense, Embedder, Sparse
from autopack_hooks.sync.qdrant.http import Calls, NotApplied
from autopack_hooks.sync.qdrant.lease import State
from autopack_hooks.sync.qdrant.points import (
    INDEXED,
    SCANNED,
    VECTOR,
    Held,
    Payload,
    Point,
    check_collection,
    state_id,
)
from autopack_hooks.sync.qdrant.session import EmptyQdrant, QdrantSession
from autopack_hooks.sync.qdrant.url import ServerUrl
from autopack_hooks.sync.target import Overtaken

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

    from autopack_hooks.sync.qdrant.protocol import Batch

    Client = Callable[[ServerUrl, str | None, Deadline], QdrantClient]

_PAGE = 1000
_OLDEST = (1, 17)  # the first whose conditional updates insert nothing, by which writers keep out of each other's way
_TRIES = 5


class ServerQdrant:
    """The collection of a server."""

    name = "qdrant"

    def __init__(
        self,
        server: ServerUrl,
        collection: str,
        api_key: str | None = None,
        *,
        clone: str = "",
        embedder: Embedder = LEXICAL,
        replication: int = 1,
        patience: float = 30.0,
        client: Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Name the collection; nothing is connected yet.

        Args:
            server: The server.
            collection: The name of the collection.
            api_key: The server's API key.
            clone: The name by which other writers know this clone.
            embedder: Makes the vectors.
            replication: How many nodes hold each point of a collection that is made.
            patience: The longest that one request may wait, in seconds; it never waits beyond the deadline.
            client: Makes the qdrant-client.
            sleep: Waits between two attempts.
            now: The time in UTC.

        Raises:
            UsageError: The collection cannot be used, or the key would be sent unencrypted or cannot be sent at all.
        """
        self._server = server
        self.url = server.url
        key = (api_key or "").strip()  # read from a file, it ends with a newline
        if not (key.isascii() and key.isprintable()):
            raise UsageError(f"{self.url}: the API key holds a character that cannot be sent; set the variable again")
        if key and not (server.encrypted or server.loopback):
            raise UsageError(f"{self.url}: an API key is only sent over https, or to this machine; write https://")
        self._collection = check_collection(collection)
        self._api_key = key or None
        self._clone = clone
        self._embedder = embedder
        self._replication = replication
        self._patience = patience
        self._client = client or make_client
        self._sleep = sleep
        self._now = now

    @contextmanager
    def connect(self, project_id: str, deadline: Deadline, *, write: bool) -> Iterator[QdrantSession | EmptyQdrant]:
        """Open the collection (see ``Target.connect``). An old server or another kind of collection is a TargetError."""
        calls = Calls(self.url, deadline, self._sleep, patience=self._patience, secret=self._api_key)
        client = self._client(self._server, self._api_key, deadline)
        try:
            _check_version(self.url, calls("connecting to", client.info).version)
            store = _ServerStore(client, self._collection, calls)
            if store.open(self.url, self._replication if write else 0):
                session = QdrantSession(
                    store,
                    project_id,
                    deadline,
                    write=write,
                    now=self._now,
                    clone=self._clone,
                    embedder=self._embedder,
                    sleep=self._sleep,
                )
                try:
                    yield session
                finally:
                    session.close()
            else:
                yield EmptyQdrant()
        finally:
            client.close()


def make_client(server: ServerUrl, api_key: str | None, deadline: Deadline) -> QdrantClient:
    """Make the client. Unencrypted requests to this machine ignore the proxies of the environment."""
    try:
        from qdrant_client import QdrantClient
    except ImportError as error:
        raise TargetError("a Qdrant server needs qdrant-client: pip install 'autopack-hooks[sync]'") from error
    # The key goes as a header: as an argument it warns about http, which ServerQdrant has checked already.
    return QdrantClient(
        url=server.url,
        headers={"api-key": api_key} if api_key else None,
        timeout=math.ceil(deadline.remaining()) + 1,
        check_compatibility=False,
        trust_env=server.encrypted or not server.loopback,
    )


def _check_version(url: str, version: object) -> None:
    found = re.match(r"(\d+)\.(\d+)", str(version))
    if not found or (int(found[1]), int(found[2])) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        raise TargetError(
            f"{url}: Qdrant {oldest} or newer is needed, this is {str(version)[:40]!r}; upgrade the server"
        )


class _ServerStore:
    """The points of a collection."""

    shared = True
    most = sys.maxsize
    page = _PAGE

    def __init__(self, client: QdrantClient, collection: str, calls: Calls) -> None:
        from autopack_hooks.sync.qdrant import protocol  # which imports qdrant-client

        self._client = client
        self._collection = collection
        self._calls = calls
        self._protocol = protocol

    def open(self, url: str, replication: int) -> bool:
        """Return True if the collection is there; with ``replication`` it is made. Raises TargetError for another kind."""
        client, name = self._client, self._collection
        if not self._calls("asking", client.collection_exists, name):
            if not replication:
                return False
            self._calls("creating a collection at", self._create, replication)
        info = self._calls("asking", client.get_collection, name)
        if not _is_ours(info.config.params):
            raise TargetError(
                f"{url}: collection {name} holds other vectors than {VECTOR!r}; name another with sync.collection"
            )
        for field in INDEXED if replication else ():
            if field not in info.payload_schema:
                self._calls("indexing", self._index, field)
        if info.config.strict_mode_config and info.config.strict_mode_config.enabled:
            self._keep_within(info.config.strict_mode_config)
        return True

    def _keep_within(self, limits: models.StrictModeConfigOutput) -> None:
        """Make pages and batches as small as the collection wants them."""
        self.page = min(_PAGE, limits.max_query_limit or _PAGE)
        # A batch is written, its claim renewed, and the batch made valid: so that all of it fits into a minute's budget.
        rate = max(limits.write_rate_limit // 4, 1) if limits.write_rate_limit else None
        given = (limits.upsert_max_batchsize, limits.condition_max_size, rate)
        self.most = min((limit for limit in given if limit), default=sys.maxsize)

    def _create(self, replication: int) -> None:
        from qdrant_client import models

        vector = models.SparseVectorParams(modifier=models.Modifier.IDF)
        nodes: Any = {"replication_factor": replication, "write_consistency_factor": replication // 2 + 1}
        try:
            self._client.create_collection(self._collection, {}, {VECTOR: vector}, **(nodes if replication > 1 else {}))
        except Exception:
            # Another writer may have been faster, or an earlier attempt of ours was done after all.
            if not self._client.collection_exists(self._collection):
                raise

    def _index(self, field: str) -> None:
        from qdrant_client import models

        kind = models.KeywordIndexType.KEYWORD
        schema = models.KeywordIndexParams(type=kind, is_tenant=True if field == "project_id" else None)
        _done(self._client.create_payload_index(self._collection, field, schema, wait=True))

    def scan(self, project_id: str) -> Iterator[tuple[str, Payload]]:
        return self._scroll(_filter(project_id), SCANNED)

    def projects(self) -> set[str]:
        found = self._scroll(None, ["project_id", "content_hash"])
        return {str(payload.get("project_id")) for _, payload in found if "content_hash" in payload}

    def _scroll(self, wanted: models.Filter | None, fields: list[str]) -> Iterator[tuple[str, Payload]]:
        offset: Any = None
        while True:
            records, offset = self._calls(
                "reading",
                self._client.scroll,
                self._collection,
                wanted,
                limit=self.page,
                offset=offset,
                with_payload=fields,
                consistency=self._protocol.QUORUM,
            )
            for record in records:
                yield str(record.id), record.payload or {}
            if offset is None:
                return

    def first_points(self, project_id: str, limit: int) -> list[tuple[str, Payload]]:
        wanted = _filter(project_id)
        consistency = self._protocol.QUORUM
        scroll = self._client.scroll
        records, _ = self._calls(
            "reading",
            scroll,
            self._collection,
            wanted,
            limit=min(limit, self.page),
            with_payload=True,
            consistency=consistency,
        )
        return [(str(record.id), record.payload or {}) for record in records]

    def read(self, ids: Sequence[str]) -> dict[str, Held]:
        records: list[models.Record] = []
        for start in range(0, len(ids), self.page):
            page = list(ids[start : start + self.page])
            records += self._calls("reading", self._retrieve, page, with_vectors=True)
        return {
            str(record.id): Held(record.payload or {}, _sparse(record.vector), _dense(record.vector))
            for record in records
        }

    def read_state(self, project_id: str) -> State:
        found = self._calls("reading", self._retrieve, [state_id(project_id)])
        return State.read(found[0].payload if found else None)

    def write_state(self, project_id: str, state: State, over: State) -> None:
        self._calls("writing to", self._change, self._protocol.claim(project_id, state, over))

    def write(
        self,
        project_id: str,
        points: Sequence[Point],
        surplus: Sequence[str],
        confirm: Callable[[], None],
        fresh: Collection[str] | None = None,
    ) -> None:
        names = {*(point.id for point in points), *surplus}
        sent: list[Batch] = []

        def reserve() -> None:
            # A new mark for each attempt: one that was given up may still arrive, and must then fit no later request.
            # Whatever became of it, what is there is not known any more, unless a rate limit refused the whole of it.
            sent.append(self._protocol.Batch(points, surplus, None if sent else fresh))
            operations = sent[-1].reserve()
            try:
                self._change(operations)
            except Exception as error:
                if len(operations) == 1 and hasattr(error, "retry_after_s"):
                    sent.pop()
                raise

        for _ in range(_TRIES):
            try:
                self._calls("writing to", reserve)
                complete = self._count(self._protocol.marked(sent[-1].mark)) == len(names)
                confirm()
            except Overtaken:
                with suppress(FatalError):
                    self._calls("writing to", self._change, sent[-1].withdraw())
                raise
            if complete:
                self._calls("writing to", self._change, sent[-1].put())
                return
        raise TargetError(
            f"collection {self._collection}: what is written does not stay; is another program writing there?"
        )

    def marked(self, project_id: str) -> int:
        return self._count(self._protocol.marked_of(project_id)) - 1  # without the point of the claim

    def _count(self, wanted: models.Filter) -> int:
        return self._calls("reading", self._client.count, self._collection, wanted).count

    def _retrieve(self, names: list[str], **more: Any) -> list[models.Record]:
        return self._client.retrieve(self._collection, names, consistency=self._protocol.QUORUM, **more)

    def _change(self, operations: Sequence[models.UpdateOperation]) -> None:
        medium = self._protocol.MEDIUM
        update = self._client.batch_update_points
        try:
            for result in update(self._collection, operations, wait=True, ordering=medium):
                _done(result)
        except Exception as error:
            if b"No point with id" in getattr(error, "content", b""):
                raise Overtaken("another program is writing to this Qdrant collection; run again") from error
            raise

    def make_vector(self, name: str, size: int) -> None:
        from qdrant_client import models

        there = self._calls("asking", self._client.get_collection, self._collection).config.params.vectors
        if isinstance(there, dict) and name in there:
            return
        shape = models.DenseVectorConfig(size=size, distance=models.Distance.COSINE)
        config = models.DenseVectorNameConfig(dense=shape)
        self._calls("writing to", self._client.create_vector_name, self._collection, name, config)

    def delete_vector(self, project_id: str, name: str) -> None:
        self._calls("writing to", self._client.delete_vectors, self._collection, [name], _filter(project_id))

    def nearest(
        self, query: Sparse | Dense, using: str, project_id: str, ledger: str | None, limit: int
    ) -> list[tuple[float, Payload]]:
        from qdrant_client import models

        vector: Any = list(query)
        if isinstance(query, tuple):
            vector = models.SparseVector(indices=query[0], values=query[1])
        found = self._calls(
            "searching",
            self._client.query_points,
            self._collection,
            vector,
            using=using,
            query_filter=_filter(project_id, ledger),
            limit=min(limit, self.page),
        )
        return [(point.score, point.payload or {}) for point in found.points]


def _sparse(vector: Any) -> Sparse | None:
    found = vector.get(VECTOR) if isinstance(vector, dict) else None
    return (found.indices, found.values) if found else None


def _dense(vector: Any) -> dict[str, Dense]:
    found = vector if isinstance(vector, dict) else {}
    return {name: values for name, values in found.items() if isinstance(values, list)}


def _is_ours(params: models.CollectionParams) -> bool:
    sparse = params.sparse_vectors or {}
    dense = params.vectors or {}
    named = isinstance(dense, dict) and all(name.startswith(DENSE) for name in dense)
    return named and set(sparse) == {VECTOR} and sparse[VECTOR].modifier == "idf"


def _done(result: models.UpdateResult) -> None:
    """Refuse any status but "completed": others say that the write was accepted, not that it was done."""
    if result.status != "completed":
        raise NotApplied(f"the server answered a write with {str(result.status)[:40]!r} only")


def _filter(project_id: str, ledger: str | None = None) -> models.Filter:
    from qdrant_client import models

    wanted = {"project_id": project_id} | ({} if ledger is None else {"file_type": ledger})
    return models.Filter(
        must=[models.FieldCondition(key=k, match=models.MatchValue(value=v)) for k, v in wanted.items()]
    )
