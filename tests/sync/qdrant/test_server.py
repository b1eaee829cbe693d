"""A Qdrant server: how it may be named, and every way in which it may fail."""

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import QdrantClient, models

from autopack_hooks.core.errors import DeadlineExceeded, TargetError, UsageError
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.plan import Plan
from autopack_hooks.sync.qdrant.server import ServerQdrant
from autopack_hooks.sync.qdrant.url import parse_server_url
from autopack_hooks.sync.target import Applied
from tests.sync.engines import LONG, LocalClient, by_key, connect, far, full_sync, one_line, record, sync
from tests.sync.qdrant.wire import Limits, qdrant_server


@pytest.mark.parametrize(
    ("text", "url", "loopback"),
    [
        ("localhost", "http://localhost:6333", True),
        ("127.0.0.1:7", "http://127.0.0.1:7", True),
        ("http://[::1]:7/", "http://[::1]:7", True),
        (" db.example:80 ", "http://db.example:80", False),
        ("https://q.example", "https://q.example:6333", False),
        ("https://q.example/qdrant/", "https://q.example:6333/qdrant", False),
        ("HTTPS://Q.Example:443", "https://q.example:443", False),
        ("http://127.0.0.1.example", "http://127.0.0.1.example:6333", False),
        ("notlocalhost", "http://notlocalhost:6333", False),
    ],
)
def test_forms_of_a_host(text: str, url: str, loopback: bool) -> None:
    address = parse_server_url(text)
    assert (address.url, address.loopback) == (url, loopback)


