"""Both Qdrant engines: what they hold, what they say about it, and what happens when something is wrong."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from qdrant_client import QdrantClient, models

from autopack_hooks.errors import DeadlineExceeded, LockTimeout, TargetError, UsageError
from autopack_hooks.sync import qdrant_points
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.plan import Plan, make_plan
from autopack_hooks.sync.qdrant import Hit, QdrantSession
from autopack_hooks.sync.qdrant_embedded import EmbeddedQdrant
from autopack_hooks.sync.qdrant_points import Point, entry_points, point_id, state_id
from autopack_hooks.sync.qdrant_server import ServerQdrant
from autopack_hooks.sync.qdrant_url import parse_server
from autopack_hooks.sync.records import Key, Record
from autopack_hooks.sync.target import Applied
from tests.sync.contract import TargetContract

REAL_SERVER = os.environ.get("QDRANT_TEST_URL")
Engine = EmbeddedQdrant | ServerQdrant


def far() -> Deadline:
    return Deadline(60, time.monotonic)


def record(number: int, content: str = "", project: str = "p", ledger: str = "build_history") -> Record:
    text = content or f"Body {number}."
    return Record(
        project,
        ledger,
        f"BUILD-{number}",
        f"Phase {number}",
        text,
        {"n": [number]},
        None,
        sha256(text.encode()).hexdigest(),
    )


def by_key(*records: Record) -> dict[Key, Record]:
    return {r.key: r for r in records}


def sync(session: QdrantSession, records: dict[Key, Record], commit: str | None = "c1") -> Applied:
    plan = make_plan(session.stored().hashes, {key: r.content_hash for key, r in records.items()})
    return session.apply(plan, records, commit, far(), lambda _: None)


def full_sync(target: Engine, records: dict[Key, Record], commit: str | None = "c1", project: str = "p") -> Applied:
    with target.connect(project, far(), write=True) as session:
        return sync(session, records, commit)


class LocalClient(QdrantClient):
    """qdrant-client's local mode in a server's stead; it warns that it ignores payload indexes, and stays open."""

    def create_payload_index(self, *args: Any, **kwargs: Any) -> Any:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Payload indexes have no effect")
            return super().create_payload_index(*args, **kwargs)

    def close(self, *args: Any, **kwargs: Any) -> None:
        pass


@pytest.fixture(
    params=[
        "embedded",
        "local",
        pytest.param("server", marks=pytest.mark.skipif(not REAL_SERVER, reason="QDRANT_TEST_URL")),
    ]
)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "embedded":
        yield EmbeddedQdrant(tmp_path / "qdrant", "docs")
    elif request.param == "local":
        client = LocalClient(":memory:")
        yield ServerQdrant("localhost", "docs", client=lambda *_: client)
    else:
        assert REAL_SERVER
        name = f"autopack_test_{uuid.uuid4().hex}"
        yield ServerQdrant(REAL_SERVER, name)
        QdrantClient(REAL_SERVER, check_compatibility=False).delete_collection(name)


class TestContract(TargetContract):
    """Every engine is held to what every target promises (``target`` is the fixture above)."""


LONG = "".join(f"## Part {i}\n\n{'word ' * 250}\n\n" for i in range(5))


def test_only_what_changed_is_written(target: Engine) -> None:
    records = by_key(record(1), record(2, LONG), record(3))
    parts = len(entry_points(records["build_history", "BUILD-2"]))
    assert parts == 5
    assert full_sync(target, records) == Applied(inserted=3, embedded=2 + parts)
    assert full_sync(target, records) == Applied()
    records |= by_key(record(1, "changed"))
    assert full_sync(target, records) == Applied(updated=1, embedded=1)
    del records["build_history", "BUILD-2"]
    assert full_sync(target, records) == Applied(deleted=1)
    with target.connect("p", far(), write=False) as session:
        assert session.stored().hashes == {key: r.content_hash for key, r in records.items()}


@pytest.mark.parametrize("contents", [("a", LONG), (LONG, "a"), (LONG, LONG[:3000])])
def test_an_update_leaves_no_passage_behind(target: Engine, contents: tuple[str, str]) -> None:
    for content in contents:
        full_sync(target, by_key(record(1, content)))
    with target.connect("p", far(), write=False) as session:
        ids = {name for name, _ in session._store.scan("p")}
    assert ids == {p.id for p in entry_points(record(1, contents[1]))} | {state_id("p")}


def test_projects_and_ledgers_do_not_mix(target: Engine) -> None:
    here, other = record(1), record(1, "elsewhere", "q")
    full_sync(target, by_key(here, record(1, ledger="debug_log")))
    full_sync(target, by_key(other), project="q")
    full_sync(target, by_key(here))
    with target.connect("q", far(), write=False) as session:
        assert session.stored().hashes == {other.key: other.content_hash}
        assert [hit.text for hit in session.search("elsewhere body")] == ["elsewhere"]


def test_the_commit_is_remembered_with_the_plan_or_not_at_all(target: Engine) -> None:
    def commit() -> str | None:
        with target.connect("p", far(), write=False) as session:
            return session.stored().commit

    assert commit() is None
    full_sync(target, by_key(record(1)), "c1")
    assert commit() == "c1"
    full_sync(target, by_key(record(1)), "c2")
    assert commit() == "c2"
    with target.connect("p", far(), write=True) as session:
        over = Deadline(0, time.monotonic)
        assert session.apply(Plan(insert=(record(2).key,)), by_key(record(2)), "c3", over, lambda _: None) == Applied(
            complete=False
        )
    assert commit() == "c2"
    full_sync(target, by_key(record(1)), None)
    assert commit() is None


def test_reading_creates_nothing(target: Engine, tmp_path: Path) -> None:
    with target.connect("p", far(), write=False) as session:
        assert session.stored().hashes == {} and session.stored().commit is None
        assert session.search("anything") == []
    assert list(tmp_path.iterdir()) == []


def test_every_crash_order_reads_as_partial_or_right(target: Engine) -> None:
    """Any subset of the writes of an update may have happened: only none and all of them read as whole."""
    old, new = record(1, LONG), record(1, LONG[:3000])
    before, after = entry_points(old), entry_points(new)
    surplus = [p.id for p in before if p.id not in {q.id for q in after}]
    assert len(after) > 1 and surplus
    with target.connect("p", far(), write=True) as session:
        store = session._store
        for written, deleted in itertools.product(range(len(after) + 1), (False, True)):
            store.delete([p.id for p in before])
            store.upsert(before)
            if written:
                store.upsert(after[:written])
            if deleted:
                store.delete(surplus)
            whole = {0: old.content_hash} if not deleted else {len(after): new.content_hash}
            assert session.stored().hashes == {old.key: whole.get(written, "")}, (written, deleted)
        sync(session, by_key(new))
        assert session.stored().hashes == {new.key: new.content_hash}


def foreign(**payload: Any) -> Point:
    return Point(str(uuid.uuid4()), ([1], [1.0]), {"project_id": "p", **payload})


@pytest.mark.parametrize(
    "stray",
    [
        foreign(),
        foreign(entry_id=7, file_type=None),
        foreign(file_type="build_history", entry_id="BUILD-1"),
        foreign(file_type="build_history", entry_id="BUILD-1", content_hash=["x"], passage={"a": 1}, passages=None),
        foreign(
            file_type="build_history", entry_id="BUILD-9", content_hash="x", passage=0, passages=1, embedder="other-1"
        ),
        dataclasses.replace(entry_points(record(1))[0], id=str(uuid.uuid4())),  # a passage that is there twice
    ],
)
def test_what_another_tool_left_is_put_right(target: Engine, stray: Point) -> None:
    records = by_key(record(1))
    full_sync(target, records)
    with target.connect("p", far(), write=True) as session:
        session._store.upsert([stray])
        assert session.stored().hashes != {record(1).key: record(1).content_hash}
        done = sync(session, records)
        assert done.updated + done.deleted == 1
        assert session.stored().hashes == {record(1).key: record(1).content_hash}
        assert len(list(session._store.scan("p"))) == 2


def test_a_lost_passage_is_noticed(target: Engine) -> None:
    one = record(1, LONG)
    full_sync(target, by_key(one))
    with target.connect("p", far(), write=True) as session:
        session._store.delete([point_id("p", "build_history", "BUILD-1", 4)])
        assert session.stored().hashes == {one.key: ""}
        assert sync(session, by_key(one)) == Applied(updated=1, embedded=5)


def test_a_changed_embedder_writes_everything_again(target: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    records = by_key(record(1), record(2))
    full_sync(target, records)
    monkeypatch.setattr(qdrant_points, "EMBEDDER", "lexical-next")
    assert full_sync(target, records) == Applied(updated=2, embedded=2)
    assert full_sync(target, records) == Applied()


def test_the_deadline_stops_between_batches_and_the_next_run_goes_on(target: Engine) -> None:
    records = by_key(*(record(i) for i in range(600)))
    ticks = itertools.count()
    with target.connect("p", far(), write=True) as session:
        plan = make_plan(session.stored().hashes, {key: r.content_hash for key, r in records.items()})
        seen: list[int] = []
        brief = Deadline(3, lambda: float(next(ticks)))
        done = session.apply(plan, records, "c1", brief, seen.append)
        assert done == Applied(inserted=512, embedded=512, complete=False) and seen == [256, 256]
        assert len(session.stored().hashes) == 512 and session.stored().commit is None
        assert sync(session, records) == Applied(inserted=88, embedded=88)


def test_an_entry_too_large_for_a_batch(target: Engine) -> None:
    huge = record(1, "x" * 2000 * 300)
    done = full_sync(target, by_key(record(0), huge, record(2)))
    assert done == Applied(inserted=3, embedded=302)
    assert full_sync(target, {}) == Applied(deleted=3)
    with target.connect("p", far(), write=False) as session:
        assert session.stored().hashes == {}


TEXTS = {
    "BUILD-1": "Broken link checker with a mechanical fixer. Links, links and fences.",
    "BUILD-2": "Lock manager: stale lock detection by pid, `lock_manager.py`.",
    "BUILD-3": "Sync to the database and Qdrant, in bounded time; see BUILD-2.",
    "BUILD-20": "Renumbered the phases.\n\n" + LONG,
}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("stale locks", "BUILD-2"),
        ("lock manager", "BUILD-2"),
        ("LOCK_MANAGER.PY", "BUILD-2"),
        ("BUILD-20", "BUILD-20"),
        ("qdrant database sync", "BUILD-3"),
        ("link fixer", "BUILD-1"),
        ("zebra-unicorn", None),
        ("", None),
        ("?!", None),
    ],
)
def test_search(target: Engine, query: str, wanted: str | None) -> None:
    records = [dataclasses.replace(record(0, text), entry_id=name) for name, text in TEXTS.items()]
    with target.connect("p", far(), write=True) as session:
        sync(session, by_key(*records))
        hits = session.search(query)
        assert [hit.entry_id for hit in hits[:1]] == ([wanted] if wanted else [])
        assert len({hit.entry_id for hit in hits}) == len(hits) <= 4
        assert hits == sorted(hits, key=lambda hit: -hit.score)
        assert session.search(query, ledger="other") == []
        assert session.search(query, ledger="build_history", limit=1) == hits[:1]


def test_search_gives_an_entry_once_however_many_passages_match(target: Engine) -> None:
    with target.connect("p", far(), write=True) as session:
        sync(session, by_key(record(1, LONG * 10), record(2, "a word")))
        assert sorted(hit.entry_id for hit in session.search("word", limit=2)) == ["BUILD-1", "BUILD-2"]


def test_both_engines_rank_alike(tmp_path: Path) -> None:
    records = by_key(*(dataclasses.replace(record(0, text), entry_id=name) for name, text in TEXTS.items()))
    client = LocalClient(":memory:")
    found: list[list[Hit]] = []
    for engine in (EmbeddedQdrant(tmp_path, "docs"), ServerQdrant("localhost", "docs", client=lambda *_: client)):
        full_sync(engine, records)
        with engine.connect("p", far(), write=False) as session:
            found.append(session.search("lock, link and sync phases of part 3"))
    assert [hit.entry_id for hit in found[0]] == [hit.entry_id for hit in found[1]]
    assert [hit.score for hit in found[0]] == pytest.approx([hit.score for hit in found[1]], rel=1e-3)


def test_ids_are_valid_and_unambiguous() -> None:
    parts = [
        ("p", "a", "b", 1),
        ("p", "a", "b", 11),
        ("p", "a,b", "", 1),
        ("p", "", "a,b", 1),
        ('p","a', "b", "", 1),
        ("\ud800", "a", "b", 1),
    ]
    names = [point_id(*part) for part in parts] + [state_id("p"), state_id("q")]
    assert len(set(names)) == len(names)
    assert all(uuid.UUID(name).version == 5 for name in names)
    assert point_id("p", "build_history", "BUILD-1", 0) == "d0717a23-8a7a-5f38-931e-63f408e91539"


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "a b", "x" * 300, "a\n"])
def test_bad_collection_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"sync\.collection"):
        EmbeddedQdrant(tmp_path, name)
    with pytest.raises(UsageError, match=r"sync\.collection"):
        ServerQdrant("localhost", name)


# The embedded engine.


def connect(target: Engine, write: bool = True, deadline: Deadline | None = None) -> None:
    with target.connect("p", deadline or far(), write=write) as session:
        session.stored()


def one_line(error: BaseException) -> str:
    text = str(error)
    assert "\n" not in text and "Traceback" not in text
    return text


@pytest.mark.parametrize("write", [True, False])
def test_a_second_user_waits_and_is_refused(tmp_path: Path, write: bool) -> None:
    target = EmbeddedQdrant(tmp_path, "docs", lock_timeout=0.05)
    full_sync(target, by_key(record(1)))
    with target.connect("p", far(), write=False), pytest.raises(LockTimeout, match="another process") as caught:
        connect(target, write)
    assert str(tmp_path) in one_line(caught.value)
    with FileLock(tmp_path / "docs.lock"), pytest.raises(LockTimeout):
        connect(EmbeddedQdrant(tmp_path, "docs"), write, Deadline(0.05, time.monotonic))
    connect(target, write)


def test_an_engine_of_another_program_is_a_clear_error(tmp_path: Path) -> None:
    import qdrant_edge

    target = EmbeddedQdrant(tmp_path, "docs")
    full_sync(target, by_key(record(1)))
    shard = qdrant_edge.EdgeShard.load(str(tmp_path / "docs"))
    with pytest.raises(TargetError, match="close the other program") as caught:
        connect(target)
    one_line(caught.value)
    shard.close()
    connect(target)


def test_an_error_in_the_session_closes_the_store(tmp_path: Path) -> None:
    target = EmbeddedQdrant(tmp_path, "docs")
    with pytest.raises(KeyboardInterrupt), target.connect("p", far(), write=True) as session:
        sync(session, by_key(record(1)))
        raise KeyboardInterrupt
    assert full_sync(target, by_key(record(1))) == Applied()


KILLED = """
import os, signal, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.sync.test_qdrant import EmbeddedQdrant, by_key, far, make_plan, record
records = by_key(*(record(i) for i in range(600)))
kill = lambda _: os.kill(os.getpid(), signal.SIGKILL)
with EmbeddedQdrant(Path(sys.argv[1]), "docs").connect("p", far(), write=True) as session:
    plan = make_plan(session.stored().hashes, {key: r.content_hash for key, r in records.items()})
    session.apply(plan, records, "c1", far(), kill)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(Path(__file__).parents[2])]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    target = EmbeddedQdrant(tmp_path, "docs")
    with target.connect("p", far(), write=True) as session:
        assert len(session.stored().hashes) == 256
        assert sync(session, by_key(*(record(i) for i in range(600)))) == Applied(inserted=344, embedded=344)


