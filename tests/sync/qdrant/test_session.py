"""Both Qdrant engines: what they hold, what they say about it, and how they rank."""

from __future__ import annotations

import dataclasses
import itertools
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import QdrantClient

from autopack_hooks.core.errors import UsageError
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.embedder import LexicalEmbedder
from autopack_hooks.sync.plan import Plan, make_plan
from autopack_hooks.sync.qdrant.embedded import EmbeddedQdrant
from autopack_hooks.sync.qdrant.hits import Hit
from autopack_hooks.sync.qdrant.points import Point, entry_points, point_id, state_id
from autopack_hooks.sync.qdrant.server import ServerQdrant
from autopack_hooks.sync.qdrant.url import parse_server_url
from autopack_hooks.sync.target import Applied
from bench._qdrant import qdrant_server as started_server
from tests.sync.contract import TargetContract
from tests.sync.engines import LONG, Engine, LocalClient, by_key, far, full_sync, record, sync
from tests.sync.qdrant.wire import qdrant_server

SERVER_URL, SERVER_BINARY = os.environ.get("QDRANT_TEST_URL"), os.environ.get("QDRANT_BINARY")
REAL_SERVER = SERVER_URL or SERVER_BINARY
"""A server that runs, or the program of one, which is then started and ended here."""


@pytest.fixture(scope="module")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if SERVER_URL:
        yield SERVER_URL
        return
    with started_server(tmp_path_factory.mktemp("qdrant") / "server", SERVER_BINARY) as url:
        assert url
        yield url


@pytest.fixture(
    params=[
        "embedded",
        "local",
        "wire",
        pytest.param("server", marks=pytest.mark.skipif(not REAL_SERVER, reason="QDRANT_TEST_URL or QDRANT_BINARY")),
    ]
)
def target(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    if request.param == "embedded":
        yield EmbeddedQdrant(tmp_path / "qdrant", "docs")
    elif request.param == "local":
        client = LocalClient(":memory:")
        yield ServerQdrant(parse_server_url("localhost"), "docs", client=lambda *_: client)
    elif request.param == "wire":
        with qdrant_server(tmp_path_factory.mktemp("wire")) as url:
            yield ServerQdrant(parse_server_url(url), "docs")
    else:
        url = request.getfixturevalue("real_server")
        name = f"autopack_test_{uuid.uuid4().hex}"
        yield ServerQdrant(parse_server_url(url), name)
        QdrantClient(url, check_compatibility=False).delete_collection(name)


def confirm() -> None:
    """Nobody else is there."""


class TestContract(TargetContract):
    """Every engine is held to what every target promises (``target`` is the fixture above)."""


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
            store.write("p", before, [], confirm)
            store.write("p", [], [p.id for p in before], confirm)
            store.write("p", before, [], confirm)
            if written:
                store.write("p", after[:written], [], confirm)
            if deleted:
                store.write("p", [], surplus, confirm)
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
        session._store.write("p", [stray], [], confirm)
        assert session.stored().hashes != {record(1).key: record(1).content_hash}
        done = sync(session, records)
        assert done.updated + done.deleted == 1
        assert session.stored().hashes == {record(1).key: record(1).content_hash}
        assert len(list(session._store.scan("p"))) == 2


def test_a_lost_passage_is_noticed(target: Engine) -> None:
    one = record(1, LONG)
    full_sync(target, by_key(one))
    with target.connect("p", far(), write=True) as session:
        session._store.write("p", [], [point_id("p", "build_history", "BUILD-1", 4)], confirm)
        assert session.stored().hashes == {one.key: ""}
        assert sync(session, by_key(one)) == Applied(updated=1, embedded=1)


def test_a_changed_embedder_writes_everything_again(target: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    records = by_key(record(1), record(2))
    full_sync(target, records)
    monkeypatch.setattr(LexicalEmbedder, "name", "lexical-next")
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
        assert session.search(query, ledgers=["other"]) == []
        best = session.search(query, ledgers=["build_history"], limit=1)
        # Of passages that are equally good either may be shown.
        assert [(hit.entry_id, round(hit.score, 4)) for hit in best] == [
            (hit.entry_id, round(hit.score, 4)) for hit in hits[:1]
        ]


def test_search_gives_an_entry_once_however_many_passages_match(target: Engine) -> None:
    with target.connect("p", far(), write=True) as session:
        sync(session, by_key(record(1, LONG * 10), record(2, "a word")))
        assert sorted(hit.entry_id for hit in session.search("word", limit=2)) == ["BUILD-1", "BUILD-2"]


def test_both_engines_rank_alike(tmp_path: Path) -> None:
    records = by_key(*(dataclasses.replace(record(0, text), entry_id=name) for name, text in TEXTS.items()))
    client = LocalClient(":memory:")
    found: list[list[Hit]] = []
    for engine in (
        EmbeddedQdrant(tmp_path, "docs"),
        ServerQdrant(parse_server_url("localhost"), "docs", client=lambda *_: client),
    ):
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
        ServerQdrant(parse_server_url("localhost"), name)
