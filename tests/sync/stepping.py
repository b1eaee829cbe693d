"""Two writers, stepped through their interleavings: each is a thread that stops at every step until it may go on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.guard import Side, check_shared
from autopack_hooks.sync.identity import Identity
from autopack_hooks.sync.plan import Plan
from autopack_hooks.sync.records import Key, Record
from autopack_hooks.sync.runner import Job, sync_target
from autopack_hooks.sync.source import SyncInput
from autopack_hooks.sync.target import Applied, Progress, Session, Stored, Target, TargetResult
from tests.sync.contract import by_key, hashes, record, soon

COMMITS = ("c1", "c2", "c3")
"""A history without branches, the oldest first."""

SAYS: Mapping[str, dict[Key, Record]] = {
    "c1": by_key([*(record(n) for n in range(6)), record(8), record(9)]),
    "c2": by_key([*(record(n) for n in range(4)), record(4, "second"), record(6), record(8, "second")]),
    # 5 is gone since c2 and 6 since c3, 0 and 4 say something new; 8 and 9 are again what they were in c1.
    "c3": by_key([record(0, "third"), *(record(n) for n in (1, 2, 3, 8, 9)), record(4, "third"), record(7)]),
}


class Killed(BaseException):
    """Ends a writer where it stands."""


class Writer:
    """``work(pause)`` in a thread that stands still in each ``pause()`` until ``step()``."""

    def __init__(self, work: Callable[[Callable[[], None]], Any]) -> None:
        self._work = work
        self._go, self._stands = threading.Semaphore(0), threading.Semaphore(0)
        self.blocked = self._dead = False
        self.done = False
        self.steps = 0
        self.result: Any = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._go.acquire()
        try:
            if not self._dead:
                self.result = self._work(self._pause)
        except Killed:
            pass
        except BaseException as error:
            self.result = error
        self.done = True
        self._stands.release()

    def _pause(self) -> None:
        self._stands.release()
        self._go.acquire()
        if self._dead:
            raise Killed

    def step(self, patience: float = 0.02) -> None:
        """Let it go on to its next pause or its end; where something that another holds blocks it, give up for now."""
        if self.done:
            return
        self.steps += 1
        if not self.blocked:
            self._go.release()
        self.blocked = not self._stands.acquire(timeout=patience)

    def kill(self) -> None:
        """End it where it stands: what it was about to do does not happen."""
        self._dead = True
        while not self.done:
            self.step(10)


class _Stepped:
    """A session that stops before and after each call."""

    def __init__(self, session: Session, pause: Callable[[], None]) -> None:
        self._session = session
        self._pause = pause

    def stored(self) -> Stored:
        found = self._session.stored()
        self._pause()
        return found

    def apply(
        self,
        plan: Plan,
        records: Mapping[Key, Record],
        commit: str | None,
        deadline: Deadline,
        progress: Progress,
        *,
        whole: bool = True,
    ) -> Applied:
        done = self._session.apply(plan, records, commit, deadline, lambda _: self._pause(), whole=whole)
        self._pause()
        return done


class Stepped:
    """A target whose sessions stop at every step."""

    def __init__(self, target: Target, pause: Callable[[], None]) -> None:
        self.name, self.url = target.name, target.url
        self._target = target
        self._pause = pause

    @contextmanager
    def connect(self, project_id: str, deadline: Deadline, *, write: bool) -> Iterator[Session]:
        with self._target.connect(project_id, deadline, write=write) as session:
            self._pause()
            yield _Stepped(session, self._pause)


def is_ancestor(older: str, newer: str) -> bool | None:
    if older not in COMMITS or newer not in COMMITS:
        return None
    return COMMITS.index(older) <= COMMITS.index(newer)


def sync_as(target: Target, commit: str) -> TargetResult:
    """The sync of a clone at ``commit``, with the guard of a shared target."""
    records: Any = _Records(SAYS[commit])

    def check(name: str, stored: Stored, plan: Plan) -> None:
        check_shared(name, stored, Side(commit, "main", ["main"]), is_ancestor)

    job = Job(Identity("demo"), commit, soon(), check=check)
    return sync_target(target, SyncInput((), records, (), ()), job)


class _Records(dict[Key, Record]):
    @property
    def hashes(self) -> dict[Key, str]:
        return hashes(self)

    def fetch(self, keys: Iterable[Key]) -> None:
        """All are here."""