def test_a_creation_that_was_killed_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "docs.new" / "segments").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    target = EmbeddedQdrant(tmp_path, "docs")
    assert full_sync(target, by_key(record(1))).inserted == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["docs", "docs.lock"]


def stores(tmp_path: Path) -> dict[str, Callable[[], None]]:
    folder = tmp_path / "docs"

    def segment(name: str) -> Path:
        return next((folder / "segments").glob(f"*/{name}"))

    return {
        "foreign files": lambda: (folder / "edge_config.json").unlink(),
        "not JSON": lambda: (folder / "edge_config.json").write_text("{") and None,
        "other vectors": lambda: (
            (folder / "edge_config.json").write_text(json.dumps({"vectors": {"": {"size": 3}}})) and None
        ),
        "no IDF": lambda: (folder / "edge_config.json").write_text('{"sparse_vectors": {"lexical": {}}}') and None,
        "another version": lambda: segment("version.info").write_text("99.0.0") and None,
        "no version": lambda: segment("version.info").write_text("") and None,
        "damaged segment": lambda: segment("segment.json").write_text("}") and None,
        "truncated wal": lambda: (folder / "wal" / "open-1").write_text("") and None,
        "panic": lambda: segment("vector_storage-lexical/deleted/status.dat").write_bytes(b"") and None,
    }


