"""The protocol of a batch whose writer may lose its claim at any moment: the requests, and why a late one does no harm.

A server has no transactions. A writer that is paused between making sure of its claim and sending a batch would
overwrite what its successor wrote in the meantime. So the points themselves say who may write them:

1. *reserve*: a new passage is inserted as a draft, with its text, its vector and the writer's mark, where nothing is there
   yet; a point that is there already gets the mark. Every attempt has a mark of its own. A count of the marks shows that
   all of them took;
2. the writer renews its claim and reads it back;
3. *put*: only where a point still has that mark, the draft becomes valid, the passage is written over, or the surplus
   point is deleted. That takes the mark away, and inserts nothing;
4. at the end of the run a count shows that no other mark was left on the project's points.

Why a late request of a dead writer does no harm:

- A put follows an answered reserve of the same mark, and a mark is never used again. So of one attempt either the reserve
  is late, and no put was ever sent for it; or only the put is late, and its marks were all set in time.
- A late put finds its marks only as long as nobody claimed the project since: it does what the dead writer was entitled
  to do. Whoever claims the project reads every point afterwards, counts an entry with a mark as partly there, and marks
  and writes it anew (or deletes it). An old put that arrives before this is overwritten, one that arrives after it finds
  no mark of its own.
- A late reserve inserts drafts only, which no search shows, only where nothing is there, and marks others, whose text
  stays as it is. A mark that it takes from a writer at work is missed by that writer's count, which begins again.
- A late claim does nothing, because the generation that it follows is gone.

Clusters: writes go in medium order, that is through one replica which is alive, and what is read is what a quorum of the
replicas agree on; so neither waits for a replica that is gone. (Qdrant's ``majority`` asks all of them, and its ``strong``
order goes through one fixed replica, even while that is down.)
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from qdrant_client import models

from autopack_hooks.sync.qdrant.lease import State
from autopack_hooks.sync.qdrant.points import CLAIM, DRAFT, VECTOR, Point, state_id

MEDIUM = models.WriteOrdering.MEDIUM
QUORUM = models.ReadConsistencyType.QUORUM


def claim(project_id: str, state: State, over: State) -> list[models.UpdateOperation]:
    """Write the reserved point where its generation and owner are still those of ``over``, or nothing is there."""
    point = _wire(Point(state_id(project_id), None, state.payload(project_id)))
    if over.claim:
        return [_upsert([point], models.UpdateMode.UPDATE_ONLY, _with_claim(over.claim))]
    # There is no such point, or one of a version that made no claims.
    unclaimed = models.IsEmptyCondition(is_empty=models.PayloadField(key=CLAIM))
    return [_upsert([point], None, models.Filter(must=[unclaimed]))]


@dataclass(frozen=True)
class Batch:
    """One attempt to write ``points`` and to delete ``surplus``; ``fresh``: the ids that were not there (None: unknown)."""

    points: Sequence[Point]
    surplus: Sequence[str]
    fresh: Collection[str] | None
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def reserve(self) -> list[models.UpdateOperation]:
        """Insert drafts of what is new, and mark what is there."""
        blind = self.fresh is None
        new = self.points if self.fresh is None else [point for point in self.points if point.id in self.fresh]
        drafts = [_wire(replace(point, payload={**point.payload, CLAIM: self.mark, DRAFT: True})) for point in new]
        old = self._ids(self.points if blind else self._known)
        operations: list[models.UpdateOperation] = [_upsert(drafts, models.UpdateMode.INSERT_ONLY)] if drafts else []
        if old:
            mark = models.SetPayload(payload={CLAIM: self.mark}, points=old)
            operations.append(models.SetPayloadOperation(set_payload=mark))
        return operations

    def put(self) -> list[models.UpdateOperation]:
        """Make drafts valid, write over what was there and delete what is surplus, each only if it has the mark."""
        operations: list[models.UpdateOperation] = []
        if known := self._known:
            wire = [_wire(point) for point in known]
            operations.append(_upsert(wire, models.UpdateMode.UPDATE_ONLY, _with_claim(self.mark)))
        if self.fresh:
            operations.append(self._without([CLAIM, DRAFT], self.fresh))
        if self.surplus:
            operations.append(_delete(_with_claim(self.mark, self.surplus)))
        return operations

    def withdraw(self) -> list[models.UpdateOperation]:
        """Undo ``reserve``, where the points still have the mark."""
        drafts = [_delete(_with_claim(self.mark, self.fresh))] if self.fresh else []
        old = self._ids(self._known)
        return [*drafts, *([self._without([CLAIM], old)] if old else [])]

    @property
    def _known(self) -> Sequence[Point]:
        """The points of which one may be there."""
        return [point for point in self.points if point.id not in (self.fresh or ())]

    def _ids(self, points: Iterable[Point]) -> list[Any]:
        return [*(point.id for point in points), *self.surplus]

    def _without(self, keys: list[str], ids: Iterable[str]) -> models.UpdateOperation:
        gone = models.DeletePayload(keys=keys, filter=_with_claim(self.mark, ids))
        return models.DeletePayloadOperation(delete_payload=gone)


def marked(mark: str) -> models.Filter:
    """Return the filter for the points with one mark."""
    return _with_claim(mark)


def marked_of(project_id: str) -> models.Filter:
    """Return the filter for the points of a project with any mark, its reserved point included."""
    project = models.FieldCondition(key="project_id", match=models.MatchValue(value=project_id))
    unmarked = models.IsEmptyCondition(is_empty=models.PayloadField(key=CLAIM))
    return models.Filter(must=[project], must_not=[unmarked])


def _upsert(
    points: list[models.PointStruct],
    mode: models.UpdateMode | None = None,
    condition: models.Filter | None = None,
) -> models.UpsertOperation:
    return models.UpsertOperation(upsert=models.PointsList(points=points, update_mode=mode, update_filter=condition))


def _delete(selected: models.Filter) -> models.DeleteOperation:
    return models.DeleteOperation(delete=models.FilterSelector(filter=selected))


def _with_claim(claim: str, ids: Iterable[str] | None = None) -> models.Filter:
    conditions: list[models.Condition] = [models.FieldCondition(key=CLAIM, match=models.MatchValue(value=claim))]
    if ids is not None:
        conditions.append(models.HasIdCondition(has_id=list(ids)))
    return models.Filter(must=conditions)


def _wire(point: Point) -> models.PointStruct:
    vector: dict[str, Any] = {name: list(values) for name, values in point.dense.items()}
    if point.vector is not None:
        vector[VECTOR] = models.SparseVector(indices=point.vector[0], values=point.vector[1])
    return models.PointStruct(id=point.id, vector=vector, payload=point.payload)
