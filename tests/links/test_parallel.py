from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from autopack_hooks.links import parallel

TEXTS = [b"", b"a", b"bb" * 40_000, b"c", b"d" * 70_000, b"e"]
SIZES = [len(text) for text in TEXTS]
FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")


def process_of(text: bytes) -> tuple[int, int]:
    return os.getpid(), len(text)


def fails_elsewhere(text: bytes) -> int:
    if os.getpid() != PARENT:
        raise ValueError(text)
    return len(text)


PARENT = os.getpid()


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_WORTH_IT", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@FORKS
@pytest.mark.usefixtures("eager")
def test_half_of_the_bytes_is_read_by_another_process() -> None:
    found = parallel.map_shared(process_of, TEXTS)
    assert [size for _, size in found] == SIZES
    assert [process == os.getpid() for process, _ in found] == [True, True, False, False, False, False]


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("texts", [[], [b""], [b"", b""]])
def test_nothing_to_share(texts: Sequence[bytes]) -> None:
    assert parallel.map_shared(process_of, texts) == [(os.getpid(), 0)] * len(texts)


@pytest.mark.parametrize("processors", [1, None])
def test_one_processor(monkeypatch: pytest.MonkeyPatch, processors: int | None) -> None:
    monkeypatch.setattr(parallel, "_WORTH_IT", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    assert {process for process, _ in parallel.map_shared(process_of, TEXTS)} == {os.getpid()}


def test_little_is_not_shared() -> None:
    assert {process for process, _ in parallel.map_shared(process_of, TEXTS)} == {os.getpid()}


@FORKS
@pytest.mark.usefixtures("eager")
def test_a_process_that_fails_is_not_missed() -> None:
    assert parallel.map_shared(fails_elsewhere, TEXTS) == SIZES