def kept(tmp_path: Path) -> list[Path]:
    """All files but the journals that the engine works off when it opens."""
    return sorted(path for path in tmp_path.rglob("*") if path.name != "tracker_journal.dat")


@pytest.mark.parametrize("what", list(stores(Path())))
@pytest.mark.parametrize("write", [True, False])
def test_a_store_that_cannot_be_used(tmp_path: Path, capfd: pytest.CaptureFixture[str], what: str, write: bool) -> None:
    target = EmbeddedQdrant(tmp_path, "docs")
    full_sync(target, by_key(record(1)))
    stores(tmp_path)[what]()
    files = kept(tmp_path)
    with pytest.raises(TargetError) as caught:
        connect(target, write)
    assert str(tmp_path / "docs") in one_line(caught.value)
    assert kept(tmp_path) == files, "nothing is deleted"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("write", [True, False])
def test_a_path_that_is_a_file(tmp_path: Path, write: bool) -> None:
    (tmp_path / "docs").write_text("mine")
    with pytest.raises(TargetError, match="docs"):
        connect(EmbeddedQdrant(tmp_path, "docs"), write)
    with pytest.raises(TargetError, match="--qdrant-path"):
        connect(EmbeddedQdrant(tmp_path / "docs", "docs"), write)
    assert (tmp_path / "docs").read_text() == "mine"


