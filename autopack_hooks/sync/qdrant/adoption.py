"""How the points of one project become those of another: a batch at a time, each written anew and then deleted."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from autopack_hooks.sync.qdrant.points import (
    CLAIM,
    DRAFT,
    Held,
    Payload,
    Point,
    entry_key,
    point_id,
    state_id,
)
from autopack_hooks.sync.records import Key

if TYPE_CHECKING:
    from autopack_hooks.sync.qdrant.session import PointStore

_BATCH = 256


def take_over(
    store: PointStore,
    old: str,
    new: str,
    held: Collection[Key],
    confirm: Callable[[], None],
) -> None:
    """Give the points of the project ``old`` to ``new``; the reserved point of ``old``, which holds its claim, stays.

    Args:
        store: The store.
        old: The project that has no entry afterwards.
        new: The project that takes over.
        held: The entries that ``new`` has itself, which stay as they are.
        confirm: Called in the middle of every batch; raises where another writer came between, or the time is up.
    """
    state = state_id(old)
    while True:
        page = [(name, payload) for name, payload in store.first_points(old, min(_BATCH, store.most)) if name != state]
        if not page:
            return
        whole = [name for name, payload in page if _is_whole(payload, entry_key(name, payload), held)]
        points = [_renamed(point, new) for point in store.read(whole).values()]
        store.write(new, points, [name for name, _ in page], confirm)


def _is_whole(payload: Payload, key: Key, held: Collection[Key]) -> bool:
    """Return True for a passage that can be carried over: what is missing of its entry is written by the sync."""
    if payload.get(CLAIM) or payload.get(DRAFT) or key in held or not key[0]:
        return False
    return all(isinstance(payload.get(name), str) for name in ("title", "text")) and type(payload.get("passage")) is int


def _renamed(point: Held, project_id: str) -> Point:
    """Return the same passage as one of another project; its vectors are what they were."""
    payload = point.payload
    name = point_id(project_id, payload["file_type"], payload["entry_id"], payload["passage"])
    return Point(name, point.vector, {**payload, "project_id": project_id}, dense=point.dense)
