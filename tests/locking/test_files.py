"""One lock's files: taken, labelled, renewed, given back, and told from a file that took their place."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autopack_hooks.locking import files
from autopack_hooks.locking.files import HeldLock, LockFiles, acquire, gate, is_held
from autopack_hooks.locking.kernel import LockError, kernel_lock
from autopack_hooks.locking.label import Label, own_label

NOW = datetime.now(UTC)


@pytest.fixture
def lock_files(tmp_path: Path) -> LockFiles:
    return LockFiles(tmp_path, "docs")


def taken(lock_files: LockFiles, seconds: float = 0, ttl: float | None = None) -> HeldLock:
    held = acquire(lock_files, own_label("tool", "", ttl, NOW), seconds)
    assert held
    return held


@contextmanager
def meanwhile(action: Callable[[], object]) -> Iterator[None]:
    """Runs in a thread while the block runs; what it raises is raised after."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            action()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()
    if errors:
        raise errors[0]


def test_taken_once(lock_files: LockFiles) -> None:
    held = taken(lock_files)
    assert acquire(lock_files, own_label("other", "", None, NOW), 0) is None
    assert is_held(lock_files) and held.still_mine() and lock_files.label() == held.label
    held.release(NOW)
    assert not is_held(lock_files) and not held.still_mine()
    held.release(NOW)
    taken(lock_files).release(NOW)


def test_asking_makes_nothing(lock_files: LockFiles) -> None:
    assert not is_held(lock_files)
    assert not is_held(LockFiles(lock_files.folder / "none", "docs"))
    assert list(lock_files.folder.iterdir()) == []


def test_renewing(lock_files: LockFiles) -> None:
    held = taken(lock_files, ttl=60)
    first = held.label
    assert held.renew(NOW)
    now = lock_files.label()
    assert now and now == held.label and now.renewed and first.renewed
    assert now.renewed >= first.renewed and now.since == first.since and now.token == first.token
    held.release(NOW)
    assert not held.renew(NOW)


def test_who_lost_it_changes_nothing_of_the_next_holders(lock_files: LockFiles) -> None:
    old = taken(lock_files)
    lock_files.lock.unlink()
    assert not old.still_mine()
    new = taken(lock_files)
    assert not old.renew(NOW)
    assert lock_files.label() == new.label
    old.release(NOW)
    assert lock_files.label() == new.label and new.still_mine() and is_held(lock_files)
    new.release(NOW)


def test_a_file_that_was_replaced_while_it_was_taken_does_not_count(lock_files: LockFiles) -> None:
    """Between the kernel's lock and the label, the lock is broken, and somebody else takes the new one."""
    done: list[HeldLock] = []
    barrier = kernel_lock(lock_files.gate)
    barrier.acquire(timeout=0)
    with meanwhile(lambda: done.append(taken(lock_files, 20))):
        while not is_held(lock_files):  # until the thread has the kernel's lock, and waits for the gate
            pass
        lock_files.lock.unlink()
        between = kernel_lock(lock_files.lock)
        between.acquire(timeout=0)
        barrier.release(NOW)
        between.release(NOW)
    assert done[0].still_mine() and is_held(lock_files)
    done[0].release(NOW)


def test_who_cannot_pass_the_gate_gives_the_lock_back(lock_files: LockFiles) -> None:
    with gate(lock_files, 0):
        assert acquire(lock_files, own_label("tool", "", None, NOW), 0) is None
        assert not is_held(lock_files)
    taken(lock_files).release(NOW)


@pytest.mark.skipif(os.name == "nt", reason="a file of a folder cannot be written over by a folder there")
def test_a_label_that_cannot_be_written(lock_files: LockFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather no lock than one under the label of an earlier holder."""

    def full(path: Path, label: Label) -> None:
        raise OSError("no space left")

    taken(lock_files).release(NOW)
    with monkeypatch.context() as patch:
        patch.setattr(files, "write_label_file", full)
        held = taken(lock_files)
        assert lock_files.label() is None and held.still_mine()
        held.release(NOW)
    lock_files.label_file.mkdir()
    with pytest.raises(LockError, match="cannot be kept here"):
        acquire(lock_files, own_label("tool", "", None, NOW), 0)
    assert not is_held(lock_files)


def test_a_lock_file_that_cannot_be_opened(lock_files: LockFiles) -> None:
    lock_files.lock.mkdir()
    with pytest.raises(LockError):
        is_held(lock_files)
    with pytest.raises(LockError):
        acquire(lock_files, own_label("tool", "", None, NOW), 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_child_neither_has_the_lock_nor_gives_it_back(lock_files: LockFiles) -> None:
    held = taken(lock_files)
    child = os.fork()
    if not child:
        try:
            mine = held.still_mine() or held.renew(NOW)
            held.release(NOW)
            os._exit(1 if mine else 0)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert held.still_mine() and is_held(lock_files)
    held.release(NOW)
