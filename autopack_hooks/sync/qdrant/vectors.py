"""The vectors that a model makes of passages: computed once, kept with the passage, taken along where its text is the same.

Each model's vectors have a name of their own, so those of another one go on serving until every passage has the new ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autopack_hooks.sync.deadline import Deadline
from autopack_hooks.sync.embedder import Dense, Embedder, dense_part, dense_text, dense_vector
from autopack_hooks.sync.fields import same_vector
from autopack_hooks.sync.qdrant.batches import JobBatch, slices
from autopack_hooks.sync.qdrant.points import Held, Point

if TYPE_CHECKING:
    from autopack_hooks.sync.qdrant.session import PointStore

_MOST_MOVED = 4096
"""Passages of deleted entries whose vectors are looked at: an entry that moved to another ledger keeps its own."""


class PassageVectors:
    """Gives the points of a run their vectors."""

    def __init__(self, store: PointStore, embedder: Embedder, serving: str | None) -> None:
        """Take the embedder, and the name of the one whose vectors are complete and serve until this run is."""
        self._store = store
        self._embedder = embedder
        self._held: dict[str, Held] = {}
        self._moved: dict[str, Mapping[str, Dense]] = {}
        self._ready = False
        self.name = dense_vector(embedder.dense.name) if embedder.dense else ""
        part = dense_part(serving)
        self.serving = dense_vector(part) if part else ""

    @property
    def limit(self) -> int | None:
        """The most points of a batch: as many as are embedded at once, so that a failure loses none; None for no limit."""
        return self._embedder.dense.batch if self._embedder.dense else None

    def keep_moved(self, names: Sequence[str]) -> None:
        """Remember the vectors of points that are going to be deleted."""
        for some in slices(names[:_MOST_MOVED]) if self.name else ():
            for held in self._store.read(some).values():
                self._moved[_text(held.payload)] = held.dense

    def fill(self, batch: JobBatch, deadline: Deadline) -> None:
        """Give every point its vectors, and count those that were computed. Raises TargetError, DeadlineExceeded."""
        held = self._read(batch.old)
        if not self._embedder.dense:
            batch.embedded = sum(not _is_same(point, held.get(_text(point.payload))) for point in batch.points)
            return
        found = [self._known(_text(point.payload), held) for point in batch.points]
        wanted = dict.fromkeys(
            _text(point.payload) for point, known in zip(batch.points, found, strict=True) if self.name not in known
        )
        made = self._embed(list(wanted), deadline)
        for number, (point, known) in enumerate(zip(batch.points, found, strict=True)):
            text = _text(point.payload)
            known |= {self.name: made[text]} if text in made else {}
            batch.points[number] = replace(point, dense=known)
        batch.embedded = len(made)

    def _read(self, names: Sequence[str]) -> dict[str, Held]:
        """Return the points by text; an entry that is cut into batches is read once."""
        missing = [name for name in names if name not in self._held]
        known = {name: self._held[name] for name in names if name in self._held}
        self._held = known | dict(self._store.read(missing) if missing else {})
        return {_text(held.payload): held for held in self._held.values()}

    def _known(self, text: str, held: Mapping[str, Held]) -> dict[str, Dense]:
        dense = held[text].dense if text in held else self._moved.get(text, {})
        return {name: vector for name, vector in dense.items() if name in (self.name, self.serving)}

    def _embed(self, texts: Sequence[str], deadline: Deadline) -> dict[str, Dense]:
        if not texts or not self._embedder.dense:
            return {}
        vectors = self._embedder.dense.embed(texts, deadline)
        if not self._ready:
            self._store.make_vector(self.name, len(vectors[0]))
            self._ready = True
        return dict(zip(texts, vectors, strict=True))

    def retire(self, project_id: str) -> None:
        """Delete the vectors that served until now; every passage has its new ones."""
        if self.serving and self.serving != self.name:
            self._store.delete_vector(project_id, self.serving)


def _text(payload: Mapping[str, object]) -> str:
    return dense_text(str(payload.get("title") or ""), str(payload.get("text") or ""))


def _is_same(point: Point, held: Held | None) -> bool:
    if held is None or point.vector is None or held.payload.get("embedder") != point.payload["embedder"]:
        return False
    return same_vector(point.vector, held.vector)
