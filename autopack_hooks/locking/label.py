"""Labels: a small JSON file beside a lock that names its holder, or the last one.

A label is for people. The only way to find out whether a lock is held is to try it.
"""

from __future__ import annotations

import json
import math
import os
import platform
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autopack_hooks.core.files import write_atomic
from autopack_hooks.core.terminal import escape


@dataclass(frozen=True)
class Label:
    """The holder of a lock, or the last one; times are ISO 8601 in UTC, ``until`` is None while it is held.

    ``start`` is when the process began, which tells it from a later one with the same number; None where the
    system does not say. ``token`` is new for every acquisition. With a ``ttl``, in seconds, the holder promises to
    renew the label at least that often; ``renewed`` is when it last did.
    """

    pid: int
    host: str
    start: str | None
    since: str
    command: str
    token: str
    purpose: str = ""
    until: str | None = None
    ttl: float | None = None
    renewed: str | None = None

    def __str__(self) -> str:
        command = f"{self.command} ({self.purpose})" if self.purpose else self.command
        return escape(f"{command}, pid {self.pid} on {self.host}, since {whole_seconds(self.since)}")

    def age(self, now: datetime) -> float:
        """Return the seconds since the lock was acquired, by the reader's clock."""
        return max(0.0, (now - datetime.fromisoformat(self.since)).total_seconds())

    def ttl_left(self, now: datetime) -> float | None:
        """Return the seconds until the label must be renewed, negative when overdue; None without a ``ttl``."""
        if self.ttl is None:
            return None
        return self.ttl - (now - datetime.fromisoformat(self.renewed or self.since)).total_seconds()

    def is_stalled(self, now: datetime, grace: float) -> bool:
        """Return True where the renewal is more than ``grace`` seconds overdue."""
        left = self.ttl_left(now)
        return left is not None and left < -grace

    def at(self, now: datetime, *, released: bool = False) -> Label:
        """Return the label as renewed, or as released, at ``now``."""
        return replace(self, until=_text(now)) if released else replace(self, renewed=_text(now))


def own_label(command: str, purpose: str, ttl: float | None, now: datetime) -> Label:
    """Return the label of this process for an acquisition at ``now``, with a token of its own."""
    return Label(
        pid=os.getpid(),
        host=platform.node(),
        start=_process_start(),
        since=_text(now),
        command=command,
        token=uuid.uuid4().hex,
        purpose=purpose,
        ttl=ttl,
        renewed=None if ttl is None else _text(now),
    )


def whole_seconds(moment: str) -> str:
    """Return a time of a label without its fraction of a second."""
    return re.sub(r"(?<=\d)\.\d+", "", moment)


def read_label_file(path: Path) -> Label | None:
    """Return the label in ``path``, None where it is missing or unreadable."""
    try:
        label = Label(**json.loads(path.read_bytes()))
        return label if _is_sound(label) else None
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def write_label_file(path: Path, label: Label) -> None:
    """Replace the label in one step. Raises OSError.

    Nothing is forced onto the disk: after a crash of the machine nobody holds the lock anyway.
    """
    data = json.dumps(asdict(label)).encode()
    patiently(lambda: write_atomic(path, data, durable=False))


def patiently(action: Callable[[], object]) -> None:
    """Change a file that Windows refuses to change while somebody else reads it. Raises OSError."""
    tries = 20 if os.name == "nt" else 1
    while True:
        tries -= 1
        try:
            action()
            return
        except PermissionError:
            if not tries:
                raise
            time.sleep(0.01)


def _is_sound(label: Label) -> bool:
    texts: tuple[Any, ...] = (label.host, label.since, label.command, label.token, label.purpose)
    optional: tuple[Any, ...] = (label.start, label.until, label.renewed)
    numbers: tuple[Any, ...] = (label.pid, 0 if label.ttl is None else label.ttl)
    if not all(isinstance(text, str) for text in texts):
        return False
    if not all(text is None or isinstance(text, str) for text in optional):
        return False
    if not all(isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in numbers):
        return False
    moments = (label.since, label.until, label.renewed)
    return all(datetime.fromisoformat(moment).tzinfo is not None for moment in moments if moment is not None)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _process_start() -> str | None:
    """Return when this process began, from /proc (see proc(5): field 22 of stat, in ticks since the boot)."""
    try:
        ticks = int(Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[19])
        boot = re.search(rb"^btime (\d+)$", Path("/proc/stat").read_bytes(), re.MULTILINE)
        if not boot:
            return None
        seconds = int(boot[1]) + ticks / os.sysconf("SC_CLK_TCK")
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (OSError, ValueError, IndexError):
        return None