@pytest.mark.parametrize(
    "text",
    ["", "http://", "ftp://x", "host:port", "host:99999", "http://bob:hunter2@x:1", "hunter2@x", "http://x?api-key=hunter2", "http://x#hunter2",
     "http://a b", "http://[::1", "http://bob:hunter2@x:port", "x/y z"],
)  # fmt: skip
def test_hosts_that_cannot_be_used(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_server_url(text)
    assert "hunter2" not in one_line(caught.value)


@pytest.mark.parametrize("key", ["hunt\ner2", "hunter2é", "hunter2\x01", "\0hunter2"])
def test_a_key_that_no_header_can_hold_is_not_quoted(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        ServerQdrant(parse_server_url("localhost"), "docs", key)
    assert "API key" in str(caught.value) and "hunt" not in str(caught.value)


@pytest.mark.parametrize("key", ["hunter2", "hunter2\n"])
def test_a_key_follows_no_redirect(key: str) -> None:
    keys: list[tuple[str, str | None]] = []

    class Redirecting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys.append((self.path, self.headers["api-key"]))
            self.send_response(307)
            self.send_header("location", f"http://127.0.0.1:{server.server_port}/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        target = ServerQdrant(parse_server_url(f"127.0.0.1:{server.server_port}"), "docs", key)
        with pytest.raises(TargetError, match="307"):
            connect(target)
        server.shutdown()
    assert keys == [("/", "hunter2")]


@pytest.mark.parametrize(
    ("host", "ok"),
    [
        ("http://q.example", False),
        ("q.example:6333", False),
        ("https://q.example", True),
        ("localhost", True),
        ("http://127.0.0.1", True),
    ],
)
def test_a_key_never_travels_in_the_clear(host: str, ok: bool) -> None:
    if ok:
        assert "hunter2" not in ServerQdrant(parse_server_url(host), "docs", "hunter2").url
    else:
        with pytest.raises(UsageError, match="https") as caught:
            ServerQdrant(parse_server_url(host), "docs", "hunter2")
        assert "hunter2" not in one_line(caught.value)


def test_a_collection_of_another_shape_is_left_alone() -> None:
    client = LocalClient(":memory:")
    client.create_collection("docs", models.VectorParams(size=3, distance=models.Distance.COSINE))
    with pytest.raises(TargetError, match="other vectors"):
        connect(ServerQdrant(parse_server_url("localhost"), "docs", client=lambda *_: client))


@pytest.mark.parametrize("version", ["1.16.3", "1.9.0", "0.11", "", "latest"])
def test_an_old_server_is_refused(version: str) -> None:
    class Old(LocalClient):
        def info(self) -> models.VersionInfo:
            return models.VersionInfo(title="qdrant", version=version)

    old = Old(":memory:")
    with pytest.raises(TargetError, match="upgrade the server"):
        connect(ServerQdrant(parse_server_url("localhost"), "docs", client=lambda *_: old))


def test_only_a_completed_write_counts() -> None:
    class Lazy(LocalClient):
        def batch_update_points(self, *_: Any, **__: Any) -> list[models.UpdateResult]:
            return [models.UpdateResult(status=models.UpdateStatus.ACKNOWLEDGED)]

    lazy, pauses = Lazy(":memory:"), list[float]()
    with pytest.raises(TargetError, match="acknowledged"):
        full_sync(
            ServerQdrant(parse_server_url("localhost"), "docs", client=lambda *_: lazy, sleep=pauses.append),
            by_key(record(1)),
        )
    assert pauses == [0.2, 0.4, 0.8, 1.6]


class Answers:
    """A loopback server that gives each connection the next of its raw answers; after the last it hangs up."""

    def __init__(self, *answers: bytes) -> None:
        self.requests: list[bytes] = []
        self._answers = answers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        for answer in self._answers:
            peer, _ = self._socket.accept()
            with peer:
                self.requests.append(peer.recv(65536))
                if answer:
                    peer.sendall(answer)

    def close(self) -> None:
        while self._thread.is_alive() and len(self.requests) < len(self._answers):
            with socket.create_connection(self._socket.getsockname()) as peer:
                peer.sendall(b"x")
                peer.recv(1)
        self._thread.join()
        self._socket.close()


def answer(status: int, body: bytes = b"{}", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status} X\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


VERSION = answer(200, b'{"title": "qdrant", "version": "1.17.0"}')
TONIC = "Service internal error: 2 of 3 read operations failed: Tonic status error: x"
INTERNALS = f'{{"status": {{"error": "{TONIC}"}}}}'.encode()
KEY_ECHOED = b'{"status": {"error": "bad key hunter2\\nsecond line"}, "time": 0.1}'


@pytest.mark.parametrize(
    ("answers", "message", "pauses"),
    [
        ([answer(401, KEY_ECHOED)], r"401: bad key \*\*\* second line.*API key", 0),
        ([answer(403)], "403.*API key", 0),
        ([answer(404)], "404.*is it a Qdrant server", 0),
        ([answer(302, headers="Location: http://evil.example/\r\n")], "answered 302", 0),
        ([answer(200, b"<html>")], "no answer of a Qdrant server", 0),
        ([answer(200, b'{"title": 1}')], "no answer of a Qdrant server", 0),
        ([b"SSH-2.0-OpenSSH\r\n\r\n"], "write https://", 0),
        ([answer(400, b"<h1>The plain HTTP request was sent to HTTPS port</h1>")], "write https://", 0),
        ([VERSION] + [answer(500, INTERNALS)] * 5, "too few nodes of the cluster answer .500.; bring them back", 4),
        ([answer(500, b"oops")] * 5, r"failed \(500\)", 4),
        ([answer(429)] * 5, r"rate limit is used up \(429\).*run again", 4),
        ([b""] * 5, "connection broke", 4),
        ([answer(200)[:30]] * 5, "connection broke", 4),
        ([VERSION] + [answer(503)] * 5, "503", 4),
        ([answer(429, headers="Retry-After: 900\r\n")], "rate limit.*run again", 0),
        ([answer(429, headers="Retry-After: 7\r\n"), answer(401)], "API key", 1),
        ([answer(429, headers="Retry-After: 7\r\n")] * 8 + [answer(401)], "API key", 8),
        ([b"", answer(500), answer(503), answer(401)], "API key", 3),
    ],
)
def test_a_faulty_server(answers: list[bytes], message: str, pauses: int) -> None:
    server, slept = Answers(*answers), list[float]()
    try:
        with pytest.raises(TargetError, match=message) as caught:
            connect(ServerQdrant(parse_server_url(server.host), "docs", "hunter2", sleep=slept.append))
    finally:
        server.close()
    text = one_line(caught.value)
    assert "hunter2" not in text and "Tonic" not in text and server.host in text
    assert len(slept) == pauses
    assert b"api-key: hunter2" in server.requests[0]


@pytest.mark.parametrize("host", ["a..b", "x" * 300])
def test_a_name_that_is_none(host: str) -> None:
    with pytest.raises(TargetError, match="check the address") as caught:
        connect(ServerQdrant(parse_server_url(host), "docs", sleep=lambda _: None))
    assert host in one_line(caught.value)


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        host = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(TargetError, match="cannot be reached") as caught:
        connect(ServerQdrant(parse_server_url(host), "docs"))
    assert host in one_line(caught.value)


@pytest.mark.parametrize(
    ("seconds", "patience", "error"),
    [(0.3, 30.0, DeadlineExceeded), (60.0, 0.3, TargetError), (0.0, 30.0, DeadlineExceeded)],
)
def test_a_silent_server_is_bounded(seconds: float, patience: float, error: type[Exception]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(error) as caught:
            connect(
                ServerQdrant(parse_server_url(host), "docs", patience=patience),
                deadline=Deadline(seconds, time.monotonic),
            )
    assert host in one_line(caught.value)


def is_put(operation: Any) -> bool:
    """Whether it writes passages: a claim is a point alone, and a place holds no vector."""
    return isinstance(operation, models.UpsertOperation) and any(p.vector for p in operation.upsert.points)


def test_a_deadline_in_the_middle_of_a_write_tells_what_is_done() -> None:
    """A server that goes silent after its first batch: that batch counts, and the run ends as incomplete."""
    release = threading.Event()

    class Stalling(LocalClient):
        writes = 0

        def batch_update_points(self, *args: Any, **kwargs: Any) -> list[models.UpdateResult]:
            self.writes += any(is_put(operation) for operation in args[1])
            if self.writes > 1:
                release.wait()
            return super().batch_update_points(*args, **kwargs)

    client, records = Stalling(":memory:"), by_key(*(record(i) for i in range(300)))
    target = ServerQdrant(parse_server_url("localhost"), "docs", client=lambda *_: client)
    deadline = Deadline(1.0, time.monotonic)
    try:
        with target.connect("p", deadline, write=True) as session:
            plan = Plan(insert=tuple(sorted(records)))
            done = session.apply(plan, records, "c1", deadline, lambda _: None)
    finally:
        release.set()
    assert done == Applied(inserted=256, embedded=256, complete=False)


@pytest.mark.parametrize(
    "strict",
    [
        {},
        {"max_query_limit": 7},
        {"upsert_max_batchsize": 5},
        {"condition_max_size": 4, "filter_max_conditions": 2},
        {"write_rate_limit": 3},
        {"max_query_limit": 1, "upsert_max_batchsize": 1, "condition_max_size": 1},
    ],
)
def test_limits_of_the_server_are_kept(tmp_path: Path, strict: dict[str, int]) -> None:
    with qdrant_server(tmp_path, Limits(strict)) as url:
        target = ServerQdrant(parse_server_url(url), "docs")
        records = by_key(*(record(i) for i in range(20)), record(20, LONG))
        assert full_sync(target, records).inserted == 21
        assert full_sync(target, records) == Applied()
        records = by_key(*(record(i, "new" if i % 2 else "") for i in range(15)))
        done = full_sync(target, records)
        assert (done.updated, done.deleted) == (7, 6)
        with target.connect("p", far(), write=False) as session:
            assert session.stored().hashes == {key: r.content_hash for key, r in records.items()}
            assert len(session.search("new", limit=3)) == min(3, strict.get("max_query_limit", 3))


def test_a_rate_is_waited_for_and_then_named(tmp_path: Path) -> None:
    limits = Limits({"write_rate_limit": 40})
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) < 12:
            limits.budget += 10

    with qdrant_server(tmp_path, limits) as url:
        target = ServerQdrant(parse_server_url(url), "docs", sleep=sleep)
        limits.budget = 40
        records = by_key(*(record(i) for i in range(30)))
        assert full_sync(target, records).inserted == 30 and 2 < len(waits) < 12
        limits.budget, waits[:] = 15, [1.0] * 12
        brief = Deadline(60, lambda: 5.0 * len(waits))  # time passes while it waits, and only then
        with (
            pytest.raises(TargetError, match=r"rate limit is used up .*run again") as caught,
            target.connect("p", brief, write=True) as session,
        ):
            sync(session, by_key(*(record(i, "new") for i in range(30))))
    assert url in one_line(caught.value)


def test_the_tenant_is_named(tmp_path: Path) -> None:
    with qdrant_server(tmp_path) as url:
        full_sync(ServerQdrant(parse_server_url(url), "docs"), by_key(record(1)))
        schema = QdrantClient(url, check_compatibility=False).get_collection("docs").payload_schema
    assert {name for name, index in schema.items() if index.params and getattr(index.params, "is_tenant", None)} == {
        "project_id"
    }


@pytest.mark.parametrize(("replication", "writes"), [(1, None), (2, 2), (3, 2), (5, 3)])
def test_replication_counts_when_the_collection_is_made(replication: int, writes: int | None) -> None:
    made: list[dict[str, Any]] = []

    class Making(LocalClient):
        def create_collection(self, *args: Any, **kwargs: Any) -> bool:
            made.append(kwargs)
            return super().create_collection(*args)

    client = Making(":memory:")
    target = ServerQdrant(parse_server_url("localhost"), "docs", client=lambda *_: client, replication=replication)
    connect(target)
    connect(target)
    assert made == [{"replication_factor": replication, "write_consistency_factor": writes} if writes else {}]


def test_a_draft_of_a_writer_that_died_is_found_by_no_search(tmp_path: Path) -> None:
    """It dies between its reserve and its put: what is new is not there yet, and the next run finishes it."""

    class Dying(LocalClient):
        def count(self, *args: Any, **kwargs: Any) -> Any:
            raise KeyboardInterrupt

    client, records = LocalClient(":memory:"), by_key(record(1), record(2))
    dying = Dying(":memory:")
    dying._client = client._client
    full_sync(
        ServerQdrant(parse_server_url("localhost"), "docs", client=lambda *_: client, clone="x"), by_key(record(1))
    )
    with pytest.raises(KeyboardInterrupt):
        full_sync(ServerQdrant(parse_server_url("localhost"), "docs", client=lambda *_: dying, clone="x"), records)
    target = ServerQdrant(parse_server_url("localhost"), "docs", client=lambda *_: client, clone="x")
    with target.connect("p", far(), write=False) as session:
        assert [hit.entry_id for hit in session.search("body")] == ["BUILD-1"]
        assert session.stored().faults == {record(2).key: "missing"}
    assert full_sync(target, records).updated == 1
    with target.connect("p", far(), write=False) as session:
        assert {hit.entry_id for hit in session.search("body")} == {"BUILD-1", "BUILD-2"}
