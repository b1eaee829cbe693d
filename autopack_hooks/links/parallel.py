"""Share work on many texts between two processes."""

from __future__ import annotations

import marshal
import os
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

# From this many bytes on, the work takes longer than a second process.
_WORTH_IT = 1_000_000


def map_shared(work: Callable[[bytes], Any], texts: Sequence[bytes]) -> list[Any]:
    """Return ``work`` of each of ``texts``, plain values; where the texts are large, a fork of this process does half of it.

    A second process that fails is not missed, for its half is done here.
    """
    half = _half(texts) if _worth_it(texts) else len(texts)
    if half == len(texts):
        return list(map(work, texts))
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _work_and_exit(writer, work, texts[half:])
    os.close(writer)
    with open(reader, "rb") as stream:
        own = list(map(work, texts[:half]))
        sent = stream.read()
    _, status = os.waitpid(child, 0)
    return own + (list(map(work, texts[half:])) if status else marshal.loads(sent))


def _worth_it(texts: Sequence[bytes]) -> bool:
    return hasattr(os, "fork") and (os.cpu_count() or 1) > 1 and sum(map(len, texts)) >= _WORTH_IT


def _half(texts: Sequence[bytes]) -> int:
    """Return how many of ``texts`` have half of the bytes."""
    rest = sum(map(len, texts)) / 2
    for number, text in enumerate(texts):
        rest -= len(text)
        if rest < 0:
            return number
    return len(texts)


def _work_and_exit(writer: int, work: Callable[[bytes], Any], texts: Sequence[bytes]) -> NoReturn:
    """Send what the work returns, and end without what a process does at its end: that is left to the parent."""
    code = 1
    try:
        with open(writer, "wb") as stream:
            stream.write(marshal.dumps(list(map(work, texts))))
        code = 0
    finally:
        os._exit(code)
