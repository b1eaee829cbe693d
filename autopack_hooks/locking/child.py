"""Running a command under locks: signals are passed on, its exit code is returned, no lock is lost before it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from autopack_hooks.core.errors import UsageError

FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_FROM_TERMINAL = ("SIGINT", "SIGQUIT")
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, see prctl(2)


def run_child(argv: Sequence[str], descriptors: Sequence[int], started: Callable[[], object]) -> int:
    """Run a command to its end and return its exit code, 128 + n where signal n ended it.

    Must be called from the main thread, while there is no other.

    Args:
        argv: The command and its arguments.
        descriptors: Those of the locks; they are inherited, so that the locks stay held if this process is killed
            before the command ends. On Linux the command then gets SIGTERM.
        started: Called once the command runs.

    Raises:
        UsageError: The command cannot be started.
    """
    with _forwarding() as forward, _inheritable(descriptors) as inherited:
        child = _start(argv, inherited)
        try:
            forward(child)
            started()
        finally:
            code = child.wait()  # whatever happens here, the locks are not released before
    return code if code >= 0 else 128 - code


def _start(argv: Sequence[str], descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
    try:
        if os.name == "nt":
            return subprocess.Popen(argv)
        return subprocess.Popen(argv, pass_fds=descriptors, preexec_fn=_end_with_parent())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{argv[0]!r} cannot be started: {reason}; check the command after --") from error


@contextmanager
def _inheritable(descriptors: Sequence[int]) -> Iterator[list[int]]:
    """Copy the locks' descriptors for a child: filelock closes its own in every forked child."""
    copies: list[int] = []
    try:
        for descriptor in descriptors:
            copies.append(os.dup(descriptor))
        yield copies
    finally:
        for copy in copies:
            os.close(copy)


@contextmanager
def _forwarding() -> Iterator[Callable[[subprocess.Popen[bytes]], None]]:
    """Catch signals inside the block; the yielded function passes them on to a child, earlier ones included."""
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def catch(number: int, frame: FrameType | None) -> None:
        if child is None:
            early.append(number)
        elif not (signal.Signals(number).name in _FROM_TERMINAL and _terminal_reaches_child()):
            child.send_signal(number)

    def forward(started: subprocess.Popen[bytes]) -> None:
        nonlocal child
        child = started
        for number in early:
            catch(number, None)

    numbers = [getattr(signal, name) for name in FORWARDED if hasattr(signal, name)]
    # An ignored signal, as under nohup, stays ignored, for the child too.
    caught = {n: signal.signal(n, catch) for n in numbers if signal.getsignal(n) is not signal.SIG_IGN}
    try:
        yield forward
    finally:
        for number, handler in caught.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _terminal_reaches_child() -> bool:
    """Return whether keys such as Ctrl-C signal the child too: passed on, each would reach it twice."""
    if os.name == "nt":
        return True
    try:
        with open("/dev/tty", "rb", buffering=0) as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False


def _end_with_parent() -> Callable[[], None] | None:
    """Return what a child does before it becomes the command, so that the death of this process ends it; only on Linux."""
    if sys.platform != "linux":
        return None
    import ctypes

    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return None
    parent = os.getpid()

    def prepare() -> None:
        prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:  # it died before prctl
            os._exit(128 + signal.SIGTERM)

    return prepare
