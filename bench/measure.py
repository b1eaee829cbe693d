"""Times whole processes: wall seconds and peak memory as the operating system counts them, medians over runs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """Medians and extremes of some runs: seconds, and megabytes of the largest process."""

    median: float
    low: float
    high: float
    peak: float

    def __str__(self) -> str:
        return f"{self.median:.2f} s ({self.low:.2f} to {self.high:.2f})"


def timed(
    command: Sequence[str],
    cwd: Path,
    runs: int = 5,
    before: Callable[[], None] | None = None,
    codes: Collection[int] = (0,),
) -> Figure:
    """Run ``command`` once uncounted and ``runs`` times counted; ``before`` prepares each run and is not timed.

    Raises RuntimeError for an exit code that is none of ``codes``: a failure is quickly done.
    """
    # An installed program has its bytecode; without it, half of a short run is spent on compiling.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    seconds, peaks = [], []
    for number in range(runs + 1):
        if before:
            before()
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=cwd, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        elapsed = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in codes:
            raise RuntimeError(f"{' '.join(command)}: exit {child.returncode}")
        if number:
            seconds.append(elapsed)
            peaks.append(usage.ru_maxrss / 1024)
    return Figure(statistics.median(seconds), min(seconds), max(seconds), max(peaks))


def tool(*args: str) -> list[str]:
    """The command line of this project, in the environment that runs the benchmark."""
    return [sys.executable, "-m", "autopack_hooks", *args]


def git(cwd: Path, *args: str) -> None:
    """Run git quietly, with an identity of its own."""
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.invalid", "-c", "commit.gpgsign=false")
    subprocess.run(("git", *identity, *args), cwd=cwd, check=True, capture_output=True)
