"""How the work for entries is cut into batches, each of which is one request."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeVar

from autopack_hooks.sync.qdrant.points import Point
from autopack_hooks.sync.target import Applied

T = TypeVar("T")

BATCH_POINTS = 256
BATCH_BYTES = 4_000_000


@dataclass(frozen=True)
class EntryJob:
    """The work for one entry: points to be written over the ``old`` ones, then points to be deleted."""

    kind: str
    points: list[Point]
    surplus: list[str]
    fresh: Collection[str]
    old: Sequence[str] = ()


@dataclass
class JobBatch:
    """The work of one request for at most ``most`` points, and the kinds of the entries that are finished with it.

    ``old`` are the points that the entries have now; ``embedded`` counts the passages whose vectors were computed.
    """

    most: int
    points: list[Point] = field(default_factory=list)
    fresh: set[str] = field(default_factory=set)
    surplus: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    old: list[str] = field(default_factory=list)
    size: int = 0
    embedded: int = 0

    def has_room(self, count: int, size: int, deletes: int) -> bool:
        """Return True where so many more points, bytes and deletions fit; an empty batch takes anything."""
        empty = not self.points and not self.surplus
        fits = len(self.points) + count <= min(BATCH_POINTS, self.most) and self.size + size <= BATCH_BYTES
        return empty or (fits and len(self.surplus) + deletes <= min(4 * BATCH_POINTS, self.most))

    def add_to(self, done: Applied) -> Applied:
        """Return the counts with those of this batch."""
        return replace(
            done,
            inserted=done.inserted + self.finished.count("inserted"),
            updated=done.updated + self.finished.count("updated"),
            deleted=done.deleted + self.finished.count("deleted"),
            embedded=done.embedded + self.embedded,
        )


def ahead(batches: Iterator[JobBatch]) -> Iterator[JobBatch]:
    """Yield the batches, each while the next one is made in a thread."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def batches_of(jobs: Iterable[EntryJob], most: int) -> Iterator[JobBatch]:
    """Yield batches of as many whole entries as fit; an entry too large for one is cut, its deletions at the end."""
    batch = JobBatch(most)
    for job in jobs:
        if not batch.has_room(len(job.points), sum(point.size for point in job.points), len(job.surplus)):
            yield batch
            batch = JobBatch(most)
        batch.old += job.old
        for point in job.points:
            if not batch.has_room(1, point.size, 0):
                yield batch
                batch = JobBatch(most, old=list(job.old))
            batch.points.append(point)
            if point.id in job.fresh:
                batch.fresh.add(point.id)
            batch.size += point.size
        for name in job.surplus:
            if not batch.has_room(0, 0, 1):
                yield batch
                batch = JobBatch(most)
            batch.surplus.append(name)
        batch.finished.append(job.kind)
    if batch.finished:
        yield batch


def slices(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """Return the keys in slices of a batch each."""
    return (keys[start : start + BATCH_POINTS] for start in range(0, len(keys), BATCH_POINTS))
