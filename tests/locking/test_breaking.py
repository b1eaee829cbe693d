"""Breaking: never a live holder, but one that is stalled, whose token is known, and with force."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autopack_hooks.core.errors import Refused
from autopack_hooks.locking.files import BreakResult, HeldLock, LockFiles, acquire, break_lock, gate, is_held
from autopack_hooks.locking.kernel import LockError
from autopack_hooks.locking.label import own_label, write_label_file

NOW = datetime.now(UTC)
LATER = NOW + timedelta(hours=1)
FIRM = pytest.mark.skipif(os.name == "nt", reason="Windows removes no file that is open")


@pytest.fixture
def lock_files(tmp_path: Path) -> LockFiles:
    return LockFiles(tmp_path, "docs")


@pytest.fixture
def held(lock_files: LockFiles) -> Iterator[HeldLock]:
    held = acquire(lock_files, own_label("tool", "", 60, NOW), 0)
    assert held
    yield held
    held.release(NOW)


class Trail:
    """Remembers what was recorded."""

    def __init__(self) -> None:
        self.records: list[BreakResult] = []

    @contextmanager
    def recording(self, broken: BreakResult) -> Iterator[None]:
        self.records.append(broken)
        yield


def attempt(
    lock_files: LockFiles,
    token: str | None = None,
    force: bool = False,
    now: datetime = NOW,
    trail: Trail | None = None,
) -> BreakResult | None:
    recording = (trail or Trail()).recording
    return break_lock(lock_files, token=token, force=force, now=now, grace=30, recording=recording)


def test_where_nothing_is_nothing_is_made(tmp_path: Path) -> None:
    trail = Trail()
    assert attempt(LockFiles(tmp_path, "docs"), trail=trail) is None
    assert attempt(LockFiles(tmp_path / "none", "docs"), force=True, trail=trail) is None
    assert list(tmp_path.iterdir()) == [] and trail.records == []


def test_a_lock_that_was_given_back_is_left_alone(held: HeldLock) -> None:
    held.release(NOW)
    trail = Trail()
    assert attempt(held.lock_files, force=True, trail=trail) is None
    assert held.lock_files.label() is not None and trail.records == []


@pytest.mark.parametrize("readable", [True, False])
def test_the_label_of_a_holder_that_is_gone_is_cleared(held: HeldLock, readable: bool) -> None:
    held.release(NOW)
    write_label_file(held.lock_files.label_file, replace(held.label, until=None))
    if not readable:
        held.lock_files.label_file.write_text("rubbish")
    trail = Trail()
    broken = attempt(held.lock_files, trail=trail)
    assert broken and not broken.live and bool(broken.label) == readable
    assert trail.records == [broken] and not held.lock_files.label_file.exists() and held.lock_files.lock.exists()


@pytest.mark.parametrize(
    ("token", "force", "now", "reason"),
    [
        (None, False, NOW, "a live holder is not broken"),
        (None, True, NOW, "a live holder is not broken"),
        ("right", True, NOW, "a live holder is not broken"),
        ("right", True, NOW + timedelta(seconds=80), "a live holder is not broken"),
        (None, False, LATER, "it is alive; `autopack-hooks explain locks`"),
        (None, True, LATER, "it is alive; `autopack-hooks explain locks`"),
        ("wrong", True, LATER, "this is not its token"),
        ("right", False, LATER, "it is alive; `autopack-hooks explain locks`"),
    ],
)
def test_a_live_holder_is_not_broken(
    held: HeldLock, token: str | None, force: bool, now: datetime, reason: str
) -> None:
    trail = Trail()
    with pytest.raises(Refused, match=reason) as caught:
        attempt(held.lock_files, held.label.token if token == "right" else token, force, now, trail)
    assert f"pid {held.label.pid}" in str(caught.value)
    assert held.still_mine() and is_held(held.lock_files) and trail.records == []


@pytest.mark.parametrize("label", ["none", "given back", "without ttl"])
def test_a_holder_that_promised_nothing_is_never_stalled(held: HeldLock, label: str) -> None:
    if label == "none":
        held.lock_files.label_file.unlink()
    elif label == "given back":
        write_label_file(held.lock_files.label_file, replace(held.label, until=held.label.since))
    else:
        write_label_file(held.lock_files.label_file, replace(held.label, ttl=None))
    with pytest.raises(Refused, match="a live holder is not broken"):
        attempt(held.lock_files, held.label.token, True, LATER)
    assert held.still_mine()


@FIRM
def test_a_stalled_holder_is_declared_dead(held: HeldLock) -> None:
    trail = Trail()
    broken = attempt(held.lock_files, held.label.token, True, LATER, trail)
    assert broken and broken.live and trail.records == [broken]
    assert not held.still_mine() and not is_held(held.lock_files) and held.lock_files.label() is None
    new = acquire(held.lock_files, own_label("next", "", None, NOW), 0)
    assert new
    held.renew(NOW)
    held.release(NOW)
    assert new.still_mine() and is_held(held.lock_files) and held.lock_files.label() == new.label
    new.release(NOW)


@FIRM
def test_a_token_breaks_once(held: HeldLock) -> None:
    attempt(held.lock_files, held.label.token, True, LATER)
    new = acquire(held.lock_files, own_label("next", "", 60, NOW), 0)
    assert new
    with pytest.raises(Refused, match="not its token"):
        attempt(held.lock_files, held.label.token, True, LATER)
    assert new.still_mine()
    new.release(NOW)


def test_what_cannot_be_recorded_is_not_done(held: HeldLock) -> None:
    @contextmanager
    def recording(broken: BreakResult) -> Iterator[None]:
        raise LockError("no trail")
        yield

    with pytest.raises(LockError, match="no trail"):
        break_lock(held.lock_files, token=held.label.token, force=True, now=LATER, grace=30, recording=recording)
    assert held.still_mine()


def test_a_lock_that_is_just_being_taken(held: HeldLock) -> None:
    with gate(held.lock_files, 1), pytest.raises(Refused, match="acquired or released right now"):
        attempt(held.lock_files, held.label.token, True, LATER)
    assert held.still_mine()
