"""A stand-in for a Qdrant server on loopback: Qdrant's own engine behind the part of its REST interface that is used.

Requests are read with qdrant-client's models of the interface, so that a body of another shape is refused as a server
would refuse it, and done by the embedded engine, which shares its code with the server. Each collection is one shard.
Reads must ask a quorum, and writes go in medium order and be waited for. A server has the ``Limits`` that it is given.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import qdrant_edge as edge
from pydantic import TypeAdapter, ValidationError
from qdrant_client import models

OPERATION: TypeAdapter[models.UpdateOperation] = TypeAdapter(models.UpdateOperation)
MODES = {
    None: None,
    models.UpdateMode.UPSERT: edge.UpdateMode.Upsert,
    models.UpdateMode.INSERT_ONLY: edge.UpdateMode.InsertOnly,
    models.UpdateMode.UPDATE_ONLY: edge.UpdateMode.UpdateOnly,
}


QUORUM, MEDIUM = {"consistency": "quorum"}, {"wait": "true", "ordering": "medium"}


@dataclass
class Limits:
    """A collection's strict mode, and how many points may be written until the budget is filled up again."""

    strict: dict[str, int] = field(default_factory=dict)
    budget: float = math.inf

    def check(self, name: str, value: int) -> None:
        if value > self.strict.get(name, value):
            raise Refused(400, f"Bad request: Limit exceeded {value} > {self.strict[name]} for {name}")

    def take(self, cost: int) -> None:
        if cost > self.strict.get("write_rate_limit", cost):
            raise Refused(429, "Rate limiting exceeded: request larger than rate limiter capacity")
        if cost > self.budget:
            raise Refused(429, f"Rate limiting exceeded: Write rate limit exceeded: requires {cost} tokens", again=1)
        self.budget -= cost


class Refused(Exception):
    """An answer that is not 200: the status, what to say, and when to come ``again``."""

    def __init__(self, status: int, text: str, again: int = 0) -> None:
        super().__init__(text)
        self.status = status
        self.again = again


