"""The kernel's locks on files, by ``filelock``: whatever it raises becomes one error that says what to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from autopack_hooks.core.errors import FatalError

if TYPE_CHECKING:
    from filelock import FileLock

POLL = 0.02
"""Seconds between two attempts of a process that waits."""

SHORT_POLL = 0.002
"""Seconds between two attempts at what is held for a moment only."""


class LockError(FatalError):
    """The folder of the locks, or its file system, cannot be used for locking (exit 2)."""


def make_folder(folder: Path) -> None:
    """Create the folder of the locks where it is missing. Raises LockError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(folder, error) from error


def unusable(folder: Path, error: Exception) -> LockError:
    """Return the error that says why locks cannot be kept in ``folder``."""
    reason = getattr(error, "strerror", None) or str(error)
    return LockError(
        f"{folder}: locks cannot be kept here: {reason}; check the permissions and the file system of the folder"
    )


def kernel_lock(path: Path, descriptors: list[int] | None = None) -> FileLock:
    """Return a lock on ``path``, not yet acquired; the descriptor that acquiring opens is added to ``descriptors``."""
    # Imported here, because a command that acquires no lock should not pay for it.
    from filelock import FileLock

    # The file stays when the lock is released: removing it could split waiting processes over two files. Where the
    # file system lacks locks, keeping it also makes filelock raise instead of falling back to lock files.
    hook = None if descriptors is None else descriptors.append
    return FileLock(path, thread_local=False, preserve_lock_file=True, on_acquired=hook)


def try_lock(lock: FileLock, path: Path, seconds: float, poll: float = POLL) -> bool:
    """Return whether the lock could be acquired within ``seconds``. Raises LockError."""
    from filelock import Timeout

    try:
        lock.acquire(timeout=seconds, poll_interval=poll)
        return True
    except Timeout:
        return False
    except (OSError, NotImplementedError) as error:
        raise unusable(path.parent, error) from error


def exists(path: Path) -> bool:
    """Return whether something has this name. Raises LockError."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise unusable(path.parent, error) from error
    return True


def is_at(path: Path, identity: tuple[int, int]) -> bool:
    """Return whether ``path`` is still the file with this ``identity_of``."""
    try:
        return identity_of(path.stat()) == identity
    except OSError:
        return False


def identity_of(stat: os.stat_result) -> tuple[int, int]:
    """Return what tells a file from another that has its name now."""
    return stat.st_dev, stat.st_ino
