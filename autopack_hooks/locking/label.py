"""Labels: who holds a lock, or held it last, in a small JSON file beside it.

A label is for people. Whether a lock is held is found out by trying it, never by reading.
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
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Label:
    """Who holds a lock, or held it last; times are ISO 8601 in UTC, ``until`` is None while it is held.

    ``start`` is when the process began, which tells it from a later one of the same number; None where the
    system does not say. ``token`` is new for every acquisition. With a ``ttl``, in seconds, the holder promises to
    renew the label at least so often; ``renewed`` is when it last did.
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
        what = f"{self.command} ({self.purpose})" if self.purpose else self.command
        return printable(f"{what}, pid {self.pid} on {self.host}, since {whole_seconds(self.since)}")

    def age(self, now: datetime) -> float:
        """Seconds since the lock was taken, as the clock of the reader has it."""
        return max(0.0, (now - _moment(self.since)).total_seconds())

    def ttl_left(self, now: datetime) -> float | None:
        """Seconds until the label must be renewed, below zero when that is overdue; None without a ``ttl``."""
        if self.ttl is None:
            return None
        return self.ttl - (now - _moment(self.renewed or self.since)).total_seconds()

    def is_stalled(self, now: datetime, grace: float) -> bool:
        """Whether the holder is later with renewing than ``ttl`` and ``grace`` (seconds) allow."""
        left = self.ttl_left(now)
        return left is not None and left < -grace


def own_label(command: str, purpose: str, ttl: float | None) -> Label:
    """The label of this process for an acquisition now, with a token of its own."""
    now = utc_now()
    renewed = now if ttl is not None else None
    return Label(
        os.getpid(), platform.node(), _process_start(), now, command, uuid.uuid4().hex, purpose, None, ttl, renewed
    )


def utc_now() -> str:
    """The time as labels have it."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def printable(text: str) -> str:
    """``text`` that cannot steer a terminal: anybody who can write to the folder can write a label."""
    return "".join(c if c.isprintable() else "?" for c in text)


def whole_seconds(moment: str) -> str:
    """A time of a label without its fraction of a second."""
    return re.sub(r"(?<=\d)\.\d+", "", moment)


def read_label_file(path: Path) -> Label | None:
    """The label in ``path``; None where there is none that can be read."""
    try:
        label = Label(**json.loads(path.read_bytes()))
        return label if _is_sound(label) else None
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def write_label_file(path: Path, label: Label) -> None:
    """Replace the label in one step. Only who has the lock's gate may write, so that one draft is enough.

    Raises OSError. Nothing is forced onto the disk: after a crash of the machine nobody holds the lock anyway.
    """
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(asdict(label)), encoding="utf-8")
    patiently(lambda: draft.replace(path))


def patiently(action: Callable[[], object]) -> None:
    """Do a change of a file that Windows refuses while somebody else has it open for reading. Raises OSError."""
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
    return all(_moment(moment).tzinfo is not None for moment in moments if moment is not None)


def _moment(text: str) -> datetime:
    """Raises ValueError."""
    return datetime.fromisoformat(text)


def _process_start() -> str | None:
    """When this process began, from /proc (see proc(5): field 22 of stat, in ticks since the boot)."""
    try:
        ticks = int(Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[19])
        boot = re.search(rb"^btime (\d+)$", Path("/proc/stat").read_bytes(), re.MULTILINE)
        if not boot:
            return None
        seconds = int(boot[1]) + ticks / os.sysconf("SC_CLK_TCK")
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")
    except (OSError, ValueError, IndexError):
        return None
