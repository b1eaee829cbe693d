"""The embedded Qdrant: its lock, its folder, and what happens when it is killed, damaged or without room."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from autopack_hooks.core.errors import LockTimeout, TargetError
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.qdrant.embedded import PAYLOADS, EmbeddedQdrant
from autopack_hooks.sync.target import Applied
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
