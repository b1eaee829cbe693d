"""What a search of the vector store finds: entries, each by its best passage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autopack_hooks.ledger.dialect import STATUS
from autopack_hooks.sync.qdrant.points import Payload


@dataclass(frozen=True)
class Hit:
    """An entry that a search found, by its best passage; ``status`` and ``created_at`` as a record has them, or ""."""

    score: float
    entry_id: str
    file_type: str
    title: str
    text: str
    status: str = ""
    created_at: str = ""


Accept = Callable[[Hit], bool]
"""Tells whether an entry is wanted."""


def rank_of(found: tuple[float, Payload]) -> tuple[float, str, str, int]:
    """Return what sorts passages that a search found: the best first, then by ledger, id and place."""
    score, payload = found
    hit = hit_of(score, payload)
    passage = payload.get("passage")
    return -score, hit.file_type, hit.entry_id, passage if isinstance(passage, int) else 0


def hit_of(score: float, payload: Payload) -> Hit:
    """Return the entry of a passage that a search found."""
    names = ("entry_id", "file_type", "title", "text", "created_at")
    metadata = payload.get("metadata")
    status = metadata.get(STATUS) if isinstance(metadata, dict) else ""
    return Hit(score=score, status=str(status or ""), **{name: str(payload.get(name) or "") for name in names})
