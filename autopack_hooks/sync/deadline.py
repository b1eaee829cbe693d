"""One deadline for a whole run, handed down to everything that may wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial

from autopack_hooks.core.errors import DeadlineExceeded

utc_now: Callable[[], datetime] = partial(datetime.now, timezone.utc)
"""The system's clock, the default where no other one is passed in."""


@dataclass(frozen=True)
class Clocks:
    """The clocks of a run: ``monotonic`` in seconds, for what is measured, and ``now`` in UTC, for what is recorded."""

    monotonic: Callable[[], float]
    now: Callable[[], datetime]


class Deadline:
    """Runs out ``seconds`` after it was made, by ``clock`` (seconds, monotonic)."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def remaining(self) -> float:
        """Return the seconds left, never below 0."""
        return max(0.0, self._end - self._clock())

    def check(self, doing: str) -> None:
        """Raise DeadlineExceeded once the time is up; ``doing`` is the work that it interrupts."""
        if not self.remaining():
            raise DeadlineExceeded(
                f"--max-seconds {self.seconds:g} was up while {doing}; what was written is complete, run again to go on"
            )
