"""One deadline for a whole run, handed down to everything that may wait."""

from __future__ import annotations

from collections.abc import Callable

from autopack_hooks.core.errors import DeadlineExceeded


class Deadline:
    """Runs out ``seconds`` after it was made, by ``clock`` (seconds, monotonic)."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self._end - self._clock())

    def check(self, doing: str) -> None:
        """Raises DeadlineExceeded, saying what was being done, once the time is up."""
        if not self.remaining():
            raise DeadlineExceeded(
                f"--max-seconds {self.seconds:g} was up while {doing}; what was written is complete, run again to go on"
            )
