"""Breaking a lock: clearing the label of a holder that is gone, or declaring dead one that lives and is stalled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from autopack_hooks.core.errors import Refused
from autopack_hooks.locking.files import GATE_SECONDS, LockError, Spot, gate, is_held
from autopack_hooks.locking.label import Label, patiently


@dataclass(frozen=True)
class BreakResult:
    """A break of the lock ``name``: its holder is declared dead if ``live``, else only the label of one that is gone
    is cleared. ``label`` is None where it cannot be read.
    """

    name: str
    label: Label | None
    live: bool


def break_lock(
    spot: Spot,
    *,
    token: str | None,
    force: bool,
    now: datetime,
    grace: float,
    recording: Callable[[BreakResult], AbstractContextManager[object]],
) -> BreakResult | None:
    """Clear the label of a free lock, or break that of a stalled holder whose ``token`` is given, with ``force``.

    What is done is done inside ``recording``, which may refuse by raising. Returns it; None where there was nothing to
    do. Raises Refused (exit 6), which names a live holder, and LockError.
    """
    if not spot.label_file.exists() and not spot.lock.exists():
        return None
    with gate(spot, GATE_SECONDS) as is_open:
        if not is_open:
            raise Refused(f"the lock {spot.name} is just being taken or given back; try again")
        # Behind the gate the holder may give the lock back, but nobody can come to hold the file that is there now.
        label, live = spot.label(), is_held(spot)
        if live:
            _refuse_live(spot.name, label, token, force, now, grace)
        elif (label and label.until) or not spot.label_file.exists():
            return None
        broken = BreakResult(spot.name, label, live)
        with recording(broken):
            _remove(spot, live)
        return broken


def _refuse_live(name: str, label: Label | None, token: str | None, force: bool, now: datetime, grace: float) -> None:
    if label is None or label.until is not None:
        raise Refused(f"the lock {name} is held by a process that has not said who it is: a live holder is not broken")
    if not label.is_stalled(now, grace):
        raise Refused(f"the lock {name} is held by {label}: a live holder is not broken; wait for it, or end it")
    if token != label.token:
        wrong = "its token is another one" if token else "its token must be given"
        raise Refused(f"the lock {name} is stalled, held by {label}: {wrong}; `autopack-hooks lock status` shows it")
    if not force:
        raise Refused(f"the lock {name} is stalled, held by {label}: it lives, so that it is broken only with --force")


def _remove(spot: Spot, live: bool) -> None:
    try:
        if live:
            patiently(spot.lock.unlink)
        patiently(lambda: spot.label_file.unlink(missing_ok=True))
    except OSError as error:
        raise LockError(
            f"{spot.lock}: cannot be broken: {error.strerror or error}; end the process that holds it instead"
        ) from error
