"""SIGKILL at any moment, then a run: exactly right. The moments are counted, not slept for.

A child process syncs and kills itself at its N-th step: a statement, a batch, a request to the engine, a replacement
of a file. It forks once a round from a process that has everything imported, so that hundreds of rounds are quick.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy.dialects.sqlite  # noqa: F401  # imported here, and not anew in every child

import autopack_hooks.sync.database.schema  # noqa: F401  # the same
from autopack_hooks.sync.database import sqlite
from autopack_hooks.sync.database import target as database
from autopack_hooks.sync.database.target import DatabaseTarget
from autopack_hooks.sync.database.url import parse_database_url
from autopack_hooks.sync.qdrant import batches as qdrant
from autopack_hooks.sync.qdrant import embedded as qdrant_embedded
from autopack_hooks.sync.qdrant.embedded import EmbeddedQdrant
from autopack_hooks.sync.records import Record
from autopack_hooks.sync.target import Stored, Target
from tests.sync.contract import by_key, hashes, read, record, sync

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL"),
    # From 3.12 on Python warns of it; the other threads are the test runner's, and a child needs none of them.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

OLD = [record(n) for n in range(12)]
NEW = [
    *(record(n, "changed") for n in range(4)),
    *(record(n) for n in range(4, 9)),
    *(record(n) for n in range(20, 26)),
]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BATCH", 1)
    monkeypatch.setattr(qdrant, "BATCH_POINTS", 2)


class Steps:
    """Counts steps, and kills the process at the one that was asked for."""

    def __init__(self) -> None:
        self.fatal = 0

    def __call__(self, *_: object) -> None:
        self.fatal -= 1
        if self.fatal == 0:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """A step before and after every statement of SQLite, every write of the engine, every rename and every commit."""
    count = Steps()

    def stepped(owner: object, name: str) -> None:
        found = getattr(owner, name)

        def around(*args: object, **kwargs: object) -> object:
            count()
            result = found(*args, **kwargs)
            count()
            return result

        monkeypatch.setattr(owner, name, around)

    connect = sqlite.sqlite3.connect

    def traced(*args: object, **kwargs: object) -> object:
        connection = connect(*args, **kwargs)  # type: ignore[call-overload]
        # SQLite calls it before each statement, and as often as each takes steps of its own machine.
        connection.set_trace_callback(count)
        connection.set_progress_handler(count, 1_000)
        return connection

    monkeypatch.setattr(sqlite.sqlite3, "connect", traced)
    stepped(qdrant_embedded.EdgeStore, "_write")
    stepped(qdrant_embedded.EmbeddedQdrant, "check_room")
    stepped(os, "rename")
    stepped(os, "replace")
    return count


def in_a_child(work: Callable[[], object]) -> tuple[int, Any]:
    """The exit code of ``work`` in a process of its own (a signal's is negative), and what it returned.

    The process that forks never opens a store itself: an engine's threads and locks would not survive it.
    """
    out, back = os.pipe()
    child = os.fork()
    if not child:
        try:
            result = pickle.dumps(work())
            os.write(back, result)
            os._exit(0)
        except BaseException:
            os._exit(1)
    os.close(back)
    with open(out, "rb") as stream:
        told = stream.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), pickle.loads(told) if told else None


def at_once(work: Callable[[], object]) -> Any:
    """What ``work`` returned in a process that nothing kills."""
    code, result = in_a_child(work)
    assert code == 0
    return result


def look_and_sync(target: Target) -> tuple[Stored, Stored]:
    """What is there, and what is there after one more sync."""
    left = read(target)
    sync(target, NEW, "c2")
    return left, read(target)


STRIDE = 3
"""Of so many steps one is killed at: each costs a store and three processes."""


def rounds(make: Callable[[int], Target], steps: Steps, start: list[Record]) -> int:
    """Kill a sync to NEW at its first step, its fourth, … until it comes to its end; look, and sync again, each time."""
    wanted, old = hashes(by_key(NEW)), hashes(by_key(start))
    killed, code = 0, -1
    while code:
        target = make(killed)

        def work(target: Target = target, fatal: int = STRIDE * killed + 1) -> None:
            steps.fatal = fatal
            sync(target, NEW, "c2")

        if start:
            at_once(partial(sync, target, start, "c1"))
        code, _ = in_a_child(work)
        assert code in (0, -signal.SIGKILL), killed
        left, after = at_once(partial(look_and_sync, target))
        for key in {*left.hashes, *wanted, *old}:
            assert left.hashes.get(key) in (old.get(key), wanted.get(key), ""), (killed, key)
        if left.hashes != old:
            assert "c2" in (left.commit, left.pending), killed
        assert after == Stored(wanted, "c2"), killed
        killed += 1
    return killed - 1


@pytest.mark.parametrize("start", [[], OLD], ids=["empty", "filled"])
def test_sqlite(tmp_path: Path, steps: Steps, start: list[Record]) -> None:
    assert rounds(lambda n: DatabaseTarget(parse_database_url(f"sqlite:///{n}.db", tmp_path)), steps, start) > 70


@pytest.mark.parametrize("start", [[], OLD], ids=["empty", "filled"])
def test_embedded_qdrant(tmp_path: Path, steps: Steps, start: list[Record]) -> None:
    assert rounds(lambda n: EmbeddedQdrant(tmp_path / str(n), "docs"), steps, start) > 8
