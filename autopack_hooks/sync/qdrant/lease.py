"""The lease on a project's points on a server, where no lock reaches every machine.

The project's reserved point carries a generation and an owner. A writer claims it by raising the generation it read
before it compared, in one conditional write; where another was faster, the write does not happen, and reading back
shows it. In the middle of every batch the owner renews its claim and reads it back, so that one who was overtaken stops. A
claim that is not renewed for PATIENCE seconds, watched by the waiter's own clock, is taken over; one of the same clone at
once, because the clone's own lock says that its writer is dead. A claim that its owner did not free is taken over before
the comparison, so that whatever the dead writer had marked until then is found (see protocol.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from autopack_hooks.core.errors import FatalError
from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.qdrant.points import CLAIM
from autopack_hooks.sync.target import Overtaken

PATIENCE = 60.0
"""Seconds without a sign of life after which a claim of another clone is taken over."""

_POLL = 0.5


@dataclass(frozen=True)
class State:
    """The content of the reserved point; ``beat`` changes while the ``owner`` ("": none) works.

    ``embedder`` made the vectors of all passages, as far as the last complete sync knows.
    """

    commit: str | None = None
    pending: str | None = None
    synced_at: str | None = None
    generation: int = 0
    owner: str = ""
    beat: int = 0
    embedder: str | None = None

    @classmethod
    def read(cls, payload: Mapping[str, Any] | None) -> State:
        """Read the state from a payload (None: there is no point); anything that is not a state reads as the first one."""
        fields = payload or {}
        texts = {name: str(fields.get(key) or "") or None for name, key in _TEXTS.items()}
        numbers = {name: fields.get(name) for name in ("generation", "beat")}
        counts = {name: n if isinstance(n, int) and n >= 0 else 0 for name, n in numbers.items()}
        return cls(**texts, **counts, owner=str(fields.get("owner") or ""))  # type: ignore[arg-type]  # by their names

    def payload(self, project_id: str) -> dict[str, Any]:
        """Return the point's payload."""
        texts = {key: getattr(self, name) or "" for name, key in _TEXTS.items()}
        counts = {"generation": self.generation, "owner": self.owner, "beat": self.beat}
        return {"project_id": project_id, **texts, **counts, CLAIM: self.claim}

    @property
    def claim(self) -> str:
        """Generation and owner in one value, which a server compares before it writes; "" where nothing is there."""
        return f"{self.generation}:{self.owner}" if self.generation else ""


_TEXTS = {"commit": "synced_commit", "pending": "pending_commit", "synced_at": "synced_at", "embedder": "embedder"}


class StateStore(Protocol):
    """A store of the state. ``shared``: writers of other machines reach it past our locks."""

    shared: bool

    def read_state(self, project_id: str) -> State:
        """Return what is there now."""
        ...

    def write_state(self, project_id: str, state: State, over: State) -> None:
        """Write ``state``; a shared store only where generation and owner are still those of ``over``, or nothing is there."""
        ...


class Claim:
    """One session's claim on a project."""

    def __init__(
        self,
        store: StateStore,
        project_id: str,
        deadline: Deadline,
        *,
        clone: str,
        sleep: Callable[[float], None],
        now: Callable[[], datetime],
    ) -> None:
        """Prepare a claim; nothing is claimed yet.

        Args:
            store: The store of the state.
            project_id: The project.
            deadline: When to stop waiting for another writer.
            clone: The name of this clone.
            sleep: Waits so many seconds.
            now: The time in UTC.
        """
        self._store = store
        self._project = project_id
        self._owner = f"{clone}:{uuid.uuid4().hex}"
        self._deadline = deadline
        self._sleep = sleep
        self._now = now
        self._state = State()
        self.held = False
        self.embedder: str | None = None
        """Recorded in the state."""

    def wait(self) -> None:
        """Wait for another writer, and read the state to start from. Call it before comparing.

        Takes over a claim whose owner is gone. Raises Overtaken where another writer was faster.
        """
        if not self._store.shared or self.held:
            return
        state = self._store.read_state(self._project)
        waited = 0.0
        while state.owner and not self._is_dead(state) and waited < PATIENCE:
            self._deadline.check("waiting for another writer of the Qdrant collection")
            self._sleep(_POLL)
            previous, state = state, self._store.read_state(self._project)
            waited = waited + _POLL if state == previous else 0.0
        self._state = state
        self.embedder = state.embedder
        if state.owner:
            self._take(state.commit, state.pending)

    def _is_dead(self, state: State) -> bool:
        clone = self._owner.partition(":")[0]
        return bool(clone) and state.owner.partition(":")[0] == clone

    def _take(self, commit: str | None, pending: str | None) -> None:
        generation, owner = self._state.generation + 1, self._owner
        found = replace(self._state, commit=commit, pending=pending, embedder=self.embedder)
        self._put(replace(found, generation=generation, owner=owner, beat=0))
        self.held = True

    def begin(self, commit: str | None, pending: str | None) -> None:
        """Take the claim and record what is pending, before the first batch. Raises Overtaken."""
        if not self.held:
            self._take(commit, pending)
        elif (self._state.commit, self._state.pending) != (commit, pending):
            self._put(replace(self._state, commit=commit, pending=pending, beat=self._state.beat + 1))

    def renew(self) -> None:
        """Change the beat, and make sure of the claim. Raises Overtaken where another writer has it by now."""
        if self._store.shared:
            self._put(replace(self._state, beat=self._state.beat + 1))

    def end(self, commit: str | None, pending: str | None, *, done: bool = True) -> None:
        """Record the state after the work, and free the claim. ``done``: a sync has completed now."""
        when = self._now().isoformat(timespec="seconds") if done else self._state.synced_at
        generation = self._state.generation + (0 if self.held else 1)
        found = replace(self._state, commit=commit, pending=pending, embedder=self.embedder)
        self.held = False
        self._put(replace(found, synced_at=when, generation=generation, owner="", beat=0))

    def release(self) -> None:
        """Free a claim that is still held, so that the next writer need not wait; what is pending stays pending."""
        if self.held and self._store.shared:
            with suppress(FatalError):
                self.end(self._state.commit, self._state.pending, done=False)

    def _put(self, state: State) -> None:
        self._store.write_state(self._project, state, self._state)
        if self._store.shared:
            current = self._store.read_state(self._project)
            if current != state:
                self.held = False
                raise Overtaken("another clone is writing to this Qdrant collection; run again when that is done")
        self._state = state
