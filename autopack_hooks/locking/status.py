"""The status of each lock: found out by trying it, and described from its label."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from autopack_hooks.core.terminal import escape, text_of
from autopack_hooks.locking.files import LockFiles, is_held
from autopack_hooks.locking.kernel import LockError
from autopack_hooks.locking.label import Label, whole_seconds

FREE, HELD, STALLED, UNKNOWN = "free", "held", "stalled", "unknown"


@dataclass(frozen=True)
class Status:
    """The status of one lock. ``holder`` is None where it is free or its label unreadable; ``last`` where it is held.

    ``age`` and ``ttl_left`` are in seconds. An unknown lock has a ``reason`` and may be held.
    """

    name: str
    state: str
    holder: Label | None = None
    last: Label | None = None
    age: float | None = None
    ttl_left: float | None = None
    reason: str = ""

    @property
    def held(self) -> bool:
        """Return False only where the lock was tried and is free."""
        return self.state != FREE


def lock_statuses(folder: Path, names: Iterable[str], now: datetime, grace: float, refusal: str = "") -> list[Status]:
    """Return the status of each lock, in the order of ``names``; nothing is created or changed.

    Args:
        folder: The folder of the locks.
        names: The names of the locks.
        now: The current time, with its zone.
        grace: How many seconds late with renewing a holder may be before it counts as stalled.
        refusal: The reason why no lock can be trusted here, if any: then all are unknown.
    """
    return [_status(LockFiles(folder, name), now, grace, refusal) for name in names]


def _status(lock_files: LockFiles, now: datetime, grace: float, refusal: str) -> Status:
    try:
        held = is_held(lock_files)
    except LockError as error:
        return Status(lock_files.name, UNKNOWN, reason=str(error))
    label = lock_files.label()
    if refusal:
        return Status(lock_files.name, UNKNOWN, reason=refusal)
    if not held:
        return Status(lock_files.name, FREE, last=label)
    if label is None or label.until is not None:
        return Status(lock_files.name, HELD)
    state = STALLED if label.is_stalled(now, grace) else HELD
    return Status(lock_files.name, state, holder=label, age=label.age(now), ttl_left=label.ttl_left(now))


def as_json(status: Status) -> dict[str, Any]:
    """Return a status for a program; every key is always there."""
    holder, last = status.holder, status.last
    keys = ("pid", "host", "start", "since", "renewed", "ttl", "command", "purpose", "token")
    past = ("pid", "host", "since", "until", "command", "purpose")
    return {
        "name": status.name,
        "state": status.state,
        "held": status.held,
        **{key: getattr(holder, key, None) for key in keys},
        "age": _tenths(status.age),
        "ttl_left": _tenths(status.ttl_left),
        "last": {key: getattr(last, key) for key in past} if last else None,
        "reason": status.reason or None,
    }


def as_text(statuses: Sequence[Status]) -> str:
    """Return one line per lock, with the token of a stalled holder; nothing but ASCII is added to the labels."""
    width = max((len(status.name) for status in statuses), default=0)
    return text_of(f"{s.name:<{width}}  {s.state:<7}  {_detail(s)}".rstrip() for s in statuses)


def duration(seconds: float) -> str:
    """Return seconds in words: 45 s, 12 min, 3 h 20 min, 2 d 4 h."""
    whole = math.floor(abs(seconds))
    if whole < 120:
        return f"{whole} s"
    minutes, hours = whole // 60, whole // 3600
    if minutes < 120:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def _detail(status: Status) -> str:
    if status.reason:
        return escape(status.reason)
    if status.last:
        return f"last held by {_past(status.last)}"
    if status.holder is None:
        return "by a process that has not written its label" if status.state == HELD else ""
    parts = [str(status.holder), f"for {duration(status.age or 0)}"]
    if status.ttl_left is not None:
        late = status.ttl_left < 0
        parts.append(f"{'renewal overdue by' if late else 'ttl left'} {duration(status.ttl_left)}")
    if status.state == STALLED:
        parts.append(f"token {escape(status.holder.token)}: see `autopack-hooks explain locks`")
    return ", ".join(parts)


def _past(label: Label) -> str:
    end = f"until {escape(whole_seconds(label.until))}" if label.until else "which ended without releasing it"
    return f"{label}, {end}"


def _tenths(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