def test_a_disk_without_room_is_not_written(tmp_path: Path) -> None:
    full = EmbeddedQdrant(tmp_path, "docs", reserve=1 << 62)
    with pytest.raises(TargetError, match="no room on the disk"):
        full_sync(full, by_key(record(1)))
    assert [p.name for p in tmp_path.iterdir()] == ["docs.lock"]
    full_sync(EmbeddedQdrant(tmp_path, "docs"), by_key(record(1)))
    with pytest.raises(TargetError, match="no room on the disk"):
        full_sync(full, by_key(record(2)))
    assert full_sync(full, by_key(record(1))) == Applied()


# The server.


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
    address = parse_server(text)
    assert (address.url, address.loopback) == (url, loopback)


@pytest.mark.parametrize(
    "text",
    ["", "http://", "ftp://x", "host:port", "host:99999", "http://bob:hunter2@x:1", "hunter2@x", "http://x?api-key=hunter2", "http://x#hunter2",
     "http://a b", "http://[::1", "http://bob:hunter2@x:port", "x/y z"],
)  # fmt: skip
def test_hosts_that_cannot_be_used(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_server(text)
    assert "hunter2" not in one_line(caught.value)


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
        assert "hunter2" not in ServerQdrant(host, "docs", "hunter2").url
    else:
        with pytest.raises(UsageError, match="https") as caught:
            ServerQdrant(host, "docs", "hunter2")
        assert "hunter2" not in one_line(caught.value)


def test_a_collection_of_another_shape_is_left_alone() -> None:
    client = LocalClient(":memory:")
    client.create_collection("docs", models.VectorParams(size=3, distance=models.Distance.COSINE))
    with pytest.raises(TargetError, match="other vectors"):
        connect(ServerQdrant("localhost", "docs", client=lambda *_: client))


@pytest.mark.parametrize("version", ["1.9.9", "0.11", "", "latest"])
def test_an_old_server_is_refused(version: str) -> None:
    class Old(LocalClient):
        def info(self) -> models.VersionInfo:
            return models.VersionInfo(title="qdrant", version=version)

    old = Old(":memory:")
    with pytest.raises(TargetError, match="upgrade the server"):
        connect(ServerQdrant("localhost", "docs", client=lambda *_: old))


def test_only_a_completed_write_counts() -> None:
    class Lazy(LocalClient):
        def upsert(self, *_: Any, **__: Any) -> models.UpdateResult:
            return models.UpdateResult(status=models.UpdateStatus.ACKNOWLEDGED)

    lazy, pauses = Lazy(":memory:"), list[float]()
    with pytest.raises(TargetError, match="acknowledged"):
        full_sync(ServerQdrant("localhost", "docs", client=lambda *_: lazy, sleep=pauses.append), by_key(record(1)))
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


VERSION = answer(200, b'{"title": "qdrant", "version": "1.15.0"}')
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
        ([b"SSH-2.0-OpenSSH\r\n"], "connection broke", 4),
        ([answer(500, b"oops")] * 5, r"failed \(500\)", 4),
        ([answer(429)] * 5, r"failed \(429\)", 4),
        ([b""] * 5, "connection broke", 4),
        ([answer(200)[:30]] * 5, "connection broke", 4),
        ([VERSION] + [answer(503)] * 5, "503", 4),
        ([answer(429, headers="Retry-After: 900\r\n")], "overloaded", 0),
        ([answer(429, headers="Retry-After: 7\r\n"), answer(401)], "API key", 1),
        ([b"", answer(500), answer(503), answer(401)], "API key", 3),
    ],
)
def test_a_faulty_server(answers: list[bytes], message: str, pauses: int) -> None:
    if answers == [b"SSH-2.0-OpenSSH\r\n"]:
        answers = answers * 5
    server, slept = Answers(*answers), list[float]()
    try:
        with pytest.raises(TargetError, match=message) as caught:
            connect(ServerQdrant(server.host, "docs", "hunter2", sleep=slept.append))
    finally:
        server.close()
    text = one_line(caught.value)
    assert "hunter2" not in text and server.host in text
    assert len(slept) == pauses
    assert b"api-key: hunter2" in server.requests[0]


