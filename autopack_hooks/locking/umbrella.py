"""The umbrella lock: one that stands for every lock of the workspace, also for those that are nowhere configured.

Its holder has ``_all.lock`` and each lock that is configured or was ever used. A new one is made only by somebody who
passed ``_all.lock`` or holds another lock (see ``locking.files``). So whoever has ``_all.lock`` and every lock that is
there, and then finds no new one, has them all: nobody is left who could make one.

While it waits for the others it has ``_all.lock``, so that no new ones come; but only for a turn at a time. A holder may
wait for another process that needs one more lock, and would otherwise wait for ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack
from pathlib import Path

from autopack_hooks.config.lock_names import UMBRELLA, is_word, known_names
from autopack_hooks.locking.files import PATIENCE, LockFiles, is_held
from autopack_hooks.locking.kernel import POLL

TURN = 1.0
"""Seconds for which a process that waits for the umbrella lets nobody acquire another lock."""

PAUSE = 0.15
"""Seconds after a turn in which others can."""

Blocked = Callable[[LockFiles], object]
Take = Callable[[ExitStack, str, float], bool]


def names_in(folder: Path) -> list[str]:
    """Return the names of the locks that were ever used in ``folder``, the umbrella not among them."""
    return sorted(path.stem for path in folder.glob("*.lock") if is_word(path.stem))


def all_names(folder: Path, configured: Iterable[str]) -> tuple[str, ...]:
    """Return the built-in and the ``configured`` names and those used in ``folder``, in the order of acquisition."""
    return known_names([*configured, *names_in(folder)])


def acquire_all(
    stack: ExitStack, folder: Path, configured: Collection[str], end: float, take: Take, blocked: Blocked
) -> bool:
    """Acquire the umbrella and every lock, or none.

    Args:
        stack: Takes what releases them.
        folder: The folder of the locks.
        configured: The names of the configuration.
        end: Until when to wait, by the monotonic clock.
        take: Acquires a lock by its name until a time, puts its release on a stack, and returns whether it could.
        blocked: Called with the lock in the way, after each attempt that fails.

    Returns:
        False where they were not free in time.

    Raises:
        LockError: The files cannot be used.
    """
    while True:
        with ExitStack() as turn:
            if not take(turn, UMBRELLA, end):
                return False
            turn_end = min(end, time.monotonic() + TURN)
            if _wait_for_all(folder, configured, turn_end, blocked) and _take_all(turn, folder, configured, take):
                stack.push(turn.pop_all())
                return True
        if time.monotonic() >= end:
            return False
        time.sleep(PAUSE)


def _wait_for_all(folder: Path, configured: Collection[str], end: float, blocked: Blocked) -> bool:
    """Return whether all locks became free. None is acquired yet: a label names who held a lock, not who waited for it."""
    for name in all_names(folder, configured):
        lock_files = LockFiles(folder, name)
        while is_held(lock_files, PATIENCE):
            blocked(lock_files)
            if time.monotonic() >= end:
                return False
            time.sleep(POLL)
    return True


def _take_all(turn: ExitStack, folder: Path, configured: Collection[str], take: Take) -> bool:
    taken: set[str] = set()
    while new := [name for name in all_names(folder, configured) if name not in taken]:
        if not all(take(turn, name, time.monotonic()) for name in new):
            return False
        taken.update(new)
    return True
