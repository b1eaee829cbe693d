"""The engine's process as its parent sees it: asked by name, bounded in time and memory, its death an error like any other."""

from __future__ import annotations

import importlib.util
import marshal
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from autopack_hooks.core.errors import TargetError
from autopack_hooks.sync.qdrant.engine_worker import HEADER

_START = 20.0
"""Seconds in which the process must have started."""

_MEMORY = 600_000_000
_ADDRESSES = 4_000_000_000
"""Bytes that the engine may take for a store of no size: it uses 200 MB, and maps 1.4 GB."""

_EXITS = {1: "did not answer in time", 3: "could not close it"}


class EngineFault(Exception):
    """The engine died, hung, ran out of memory, panicked, or says that its files are wrong."""


class EngineRefusal(Exception):
    """The engine refuses what it was asked, for a reason that does not lie in its files."""


def engine_library() -> str:
    """Return the folder from which the engine is imported. Raises TargetError where it is not installed."""
    spec = importlib.util.find_spec("qdrant_edge")
    if spec is None or spec.origin is None:
        raise TargetError("the embedded Qdrant needs qdrant-edge-py: pip install 'autopack-hooks[sync]'")
    return str(Path(spec.origin).parent.parent)


class EngineProcess:
    """A running engine with one store, or none yet."""

    def __init__(self, library: str, size: int, lock: int | None = None) -> None:
        """Start it.

        Args:
            library: The folder from which the engine is imported.
            size: The bytes that the store takes on the disk, by which its memory is bounded.
            lock: The handle of a lock that is to be held until it has ended.

        Raises:
            TargetError: It cannot be started.
        """
        worker = os.path.join(os.path.dirname(__file__), "engine_worker.py")
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", worker],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=() if lock is None else (lock,),
            )
        except OSError as error:
            raise TargetError(f"the process of the embedded Qdrant cannot be started: {error.strerror}") from error
        self._library = library
        self._memory = _MEMORY + 2 * size, _ADDRESSES + 4 * size
        self._started = False
        self._is_awaited = False

    def ask(self, name: str, *arguments: Any, seconds: float) -> Any:
        """Have the engine do one thing and return its result.

        Args:
            name: A method of ``engine_worker.Engine``.
            arguments: Its arguments.
            seconds: After so many it is killed.

        Raises:
            EngineFault: The engine failed on its store.
            EngineRefusal: It refuses.
        """
        self._request(name, arguments, seconds)
        return self._reply()

    def send(self, name: str, *arguments: Any, seconds: float) -> None:
        """Have the engine do one thing while this process goes on; what it raises is raised by the next call.

        See ``ask`` for arguments and exceptions; those are of what was sent before.
        """
        self._request(name, arguments, seconds)
        self._is_awaited = True

    def settle(self) -> None:
        """Wait for what was sent. Raises as ``ask`` does."""
        if self._is_awaited:
            self._reply()

    def _request(self, name: str, arguments: Sequence[Any], seconds: float) -> None:
        """Send a request when the one before it is answered, so that neither process waits for the other to read."""
        self.settle()
        if not self._started:
            self._started = True
            self.ask("start", self._library, *self._memory, seconds=_START)
        data = marshal.dumps((name, tuple(arguments)))
        stdin = self._process.stdin
        assert stdin is not None
        with suppress(OSError, ValueError):  # the reply will be missing
            stdin.write(HEADER.pack(len(data), seconds) + data)
            stdin.flush()

    def _reply(self) -> Any:
        self._is_awaited = False
        stdout = self._process.stdout
        assert stdout is not None
        reply = b""
        with suppress(OSError, ValueError):
            header = stdout.read(HEADER.size)
            if len(header) == HEADER.size:
                size, _ = HEADER.unpack(header)
                reply = stdout.read(size)
                reply = reply if len(reply) == size else b""
        if not reply:
            raise EngineFault(f"the engine {self._ending()}")
        kind, result = marshal.loads(reply)
        if kind:
            raise _failure(kind, result)
        return result

    def _ending(self) -> str:
        """Say how the process came to its end."""
        self._hang_up()
        code = self._process.wait()
        if code == -signal.SIGKILL:
            # Nothing that the engine does ends so.
            raise EngineRefusal("the engine was killed from outside, or for lack of memory; run again")
        if code < 0:
            return f"died on it ({signal.Signals(-code).name})"
        return _EXITS.get(code, f"ended with the code {code}")

    def close(self) -> None:
        """Have the store closed and wait for it. Raises EngineFault where that, or what was sent before, fails."""
        self.settle()
        self._hang_up()
        code = self._process.wait()
        if code:
            raise EngineFault(f"the engine {self._ending()}")

    def _hang_up(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


def _failure(kind: str, text: str) -> EngineFault | EngineRefusal:
    """Return the exception for what the engine raised: a panic, too little memory, or an error in its own words."""
    reason = text.removeprefix("Service runtime error: ").split("\n", 1)[0][:300]
    if kind == "MemoryError":
        return EngineFault("the engine ran out of memory")
    internal = kind == "PanicException" or text.startswith("Service ") or kind in ("UnicodeDecodeError", "ValueError")
    return EngineFault(f"the engine says: {reason}") if internal and "WouldBlock" not in text else EngineRefusal(reason)
