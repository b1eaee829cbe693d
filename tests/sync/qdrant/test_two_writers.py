"""Two clones and one target: stepped through their interleavings, paused and killed, an older state never wins."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import combinations, product
from pathlib import Path
from typing import Any

import httpx
import pytest
from qdrant_client.http.exceptions import UnexpectedResponse

from autopack_hooks.core.errors import OK, REFUSED
from autopack_hooks.sync.database import target as database
from autopack_hooks.sync.database.target import DatabaseTarget
from autopack_hooks.sync.database.url import parse_database_url
from autopack_hooks.sync.qdrant import batches as qdrant
from autopack_hooks.sync.qdrant.server import ServerQdrant
from autopack_hooks.sync.qdrant.url import parse_server_url
from autopack_hooks.sync.records import Key
from autopack_hooks.sync.target import Stored, Target, TargetResult
from tests.sync.contract import hashes, read
from tests.sync.engines import LocalClient
from tests.sync.stepping import SAYS, Stepped, Writer, sync_as

Make = Callable[[Callable[[], None] | None, str], Target]
"""A target of the one store, whose sessions call the function at every step; and the clone it is of."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a plan of few entries is several batches."""
    monkeypatch.setattr(database, "BATCH", 2)
    monkeypatch.setattr(qdrant, "BATCH_POINTS", 2)


def database_maker(url: str, root: Path) -> Make:
    def make(pause: Callable[[], None] | None, clone: str) -> Target:
        target = DatabaseTarget(parse_database_url(url, root))
        return Stepped(target, pause) if pause else target

    return make


def qdrant_maker() -> Make:
    client = LocalClient(":memory:")

    def make(pause: Callable[[], None] | None, clone: str) -> Target:
        stepped: Any = SteppedClient(client, pause) if pause else client
        sleep = (lambda _: pause()) if pause else (lambda _: None)
        return ServerQdrant(parse_server_url("localhost"), "docs", client=lambda *_: stepped, clone=clone, sleep=sleep)

    return make


class SteppedClient:
    """A client that stops before each request that reads or changes points."""

    def __init__(self, client: LocalClient, pause: Callable[[], None]) -> None:
        self._client = client
        self._pause = pause

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in ("batch_update_points", "scroll", "retrieve", "count"):
            return found

        def request(*args: Any, **kwargs: Any) -> Any:
            self._pause()
            return found(*args, **kwargs)

        return request


