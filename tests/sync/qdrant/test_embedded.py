"""The embedded Qdrant: its lock, its folder, and what happens when it is killed, damaged or without room."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from filelock import FileLock

from autopack_hooks.core.errors import LockTimeout, TargetError
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.ownership import mark
from autopack_hooks.sync.qdrant.embedded import PAYLOADS, EmbeddedQdrant
from autopack_hooks.sync.qdrant.engine import EngineFault, EngineProcess, EngineRefusal, engine_library
from autopack_hooks.sync.qdrant.seal import SEAL, break_seal
from autopack_hooks.sync.target import Applied, StoreDamaged
from tests.sync.engines import by_key, connect, far, full_sync, one_line, record, sync


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


def test_payloads_are_where_they_are_read_ahead_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = EmbeddedQdrant(tmp_path, "docs")
    full_sync(target, by_key(record(1)))
    assert any(path.stat().st_size for path in (tmp_path / "docs").glob(PAYLOADS))
    monkeypatch.delattr("os.posix_fadvise", raising=False)
    assert full_sync(target, by_key(record(1))) == Applied()


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
from autopack_hooks.sync.plan import make_plan
from autopack_hooks.sync.qdrant.embedded import EmbeddedQdrant
from tests.sync.engines import by_key, far, record
records = by_key(*(record(i) for i in range(600)))
kill = lambda _: os.kill(os.getpid(), signal.SIGKILL)
with EmbeddedQdrant(Path(sys.argv[1]), "docs").connect("p", far(), write=True) as session:
    plan = make_plan(session.stored().hashes, {key: r.content_hash for key, r in records.items()})
    session.apply(plan, records, "c1", far(), kill)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(Path(__file__).parents[3])]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    target = EmbeddedQdrant(tmp_path, "docs")
    with target.connect("p", far(), write=True) as session:
        assert len(session.stored().hashes) == 256
        assert sync(session, by_key(*(record(i) for i in range(600)))) == Applied(inserted=344, embedded=344)


def store(path: Path) -> EmbeddedQdrant:
    return EmbeddedQdrant(path, "docs", owner="me")


def test_a_creation_that_was_killed_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "docs.new-00ff" / "docs").mkdir(parents=True)
    mark(tmp_path / "docs.new-00ff", "me")
    (tmp_path / "docs").mkdir()
    assert full_sync(store(tmp_path), by_key(record(1))).inserted == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["docs", "docs.lock"]


def segment(folder: Path, name: str) -> Path:
    return next((folder / "segments").glob(f"*/{name}"))


def scribble(path: Path, at: int = 0, size: int = 64) -> None:
    with path.open("r+b") as stream:
        stream.seek(at)
        stream.write(random.Random(at).randbytes(size))


def replaced(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink()
    make(path)


CONFIG, MAPPINGS, PAGE = "edge_config.json", "mutable_id_tracker.mappings", "payload_storage/page_0.dat"
DAMAGES: dict[str, Callable[[Path], object]] = {
    "no configuration": lambda folder: (folder / CONFIG).unlink(),
    "not JSON": lambda folder: (folder / CONFIG).write_text("{"),
    "huge numbers": lambda folder: (folder / CONFIG).write_text('{"sparse_vectors": {"lexical": 1' + "0" * 5000 + "}}"),
    "other vectors": lambda folder: (folder / CONFIG).write_text(json.dumps({"vectors": {"": {"size": 3}}})),
    "another version": lambda folder: segment(folder, "version.info").write_text("99.0.0"),
    "damaged segment": lambda folder: segment(folder, "segment.json").write_text("}"),
    "truncated log": lambda folder: (folder / "wal" / "open-1").write_text(""),
    "empty file": lambda folder: segment(folder, "vector_storage-lexical/deleted/status.dat").write_bytes(b""),
    "mappings": lambda folder: scribble(segment(folder, MAPPINGS)),
    "mappings gone": lambda folder: segment(folder, MAPPINGS).unlink(),
    "payload": lambda folder: scribble(segment(folder, PAGE)),
    "fifo": lambda folder: replaced(segment(folder, MAPPINGS), os.mkfifo),
    "folder": lambda folder: replaced(segment(folder, MAPPINGS), Path.mkdir),
    "link": lambda folder: replaced(segment(folder, PAGE), lambda path: path.symlink_to("/dev/zero")),
    "sparse": lambda folder: os.truncate(segment(folder, MAPPINGS), 1 << 36),
    "seal": lambda folder: (folder / SEAL).write_text("[" * 100_000),
}


@pytest.mark.skipif(sys.platform == "win32", reason="needs links and FIFOs")
@pytest.mark.parametrize("what", DAMAGES)
@pytest.mark.parametrize("sealed", [True, False])
def test_a_damaged_store_is_filled_again(tmp_path: Path, what: str, sealed: bool) -> None:
    full_sync(store(tmp_path), by_key(record(1), record(2)))
    DAMAGES[what](tmp_path / "docs")
    if not sealed and what != "seal":
        break_seal(tmp_path / "docs")
    with suppress(StoreDamaged):  # a reader may not notice, or reports it
        connect(store(tmp_path), write=False)
    target = store(tmp_path)
    with suppress(StoreDamaged):
        full_sync(target, by_key(record(1), record(2)))
    full_sync(target, by_key(record(1), record(2)))
    with store(tmp_path).connect("p", far(), write=False) as session:
        if sealed or what != "payload":
            assert session.stored().hashes == {r.key: r.content_hash for r in (record(1), record(2))}
    kept = [path.name for path in tmp_path.iterdir() if "damaged" in path.name]
    assert kept == (["docs.damaged-1"] if sealed else kept) and len(kept) <= 1


def test_the_engines_death_is_a_fault_of_the_store_alone(tmp_path: Path) -> None:
    target = store(tmp_path)
    full_sync(target, by_key(record(1)))
    with pytest.raises(TargetError, match="killed from outside"), target.connect("p", far(), write=True) as session:
        os.kill(session._store._engine._process.pid, signal.SIGKILL)
        session.stored()
    with pytest.raises(StoreDamaged, match="SIGABRT"), target.connect("p", far(), write=True) as session:
        os.kill(session._store._engine._process.pid, signal.SIGABRT)
        session.stored()
    assert full_sync(target, by_key(record(1))).inserted == 1
    assert (tmp_path / "docs.damaged-1").is_dir()


def test_an_engine_that_hangs_is_ended(tmp_path: Path) -> None:
    engine = EngineProcess(engine_library(), 0)
    with pytest.raises(EngineFault, match="in time"):
        engine.ask("load", str(tmp_path / "nowhere"), seconds=1e-6)


def test_an_engine_has_no_more_memory_than_it_was_given() -> None:
    resource = pytest.importorskip("resource")
    engine = EngineProcess(engine_library(), 0)
    with pytest.raises((EngineFault, EngineRefusal)):
        engine.ask("load", "/nowhere", seconds=10)
    limits = Path(f"/proc/{engine._process.pid}/limits")
    if limits.exists():
        assert "600000000" in limits.read_text() and resource
    engine.close()


def test_copies_and_readers_break_no_seal(tmp_path: Path) -> None:
    full_sync(store(tmp_path), by_key(record(1)))
    for _ in range(2):
        connect(store(tmp_path), write=False)
        connect(store(tmp_path), write=True)
    shutil.copytree(tmp_path / "docs", tmp_path / "copy" / "docs")  # fills the holes, and changes the times
    assert full_sync(store(tmp_path / "copy"), by_key(record(1))) == Applied()
    assert [path.name for path in (tmp_path / "copy").iterdir() if "damaged" in path.name] == []


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize("content", [None, "{", json.dumps({"vectors": {"": {"size": 3}}})])
def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path, write: bool, content: str | None) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "precious").write_text("mine")
    if content is not None:
        (folder / CONFIG).write_text(content)
    files = sorted(tmp_path.rglob("*"))
    with pytest.raises(TargetError) as caught:
        connect(store(tmp_path), write)
    assert not isinstance(caught.value, StoreDamaged) and str(folder) in one_line(caught.value)
    assert sorted({*tmp_path.rglob("*")} - {tmp_path / "docs.lock"}) == files


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
