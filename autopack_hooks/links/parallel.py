"""Shares the parsing of many documents among the processors, by forking: nothing is sent but the answers.

A child that fails, for whatever reason, only means that its share is done here. Without ``fork`` (Windows, and macOS,
where it is not safe), on one processor, beside other threads, and for little work everything is done here.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

Item = TypeVar("Item")
# Below this many bytes a child costs more than it saves.
WORTH_IT = 200_000


def processors() -> int:
    """How many processes are worth having here."""
    if sys.platform in ("win32", "darwin") or threading.active_count() > 1:
        return 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, 4)


def shared(
    items: Sequence[Item], size: Callable[[Item], int], work: Callable[[Item], Any], processes: int
) -> list[Any]:
    """``work(item)`` for every item, in order. ``work`` gives what JSON can hold; ``size`` says how much it is to do."""
    if processes < 2 or sum(map(size, items)) < WORTH_IT:
        return [work(item) for item in items]
    shares = _shares(items, size, processes)
    children = [(share, _spawn([items[i] for i in share], work)) for share in shares[1:]]
    results: list[Any] = [None] * len(items)
    for index in shares[0]:
        results[index] = work(items[index])
    for share, (pid, reader) in children:
        answers = _collect(pid, reader)
        if answers is None or len(answers) != len(share):
            answers = [work(items[index]) for index in share]
        for index, answer in zip(share, answers, strict=True):
            results[index] = answer
    return results


def _shares(items: Sequence[Item], size: Callable[[Item], int], count: int) -> list[list[int]]:
    """Indexes in ``count`` shares of about the same size: the largest first, each to the smallest share."""
    shares: list[list[int]] = [[] for _ in range(count)]
    loads = [0] * count
    for index in sorted(range(len(items)), key=lambda i: -size(items[i])):
        least = loads.index(min(loads))
        shares[least].append(index)
        loads[least] += size(items[index]) + 1
    return [share for share in shares if share]


def _spawn(items: Sequence[Item], work: Callable[[Item], Any]) -> tuple[int, int]:
    """A child that writes its answers into a pipe; returns its id and the pipe's reading end."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # Python warns where threads of some library could hold locks; a child that waits for none cannot mind.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    # Nothing of the parent's may run twice: no clean-up, no flush, no traceback.
    try:
        os.close(reader)
        with os.fdopen(writer, "wb") as stream:
            stream.write(json.dumps([work(item) for item in items]).encode())
        os._exit(0)
    except BaseException:
        os._exit(1)


def _collect(pid: int, reader: int) -> list[Any] | None:
    with os.fdopen(reader, "rb") as stream:
        data = stream.read()
    _, status = os.waitpid(pid, 0)
    if status == 0:
        with suppress(ValueError):
            answers = json.loads(data)
            return answers if isinstance(answers, list) else None
    return None