@pytest.fixture(params=["sqlite", "postgresql", "qdrant"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """New stores of one kind, each filled from c1, without end."""

    def filled() -> Iterator[Make]:
        number = 0
        while True:
            number += 1
            if request.param == "qdrant":
                make = qdrant_maker()
            elif request.param == "sqlite":
                make = database_maker(f"sqlite:///{number}.db", tmp_path)
            else:
                make = database_maker(_emptied(request), tmp_path)
            assert sync_as(make(None, "x"), "c1").exit_code == OK
            yield make

    return filled()


def _emptied(request: pytest.FixtureRequest) -> str:
    import psycopg

    url: str = request.getfixturevalue("postgres_url")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS sot_entries, sot_sync_state")
    return url


def holds(make: Make) -> Stored:
    return read(make(None, "reader"))


def state_of(commit: str) -> Stored:
    return Stored(hashes(SAYS[commit]), commit)


def start(make: Make, commit: str) -> Writer:
    return Writer(lambda pause: sync_as(make(pause, commit), commit))


def run_fairly(*writers: Writer) -> None:
    """Each in turn, to the end of all."""
    for _ in range(5000):
        for writer in writers:
            writer.step()
        if all(writer.done for writer in writers):
            return
    raise AssertionError("no end")


@pytest.mark.parametrize("first", ["c2", "c3"])
def test_in_every_interleaving_the_newer_commit_stays(stores: Iterator[Make], first: str) -> None:
    """All schedules of the first steps, then in turn: c3 is there in full, and c2 was written before it or refused."""
    make = next(stores)
    # A database lets one writer in after the other, so that there are few interleavings; each step costs more there.
    depth = 7 if isinstance(make(None, ""), ServerQdrant) else 4
    for schedule in product("ab", repeat=depth):
        make = next(stores)
        older, newer = start(make, "c2"), start(make, "c3")
        order = {"a": older, "b": newer} if first == "c2" else {"a": newer, "b": older}
        for who in schedule:
            order[who].step()
        run_fairly(order["a"], order["b"])
        assert (newer.result.exit_code, holds(make)) == (OK, state_of("c3")), schedule
        assert older.result.exit_code in (OK, REFUSED), (schedule, older.result)


def test_killed_at_any_step_nothing_is_set_back_and_the_next_run_mends(stores: Iterator[Make]) -> None:
    """The newer writer dies at each of its steps in turn; then the older clone comes, and then the newer one again."""
    at, alive = 0, True
    while alive:
        at += 1
        make = next(stores)
        newer = start(make, "c3")
        for _ in range(at):
            newer.step()
        alive = not newer.done
        newer.kill()
        left = holds(make)
        older = sync_as(make(None, "c2"), "c2")
        if "c3" in (left.commit, left.pending):
            assert older.exit_code == REFUSED and "ahead" in older.error
            assert holds(make) == left, at
        else:
            assert left.hashes == hashes(SAYS["c1"]) and holds(make) == state_of("c2"), at
        assert sync_as(make(None, "c3"), "c3").exit_code == OK
        assert holds(make) == state_of("c3"), at
    assert at > 4


def test_one_that_sleeps_while_it_is_overtaken_writes_nothing_more(stores: Iterator[Make]) -> None:
    """The older writer is paused at each of its steps while the newer one does all its work, and then wakes up."""
    at, awake = 0, True
    while awake:
        at += 1
        make = next(stores)
        older = start(make, "c2")
        for _ in range(at):
            older.step()
        awake = not older.done
        newer = start(make, "c3")
        for _ in range(300):
            newer.step()
            if newer.done or newer.blocked:
                break
        run_fairly(newer, older)
        assert newer.result.exit_code == OK, at
        assert holds(make) == state_of("c3"), at


class LosingClient:
    """A client whose changes with the numbers ``lost`` are lost on their way, and may arrive later."""

    def __init__(self, client: LocalClient, lost: Container[int]) -> None:
        self._client = client
        self._lost = lost
        self.changes = 0
        self._late: list[Callable[[], Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_update_points(self, *args: Any, **kwargs: Any) -> Any:
        self.changes += 1
        if self.changes not in self._lost:
            return self._client.batch_update_points(*args, **kwargs)
        self._late.append(lambda: self._client.batch_update_points(*args, **kwargs))
        raise httpx.ReadTimeout("lost")

    def arrive(self) -> None:
        for change in self._late:
            with suppress(UnexpectedResponse):  # of which nobody hears: what it is about may be gone
                change()
        self._late = []


def server(client: Any, clone: str, pause: Callable[[], None] | None = None) -> Target:
    stepped = SteppedClient(client, pause) if pause else client
    return ServerQdrant(
        parse_server_url("localhost"), "docs", client=lambda *_: stepped, clone=clone, sleep=lambda _: None
    )


def filled_client() -> LocalClient:
    """A server that was synced from c1."""
    client = LocalClient(":memory:")
    assert sync_as(server(client, "x"), "c1").exit_code == OK
    return client


def contents(client: LocalClient) -> dict[Key, str]:
    """The entries that a search can find, with the content hash that their passages have."""
    points, _ = client.scroll("docs", limit=1000)
    payloads = [point.payload or {} for point in points]
    return {
        (p["file_type"], p["entry_id"]): p["content_hash"] for p in payloads if "content_hash" in p and "draft" not in p
    }


CHANGES = 20
"""More than a sync from c1 to c2 makes."""


@pytest.mark.parametrize(
    "losses",
    [
        [range(number, number + 1) for number in range(1, CHANGES)],
        [range(number, 1000) for number in range(1, CHANGES)],
        list(combinations(range(1, CHANGES), 2)),
    ],
    ids=["one", "all from one on", "two"],
)
def test_a_request_that_arrives_late_changes_nothing(losses: Iterable[Container[int]]) -> None:
    """Changes of the older writer arrive when the newer one has done all its work; it may have sent them again."""
    for lost in losses:
        client = filled_client()
        losing = LosingClient(client, lost)
        sync_as(server(losing, "older"), "c2")
        assert sync_as(server(client, "newer"), "c3").exit_code == OK
        losing.arrive()
        assert contents(client) == hashes(SAYS["c3"]), lost
        assert sync_as(server(client, "newer"), "c3").exit_code == OK
        assert read(server(client, "reader")) == state_of("c3"), lost
        assert losing.changes < CHANGES


def test_what_a_dead_writer_sent_may_arrive_at_any_moment_of_the_next_ones_work() -> None:
    number, more = 0, True
    while more:
        number += 1
        moment, there = 0, False
        while not there:
            moment += 2
            client = filled_client()
            losing = LosingClient(client, range(number, 1000))
            sync_as(server(losing, "clone"), "c2")
            more = losing.changes >= number
            newer = Writer(partial(sync_paused, client, "c3"))
            advance(newer, moment)
            there = newer.done
            losing.arrive()
            run_fairly(newer)
            assert (newer.result.exit_code, contents(client)) == (OK, hashes(SAYS["c3"])), (number, moment)
    assert number > 6


def test_one_that_wakes_for_a_moment_while_it_is_overtaken_changes_nothing() -> None:
    """The older writer stops at each of its steps, goes on for three more in the midst of the newer one's work, and then
    wakes up at the end."""
    at, awake = 0, True
    while awake:
        at += 1
        moment, there = 0, False
        while not there:
            moment += 2
            client = filled_client()
            older, newer = (Writer(partial(sync_paused, client, commit)) for commit in ("c2", "c3"))
            advance(older, at)
            awake = not older.done
            advance(newer, moment)
            there = newer.done
            advance(older, 3)
            run_fairly(newer)
            run_fairly(older)
            assert (newer.result.exit_code, contents(client)) == (OK, hashes(SAYS["c3"])), (at, moment)
    assert at > 10


def sync_paused(client: LocalClient, commit: str, pause: Callable[[], None]) -> TargetResult:
    """A sync that stops at every request, of a clone that need not wait for another's claim to be given up."""
    return sync_as(server(client, "clone", pause), commit)


def advance(writer: Writer, steps: int) -> None:
    for _ in range(steps):
        writer.step(10)