@pytest.mark.parametrize("host", ["a..b", "x" * 300, "no-such-host.invalid"])
def test_a_name_that_is_none(host: str) -> None:
    with pytest.raises(TargetError, match="check the address") as caught:
        connect(ServerQdrant(host, "docs", sleep=lambda _: None))
    assert host in one_line(caught.value)


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        host = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(TargetError, match="cannot be reached") as caught:
        connect(ServerQdrant(host, "docs"))
    assert host in one_line(caught.value)


@pytest.mark.parametrize(
    ("seconds", "patience", "error"),
    [(0.3, 30.0, DeadlineExceeded), (60.0, 0.3, TargetError), (0.0, 30.0, DeadlineExceeded)],
)
def test_a_silent_server_is_bounded(seconds: float, patience: float, error: type[Exception]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(error) as caught:
            connect(ServerQdrant(host, "docs", patience=patience), deadline=Deadline(seconds, time.monotonic))
    assert host in one_line(caught.value)


def test_a_deadline_in_the_middle_of_a_write_tells_what_is_done() -> None:
    """A server that goes silent after its first batch: that batch counts, and the run ends as incomplete."""
    release = threading.Event()

    class Stalling(LocalClient):
        writes = 0

        def upsert(self, *args: Any, **kwargs: Any) -> models.UpdateResult:
            self.writes += 1
            if self.writes > 1:
                release.wait()
            return super().upsert(*args, **kwargs)

    client, records = Stalling(":memory:"), by_key(*(record(i) for i in range(300)))
    target = ServerQdrant("localhost", "docs", client=lambda *_: client)
    deadline = Deadline(1.0, time.monotonic)
    try:
        with target.connect("p", deadline, write=True) as session:
            plan = Plan(insert=tuple(sorted(records)))
            done = session.apply(plan, records, "c1", deadline, lambda _: None)
    finally:
        release.set()
    assert done == Applied(inserted=256, embedded=256, complete=False)
