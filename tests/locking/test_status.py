"""The status of locks, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autopack_hooks.locking.files import HeldLock, LockFiles, acquire
from autopack_hooks.locking.label import own_label, write_label_file
from autopack_hooks.locking.status import as_json, as_text, duration, lock_statuses

NOW = datetime.now(UTC)
GRACE = 30.0


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[HeldLock]:
    held = acquire(LockFiles(tmp_path, "docs"), own_label("tool", "to test", 60, NOW), 0)
    assert held
    yield held
    held.release(NOW)


def test_nothing_there(tmp_path: Path) -> None:
    (status,) = lock_statuses(tmp_path / "none", ["docs"], later(0), GRACE)
    assert (status.state, status.held, status.holder, status.last) == ("free", False, None, None)
    assert as_text([status]) == "docs  free\n"
    assert list(tmp_path.iterdir()) == []


def test_held(held: HeldLock) -> None:
    status, other = lock_statuses(held.lock_files.folder, ["docs", "queue"], later(0), GRACE)
    assert (status.state, other.state) == ("held", "free")
    told = as_json(status)
    assert {**told, "age": 0, "ttl_left": 60} == {
        "name": "docs", "state": "held", "held": True, "pid": held.label.pid, "host": held.label.host,
        "start": held.label.start, "since": held.label.since, "renewed": held.label.renewed, "ttl": 60, "command": "tool",
        "purpose": "to test", "token": held.label.token, "age": 0, "ttl_left": 60, "last": None, "reason": None,
    }  # fmt: skip
    assert told["age"] >= 0 and 0 < told["ttl_left"] <= 60
    assert as_text([status]).startswith("docs  held     tool (to test), pid ")
    assert as_json(other).keys() == told.keys()


@pytest.mark.parametrize(("seconds", "state"), [(0, "held"), (50, "held"), (80, "held"), (91, "stalled")])
def test_stalled_after_ttl_and_grace(held: HeldLock, seconds: float, state: str) -> None:
    (status,) = lock_statuses(held.lock_files.folder, ["docs"], later(seconds), GRACE)
    assert (status.state, status.held) == (state, True)
    hint = f"token {held.label.token}: see `autopack-hooks explain locks`"
    assert (hint in as_text([status])) == (state == "stalled")
    assert ("overdue" in as_text([status])) == (seconds > 60)


def test_the_last_holder(held: HeldLock) -> None:
    held.release(NOW)
    (status,) = lock_statuses(held.lock_files.folder, ["docs"], later(0), GRACE)
    told = as_json(status)
    assert (told["state"], told["pid"], told["last"]["command"]) == ("free", None, "tool")
    assert told["last"]["until"] and "last held by tool" in as_text([status]) and " until 2" in as_text([status])


def test_a_holder_that_died_left_its_label(held: HeldLock) -> None:
    held.release(NOW)
    write_label_file(held.lock_files.label_file, replace(held.label, until=None))
    (status,) = lock_statuses(held.lock_files.folder, ["docs"], later(500), GRACE)
    assert (status.state, status.held) == ("free", False)
    assert "ended without releasing it" in as_text([status])


@pytest.mark.parametrize("data", [None, b"", b"rubbish"])
def test_a_holder_without_a_label(held: HeldLock, data: bytes | None) -> None:
    if data is None:
        held.lock_files.label_file.unlink()
    else:
        held.lock_files.label_file.write_bytes(data)
    (status,) = lock_statuses(held.lock_files.folder, ["docs"], later(0), GRACE)
    assert (status.state, status.held, as_json(status)["pid"]) == ("held", True, None)
    assert "not written its label" in as_text([status])


def test_the_label_of_one_that_gave_it_back_is_not_the_next_holders(held: HeldLock) -> None:
    write_label_file(held.lock_files.label_file, replace(held.label, until=held.label.since))
    (status,) = lock_statuses(held.lock_files.folder, ["docs"], later(500), GRACE)
    assert (status.state, status.holder) == ("held", None)


def test_what_cannot_be_tried_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "docs.lock").mkdir()
    (status,) = lock_statuses(tmp_path, ["docs"], later(0), GRACE)
    assert (status.state, status.held) == ("unknown", True)
    assert "cannot be kept here" in as_text([status])


def test_where_locks_are_refused_all_are_unknown(held: HeldLock) -> None:
    statuses = lock_statuses(held.lock_files.folder, ["docs", "queue"], later(0), GRACE, "a network file system")
    assert [(status.state, status.held, status.reason) for status in statuses] == [
        ("unknown", True, "a network file system")
    ] * 2


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (119.9, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h 0 min"), (12000, "3 h 20 min"),
        (172800, "2 d 0 h"), (180000, "2 d 2 h"), (-45, "45 s"),
    ],
)  # fmt: skip
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_only_ascii_is_added(held: HeldLock) -> None:
    for seconds in (0, 91):
        assert as_text(lock_statuses(held.lock_files.folder, ["docs", "queue"], later(seconds), GRACE)).isascii()
