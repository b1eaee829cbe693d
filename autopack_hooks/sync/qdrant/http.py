"""Calls to a server, each bounded by the deadline and repeated where that can help.

Time-outs of sockets bound one read, not a slow name server or an answer that comes byte by byte. So a call runs in a
thread of its own, which is left behind when the time is up.
"""

from __future__ import annotations

import json
import queue
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ParamSpec, TypeVar

from autopack_hooks.core.errors import DeadlineExceeded, FatalError, TargetError
from autopack_hooks.sync.deadline import Deadline

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 5
FIRST_PAUSE = 0.2
_AGAIN = frozenset({408, 425, 500, 502, 503, 504})
_CLUSTER = re.compile("Tonic|[Rr]eplica|read operations failed|[Pp]eer|[Ss]hard|[Cc]onsensus")
"""What errors speak of that one node has with others; the rest of them are internals."""

_HTTPS = "no answer in HTTP; if the server speaks https, write https://"


class NotApplied(Exception):
    """The server accepted a write without confirming that it is done."""


@dataclass(frozen=True)
class Fault:
    """The reason why a call failed, in words for a user; ``again``: try again, after ``pause`` seconds."""

    reason: str
    again: bool = False
    pause: float = 0.0


class Calls:
    """Makes calls to one server, repeated where that can help, until the deadline."""

    def __init__(
        self, url: str, deadline: Deadline, sleep: Callable[[float], None], *, patience: float, secret: str | None
    ) -> None:
        """Set the limits.

        Args:
            url: The server's name in messages.
            deadline: When to give up.
            sleep: Waits so many seconds.
            patience: The longest that one call may take, in seconds.
            secret: Removed from every message.
        """
        self._url = url
        self._deadline = deadline
        self._sleep = sleep
        self._patience = patience
        self._secret = secret
        self._reached = False

    def __call__(self, doing: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return ``call(*args, **kwargs)``. Raises TargetError, or DeadlineExceeded when the deadline ended it."""
        pause, attempt = FIRST_PAUSE, 1
        limited: Fault | None = None
        while True:
            try:
                result = self._bounded(doing, partial(call, *args, **kwargs))
            except DeadlineExceeded as late:
                if limited:  # the limit is the reason, and the remedy
                    raise TargetError(self._message(doing, limited)) from late
                raise
            except FatalError:
                raise
            except Exception as error:
                fault = fault_of(error, reached=self._reached)
                wait = max(pause, fault.pause)
                if not fault.again or attempt == ATTEMPTS or wait >= self._deadline.remaining():
                    raise TargetError(self._message(doing, fault)) from error
            else:
                self._reached = True
                return result
            self._sleep(wait)
            limited = fault if fault.pause else None
            if not fault.pause:  # a server that says when to come again is obeyed for as long as there is time
                attempt, pause = attempt + 1, pause * 2

    def _bounded(self, doing: str, call: Callable[[], T]) -> T:
        self._deadline.check(f"{doing} {self._url}")
        left = self._deadline.remaining()
        box: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()
        threading.Thread(target=_run, args=(call, box), daemon=True).start()
        try:
            result, error = box.get(timeout=min(left, self._patience))
        except queue.Empty:
            if left <= self._patience:
                raise DeadlineExceeded(
                    f"--max-seconds {self._deadline.seconds:g} was up while {doing} {self._url}, which did not answer; "
                    "what was written is complete, run again to go on"
                ) from None
            raise TargetError(
                f"{self._url}: no answer in {self._patience:g} s; check the address and the server"
            ) from None
        if error is not None:
            raise error
        return result  # type: ignore[return-value]  # _run puts a result wherever there is no error

    def _message(self, doing: str, fault: Fault) -> str:
        text = f"{self._url}: {fault.reason} (while {doing} it)"
        return text.replace(self._secret, "***") if self._secret else text


def _run(call: Callable[[], T], box: queue.SimpleQueue[tuple[T | None, BaseException | None]]) -> None:
    try:
        box.put((call(), None))
    except BaseException as error:
        box.put((None, error))


def fault_of(error: Exception, *, reached: bool) -> Fault:
    """Interpret an error of qdrant-client. ``reached``: the server has answered before."""
    status = getattr(error, "status_code", None)
    if status is not None:
        return _fault_of_status(int(status), getattr(error, "content", b""))
    if isinstance(error, NotApplied):
        return Fault(str(error), again=True)
    seconds = getattr(error, "retry_after_s", None)
    if seconds is not None:
        return replace(_rate_limited(f": {_one_line(str(error))}"), pause=float(seconds))
    source = getattr(error, "source", error)
    name = type(source).__name__
    text = _one_line(str(source))
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return Fault(
            f"its certificate is not trusted: {text}; if the authority is yours, name its file in SSL_CERT_FILE"
        )
    if "SSL" in text:
        return Fault(f"no connection by https: {text}; if the server speaks http, write http://", again=reached)
    if name == "RemoteProtocolError" and "illegal" in text:
        return Fault(_HTTPS)
    if name in ("ConnectError", "ConnectTimeout"):
        return Fault(f"cannot be reached: {text or name}; check the address, and that the server runs", again=reached)
    if name in (
        "ReadError",
        "WriteError",
        "CloseError",
        "RemoteProtocolError",
        "ReadTimeout",
        "WriteTimeout",
        "PoolTimeout",
    ):
        return Fault(f"the connection broke: {text or name}", again=True)
    return Fault(f"no answer of a Qdrant server ({name}: {text}); check the address")


def _fault_of_status(status: int, content: bytes) -> Fault:
    message = _server_message(content)
    if b"HTTPS port" in content:
        return Fault(_HTTPS)
    if status == 429:
        return _rate_limited(message)
    if status >= 500 and _CLUSTER.search(message):
        return Fault(f"too few nodes of the cluster answer ({status}); bring them back, then run again", again=True)
    if status in (401, 403):
        return Fault(f"refused by the server ({status}{message}); check the API key and what it may do")
    if status == 404:
        return Fault(f"not found (404{message}); check the address: is it a Qdrant server, is its path right?")
    if status in _AGAIN:
        return Fault(f"the server failed ({status}{message}); look at its log, try again later", again=True)
    return Fault(f"the server answered {status}{message}; check the address and the server's version")


def _rate_limited(message: str) -> Fault:
    text = f"the rate limit is used up (429{message}); what was written is complete, run again later or raise the limit"
    return Fault(text, again=True)


def _server_message(content: bytes) -> str:
    """Return the message of an error answer of Qdrant as ``: text``; "" for another kind of content."""
    try:
        answer: Any = json.loads(content)
        text = answer["status"]["error"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""
    return f": {_one_line(text)}" if isinstance(text, str) else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
