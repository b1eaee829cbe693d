"""The work of a plan in the portions of one request each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from autopack_hooks.sync.qdrant.points import Point
from autopack_hooks.sync.target import Applied

T = TypeVar("T")

BATCH_POINTS = 256
BATCH_BYTES = 4_000_000


@dataclass(frozen=True)
class EntryWork:
    """The work for one entry: points to be written over the ``old`` ones, then points to be deleted."""

    kind: str
    points: list[Point]
    surplus: list[str]
    old: Sequence[str] = ()


@dataclass
class Batch:
    """The work of one request, and the kinds of the entries that are finished with it.

    ``old`` are the points that the entries have now; ``embedded`` counts the passages whose vectors were computed.
    """

    limit: int
    points: list[Point] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    old: list[str] = field(default_factory=list)
    size: int = 0
    embedded: int = 0

    def has_room(self, count: int, size: int, deletes: int) -> bool:
        """Return True if so many points to be written, of ``size`` bytes, and deletions fit in."""
        empty = not self.points and not self.surplus
        fits = len(self.points) + count <= self.limit and self.size + size <= BATCH_BYTES
        return empty or (fits and len(self.surplus) + deletes <= 4 * BATCH_POINTS)

    def add_to(self, done: Applied) -> Applied:
        """Return the counts with those of this batch."""
        return replace(
            done,
            inserted=done.inserted + self.finished.count("inserted"),
            updated=done.updated + self.finished.count("updated"),
            deleted=done.deleted + self.finished.count("deleted"),
            embedded=done.embedded + self.embedded,
        )


def batches(jobs: Iterable[EntryWork], limit: int | None = None) -> Iterator[Batch]:
    """Yield batches of as many whole entries as fit; an entry too large for one is cut, its deletions at the end."""
    limit = min(limit or BATCH_POINTS, BATCH_POINTS)
    batch = Batch(limit)
    for job in jobs:
        if not batch.has_room(len(job.points), sum(point.size for point in job.points), len(job.surplus)):
            yield batch
            batch = Batch(limit)
        batch.old += job.old
        for point in job.points:
            if not batch.has_room(1, point.size, 0):
                yield batch
                batch = Batch(limit, old=list(job.old))
            batch.points.append(point)
            batch.size += point.size
        batch.surplus += job.surplus
        batch.finished.append(job.kind)
    if batch.finished:
        yield batch


def slices(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the keys in portions."""
    return (keys[start : start + BATCH_POINTS] for start in range(0, len(keys), BATCH_POINTS))
