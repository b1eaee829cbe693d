"""The protocol of a batch whose writer may lose its claim at any moment: the requests, and why a late one does no harm.

A server has no transactions. A writer that is paused between making sure of its claim and sending a batch would
overwrite what its successor wrote in the meantime. So the points themselves say who may write them:

1. *reserve*: each point of the batch gets the writer's mark, a new one for every attempt; an id that is not there yet
   gets a placeholder, which is a point without vector and text;
2. the writer renews its claim and reads it back;
3. *put*: the passages are written, and the surplus points deleted, only where the point still has that mark;
   writing takes the mark away, and nothing is inserted;
4. the writer reads the points back, and begins again where the write did not happen.

Whoever claims the project later finds every mark that was set before: an entry with a mark counts as partly there and
is written again, a placeholder is swept away. That takes the old mark away, so that step 3 of a writer that was paused,
killed or given up finds nothing to write to, however late it comes. A late step 1 writes no text; the writer then
notices in step 2 that it has lost its claim, and withdraws its marks.

Clusters: writes go in strong order, and what is read back is read from a majority of the replicas.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qdrant_client import models

from autopack_hooks.sync.qdrant.lease import State
from autopack_hooks.sync.qdrant.points import CLAIM, VECTOR, Payload, Point, state_id

STRONG = models.WriteOrdering.STRONG
MAJORITY = models.ReadConsistencyType.MAJORITY

_PLACEHOLDER = ""
"""The ledger of a placeholder."""


def claim(project_id: str, state: State, over: State) -> list[models.UpdateOperation]:
    """Write the reserved point where its generation and owner are still those of ``over``, or nothing is there."""
    point = _wire(Point(state_id(project_id), None, state.payload(project_id)))
    if over.claim:
        return [_upsert([point], models.UpdateMode.UPDATE_ONLY, _with_claim([over.claim]))]
    # There is no such point, or one of a version that made no claims.
    unclaimed = models.IsEmptyCondition(is_empty=models.PayloadField(key=CLAIM))
    return [_upsert([point], None, models.Filter(must=[unclaimed]))]


def reserve(project_id: str, ids: Sequence[str], mark: str) -> list[models.UpdateOperation]:
    """Mark the points ``ids``; those that are not there get placeholders."""
    payload = {"project_id": project_id, "file_type": _PLACEHOLDER, "entry_id": _PLACEHOLDER, CLAIM: mark}
    placeholders = [_wire(Point(name, None, payload)) for name in ids]
    mark_all = models.SetPayload(payload={CLAIM: mark}, points=list(ids))
    return [_upsert(placeholders, models.UpdateMode.INSERT_ONLY), models.SetPayloadOperation(set_payload=mark_all)]


def put(points: Sequence[Point], surplus: Sequence[str], mark: str) -> list[models.UpdateOperation]:
    """Write ``points`` and delete ``surplus``, each only if it has the mark."""
    operations: list[models.UpdateOperation] = []
    if points:
        wire = [_wire(point) for point in points]
        operations.append(_upsert(wire, models.UpdateMode.UPDATE_ONLY, _with_claim([mark])))
    if surplus:
        operations.append(_delete(_with_claim([mark], surplus)))
    return operations


def is_done(points: Iterable[Point], surplus: Iterable[str], found: Mapping[str, Payload]) -> bool:
    """Return True if ``found``, the points as they were read back, are what ``put`` was to write and delete."""
    written = all(_agrees(point.payload, found.get(point.id)) for point in points)
    return written and not any(name in found for name in surplus)


def _agrees(wanted: Payload, found: Payload | None) -> bool:
    return found is not None and not found.get(CLAIM) and found.get("content_hash") == wanted.get("content_hash")


def withdraw(ids: Sequence[str], mark: str) -> list[models.UpdateOperation]:
    """Undo ``reserve``, where the points still have the mark."""
    unmark = models.DeletePayload(keys=[CLAIM], filter=_with_claim([mark], ids))
    return [sweep(dict.fromkeys(ids, mark)), models.DeletePayloadOperation(delete_payload=unmark)]


def sweep(placeholders: Mapping[str, str]) -> models.UpdateOperation:
    """Delete placeholders by their marks; anything else with such an id and mark stays."""
    return _delete(_with_claim(sorted(set(placeholders.values())), placeholders, file_type=_PLACEHOLDER))


def _upsert(
    points: list[models.PointStruct],
    mode: models.UpdateMode | None = None,
    condition: models.Filter | None = None,
) -> models.UpsertOperation:
    return models.UpsertOperation(upsert=models.PointsList(points=points, update_mode=mode, update_filter=condition))


def _delete(selected: models.Filter) -> models.DeleteOperation:
    return models.DeleteOperation(delete=models.FilterSelector(filter=selected))


def _with_claim(claims: Sequence[str], ids: Iterable[str] | None = None, **fields: str) -> models.Filter:
    conditions: list[models.Condition] = [models.FieldCondition(key=CLAIM, match=models.MatchAny(any=list(claims)))]
    if ids is not None:
        conditions.append(models.HasIdCondition(has_id=list(ids)))
    conditions += [models.FieldCondition(key=k, match=models.MatchValue(value=v)) for k, v in fields.items()]
    return models.Filter(must=conditions)


def _wire(point: Point) -> models.PointStruct:
    vector: dict[str, Any] = {name: list(values) for name, values in point.dense.items()}
    if point.vector is not None:
        vector[VECTOR] = models.SparseVector(indices=point.vector[0], values=point.vector[1])
    return models.PointStruct(id=point.id, vector=vector, payload=point.payload)