class Collections:
    """The collections of one server, in ``folder``. One request is done at a time."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._tenants: set[str] = set()
        self._lock = threading.Lock()
        self._shards: dict[str, edge.EdgeShard] = {}
        self._routes: list[tuple[str, str, Callable[..., Any]]] = [
            ("GET", r"/collections/([^/]+)/exists", lambda name, _: {"exists": name in self._shards}),
            ("PUT", r"/collections/([^/]+)", self._create),
            ("GET", r"/collections/([^/]+)", self._describe),
            ("PUT", r"/collections/([^/]+)/index", self._index),
            ("POST", r"/collections/([^/]+)/points", self._retrieve),
            ("POST", r"/collections/([^/]+)/points/batch", self._batch),
            ("POST", r"/collections/([^/]+)/points/scroll", self._scroll),
            ("POST", r"/collections/([^/]+)/points/count", self._count),
            ("POST", r"/collections/([^/]+)/points/query", self._query),
        ]

    def answer(self, method: str, path: str, body: Any, query: Mapping[str, str]) -> Any:
        """The result of a request. Raises Refused."""
        wanted = MEDIUM if path.endswith("/batch") else QUORUM if path.endswith(("/points", "/scroll")) else {}
        if not wanted.items() <= query.items():
            raise Refused(400, f"{path}: {wanted} is wanted, not {query}")
        for verb, pattern, handle in self._routes:
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                with self._lock:
                    return handle(found[1], body)
        raise Refused(404, f"{method} {path}")

    def close(self) -> None:
        for shard in self._shards.values():
            shard.close()

    def _shard(self, name: str) -> edge.EdgeShard:
        if name not in self._shards:
            raise Refused(404, f"Not found: Collection `{name}` doesn't exist!")
        return self._shards[name]

    def _create(self, name: str, body: Any) -> bool:
        wanted = models.CreateCollection.model_validate(body)
        if name in self._shards:
            raise Refused(409, f"Wrong input: Collection `{name}` already exists!")
        assert not wanted.vectors and wanted.sparse_vectors
        sparse = {
            key: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf if value.modifier == "idf" else None)
            for key, value in wanted.sparse_vectors.items()
        }
        place = self._folder / name
        place.mkdir()
        self._shards[name] = edge.EdgeShard.create(str(place), edge.EdgeConfig(sparse_vectors=sparse))
        return True

    def _describe(self, name: str, _: Any) -> Any:
        schema = self._shard(name).info().payload_schema
        return {
            "status": "green",
            "optimizer_status": "ok",
            "segments_count": 1,
            "config": {
                "params": {"vectors": {}, "sparse_vectors": {"lexical": {"modifier": "idf"}}},
                "strict_mode_config": {"enabled": True, **self._limits.strict},
                "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000},
                "optimizer_config": {
                    "deleted_threshold": 0.2,
                    "vacuum_min_vector_number": 1000,
                    "default_segment_number": 0,
                    "flush_interval_sec": 5,
                },
            },
            "payload_schema": {name: self._schema(name) for name in schema},
        }

    def _schema(self, name: str) -> Any:
        return {
            "data_type": "keyword",
            "points": 0,
            "params": {"type": "keyword", "is_tenant": name in self._tenants},
        }

    def _index(self, name: str, body: Any) -> Any:
        wanted = models.CreateFieldIndex.model_validate(body)
        if isinstance(wanted.field_schema, models.KeywordIndexParams) and wanted.field_schema.is_tenant:
            self._tenants.add(wanted.field_name)
        keyword = edge.PayloadSchemaType.Keyword
        self._shard(name).update(edge.UpdateOperation.create_field_index(wanted.field_name, keyword))
        return COMPLETED

    def _batch(self, name: str, body: Any) -> Any:
        operations = [OPERATION.validate_python(operation) for operation in body["operations"]]
        for operation in operations:
            self._check(operation)
        for operation in operations:
            self._shard(name).update(change_of(operation))
        return [COMPLETED] * len(operations)

    def _check(self, operation: models.UpdateOperation) -> None:
        """Refuse what the limits refuse: a point costs one write, whether it is written or looked at."""
        sizes = [1]
        match operation:
            case models.UpsertOperation(upsert=models.PointsList(points=points)):
                self._limits.check("upsert_max_batchsize", len(points))
                sizes = [len(points)]
            case models.SetPayloadOperation(set_payload=change):
                sizes = [len(change.points or [])]
            case models.DeleteOperation(delete=models.FilterSelector(filter=selected)):
                sizes = [len(getattr(condition, "has_id", [])) for condition in self._conditions(selected)]
            case models.DeletePayloadOperation(delete_payload=gone):
                sizes = [len(getattr(condition, "has_id", [])) for condition in self._conditions(gone.filter)]
        self._limits.take(max(sizes))

    def _conditions(self, wanted: Any) -> list[Any]:
        self._limits.check("filter_max_conditions", len(wanted.must))
        for condition in wanted.must:
            self._limits.check("condition_max_size", len(getattr(condition, "has_id", [])))
        return list(wanted.must)

    def _retrieve(self, name: str, body: Any) -> Any:
        wanted = models.PointRequest.model_validate(body)
        ids = [point for point in wanted.ids if isinstance(point, str)]
        return [as_record(record) for record in self._shard(name).retrieve(ids, wanted.with_payload, True)]

    def _count(self, name: str, body: Any) -> Any:
        wanted = models.CountRequest.model_validate(body)
        return {"count": self._shard(name).count(edge.CountRequest(filter=filter_of(wanted.filter), exact=True))}

    def _scroll(self, name: str, body: Any) -> Any:
        wanted = models.ScrollRequest.model_validate(body)
        self._limits.check("max_query_limit", wanted.limit or 10)
        request = edge.ScrollRequest(
            offset=wanted.offset,
            limit=wanted.limit,
            filter=filter_of(wanted.filter),
            with_payload=wanted.with_payload,
            with_vector=False,
        )
        records, offset = self._shard(name).scroll(request)
        return {"points": [as_record(record) for record in records], "next_page_offset": offset and str(offset)}

    def _query(self, name: str, body: Any) -> Any:
        wanted = models.QueryRequest.model_validate(body)
        self._limits.check("max_query_limit", wanted.limit or 10)
        query: Any = wanted.query
        vector = query.nearest
        request = edge.QueryRequest(
            wanted.limit or 10,
            query=edge.Query.Nearest(edge.SparseVector(vector.indices, vector.values), wanted.using),
            filter=filter_of(wanted.filter),
            with_payload=True,
        )
        found = self._shard(name).query(request)
        return {"points": [{**as_record(point), "score": point.score, "version": 0} for point in found]}


COMPLETED = {"operation_id": 1, "status": "completed"}


def as_record(record: Any) -> dict[str, Any]:
    vectors = getattr(record, "vector", None) or {}
    found = {name: {"indices": vector.indices, "values": vector.values} for name, vector in vectors.items()}
    return {"id": str(record.id), "payload": record.payload, "vector": found}


def change_of(operation: models.UpdateOperation) -> edge.UpdateOperation:
    """One operation of a batch, for the engine."""
    match operation:
        case models.UpsertOperation(upsert=models.PointsList() as upsert):
            points = [point_of(point) for point in upsert.points]
            return edge.UpdateOperation.upsert_points(
                points, filter_of(upsert.update_filter), MODES[upsert.update_mode]
            )
        case models.DeleteOperation(delete=models.FilterSelector(filter=selected)):
            return edge.UpdateOperation.delete_points_by_filter(filter_of(selected))
        case models.SetPayloadOperation(set_payload=change) if change.points is not None:
            return edge.UpdateOperation.set_payload(change.points, change.payload)
        case models.DeletePayloadOperation(delete_payload=gone) if gone.filter is not None:
            return edge.UpdateOperation.delete_payload_by_filter(filter_of(gone.filter), gone.keys)
        case _:
            raise Refused(400, f"this stand-in knows no {type(operation).__name__} of this kind")


def point_of(point: models.PointStruct) -> edge.Point:
    named: Any = point.vector
    vectors: Any = {name: edge.SparseVector(vector.indices, vector.values) for name, vector in named.items()}
    return edge.Point(point.id, vectors, point.payload)


def filter_of(wanted: models.Filter | None) -> Any:
    if wanted is None:
        return None
    assert isinstance(wanted.must, list) and not (wanted.should or wanted.min_should)
    without: Any = wanted.must_not or []
    return edge.Filter(must=list(map(condition_of, wanted.must)), must_not=list(map(condition_of, without)))


def condition_of(condition: Any) -> Any:
    match condition:
        case models.HasIdCondition(has_id=ids):
            return edge.HasIdCondition(set(ids))
        case models.IsEmptyCondition(is_empty=models.PayloadField(key=key)):
            return edge.IsEmptyCondition(key)
        case models.FieldCondition(key=key, match=models.MatchValue(value=value)):
            return edge.FieldCondition(key, match=edge.MatchValue(value))
        case models.FieldCondition(key=key, match=models.MatchAny(any=values)):
            return edge.FieldCondition(key, match=edge.MatchAny(values))
        case _:
            raise Refused(400, f"this stand-in knows no such condition: {condition}")


@contextmanager
def qdrant_server(folder: Path, limits: Limits | None = None) -> Iterator[str]:
    """A server on a free loopback port; its URL."""
    collections = Collections(folder, limits or Limits())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            address = urlsplit(self.path)
            query = dict(parse_qsl(address.query))
            status, answer, again = _answer(collections, self.command, address.path, json.loads(data or b"null"), query)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if again:
                self.send_header("Retry-After", str(again))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = _serve

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        collections.close()


def _answer(
    collections: Collections, method: str, path: str, body: Any, query: Mapping[str, str]
) -> tuple[int, Any, int]:
    if path == "/":
        return 200, {"title": "qdrant - vector search engine", "version": "1.20.0"}, 0
    try:
        return 200, {"result": collections.answer(method, path, body, query), "status": "ok", "time": 0.0}, 0
    except Refused as error:
        return error.status, {"status": {"error": str(error)}, "time": 0.0}, error.again
    except (ValidationError, KeyError) as error:
        return 400, {"status": {"error": f"Format error in JSON body: {error}"}, "time": 0.0}, 0
    except Exception as error:  # what the engine says, as the server would pass it on
        status = 404 if "No point with id" in str(error) else 500
        return status, {"status": {"error": f"Service internal error: {error}"}, "time": 0.0}, 0
