from __future__ import annotations

import os

import pytest

from autopack_hooks.links import parallel
from autopack_hooks.links.parallel import processors, shared

ITEMS = [str(number) * 3_000 for number in range(100)]
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@forks
@pytest.mark.parametrize("processes", [1, 2, 3])
def test_answers_come_back_in_order(processes: int) -> None:
    assert shared(ITEMS, len, lambda item: [item[:3], len(item)], processes) == [
        [item[:3], len(item)] for item in ITEMS
    ]


@forks
def test_other_processes_do_their_share() -> None:
    pids = set(shared(ITEMS, len, lambda _: os.getpid(), 2))
    assert len(pids) == 2 and os.getpid() in pids


def test_little_work_is_done_here() -> None:
    assert set(shared(["a", "b"], len, lambda _: os.getpid(), 4)) == {os.getpid()}
    assert shared([], len, lambda item: item, 4) == []


@forks
@pytest.mark.parametrize("failure", ["raise", "exit", "not JSON"])
def test_a_child_that_fails_is_made_good_for(failure: str) -> None:
    here = os.getpid()

    def work(item: str) -> object:
        if os.getpid() == here:
            return item[0]
        if failure == "raise":
            raise ValueError(item)
        if failure == "exit":
            os._exit(3)
        return {item}

    assert shared(ITEMS, len, work, 2) == [item[0] for item in ITEMS]


def test_shares_are_even() -> None:
    shares = parallel._shares([5, 1, 1, 1, 1, 1], lambda item: item, 2)
    assert sorted(index for share in shares for index in share) == [0, 1, 2, 3, 4, 5]
    assert abs(len(shares[0]) - len(shares[1])) >= 2


def test_processors() -> None:
    assert 1 <= processors() <= 4
